import { throwIfAborted } from '../../io/abort.ts';
import type { WheelhouseError } from '../../model/errors.ts';

/** Waits for so many milliseconds; throws when the signal ends. */
export type Sleep = (ms: number, signal?: AbortSignal) => Promise<void>;

/** One pace for all workers: a registry that asks one of them to wait has asked them all. */
export interface Pace {
  /** Resolves once nobody is to wait any more. */
  ready(): Promise<void>;
  /** Takes note of a failure: a rate limit, or a busy server that names a time. */
  note(error: WheelhouseError): void;
  /** Lets everybody wait for so many milliseconds. */
  hold(ms: number): void;
}

/** However long a registry asks to wait, in milliseconds: a CI job should fail before it is forgotten. */
const longestHoldMs = 120_000;

export function createPace(sleep: Sleep, signal: AbortSignal): Pace {
  let gate: Promise<void> = Promise.resolve();
  const hold = (ms: number) => {
    const holdMs = Math.min(ms, longestHoldMs);
    if (holdMs === 0) return;
    const held = sleep(holdMs, signal).catch(() => undefined); // an interruption is told by `ready`
    gate = Promise.all([gate, held]).then(() => undefined);
  };
  return {
    async ready() {
      for (let seen: Promise<void> | undefined; seen !== gate;) {
        seen = gate;
        await seen;
      }
      throwIfAborted(signal);
    },
    note: ({ code, retryAfterMs }) => hold(retryAfterMs ?? (code === 'RATE_LIMITED' ? 1000 : 0)),
    hold,
  };
}
