import { describe, expect, it } from 'vitest';
import { failureOf, knownError } from '../../src/io/abort.ts';
import { WheelhouseError } from '../../src/model/errors.ts';

const abortedBy = (reason?: unknown) => AbortSignal.abort(reason);

describe('what a thrown value is as an error', () => {
  const ours = new WheelhouseError('TIMEOUT', 'too late');
  const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  const ended = new DOMException('This operation was aborted', 'AbortError');

  it.each([
    ['one of ours', ours, undefined, 'TIMEOUT'],
    ['the end of a signal', ended, undefined, 'ABORTED'],
    ['a fault while the signal has ended', reset, abortedBy(), 'ABORTED'],
    ['one of ours while the signal has ended', ours, abortedBy(), 'ABORTED'],
    ['a fault while the signal has ended for a reason of ours', reset, abortedBy(ours), 'TIMEOUT'],
  ])('knows %s', (_what, thrown, signal, code) => {
    expect(knownError(thrown, signal)?.code).toBe(code);
    expect(failureOf(thrown, 'FILE_SYSTEM', 'cannot read it', signal).code).toBe(code);
  });

  it('tells anything else under the code that is asked for', () => {
    expect(knownError(reset, new AbortController().signal)).toBeUndefined();
    const failure = failureOf(reset, 'FILE_SYSTEM', 'cannot read it');
    expect(failure).toMatchObject({ code: 'FILE_SYSTEM', message: 'cannot read it: socket hang up' });
    expect(failure.cause).toBe(reset);
  });
});
