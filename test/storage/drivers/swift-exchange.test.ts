import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { exchange, type ExchangeLimits } from '../../../src/storage/drivers/swift/exchange.ts';
import { Secret } from '../../../src/model/secret.ts';
import type { PkgcloudClient } from '../../../src/storage/drivers/swift/pkgcloud.ts';

// Proof: whatever a request of pkgcloud's does, an exchange ends, once, with an answer or an error.

/** An exchange with a pkgcloud that does what the test says. */
function ask({ authorized = true, ...limits }: Partial<ExchangeLimits> & { authorized?: boolean } = {}) {
  const outgoing = Object.assign(new PassThrough({ emitClose: false }), { abort: vi.fn() });
  const request = vi.fn(() => outgoing);
  const client = { _isAuthorized: () => authorized, _request: request } as unknown as PkgcloudClient;
  const all = { connectTimeoutMs: 10_000, idleTimeoutMs: 10_000, ...limits };
  const token = new Secret('t0ken-of-keystone');
  const sent = exchange(client, { method: 'GET', url: 'http://127.0.0.1/', token }, all, undefined);
  return { outgoing, request, sent };
}

describe('a request before the login', () => {
  it('is not left to pkgcloud, which would feed it back into itself', async () => {
    const { request, sent } = ask({ authorized: false });
    await expect(sent).rejects.toThrow('before the login');
    expect(request).not.toHaveBeenCalled();
  });
});

describe('a refusal', () => {
  it('that repeats the token is told without it', async () => {
    const { outgoing, sent } = ask();
    outgoing.emit('response', Object.assign(new EventEmitter(), { statusCode: 403, headers: {} }));
    outgoing.end('<p>t0ken-of-keystone may not do this</p>');
    await expect(sent).rejects.toMatchObject({ status: 403, message: '*** may not do this' });
  });
});

describe('a connection that does not come about', () => {
  it('is a time-out, whatever the limit of silence', async () => {
    const { outgoing, sent } = ask({ connectTimeoutMs: 10 });
    outgoing.emit('socket', Object.assign(new EventEmitter(), { connecting: true }));
    await expect(sent).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'no connection to 127.0.0.1 within 0.01 s',
    });
    expect(outgoing.abort).toHaveBeenCalled();
  });
});

describe('errors that pkgcloud tells twice', () => {
  it('are one', async () => {
    const { outgoing, sent } = ask();
    outgoing.emit('error', new Error('first'));
    // Nobody hears of it, and an error that nobody hears ends the process.
    outgoing.emit('error', new Error('second'));
    await expect(sent).rejects.toThrow('first');
  });

  it.each([
    [
      { message: 'reset', code: 'ECONNRESET' },
      { message: 'reset', code: 'ECONNRESET' },
    ],
    [{}, { message: 'unknown' }],
    ['text', { message: 'text' }],
  ])('are errors though they come as %j', async (thrown, expected) => {
    const { outgoing, sent } = ask();
    outgoing.emit('error', thrown);
    const error: unknown = await sent.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject(expected);
  });
});
