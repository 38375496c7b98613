import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { hashFile } from '../../io/hash-file.ts';
import { hasCode, toWheelhouseError } from '../../model/errors.ts';
import { verifiable, type Candidate } from './candidates.ts';
import type { LocalFile } from './plan.ts';

/** Looks at what the folder has under a candidate's name, and hashes it where the indexes give a hash to compare. */
export async function lookAt(
  folder: string,
  { filename, hashes, sizeBytes, conflict }: Candidate,
  signal: AbortSignal | undefined,
): Promise<LocalFile | undefined> {
  if (conflict !== undefined) return undefined;
  const path = join(folder, filename);
  const there = await lstat(path).catch((thrown: unknown) => {
    if (hasCode(thrown, 'ENOENT')) return undefined;
    throw toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot look into ${folder}`);
  });
  if (there === undefined) return undefined;
  if (there.isSymbolicLink()) return { kind: 'other', what: 'a symbolic link' };
  if (there.isDirectory()) return { kind: 'other', what: 'a folder' };
  if (!there.isFile()) return { kind: 'other', what: 'something that is no file' };
  const names = verifiable(hashes);
  // Another size is answer enough.
  if (names.length === 0 || (sizeBytes !== undefined && sizeBytes !== there.size))
    return { kind: 'file', sizeBytes: there.size, hashes: {} };
  const read = await hashFile(path, [...names, 'sha256'], { signal });
  return { kind: 'file', ...read };
}
