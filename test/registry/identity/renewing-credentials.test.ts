import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../../src/model/errors.ts';
import { Secret, type Credentials } from '../../../src/model/secret.ts';
import { renewingCredentials } from '../../../src/registry/identity/renewing-credentials.ts';

const lifetimeMs = 900_000;
const renewBeforeMs = 300_000;

/** An issuer that numbers its tokens, with a clock that a test moves; `fail` makes the next issue fail. */
function issuer() {
  let nowMs = 5000;
  let count = 0;
  const revoked: string[] = [];
  const failures: WheelhouseError[] = [];
  const source = renewingCredentials({
    issue: async (signal) => {
      count++;
      const mine = count;
      await Promise.resolve();
      const failure = failures.shift();
      if (failure !== undefined) throw failure;
      if (signal?.aborted === true) throw new WheelhouseError('ABORTED', 'interrupted');
      return { credentials: { kind: 'bearer', token: new Secret(`token-${mine}`) }, lifetimeMs };
    },
    revoke: (credentials) => {
      revoked.push(reveal(credentials));
      return Promise.resolve();
    },
    renewBeforeMs,
    now: () => nowMs,
  });
  return {
    source,
    revoked,
    pass: (ms: number) => (nowMs += ms),
    issues: () => count,
    fail: (code: 'SERVER_ERROR' | 'UNAUTHORIZED') => failures.push(new WheelhouseError(code, 'no')),
    current: async (signal?: AbortSignal) => reveal(await source.current(signal)),
  };
}

const reveal = (credentials: Credentials | undefined) =>
  credentials?.kind === 'bearer' ? credentials.token.reveal() : '';

describe('credentials that end', () => {
  it.each([
    [0, 'token-1'],
    [599_999, 'token-1'],
    [600_000, 'token-2'],
    [900_000, 'token-2'],
    [86_400_000, 'token-2'],
  ])('are replaced before their end: after %i ms it is %s', async (ms, token) => {
    const { current, pass } = issuer();
    expect(await current()).toBe('token-1');
    pass(ms);
    expect(await current()).toBe(token);
  });

  it('are issued once for all who ask at the same time', async () => {
    const { current, issues, pass } = issuer();
    expect(await Promise.all([current(), current(), current()])).toEqual(['token-1', 'token-1', 'token-1']);
    pass(700_000);
    expect(await Promise.all([current(), current()])).toEqual(['token-2', 'token-2']);
    expect(issues()).toBe(2);
  });

  it('hold to their end while no others can be had', async () => {
    const { current, pass, fail } = issuer();
    await current();
    pass(700_000);
    fail('SERVER_ERROR');
    expect(await current()).toBe('token-1');
    fail('UNAUTHORIZED');
    expect(await current()).toBe('token-1');
    expect(await current()).toBe('token-4');
    pass(900_000);
    fail('UNAUTHORIZED');
    await expect(current()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(await current()).toBe('token-6');
  });

  it('are tried for anew by those who were not interrupted', async () => {
    const { current } = issuer();
    const interrupt = new AbortController();
    const [first, second] = [current(interrupt.signal), current()];
    interrupt.abort();
    await expect(first).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await second).toBe('token-2');
    await expect(current(interrupt.signal)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('are revoked at the end, one that is on its way included, but not one that has ended by itself', async () => {
    const { source, current, pass, revoked, issues } = issuer();
    await current();
    pass(lifetimeMs);
    await current();
    pass(700_000);
    const late = current();
    await source.close();
    expect(await late).toBe('token-3');
    expect(revoked).toEqual(['token-2', 'token-3']);
    await source.close();
    expect(revoked).toHaveLength(2);
    expect(issues()).toBe(3);
  });

  it('have nothing to revoke when none were ever issued', async () => {
    const { source, revoked, issues } = issuer();
    await source.close();
    expect([revoked, issues()]).toEqual([[], 0]);
  });
});
