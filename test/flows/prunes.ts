import { prune, type PruneOptions } from '../../src/flows/prune.ts';
import type { PruneOutcome, Summary, WheelhouseEvent } from '../../src/model/events.ts';
import type { Container } from '../../src/storage/container.ts';
import { recordKey, sidecarKey } from '../../src/wheelhouse/layout.ts';
import type { MadeDistribution } from '../make-distribution.ts';

/** A clock that only moves when it is told to. */
export function makeClock(start = '2026-01-01T00:00:00Z') {
  let nowMs = Date.parse(start);
  return {
    clock: () => new Date(nowMs),
    nowMs: () => nowMs,
    passMinutes: (minutes: number) => (nowMs += minutes * 60_000),
    /** Waiting takes no time but moves the clock. */
    sleep: (delayMs: number) => {
      nowMs += delayMs;
      return new Promise<void>((resolve) => void setImmediate(resolve));
    },
  };
}

export async function pruneContainer(
  container: Container,
  options: Partial<PruneOptions> = {},
): Promise<Summary<PruneOutcome> & { events: WheelhouseEvent[] }> {
  const events: WheelhouseEvent[] = [];
  const summary = await prune({
    container,
    keepDev: 1,
    waiting: { sleep: () => Promise.resolve(), random: Math.random },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return { ...summary, events };
}

/** Every object that an uploaded wheel has. */
export function objectsOf({ filename, sha256, bytes }: MadeDistribution): string[] {
  return [filename, sidecarKey(filename), recordKey(filename, sha256, bytes.length)];
}
