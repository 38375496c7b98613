import { opendirSync, readdirSync, type BigIntStats, type Dirent } from 'node:fs';
import { sep } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { throwIfAborted } from '../../../io/abort.ts';
import { sortKeys } from '../../key-order.ts';
import { ifThere } from './failure.ts';
import { privateFolder, segmentProblem } from './key-problem.ts';
import { statObject } from './object.ts';
import type { Root } from './root.ts';

export interface WalkedFile {
  readonly key: string;
  readonly stats: BigIntStats;
}

/** A file's key, or a folder's key, which ends in `/`: sorted so, a walk in depth meets keys in their order. */
type Row = string;

/** How long a walk may hold up everything else: signals, and the pages that a mirror reads meanwhile. */
const turnMs = 2;
/** A folder with so many others beside it is taken for a small one, and read at once. */
const manyFolders = 64;
/** What NFS and FUSE (sshfs, ntfs-3g) make of a file that is deleted while someone reads it. */
const deletedInUse = /^\.(?:nfs|fuse_hidden)[0-9a-f]{16,}$/;
const privateRow = `${privateFolder.join('/')}/`;

/**
 * Every object of a folder whose key starts with `prefix`, in order. Holds the names of one folder at a time per
 * level. Folders behind symbolic links are not walked, since they may go in circles; links that lead to a file of
 * the folder are objects like others.
 *
 * It asks the file system without promises, which for 30,000 files takes a fifth of the time, and lets others have
 * their turn now and then.
 */
export async function* walk(root: Root, prefix: string, signal?: AbortSignal): AsyncGenerator<WalkedFile> {
  const real = root.real();
  let beganMs = performance.now();
  let empty = true;
  for (const step of walkFolder({ root, real, prefix }, '', false)) {
    empty = false;
    throwIfAborted(signal);
    if (step !== pause) yield step;
    if (performance.now() - beganMs < turnMs) continue;
    await nextTurn();
    throwIfAborted(signal);
    beganMs = performance.now();
  }
  if (empty) root.assertExists();
}

interface Walk {
  readonly root: Root;
  readonly real: string;
  readonly prefix: string;
}

/** A moment in which a walk that has found nothing may be interrupted. */
const pause = Symbol('pause');

function* walkFolder(
  walk: Walk,
  folder: Row,
  small: boolean,
): Generator<WalkedFile | typeof pause, void, undefined> {
  const rows = small ? readSmall(walk, folder) : yield* readLarge(walk, folder);
  sortKeys(rows);
  const smallOnes = countFolders(rows) > manyFolders;
  for (const row of taken(rows)) {
    if (row.endsWith('/')) {
      yield pause;
      yield* walkFolder(walk, row, smallOnes);
      continue;
    }
    const stats = statObject(walk.root, pathOf(walk, row));
    yield stats === undefined ? pause : { key: row, stats };
  }
}

/** A row is plain already; to normalize it again takes a tenth of the walk. */
function pathOf({ real }: Walk, row: Row): string {
  return real + sep + row;
}

/** Each row in turn, let go once it is taken: 100,000 need not be held until the last. */
function* taken(rows: Row[]): Generator<Row, void, undefined> {
  rows.reverse();
  for (let row = rows.pop(); row !== undefined; row = rows.pop()) yield row;
}

function countFolders(rows: readonly Row[]): number {
  let count = 0;
  for (const row of rows) if (row.endsWith('/')) count += 1;
  return count;
}

function readSmall(walk: Walk, folder: Row): Row[] {
  const entries = ifThere(() => readdirSync(pathOf(walk, folder), { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => rowOf(walk, folder, entry) ?? []);
}

/** Costs twice as much where there is one entry; but of 100,000 it keeps only their names, and can be interrupted. */
function* readLarge(walk: Walk, folder: Row): Generator<typeof pause, Row[], undefined> {
  const rows: Row[] = [];
  const opened = ifThere(() => opendirSync(pathOf(walk, folder), { bufferSize: 1024 }));
  if (opened === undefined) return rows;
  try {
    for (let entry = opened.readSync(); entry !== null; entry = opened.readSync()) {
      const row = rowOf(walk, folder, entry);
      if (row !== undefined) rows.push(row);
      yield pause;
    }
  } finally {
    opened.closeSync();
  }
  return rows;
}

/** Undefined for what is no object, nor a folder in which objects with the prefix may be. */
function rowOf({ prefix }: Walk, folder: Row, entry: Dirent): Row | undefined {
  if (segmentProblem(entry.name) !== undefined || deletedInUse.test(entry.name)) return undefined;
  const isFolder = entry.isDirectory();
  if (!isFolder && !entry.isFile() && !entry.isSymbolicLink()) return undefined;
  const row = folder + entry.name + (isFolder ? '/' : '');
  const mayMatch = row.startsWith(prefix) || (isFolder && prefix.startsWith(row));
  return mayMatch && row.toLowerCase() !== privateRow ? row : undefined;
}
