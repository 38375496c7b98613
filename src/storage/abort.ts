import { toWheelhouseError, WheelhouseError } from '../model/errors.ts';

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

/**
 * A failure as a {@link WheelhouseError}. While the signal has ended that is why, whatever the failure
 * itself says: an abort surfaces as a premature close, a reset or a missing file, depending on the moment.
 */
export function failureOf(thrown: unknown, what: string, signal: AbortSignal | undefined): WheelhouseError {
  if (signal?.aborted === true) return abortError(signal);
  return toWheelhouseError(thrown, 'FILE_SYSTEM', what);
}
