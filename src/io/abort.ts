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
