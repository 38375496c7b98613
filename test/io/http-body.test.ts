import type { Dispatcher } from 'undici';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ResponseBody } from '../../src/io/http-body.ts';

const connection: Dispatcher.DispatchController = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};

describe('the body of an answer', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('may take much longer than the time limit while enough of it comes, and fails when it no more does', () => {
    vi.useFakeTimers();
    const body = new ResponseBody(connection, 'slow.example', 30_000);
    body.on('error', () => undefined);
    const pass = (bytes: number): void => {
      body.receive(Buffer.alloc(bytes));
      vi.advanceTimersByTime(30_000);
    };
    for (let limit = 0; limit < 10; limit++) pass(30_000);
    expect(body.destroyed).toBe(false);
    pass(29_999);
    expect(body.destroyed).toBe(true);
    expect(body.errored).toMatchObject({
      code: 'TIMEOUT',
      message: 'slow.example sent only 29999 bytes in 30 s',
    });
  });
});
