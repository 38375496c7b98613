import { setTimeout as delay } from 'node:timers/promises';
import { toWheelhouseError, WheelhouseError } from '../model/errors.ts';
import type { EventSink } from '../model/events.ts';
import { abortError, throwIfAborted } from './abort.ts';

/** However long a server asks us to wait: a CI job should fail before it is forgotten. */
const longestWaitMs = 120_000;

export interface Retry {
  readonly what: string;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly reason: string;
}

/** Tells each failure that is tried again as an event. */
export function tellRetries(onEvent: EventSink | undefined): (retry: Retry) => void {
  return (retry) => onEvent?.({ event: 'retry', ...retry });
}

export interface RetryOptions {
  /** How often it is tried in all. Default 5. */
  readonly attempts?: number | undefined;
  /** Upper bound of the first wait; it doubles with each attempt. Default 500. */
  readonly baseDelayMs?: number | undefined;
  /** Upper bound of every wait, except where a server asks for more. Default 30 000. */
  readonly maxDelayMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What is being tried, for the event. */
  readonly what: string;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** From 0 to below 1; for tests. */
  readonly random?: (() => number) | undefined;
}

/**
 * Calls `attempt` (with 1, 2, …) until it succeeds, fails for good or has failed too often, then throws what it threw.
 * Only errors that are `transient` are tried again, after a wait with full jitter, or what the server asked for.
 */
export async function retry<T>(attempt: (n: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { attempts = 5, signal, what, onRetry } = options;
  for (let n = 1; ; n++) {
    throwIfAborted(signal);
    try {
      return await attempt(n);
    } catch (thrown) {
      if (signal?.aborted === true) throw abortError(signal);
      if (!(thrown instanceof WheelhouseError) || !thrown.transient || n >= attempts) throw thrown;
      const delayMs = delayAfter(n, thrown.retryAfterMs, options);
      onRetry?.({ what, attempt: n, delayMs, reason: thrown.message });
      await sleep(delayMs, signal);
    }
  }
}

/** The wait after attempt `n`, in whole milliseconds: full jitter, so that workers that failed together part ways. */
export function delayAfter(
  n: number,
  retryAfterMs: number | undefined,
  { baseDelayMs = 500, maxDelayMs = 30_000, random = Math.random }: Omit<RetryOptions, 'what'> = {},
): number {
  const jitterMs = random() * Math.min(maxDelayMs, baseDelayMs * 2 ** (n - 1));
  const askedMs = Math.min(retryAfterMs ?? 0, longestWaitMs);
  // Never before the server's time is up; the jitter on top spreads those who were told the same time.
  return Math.round(askedMs > 0 ? askedMs + Math.min(jitterMs, baseDelayMs) : jitterMs);
}

/** Waits; throws `ABORTED` as soon as the signal ends. */
export async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(ms, undefined, { signal });
  } catch (thrown) {
    throw signal?.aborted === true ? abortError(signal) : toWheelhouseError(thrown, 'ABORTED', 'waiting');
  }
}
