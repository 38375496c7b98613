import { WheelhouseError } from '../model/errors.ts';
import { abortError } from './abort.ts';

/** Runs something that must be over in time, however lively it looks. Throws `TIMEOUT`, or `ABORTED`. */
export async function withDeadline<T>(
  { what, timeoutMs, signal }: { what: string; timeoutMs: number; signal?: AbortSignal | undefined },
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // AbortSignal.any and timeout are shorter, but what they make stays in memory as long as the signal they follow.
  const either = new AbortController();
  const abort = () => either.abort(signal === undefined ? undefined : abortError(signal));
  const timer = setTimeout(() => {
    either.abort(new WheelhouseError('TIMEOUT', `${what} took longer than ${timeoutMs / 1000} s`));
  }, timeoutMs);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted === true) abort();
  try {
    return await run(either.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
