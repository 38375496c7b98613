import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { WheelhouseError } from '../../../model/errors.ts';
import type { Source, WriteOptions } from '../../container.ts';
import { assertIntact, digestOf } from '../../hashed-body.ts';
import { abortBy } from '../../sdk-abort.ts';
import { readSmall, readSource } from '../../source.ts';
import type { S3Condition } from './conditions.ts';
import type { S3Connection } from './connect.ts';
import type { Stored } from './object.ts';
import type { SdkRequest } from './put-route.ts';

export interface PutRequest {
  readonly connection: S3Connection;
  readonly bucket: string;
  readonly objectKey: string;
  readonly source: Source;
  readonly options: WriteOptions;
  /** `If-Match` / `If-None-Match` in the spelling that this store understands. */
  readonly condition: S3Condition;
  /** Whether this store is known to refuse bytes that are not those of the digest that a request is signed with. */
  readonly isDigestChecked: boolean;
}

/** Smaller objects are sent from memory: nearly every page and record is one. */
const mostInMemoryBytes = 1024 ** 2;

/**
 * Sends an object in one request, and gives its ETag. The request is signed with the digest of its body: a connection
 * that ends early, or bytes damaged on the way, then fail at the store. Some (VersityGW) would keep what has come.
 */
export async function putWhole(request: PutRequest): Promise<string> {
  const { objectKey, source, options } = request;
  if (source.sizeBytes > mostInMemoryBytes) {
    const sha256 = options.sha256 ?? (await digestOf('sha256', source, objectKey, options.signal));
    const send = (body: Readable, signal: AbortSignal) => put(request, body, sha256, signal);
    return sendStream(objectKey, source, { ...options, comparesMd5: !request.isDigestChecked }, send);
  }
  const bytes = await readWhole(source, objectKey, options.signal);
  const answer = await put(request, bytes, options.sha256 ?? hashOf('sha256', bytes), options.signal);
  options.onProgress?.(bytes.length);
  return confirm(objectKey, answer, request.isDigestChecked ? undefined : hashOf('md5', bytes));
}

async function readWhole(source: Source, what: string, signal: AbortSignal | undefined): Promise<Buffer> {
  const small = readSmall(source, what, signal);
  if (small !== undefined) return small;
  const chunks: Buffer[] = [];
  for await (const chunk of readSource(source, what, signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function put(
  request: PutRequest,
  body: Readable | Buffer,
  sha256: string,
  signal: AbortSignal | undefined,
): Promise<Stored> {
  const { objectKey, source, options, condition } = request;
  const { client, sdk, route } = request.connection;
  // Every store that checks signatures knows this header; `x-amz-checksum-*` are newer than many compatibles.
  const digest = { 'x-amz-content-sha256': sha256 };
  if (route.isKnown) {
    const { contentType, cacheControl } = options;
    const headers = {
      ...digest,
      'content-type': contentType,
      'content-length': String(source.sizeBytes),
      ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
      ...(condition.IfMatch !== undefined && { 'if-match': condition.IfMatch }),
      ...(condition.IfNoneMatch !== undefined && { 'if-none-match': condition.IfNoneMatch }),
    };
    return route.send({ objectKey, headers, body, signal });
  }
  const command = new sdk.PutObjectCommand({
    ...describePut(request),
    ...condition,
    Body: body,
    ContentLength: source.sizeBytes,
  });
  let learn: (() => void) | undefined;
  command.middlewareStack.add(
    (next, context) => (args) => {
      const built = args.request as SdkRequest;
      Object.assign(built.headers, digest);
      learn = () => route.learn(objectKey, built, context);
      return next(args);
    },
    { step: 'build', priority: 'low', name: 'signBodyDigest' },
  );
  const answer = await client.send(command, abortBy(signal));
  learn?.();
  return answer;
}

/** What an object is called and served with. */
export function describePut({ bucket, objectKey, options }: PutRequest) {
  return {
    Bucket: bucket,
    Key: objectKey,
    ContentType: options.contentType,
    ...(options.cacheControl === undefined ? {} : { CacheControl: options.cacheControl }),
  };
}

interface StreamOptions extends Pick<WriteOptions, 'signal' | 'onProgress'> {
  /** Whether the MD5 of what was sent is held against the store's. */
  readonly comparesMd5: boolean;
}

/**
 * Sends the bytes of a source, and gives the ETag once the store has confirmed them. A source that breaks ends the
 * request, and is the reason that is thrown: the SDK itself would leave it unheard.
 */
export async function sendStream(
  what: string,
  source: Source,
  { signal, onProgress, comparesMd5 }: StreamOptions,
  send: (body: Readable, signal: AbortSignal) => Promise<Stored>,
): Promise<string> {
  const hash = comparesMd5 ? createHash('md5') : undefined;
  const broken = new AbortController();
  let reason: unknown;
  async function* chunks(): AsyncGenerator<Buffer> {
    let doneBytes = 0;
    for await (const chunk of readSource(source, what, signal)) {
      hash?.update(chunk);
      yield chunk;
      doneBytes += chunk.length;
      onProgress?.(doneBytes);
    }
  }
  const body = Readable.from(chunks(), { objectMode: false });
  body.on('error', (error) => {
    reason ??= error;
    broken.abort(error);
  });
  const abort = () => broken.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return confirm(what, await send(body, broken.signal), hash?.digest('hex'));
  } catch (thrown) {
    throw reason ?? thrown;
  } finally {
    signal?.removeEventListener('abort', abort);
    body.destroy();
  }
}

/**
 * The ETag of what was sent. It is the MD5 of what the store has, unless a key of the customer's encrypts it
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html); an answer without one is none of a store's.
 */
function confirm(what: string, { ETag = '', ...answer }: Stored, md5: string | undefined): string {
  if (ETag === '')
    throw new WheelhouseError('TRUNCATED', `what answered the upload of ${what} did not say what it stored`);
  const isEncrypted =
    answer.ServerSideEncryption?.startsWith('aws:kms') === true || answer.SSECustomerAlgorithm !== undefined;
  const stored = plainTag(ETag);
  if (md5 !== undefined && !isEncrypted && /^[0-9a-f]{32}$/.test(stored)) assertIntact(what, md5, stored);
  return ETag;
}

/** An ETag without its quotes. */
export function plainTag(etag: string): string {
  return etag.replace(/"/g, '').toLowerCase();
}

function hashOf(name: 'md5' | 'sha256', bytes: Buffer): string {
  return createHash(name).update(bytes).digest('hex');
}
