import { describe, expect, it } from 'vitest';
import { workersFor } from '../../../src/flows/publish/workers.ts';

const mb = 1024 * 1024;

describe('without --max-workers', () => {
  it.each([
    ['small files wait for answers: many at once', [50_000, 80_000], 24],
    ['files of some megabytes: as many as share 64 MB', [2 * mb, 6 * mb], 16],
    ['large files share the line: few at once', [20 * mb, 60 * mb], 8],
    ['empty files', [0, 0], 24],
    ['nothing to send', [], 8],
  ])('%s', (_, sizes, workers) => {
    expect(workersFor(sizes)).toBe(workers);
  });
});
