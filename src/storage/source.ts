import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import { addAbortSignal, Readable } from 'node:stream';
import { WheelhouseError } from '../model/errors.ts';
import { failureOf, throwIfAborted } from '../io/abort.ts';
import type { Source } from './container.ts';

/** Up to here reading or writing at once takes a millisecond or two, less than streams and promises would add. */
const smallBytes = 1024 * 1024;

/** The bytes of a small object that is already in memory. */
export function bytesSource(bytes: Uint8Array | string): Source {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : Buffer.from(bytes);
  return {
    sizeBytes: buffer.length,
    open: (start = 0, end = buffer.length) =>
      Readable.from([buffer.subarray(start, end)], { objectMode: false }),
    readAll: () => buffer,
  };
}

/** The bytes of a file, read anew at each opening. */
export function fileSource(path: string, sizeBytes: number): Source {
  return {
    sizeBytes,
    open: (start = 0, end = sizeBytes) =>
      end <= start
        ? Readable.from([], { objectMode: false })
        : createReadStream(path, { start, end: end - 1, highWaterMark: 512 * 1024 }),
    readAll: () => readStart(path, sizeBytes),
  };
}

/** The first bytes of a file; fewer if it has no more. */
function readStart(path: string, sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  const file = openSync(path, 'r');
  try {
    let done = 0;
    for (let count = -1; done < sizeBytes && count !== 0; done += count)
      count = readSync(file, bytes, done, sizeBytes - done, null);
    return bytes.subarray(0, done);
  } finally {
    closeSync(file);
  }
}

/** A small source at once, held to its word as {@link readSource} does; undefined for one that has to be streamed. */
export function readSmall(source: Source, what: string, signal?: AbortSignal): Buffer | undefined {
  throwIfAborted(signal);
  if (source.readAll === undefined || source.sizeBytes > smallBytes) return undefined;
  let bytes;
  try {
    bytes = source.readAll();
  } catch (thrown) {
    throw failureOf(thrown, 'FILE_SYSTEM', `cannot read the bytes of ${what}`, signal);
  }
  assertSize(source, what, bytes.length);
  return bytes;
}

/**
 * The whole source, chunk by chunk, held to its word: fewer or more bytes than it announced throw `TRUNCATED`.
 * A caller that stores what comes must not let anyone see it before the last chunk has passed.
 */
export async function* readSource(
  source: Source,
  what: string,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  throwIfAborted(signal);
  let doneBytes = 0;
  try {
    const stream = source.open();
    // A source that has stalled would otherwise outlive the abort.
    if (signal !== undefined) addAbortSignal(signal, stream);
    for await (const chunk of stream as AsyncIterable<Uint8Array | string>) {
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : asBuffer(chunk);
      doneBytes += bytes.length;
      if (doneBytes > source.sizeBytes) break;
      if (bytes.length > 0) yield bytes;
      throwIfAborted(signal);
    }
  } catch (thrown) {
    throw failureOf(thrown, 'FILE_SYSTEM', `cannot read the bytes of ${what}`, signal);
  }
  assertSize(source, what, doneBytes);
}

function assertSize({ sizeBytes }: Source, what: string, cameBytes: number): void {
  if (cameBytes === sizeBytes) return;
  const came = cameBytes > sizeBytes ? 'more' : `${cameBytes}`;
  throw new WheelhouseError('TRUNCATED', `${what} has ${sizeBytes} bytes, but ${came} came`, {
    hint: 'the file changed while it was read; wait until its build is done and run again',
    // Opening it once more gives the same bytes: a driver need not try again.
    final: true,
  });
}

/** The failure of an upload whose bytes are no longer those that were hashed before. */
export function changedSource(what: string, cause?: unknown): WheelhouseError {
  return new WheelhouseError('HASH_MISMATCH', `${what} changed while it was being uploaded`, {
    hint: 'wait until its build is done and run again',
    ...(cause === undefined ? {} : { cause }),
  });
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The bytes of a source from `start` (inclusive) to `end` (exclusive), as a source of its own. */
export function sliceSource(source: Source, start: number, end: number): Source {
  const sizeBytes = Math.max(0, end - start);
  return {
    sizeBytes,
    open: (from = 0, to = sizeBytes) => source.open(start + from, start + to),
  };
}
