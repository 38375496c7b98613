import { describe, expect, it } from 'vitest';
import { delayAfter, retry, sleep, type Retry } from '../../src/io/retry.ts';
import { WheelhouseError, type ErrorCode } from '../../src/model/errors.ts';

/** Fails in each of these ways, then succeeds. */
function failing(...failures: readonly Error[]) {
  const attempts: number[] = [];
  const attempt = (n: number) => {
    attempts.push(n);
    const failure = failures[attempts.length - 1];
    return failure === undefined ? Promise.resolve('done') : Promise.reject(failure);
  };
  return { attempt, attempts };
}

const error = (code: ErrorCode, details = {}) => new WheelhouseError(code, `it was ${code}`, details);
const quick = { what: 'a thing', baseDelayMs: 1, maxDelayMs: 2 };

describe('retry', () => {
  it.each(['NETWORK', 'TIMEOUT', 'TRUNCATED', 'RATE_LIMITED', 'SERVER_ERROR'] as const)(
    'tries again after %s, and tells it',
    async (code) => {
      const { attempt, attempts } = failing(error(code), error(code));
      const retries: Retry[] = [];
      await expect(retry(attempt, { ...quick, onRetry: (one) => retries.push(one) })).resolves.toBe('done');
      expect(attempts).toEqual([1, 2, 3]);
      expect(retries.map(({ what, attempt: n, reason }) => [what, n, reason])).toEqual([
        ['a thing', 1, `it was ${code}`],
        ['a thing', 2, `it was ${code}`],
      ]);
    },
  );

  it.each([
    ['UNAUTHORIZED', error('UNAUTHORIZED')],
    ['NOT_FOUND', error('NOT_FOUND')],
    ['HASH_MISMATCH', error('HASH_MISMATCH')],
    ['a network error that is final', error('NETWORK', { final: true })],
    ['what is no error of ours', new TypeError('a bug')],
  ])('gives up at once after %s', async (_, failure) => {
    const { attempt, attempts } = failing(failure);
    await expect(retry(attempt, quick)).rejects.toBe(failure);
    expect(attempts).toEqual([1]);
  });

  it('throws what the last of five attempts threw', async () => {
    const failures = [1, 2, 3, 4, 5, 6].map((n) => new WheelhouseError('NETWORK', `failure ${n}`));
    const { attempt, attempts } = failing(...failures);
    await expect(retry(attempt, quick)).rejects.toThrow('failure 5');
    expect(attempts).toHaveLength(5);
  });

  it('makes as many attempts as it is told', async () => {
    const { attempt, attempts } = failing(error('TIMEOUT'), error('TIMEOUT'));
    await expect(retry(attempt, { ...quick, attempts: 1 })).rejects.toThrow('TIMEOUT');
    expect(attempts).toHaveLength(1);
  });

  it('does not begin once it is aborted', async () => {
    const { attempt, attempts } = failing();
    await expect(retry(attempt, { ...quick, signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    expect(attempts).toEqual([]);
  });

  it('ends its wait when it is aborted', async () => {
    const controller = new AbortController();
    const { attempt, attempts } = failing(error('RATE_LIMITED', { retryAfterMs: 100_000 }));
    const tried = retry(attempt, {
      ...quick,
      signal: controller.signal,
      onRetry: () => controller.abort(),
    });
    await expect(tried).rejects.toMatchObject({ code: 'ABORTED', exitCode: 130 });
    expect(attempts).toEqual([1]);
  });

  it('takes an attempt that fails because of the abort for an abort', async () => {
    const controller = new AbortController();
    const attempt = () => {
      controller.abort();
      return Promise.reject(error('NETWORK'));
    };
    await expect(retry(attempt, { ...quick, signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('keeps a reason of ours for the abort', async () => {
    const reason = error('TIMEOUT');
    await expect(
      retry(() => Promise.resolve(), { ...quick, signal: AbortSignal.abort(reason) }),
    ).rejects.toBe(reason);
  });
});

describe('delayAfter', () => {
  const at = (n: number, random: number, retryAfterMs?: number) =>
    delayAfter(n, retryAfterMs, { random: () => random });

  it.each([
    [1, 0, undefined, 0],
    [1, 0.5, undefined, 250],
    [2, 0.5, undefined, 500],
    [4, 0.5, undefined, 2000],
    [20, 0.5, undefined, 15_000], // never above the cap
    [1, 0, 3000, 3000], // what the server asks for, and not less
    [1, 0.5, 3000, 3250],
    [9, 1, 3000, 3500], // with little on top
    [1, 0, 3_600_000, 120_000], // but not for an hour
    [3, 0.5, 0, 1000],
  ])('after attempt %i, with chance %d, asked for %o: %i ms', (n, random, asked, expected) => {
    expect(at(n, random, asked)).toBe(expected);
  });

  it('parts workers that failed at the same time', () => {
    const delays = new Set(Array.from({ length: 50 }, () => delayAfter(5, undefined)));
    expect(delays.size).toBeGreaterThan(25);
  });
});

describe('sleep', () => {
  it('resolves', async () => {
    await expect(sleep(1)).resolves.toBeUndefined();
  });

  it('is over when it is aborted', async () => {
    const controller = new AbortController();
    const slept = sleep(1_000_000, controller.signal);
    controller.abort();
    await expect(slept).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
