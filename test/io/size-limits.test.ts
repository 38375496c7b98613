import { describe, expect, it } from 'vitest';
import { checkArrived } from '../../src/io/size-limits.ts';

describe('checkArrived', () => {
  const most = 10 * 1024 ** 3;

  it.each([
    ['as long as one may be that nobody announces', most, {}, undefined],
    ['longer than one may be that nobody announces', most + 1, {}, 'TOO_LARGE'],
    ['as long as the server says', most + 1, { totalBytes: most + 1 }, undefined],
    ['longer than the server says', 8, { totalBytes: 7 }, 'TRUNCATED'],
    ['longer than the index says', 8, { sizeBytes: 7, totalBytes: 9 }, 'TRUNCATED'],
  ])('a file %s', (_, arrivedBytes, announced, code) => {
    const check = () => checkArrived(arrivedBytes, { filename: 'a.whl', ...announced });
    if (code === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ code, transient: false }) as Error);
  });
});
