import { parseJsonObject } from './record.ts';

/**
 * The mark on an artifact that is on its way out. It is also what its removal and a new upload of the same name agree
 * through: every change of it is a write under the condition that nobody else has changed it meanwhile.
 */
export interface PruneMark {
  /** Empty when no reason was given. */
  readonly reason: string;
  /** When it was set: ISO 8601 in UTC, as all times here. */
  readonly date?: string;
  /** The records that the artifact had, by the last part of their names. Bytes with another one have come since. */
  readonly records?: readonly string[];
  /** Since when no page lists the artifact. */
  readonly unlisted?: string;
  /** When a run has begun to remove the objects. */
  readonly removing?: string;
  /** Differs with every change. */
  readonly by?: string;
}

export function renderPruneMark({ reason, date, records, unlisted, removing, by }: PruneMark): string {
  return `${JSON.stringify({ reason, date, records, unlisted, removing, by })}\n`;
}

/** Reads a mark; its being there is what counts, so an unreadable body is that of a mark just set. */
export function parsePruneMark(text: string): PruneMark {
  const { reason, date, records, unlisted, removing, by } = parseJsonObject(text) ?? {};
  return {
    reason: typeof reason === 'string' ? reason : '',
    ...(isTime(date) ? { date } : {}),
    ...(Array.isArray(records) ? { records: records.filter((name) => typeof name === 'string') } : {}),
    ...(isTime(unlisted) ? { unlisted } : {}),
    ...(isTime(removing) ? { removing } : {}),
    ...(typeof by === 'string' ? { by } : {}),
  };
}

/** How long a removed object outlives its links: pages are cached for a minute, the original's CDN kept them for 15. */
const graceMs = 15 * 60_000;
/**
 * How long a removal takes at most: it stops itself after the first time, and after the second it counts as dead. In
 * between lies what the clocks of two machines may differ by.
 */
export const removalMs = 60_000;
const deadAfterMs = 4 * 60_000;

/**
 * What is to be done about a mark. `date`: the pages are right now, so the grace period begins. `lift`: other bytes
 * have come under the name, and they stay. `wait`: it is too early, or another run is removing.
 */
export type MarkStep = 'date' | 'wait' | 'lift' | 'remove';

export interface MarkedArtifact {
  readonly mark: PruneMark;
  /** The last parts of the names of the records that are there. */
  readonly records: readonly string[];
  /** Whether the artifact itself is there. */
  readonly there: boolean;
  /** Whether pages have listed the artifact until now: one may have been written from a listing older than the mark. */
  readonly relisted?: boolean;
  /** False where a listing may show what is long gone: the mark then stays for a while to hide it. */
  readonly conditional: boolean;
}

export function planMark(
  { mark, records, there, relisted = false, conditional }: MarkedArtifact,
  nowMs: number,
): MarkStep {
  const { removing, unlisted } = mark;
  if (isBeingRemoved(mark, nowMs)) return 'wait';
  const known = mark.records;
  if (there && known !== undefined && records.some((name) => !known.includes(name))) return 'lift';
  if (!there && removing !== undefined && !conditional)
    return nowMs - Date.parse(removing) < graceMs ? 'wait' : 'remove';
  if (unlisted === undefined || (there && relisted)) return 'date';
  return nowMs - Date.parse(unlisted) < graceMs ? 'wait' : 'remove';
}

/** Whether a run that is removing the artifact may be alive. */
export function isBeingRemoved({ removing }: PruneMark, nowMs: number): boolean {
  return removing !== undefined && Math.abs(nowMs - Date.parse(removing)) < deadAfterMs;
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
