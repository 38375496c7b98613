import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { orWarn, type OptionalStep } from '../../src/storage/or-warn.ts';

async function run(thrown: Error | undefined, options: Partial<OptionalStep> = {}) {
  const events: WheelhouseEvent[] = [];
  const step = () => (thrown === undefined ? Promise.resolve('done') : Promise.reject(thrown));
  const onEvent = (event: WheelhouseEvent) => events.push(event);
  const outcome: unknown = await orWarn({ signal: undefined, onEvent, ...options }, step).catch(
    (error: unknown) => error,
  );
  return { outcome, events };
}

describe('a step that an upload can do without', () => {
  const refused = new WheelhouseError('FORBIDDEN', 'no website');

  it('gives what it gives', async () => {
    expect(await run(undefined)).toEqual({ outcome: 'done', events: [] });
  });

  it.each<[string, OptionalStep['hint'], object]>([
    ['without a hint', undefined, {}],
    ['with a hint', 'enable it', { hint: 'enable it' }],
    ['with the hint of its failure', ({ code }) => `${code}!`, { hint: 'FORBIDDEN!' }],
  ])('warns when it fails: %s', async (_what, hint, told) => {
    const { outcome, events } = await run(refused, hint === undefined ? {} : { hint });
    expect(outcome).toBeUndefined();
    expect(events).toEqual([{ event: 'warning', message: 'no website', ...told }]);
  });

  it.each<[string, Error, AbortSignal | undefined, object]>([
    ['an interruption', new WheelhouseError('ABORTED', 'x'), undefined, { code: 'ABORTED' }],
    ['any failure while the signal has ended', refused, AbortSignal.abort(), { code: 'ABORTED' }],
    ['a mistake of ours', new TypeError('x'), undefined, { name: 'TypeError' }],
  ])('throws %s', async (_what, thrown, signal, expected) => {
    const { outcome, events } = await run(thrown, { signal });
    expect(outcome).toMatchObject(expected);
    expect(events).toEqual([]);
  });
});
