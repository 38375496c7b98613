import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { WheelhouseError } from '../model/errors.ts';
import type { Source, WriteOptions } from './container.ts';
import { readSource } from './source.ts';

export type SendOptions = Pick<WriteOptions, 'signal' | 'onProgress'>;

/** The options of a part that begins there: its progress is that of the whole. */
export function partOptions({ signal, onProgress }: SendOptions, startBytes: number): SendOptions {
  return {
    ...(signal && { signal }),
    ...(onProgress && { onProgress: (doneBytes: number) => onProgress(startBytes + doneBytes) }),
  };
}

/** Sends the bytes of a source once, hashed on their way; `md5` is that of what was sent, hex. */
export async function sendHashed<T>(
  source: Source,
  what: string,
  options: SendOptions,
  send: (body: Readable | Buffer) => Promise<T>,
): Promise<{ readonly answer: T; readonly md5: string }> {
  const hash = createHash('md5');
  const { signal, onProgress } = options;
  // A source that has stalled would otherwise outlive a request that has failed.
  const reading = new AbortController();
  const abort = () => reading.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  const chunks = hashed(source, what, { signal: reading.signal, ...(onProgress && { onProgress }) }, hash);
  // Whoever sends it hears of its errors; one that comes after the answer must not end the process.
  const body = Readable.from(chunks, { objectMode: false }).on('error', () => undefined);
  try {
    if (source.sizeBytes > 0) return { answer: await send(body), md5: hash.digest('hex') };
    // Nothing is sent, but the source is still held to its word.
    for await (const chunk of chunks) hash.update(chunk);
    onProgress?.(0);
    return { answer: await send(Buffer.alloc(0)), md5: hash.digest('hex') };
  } finally {
    signal?.removeEventListener('abort', abort);
    body.destroy();
    reading.abort();
  }
}

/** Digest of a source's bytes, hex; every chunk is shown to `onChunk` as well. */
export async function digestOf(
  algorithm: 'md5' | 'sha256',
  source: Source,
  what: string,
  signal?: AbortSignal,
  onChunk?: (chunk: Buffer) => void,
): Promise<string> {
  const hash = createHash(algorithm);
  for await (const chunk of readSource(source, what, signal)) {
    hash.update(chunk);
    onChunk?.(chunk);
  }
  return hash.digest('hex');
}

/** Throws `TRUNCATED`, which is tried again, when the store says that it has other bytes than were sent. */
export function assertIntact(what: string, sentMd5: string, storedMd5: string | undefined): void {
  if (storedMd5 === undefined || storedMd5 === '' || storedMd5 === sentMd5) return;
  throw new WheelhouseError(
    'TRUNCATED',
    `${what} arrived damaged: the store has MD5 ${storedMd5}, ${sentMd5} was sent`,
  );
}

async function* hashed(
  source: Source,
  what: string,
  { signal, onProgress }: SendOptions,
  hash: Hash,
): AsyncGenerator<Buffer> {
  let doneBytes = 0;
  for await (const chunk of readSource(source, what, signal)) {
    hash.update(chunk);
    yield chunk;
    doneBytes += chunk.length;
    onProgress?.(doneBytes);
  }
}
