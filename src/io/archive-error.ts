import { basename } from 'node:path';
import { reasonOf, WheelhouseError, type ErrorCode } from '../model/errors.ts';
import { knownError } from './abort.ts';
import { hintFor } from './archive-sniff.ts';

/** The error of an archive that is not what its name says; `reason` goes on where the file name ends. */
export function archiveError(
  path: string,
  reason: string,
  { hint = hintFor(undefined), code = 'INVALID_ARCHIVE' }: { hint?: string; code?: ErrorCode } = {},
): WheelhouseError {
  return new WheelhouseError(code, `${basename(path)} ${reason}`, { hint });
}

/** What went wrong while an archive was read: an interruption, the file system, or else the archive itself. */
export function toArchiveError(path: string, thrown: unknown, what: string): WheelhouseError {
  const known = knownError(thrown);
  if (known !== undefined) return known;
  if (thrown instanceof Error && 'syscall' in thrown)
    return new WheelhouseError('FILE_SYSTEM', `${basename(path)} cannot be read: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  return new WheelhouseError('INVALID_ARCHIVE', `${basename(path)} ${what}: ${reasonOf(thrown)}`, {
    hint: hintFor(undefined),
    cause: thrown,
  });
}

/** Why an entry's name is not one that an installer may unpack; undefined for a good one. */
export function unsafeName(name: string): string | undefined {
  if (/[\0-\x1f\x7f]/.test(name)) return 'has control characters';
  if (/^(?:[/\\]|[a-z]:)/i.test(name)) return 'is an absolute path';
  if (name.includes('..') && name.split(/[/\\]/).includes('..')) return 'leads out of the archive';
  return undefined;
}

/** An entry's name as a message may show it: one line, not too long. */
export function printableName(name: string): string {
  const quoted = JSON.stringify(name.slice(0, 120));
  return quoted.slice(1, -1) === name ? name : quoted;
}
