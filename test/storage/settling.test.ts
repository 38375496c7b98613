import { describe, expect, it } from 'vitest';
import { WheelhouseError, type ErrorCode } from '../../src/model/errors.ts';
import { giveUp, settling } from '../../src/storage/settling.ts';

/** What becomes of attempts that end like that, one after the other, as `retry` makes them. */
async function run(ends: readonly (ErrorCode | 'ok')[], own: string | undefined): Promise<string> {
  const left = [...ends];
  const attempt = settling(
    () => {
      const end = left.shift() ?? 'ok';
      return end === 'ok' ? Promise.resolve('written') : Promise.reject(new WheelhouseError(end, 'x'));
    },
    () => Promise.resolve(own),
  );
  for (;;) {
    try {
      return await attempt();
    } catch (thrown) {
      if (!(thrown instanceof WheelhouseError)) throw thrown;
      if (!thrown.transient) return thrown.code;
    }
  }
}

describe('settling', () => {
  it.each<[string, (ErrorCode | 'ok')[], string | undefined, string]>([
    ['a write', ['ok'], undefined, 'written'],
    ['a write after a fault', ['SERVER_ERROR', 'ok'], undefined, 'written'],
    ['a lost race, whatever is there', ['PRECONDITION_FAILED'], 'ours', 'PRECONDITION_FAILED'],
    ['a lost answer of our own write', ['NETWORK', 'PRECONDITION_FAILED'], 'ours', 'ours'],
    ['a late lost answer', ['NETWORK', 'TIMEOUT', 'PRECONDITION_FAILED'], 'ours', 'ours'],
    ['a race that was lost meanwhile', ['NETWORK', 'PRECONDITION_FAILED'], undefined, 'PRECONDITION_FAILED'],
    ['a refusal', ['FORBIDDEN'], 'ours', 'FORBIDDEN'],
  ])('knows %s', async (_what, ends, own, expected) => {
    expect(await run(ends, own)).toBe(expected);
  });
});

describe('giveUp', () => {
  it('makes final what would be tried again, and keeps what it says', () => {
    const cause = new WheelhouseError('SERVER_ERROR', 'busy', { hint: 'wait', status: 503 });
    const attempt = () => giveUp(cause);
    expect(attempt).toThrow(
      expect.objectContaining({
        code: 'SERVER_ERROR',
        message: 'busy',
        hint: 'wait',
        status: 503,
        transient: false,
        cause,
      }) as Error,
    );
  });

  it.each([new WheelhouseError('PRECONDITION_FAILED', 'x'), new TypeError('x')])(
    'throws everything else as it is',
    (thrown) => {
      expect(() => giveUp(thrown)).toThrow(thrown);
    },
  );
});
