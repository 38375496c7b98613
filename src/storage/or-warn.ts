import { throwIfAborted } from '../io/abort.ts';
import { isAbort, WheelhouseError } from '../model/errors.ts';
import type { EventSink } from '../model/events.ts';

export interface OptionalStep {
  readonly signal: AbortSignal | undefined;
  readonly onEvent: EventSink | undefined;
  /** What to do about a failure. */
  readonly hint?: string | ((failure: WheelhouseError) => string);
}

/**
 * Does what an upload can do without, such as a website: as in the original, that it fails is a warning. An
 * interruption is thrown.
 */
export async function orWarn<T>(
  { signal, onEvent, hint }: OptionalStep,
  step: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await step();
  } catch (thrown) {
    throwIfAborted(signal);
    if (!(thrown instanceof WheelhouseError) || isAbort(thrown)) throw thrown;
    const told = typeof hint === 'function' ? hint(thrown) : hint;
    onEvent?.({ event: 'warning', message: thrown.message, ...(told !== undefined && { hint: told }) });
    return undefined;
  }
}
