import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Source, WriteOptions } from '../../container.ts';
import { assertIntact, sendHashed } from '../../hashed-body.ts';
import { callForJson } from './api.ts';
import type { GoogleConnection } from './connect.ts';
import { conditionsOf, md5Of, objectFields, type ObjectResource } from './object.ts';

export interface PutRequest {
  readonly connection: GoogleConnection;
  readonly bucket: string;
  readonly key: string;
  /** The key below the container's prefix. */
  readonly name: string;
  readonly source: Source;
  readonly options: WriteOptions;
  readonly what: string;
}

/** Sends an object and what is to be known of it in one request. */
export async function putWhole(request: PutRequest): Promise<ObjectResource> {
  const { connection, key, source, options, what } = request;
  const boundary = randomBytes(16).toString('hex');
  const head = Buffer.from(
    `--${boundary}\r\ncontent-type: application/json; charset=utf-8\r\n\r\n${JSON.stringify(resourceOf(request))}\r\n` +
      `--${boundary}\r\ncontent-type: ${options.contentType}\r\n\r\n`,
  );
  const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
  const { answer, md5 } = await sendHashed(source, key, options, (body) =>
    callForJson<ObjectResource>(connection, {
      what,
      method: 'POST',
      path: uploadPath(request),
      query: uploadQuery(request, 'multipart'),
      headers: { 'content-type': `multipart/related; boundary=${boundary}` },
      body: Buffer.isBuffer(body)
        ? Buffer.concat([head, tail])
        : Readable.from(between(head, body, tail), { objectMode: false }),
      contentLength: head.length + source.sizeBytes + tail.length,
      signal: options.signal,
    }),
  );
  assertIntact(key, md5, md5Of(answer));
  return answer;
}

export function uploadPath({ bucket }: PutRequest): string {
  return `/upload/storage/v1/b/${encodeURIComponent(bucket)}/o`;
}

export function uploadQuery({ name, options }: PutRequest, uploadType: string): Record<string, string> {
  return { uploadType, name, fields: objectFields, ...conditionsOf(options.condition) };
}

export function resourceOf({ name, options }: PutRequest) {
  const { contentType, cacheControl } = options;
  return { name, contentType, ...(cacheControl !== undefined && { cacheControl }) };
}

async function* between(head: Buffer, body: Readable, tail: Buffer): AsyncGenerator<Buffer> {
  yield head;
  yield* body as AsyncIterable<Buffer>;
  yield tail;
}
