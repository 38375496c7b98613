import { describe, expect, it } from 'vitest';
import { inParallel } from '../../src/io/in-parallel.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('inParallel', () => {
  it('gives what the tasks gave in the order of the items, whichever ends first', async () => {
    const ended: number[] = [];
    const results = await inParallel([3, 1, 2], 3, async (turns) => {
      for (let i = 0; i < turns; i++) await turn();
      ended.push(turns);
      return `after ${turns}`;
    });
    expect(results).toEqual(['after 3', 'after 1', 'after 2']);
    expect(ended).toEqual([1, 2, 3]);
  });

  it.each([1, 2, 5])('runs %i at once, and no more', async (atOnce) => {
    let running = 0;
    let most = 0;
    await inParallel(Array.from({ length: 12 }), atOnce, async () => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
    });
    expect(most).toBe(atOnce);
  });

  it('throws the first failure, begins nothing after it, and waits for what is under way', async () => {
    const begun: number[] = [];
    const ended: number[] = [];
    const run = inParallel([0, 1, 2, 3], 2, async (item) => {
      begun.push(item);
      await turn();
      if (item === 1) throw new Error('the first');
      await turn();
      ended.push(item);
      if (item === 0) throw new Error('the second');
    });
    await expect(run).rejects.toThrow('the first');
    expect({ begun, ended }).toEqual({ begun: [0, 1], ended: [0] });
  });

  it('has nothing to do for no items', async () => {
    await expect(inParallel([], 4, () => Promise.reject(new Error('never')))).resolves.toEqual([]);
  });
});
