import { isAbort, reasonOf, WheelhouseError, type ErrorCode } from '../model/errors.ts';

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
 * What a thrown value already is as an error; undefined for what is still to be told in our words. While the signal has
 * ended that is why, whatever the failure itself says: an abort surfaces as a premature close, a reset or a missing
 * file, depending on the moment.
 */
export function knownError(thrown: unknown, signal?: AbortSignal): WheelhouseError | undefined {
  if (signal?.aborted === true) return abortError(signal);
  if (thrown instanceof WheelhouseError) return thrown;
  return isAbort(thrown) ? new WheelhouseError('ABORTED', 'interrupted', { cause: thrown }) : undefined;
}

/** A failure as an error: what {@link knownError} makes of it, or else one with that code. */
export function failureOf(
  thrown: unknown,
  code: ErrorCode,
  what: string,
  signal?: AbortSignal,
): WheelhouseError {
  return (
    knownError(thrown, signal) ?? new WheelhouseError(code, `${what}: ${reasonOf(thrown)}`, { cause: thrown })
  );
}

/** Waits for work that knows no signal: when that ends, nobody waits for it any more. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  work.catch(() => undefined);
  throwIfAborted(signal);
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(abortError(signal));
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (abort !== undefined) signal.removeEventListener('abort', abort);
  }
}
