import { constants, statSync, type Stats } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { glob, type Path } from 'glob';
import type { Distribution, LocalArtifact } from '../model/artifact.ts';
import { compareText } from '../model/compare-text.ts';
import { hasCode, isAbort, reasonOf, WheelhouseError } from '../model/errors.ts';
import { isPlainFilename, parseDistributionFilename } from '../model/filename.ts';
import { matchesGlobs } from '../listing/select.ts';

export interface ScanOptions {
  /** Globs on the file name: without any, everything is included. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Something in the folder that is not taken, and why, in words. */
interface PassedOver {
  readonly name: string;
  readonly reason: string;
}

export interface ScannedFolder {
  /** Sorted by file name. */
  readonly artifacts: LocalArtifact[];
  /** Sorted by name. */
  readonly passedOver: PassedOver[];
}

/**
 * Finds every wheel, sdist and Windows installer of a folder, not of the folders in it; names the rest with a reason.
 * Throws `CONFIG` when there is no such folder, `FILE_SYSTEM` when it cannot be read.
 */
export async function scanFolder(folder: string, options: ScanOptions = {}): Promise<ScannedFolder> {
  await checkFolder(folder);
  const { signal } = options;
  const found = await glob('*', {
    cwd: folder,
    dot: true,
    withFileTypes: true,
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (isAbort(error) || signal?.aborted === true)
      throw new WheelhouseError('ABORTED', 'interrupted', { cause: error });
    throw unreadable(folder, error);
  });
  const artifacts: LocalArtifact[] = [];
  const passedOver: PassedOver[] = [];
  for (const entry of found) {
    const judged = judge(folder, entry, options);
    if ('reason' in judged) passedOver.push(judged);
    else artifacts.push(judged);
  }
  return {
    artifacts: artifacts.sort((a, b) => compareText(a.filename, b.filename)),
    passedOver: passedOver.sort((a, b) => compareText(a.name, b.name)),
  };
}

function judge(folder: string, entry: Path, options: ScanOptions): LocalArtifact | PassedOver {
  const name = entry.name;
  const passOver = (reason: string): PassedOver => ({ name, reason });
  if (name.startsWith('.')) return passOver('a dot file');
  const path = join(folder, name);
  const file = look(path);
  if (typeof file === 'string')
    return passOver(entry.isSymbolicLink() ? 'a link that leads nowhere' : `not readable: ${file}`);
  if (file.isDirectory()) return passOver('a folder');
  if (!file.isFile()) return passOver('no regular file');
  const distribution = distributionOf(name);
  if (typeof distribution === 'string') return passOver(distribution);
  if (!matchesGlobs(name, options.include, options.exclude)) return passOver('left out by the filters');
  return { path, filename: name, sizeBytes: file.size, distribution };
}

/** What is at a path, or why that cannot be said. */
function look(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (error) {
    return reasonOf(error);
  }
}

const companions: readonly (readonly [suffix: string, what: string])[] = [
  ['.part', 'a download that is not complete'],
  ['.metadata', 'a metadata sidecar: it is made anew from the wheel'],
  ['.asc', 'a signature'],
  ['.sig', 'a signature'],
  ['.attestation', 'an attestation'],
];

/** What a file is by its name, or why it is nothing to upload. */
function distributionOf(name: string): Distribution | string {
  const companion = companions.find(([suffix]) => name.toLowerCase().endsWith(suffix));
  if (companion !== undefined) return companion[1];
  if (!isPlainFilename(name)) return 'no file name that is safe everywhere';
  const parsed = parseDistributionFilename(name);
  return parsed.ok ? parsed.value : `no distribution: ${parsed.reason}`;
}

async function checkFolder(folder: string): Promise<void> {
  const hint = 'build first: python -m build';
  const folderStat = await stat(folder).catch((error: unknown) => {
    throw hasCode(error, 'ENOENT')
      ? new WheelhouseError('CONFIG', `there is no folder ${folder}`, { hint })
      : unreadable(folder, error);
  });
  if (!folderStat.isDirectory())
    throw new WheelhouseError('CONFIG', `${folder} is not a folder`, {
      hint: `name the folder that holds ${basename(folder)}`,
    });
  // glob takes a folder that it may not read for an empty one.
  await access(folder, constants.R_OK | constants.X_OK).catch((error: unknown) => {
    throw unreadable(folder, error);
  });
}

function unreadable(folder: string, error: unknown): WheelhouseError {
  return new WheelhouseError('FILE_SYSTEM', `the folder ${folder} cannot be read: ${reasonOf(error)}`, {
    hint: 'check its permissions',
    cause: error,
  });
}
