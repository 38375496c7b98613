import { normalizeVersion } from './version.ts';

/**
 * Whether a version's local part begins with a time as {@link stampVersion} puts it there; so do `0.15.dev0+…_deadbeef`,
 * the original tool's spelling, and its normal form with a dot.
 */
export function isStamped(version: string): boolean {
  return /\+[0-9]{14}(?:[-_.]|$)/.test(version);
}

/**
 * The version with the time (UTC, to the second) at the start of its local part: `0.15.dev0+deadbeef` becomes
 * `0.15.dev0+20151214030042.deadbeef`. Numbers compare as numbers there (PEP 440), so the newest build wins, which
 * hashes alone cannot say (scipy#16702). A stamped version stays as it is.
 */
export function stampVersion(version: string, date: Date): string {
  const normal = normalizeVersion(version) ?? version;
  if (isStamped(normal)) return normal;
  const [publicPart = '', local] = normal.split('+', 2);
  const time = date
    .toISOString()
    .slice(0, 19)
    .replace(/[^0-9]/g, '');
  return local === undefined ? `${publicPart}+${time}` : `${publicPart}+${time}.${local}`;
}

/** The time of a version's stamp, in milliseconds since the epoch; undefined where there is none that a clock can show. */
export function stampTimeMs(version: string): number | undefined {
  const [, ...parts] =
    /\+([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(?:[-_.]|$)/.exec(version) ?? [];
  const [year, month, day, hours, minutes, seconds] = parts;
  if (seconds === undefined) return undefined;
  const timeMs = Date.parse(`${year}-${month}-${day}T${hours}:${minutes}:${seconds}Z`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
