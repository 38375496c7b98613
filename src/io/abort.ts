import { WheelhouseError } from '../model/errors.ts';

/** What an aborted signal is as an error: its reason where that is one of ours, else `ABORTED`. */
export function abortError(signal: AbortSignal): WheelhouseError {
  const reason: unknown = signal.reason;
  if (reason instanceof WheelhouseError) return reason;
  return new WheelhouseError('ABORTED', 'interrupted', { cause: reason });
}

/** Throws {@link abortError} if the signal has ended. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}
