import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readChunks } from '../../src/io/file-chunks.ts';
import { makeFolder } from '../make-distribution.ts';

const bytes = randomBytes(10_000);

/** Reads a file of those bytes, and looks at each chunk only when so many after it have come. */
async function readLate(sizeBytes: number, buffers: number, chunksLater: number): Promise<Buffer> {
  await using folder = await makeFolder([{ filename: 'x.bin', bytes: bytes.subarray(0, sizeBytes) }]);
  await using file = await open(join(folder.path, 'x.bin'));
  const waiting: Buffer[] = [];
  const seen: Buffer[] = [];
  const look = () => seen.push(Buffer.from(waiting.shift() ?? ''));
  for await (const chunk of readChunks(file, { bufferBytes: 1000, buffers })) {
    waiting.push(chunk);
    if (waiting.length > chunksLater) look();
  }
  while (waiting.length > 0) look();
  return Buffer.concat(seen);
}

describe('readChunks', () => {
  it.each([0, 1, 999, 1000, 1001, 2000, 9999, 10_000])('reads all of %d bytes', async (sizeBytes) => {
    const read = await readLate(sizeBytes, 2, 0);
    expect(read.equals(bytes.subarray(0, sizeBytes))).toBe(true);
  });

  it.each([2, 3, 5, 8])('with %d buffers leaves a chunk alone for one turn less', async (buffers) => {
    expect((await readLate(10_000, buffers, buffers - 2)).equals(bytes)).toBe(true);
    expect((await readLate(10_000, buffers, buffers + 1)).equals(bytes)).toBe(false);
  });

  it('can be left in the middle', async () => {
    await using folder = await makeFolder([{ filename: 'x.bin', bytes }]);
    const file = await open(join(folder.path, 'x.bin'));
    for await (const chunk of readChunks(file, { bufferBytes: 1000 })) {
      expect(chunk.equals(bytes.subarray(0, 1000))).toBe(true);
      break;
    }
    await file.close(); // nothing reads from it any more
  });
});
