import { retry, tellRetries } from '../io/retry.ts';
import type { WheelhouseError } from '../model/errors.ts';
import type { EventSink } from '../model/events.ts';

export interface StoreCall {
  /** What is tried, such as `cannot read a.whl`. */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
  readonly onEvent: EventSink | undefined;
  /** Tells in our words what a store or its SDK threw. */
  readonly translate: (thrown: unknown) => WheelhouseError;
}

/** Retries what is transient, and tells of it; what comes out of `attempt` is told in our words. */
export function callStore<T>(
  { what, signal, onEvent, translate }: StoreCall,
  attempt: () => Promise<T>,
): Promise<T> {
  const once = () => attempt().catch((thrown: unknown) => Promise.reject(translate(thrown)));
  return retry(once, { what, signal, onRetry: tellRetries(onEvent) });
}
