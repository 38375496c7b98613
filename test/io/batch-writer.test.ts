import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BatchWriter } from '../../src/io/batch-writer.ts';
import { sha256Of } from '../make-distribution.ts';

const mebibyte = 1024 * 1024;

/** Writes `bytes` in chunks of these sizes (in turn), slowly, and tells the batches. */
async function written(bytes: Buffer, chunkSizes: readonly number[], expectedBytes?: number) {
  const batches: Buffer[] = [];
  let atOnce = 0;
  const writer = new BatchWriter(async (batch) => {
    expect(++atOnce).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 2));
    batches.push(Buffer.from(batch));
    atOnce -= 1;
  }, expectedBytes);
  for (let start = 0, n = 0; start < bytes.length; n++) {
    const size = chunkSizes[n % chunkSizes.length] ?? 1;
    const full = writer.add(bytes.subarray(start, start + size));
    if (full !== undefined) await full;
    start += size;
  }
  await writer.end();
  return batches;
}

describe('BatchWriter', () => {
  it.each([
    ['nothing', 0, [1]],
    ['less than a batch', 1000, [7]],
    ['exactly one batch', mebibyte, [65_536]],
    ['chunks that fit', 3 * mebibyte, [65_536]],
    ['chunks that do not', 3 * mebibyte + 5, [65_000, 1, 300_000]],
    ['chunks larger than a batch', 5 * mebibyte + 1, [3 * mebibyte]],
    ['empty chunks', mebibyte, [0, 500_000]],
  ])('writes %s, in order and whole', async (_, sizeBytes, chunkSizes) => {
    const bytes = randomBytes(sizeBytes);
    const batches = await written(bytes, chunkSizes);
    expect(sha256Of(Buffer.concat(batches))).toBe(sha256Of(bytes));
    expect(batches.length).toBe(Math.ceil(sizeBytes / mebibyte));
  });

  it.each([
    ['as much as', 1000],
    ['less than', 300],
    ['nothing, though', 0],
    ['more than', 5000],
  ])('writes when %s what comes was expected', async (_, expectedBytes) => {
    const bytes = randomBytes(1000);
    expect(Buffer.concat(await written(bytes, [64], expectedBytes)).equals(bytes)).toBe(true);
  });

  it('gathers on while it writes', async () => {
    let release = (): void => undefined;
    const writer = new BatchWriter(
      () =>
        new Promise((resolve) => {
          release = resolve;
        }),
    );
    await writer.add(Buffer.alloc(mebibyte));
    expect(writer.add(Buffer.alloc(1000))).toBeUndefined();
    let done = false;
    const ended = writer.end().then(() => (done = true));
    await new Promise(setImmediate);
    expect(done).toBe(false);
    release();
    await new Promise(setImmediate);
    release();
    await ended;
  });

  it('fails with what the writing failed with', async () => {
    const writer = new BatchWriter(() => Promise.reject(new Error('disk full')));
    await writer.add(Buffer.alloc(mebibyte));
    await expect(writer.add(Buffer.alloc(mebibyte))).rejects.toThrow('disk full');
    await expect(writer.end()).rejects.toThrow('disk full');
  });
});
