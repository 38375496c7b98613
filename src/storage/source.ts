import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { Source } from './container.ts';

/** The bytes of a small object that is already in memory. */
export function bytesSource(bytes: Uint8Array | string): Source {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes, 'utf8') : Buffer.from(bytes);
  return {
    sizeBytes: buffer.length,
    open: (start = 0, end = buffer.length) =>
      Readable.from([buffer.subarray(start, end)], { objectMode: false }),
  };
}

/** The bytes of a file, read anew at each opening. */
export function fileSource(path: string, sizeBytes: number): Source {
  return {
    sizeBytes,
    open: (start = 0, end = sizeBytes) =>
      end <= start
        ? Readable.from([], { objectMode: false })
        : createReadStream(path, { start, end: end - 1, highWaterMark: 256 * 1024 }),
  };
}
