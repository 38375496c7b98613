import { opendir } from 'node:fs/promises';
import type { BigIntStats, Dir } from 'node:fs';
import { join } from 'node:path';
import { throwIfAborted } from '../../abort.ts';
import { compareKeys } from '../../key-order.ts';
import { isMissing } from './failure.ts';
import { privateFolder, segmentProblem } from './key-problem.ts';
import { statObject } from './object.ts';
import type { Root } from './root.ts';

export interface WalkedFile {
  readonly key: string;
  readonly stats: BigIntStats;
}

/** A file's key, or a folder's key, which ends in `/`: sorted so, a walk in depth meets keys in their order. */
type Row = string;
type Loaded = { readonly stats: BigIntStats | undefined } | { readonly rows: readonly Row[] };

/** How many entries are looked at together: enough to keep the disk busy, few enough to stay flat. */
const batchSize = 64;
/** What NFS makes of a file that is deleted while someone reads it. */
const deletedOnNfs = /^\.nfs[0-9a-f]{16,}$/;

/**
 * Every object of a folder whose key starts with `prefix`, in order. Holds the names of one folder at a time per
 * level. Folders behind symbolic links are not walked, since they may go in circles; links that lead to a file of
 * the folder are objects like others.
 */
export async function* walk(root: Root, prefix: string, signal?: AbortSignal): AsyncGenerator<WalkedFile> {
  const real = await root.real();
  const rows = await readRows(real, '', prefix);
  if (rows.length === 0) await root.assertExists();
  yield* walkRows(root, real, rows, prefix, signal);
}

async function* walkRows(
  root: Root,
  real: string,
  rows: readonly Row[],
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<WalkedFile> {
  for (let first = 0; first < rows.length; first += batchSize) {
    throwIfAborted(signal);
    const batch = rows.slice(first, first + batchSize);
    const loaded = await Promise.all(
      batch.map(async (row): Promise<Loaded> =>
        row.endsWith('/')
          ? { rows: await readRows(real, row, prefix) }
          : { stats: await statObject(root, join(real, row)) },
      ),
    );
    for (const [i, row] of batch.entries()) {
      const entry = loaded[i];
      if (entry === undefined) continue;
      if ('rows' in entry) yield* walkRows(root, real, entry.rows, prefix, signal);
      else if (entry.stats !== undefined) yield { key: row, stats: entry.stats };
      throwIfAborted(signal);
    }
  }
}

async function readRows(real: string, folderKey: string, prefix: string): Promise<Row[]> {
  const folder = await openIfThere(join(real, folderKey));
  const rows: Row[] = [];
  // One entry at a time: what is kept of 100,000 is their names.
  for await (const entry of folder ?? []) {
    if (segmentProblem(entry.name) !== undefined || deletedOnNfs.test(entry.name)) continue;
    const isFolder = entry.isDirectory();
    if (!isFolder && !entry.isFile() && !entry.isSymbolicLink()) continue;
    const row = folderKey + entry.name + (isFolder ? '/' : '');
    const mayMatch = row.startsWith(prefix) || (isFolder && prefix.startsWith(row));
    if (mayMatch && row.toLowerCase() !== `${privateFolder.join('/')}/`) rows.push(row);
  }
  return rows.sort(compareKeys);
}

/** Undefined for a folder that is gone since its parent was read. */
async function openIfThere(path: string): Promise<Dir | undefined> {
  try {
    return await opendir(path, { bufferSize: 256 });
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}
