import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import { WheelhouseError } from '../../../model/errors.ts';
import type { Source, WriteOptions } from '../../container.ts';
import { readSource, sliceSource } from '../../source.ts';
import type { S3Condition } from './conditions.ts';

export interface PutRequest {
  readonly client: Sdk.S3Client;
  readonly sdk: typeof Sdk;
  readonly bucket: string;
  readonly objectKey: string;
  readonly source: Source;
  readonly options: WriteOptions;
  /** `If-Match` / `If-None-Match` in the spelling that this store understands. */
  readonly condition: S3Condition;
}

export interface Put {
  /** As the store gives it, quotes included. */
  readonly etag: string;
  /** MD5 of the bytes that were sent, hex; undefined for an object in parts. */
  readonly md5?: string;
}

/** Sends an object in one request, its bytes hashed on the way. */
export async function putWhole(request: PutRequest): Promise<Put> {
  const { client, sdk, objectKey, source, options, condition } = request;
  const { answer, md5 } = await sendHashed(objectKey, source, options, (Body, abortSignal) =>
    client.send(
      new sdk.PutObjectCommand({
        ...describePut(request),
        Body,
        ContentLength: source.sizeBytes,
        ...condition,
      }),
      { abortSignal },
    ),
  );
  return { etag: answer.ETag ?? '', md5 };
}

/**
 * Sends an object in parts, each a byte range of the source that is read when it is sent: memory stays flat
 * whatever the size. Whatever goes wrong, no half upload is left to be paid for.
 */
export async function putParts(request: PutRequest, partBytes: number): Promise<Put> {
  const { client, sdk, bucket, objectKey, source, options, condition } = request;
  const { signal } = options;
  const abort = signal === undefined ? {} : { abortSignal: signal };
  const { UploadId } = await client.send(new sdk.CreateMultipartUploadCommand(describePut(request)), abort);
  const target = { Bucket: bucket, Key: objectKey, UploadId };
  try {
    const parts: { PartNumber: number; ETag: string }[] = [];
    for (let start = 0; start < source.sizeBytes; start += partBytes) {
      const part = sliceSource(source, start, Math.min(start + partBytes, source.sizeBytes));
      const PartNumber = parts.length + 1;
      const { answer } = await sendHashed(objectKey, part, shift(options, start), (Body, abortSignal) =>
        client.send(
          new sdk.UploadPartCommand({ ...target, PartNumber, Body, ContentLength: part.sizeBytes }),
          {
            abortSignal,
          },
        ),
      );
      parts.push({ PartNumber, ETag: answer.ETag ?? '' });
    }
    const done = await client.send(
      new sdk.CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts: parts }, ...condition }),
      abort,
    );
    return { etag: done.ETag ?? '' };
  } catch (thrown) {
    await client.send(new sdk.AbortMultipartUploadCommand(target)).catch(() => undefined);
    throw thrown;
  }
}

function describePut({ bucket, objectKey, options }: PutRequest) {
  return {
    Bucket: bucket,
    Key: objectKey,
    ContentType: options.contentType,
    ...(options.cacheControl === undefined ? {} : { CacheControl: options.cacheControl }),
  };
}

/** The options of a part: its progress is counted from where it begins. */
function shift(options: WriteOptions, start: number): WriteOptions {
  const { onProgress } = options;
  return onProgress === undefined
    ? options
    : { ...options, onProgress: (doneBytes) => onProgress(start + doneBytes) };
}

/**
 * Sends the bytes of a source and compares their MD5 with what the store says it got. A source that breaks ends
 * the request, and is the reason that is thrown: the SDK itself would leave it unheard.
 */
async function sendHashed<T extends Stored>(
  what: string,
  source: Source,
  options: WriteOptions,
  send: (body: Readable, signal: AbortSignal) => Promise<T>,
): Promise<{ answer: T; md5: string }> {
  const hash = createHash('md5');
  const broken = new AbortController();
  let reason: unknown;
  const body = Readable.from(counted(source, what, options, hash), { objectMode: false });
  body.on('error', (error) => {
    reason ??= error;
    broken.abort(error);
  });
  const signal =
    options.signal === undefined ? broken.signal : AbortSignal.any([options.signal, broken.signal]);
  try {
    const answer = await send(body, signal);
    const md5 = hash.digest('hex');
    assertIntact(what, answer, md5);
    return { answer, md5 };
  } catch (thrown) {
    throw reason ?? thrown;
  } finally {
    body.destroy();
  }
}

async function* counted(
  source: Source,
  what: string,
  { signal, onProgress }: WriteOptions,
  hash: Hash,
): AsyncGenerator<Buffer> {
  let doneBytes = 0;
  if (source.sizeBytes === 0) onProgress?.(0);
  for await (const chunk of readSource(source, what, signal)) {
    hash.update(chunk);
    yield chunk;
    doneBytes += chunk.length;
    onProgress?.(doneBytes);
  }
}

interface Stored {
  readonly ETag?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
}

/**
 * Bytes that were damaged on the way: the ETag is the MD5 of what the store has, unless a key of the customer's
 * encrypts it (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html).
 */
function assertIntact(objectKey: string, answer: Stored, md5: string): void {
  if (
    answer.ServerSideEncryption?.startsWith('aws:kms') === true ||
    answer.SSECustomerAlgorithm !== undefined
  )
    return;
  const stored = (answer.ETag ?? '').replace(/"/g, '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(stored) || stored === md5) return;
  throw new WheelhouseError(
    'TRUNCATED',
    `${objectKey} arrived damaged: the store has MD5 ${stored}, ${md5} was sent`,
  );
}
