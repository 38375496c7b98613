import { randomBytes } from 'node:crypto';
import { closeSync, lstatSync, openSync, unlinkSync, utimesSync, writeSync, type BigIntStats } from 'node:fs';
import { lstat, open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../../../model/errors.ts';
import { isInUse } from '../../../io/patiently.ts';
import type { Source, WriteOptions } from '../../container.ts';
import { readSmall, readSource } from '../../source.ts';
import type { DiskSync } from './disk-sync.ts';
import { isMissing } from './failure.ts';
import { breakStaleLock, type LockTimes } from './lock.ts';
import { hasEnded, thisOwner, type Owner } from './owner.ts';
import type { Root } from './root.ts';

const suffix = '.part';
/** Nobody can know whether a process of another host lives; after this long without a byte it does not. */
const abandonedMs = 60 * 60 * 1000;

/**
 * Copies a source into a file of its own beside the objects and makes its bytes durable. Returns the file's path;
 * when anything fails, no file is left.
 */
export async function stage(
  root: Root,
  sync: DiskSync,
  key: string,
  source: Source,
  { signal, onProgress }: Pick<WriteOptions, 'signal' | 'onProgress'>,
): Promise<string> {
  const small = readSmall(source, key, signal);
  const path = await newPart(root);
  try {
    if (small === undefined) await writeStream(path, readSource(source, key, signal), onProgress);
    else await writeSmall(path, small, sync);
    if (small !== undefined || source.sizeBytes === 0) onProgress?.(source.sizeBytes);
    return path;
  } catch (thrown) {
    discard(path);
    throw thrown;
  }
}

/** Removes a staged file; one that is gone is none, and what is in use is left to a later {@link sweep}. */
export function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch (thrown) {
    if (!isMissing(thrown) && !isInUse(thrown)) throw thrown;
  }
}

/**
 * Dates a staged file later than the object it will replace, and returns what the file system then says of it.
 * File clocks tick every few milliseconds, and inode numbers are used again: without this, two quick writes of
 * the same size could share a version tag.
 */
export function stamp(path: string, replaced: BigIntStats | undefined): BigIntStats {
  const before = replaced?.mtimeNs ?? 0n;
  let stats = date(path, nowNs());
  // Some file systems keep microseconds, some seconds, FAT every other one.
  for (const stepNs of [2_000n, 2_000_000n, 2_000_000_000n]) {
    if (stats.mtimeNs > before) break;
    stats = date(path, before + stepNs);
  }
  return stats;
}

/** Removes what writers that have ended left behind. What it cannot remove, a later run may. */
export async function sweep(root: Root, times: LockTimes): Promise<void> {
  const folder = root.privatePath();
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    try {
      if (!name.endsWith(suffix)) await breakStaleLock(path, times);
      else if (await isAbandoned(path, name)) discard(path);
    } catch (thrown) {
      if (!hasCode(thrown, 'EPERM', 'EACCES', 'EBUSY', 'EISDIR', 'ENOENT')) throw thrown;
    }
  }
}

async function isAbandoned(path: string, name: string): Promise<boolean> {
  const owner = ownerOf(name);
  if (owner?.space === (await thisOwner()).space) return hasEnded(owner);
  const { mtimeMs } = await lstat(path);
  return Date.now() - mtimeMs > abandonedMs;
}

async function newPart(root: Root): Promise<string> {
  const { space, pid, started } = await thisOwner();
  const name = [space, pid, started, randomBytes(6).toString('hex')].join('_') + suffix;
  return join(root.privatePath(), name);
}

async function writeStream(
  path: string,
  chunks: AsyncIterable<Buffer>,
  onProgress: WriteOptions['onProgress'],
): Promise<void> {
  await using file = await open(path, 'wx', 0o644);
  let doneBytes = 0;
  for await (const chunk of chunks) {
    await writeAll(file, chunk);
    doneBytes += chunk.length;
    onProgress?.(doneBytes);
  }
  // Before the rename: otherwise a power cut may leave a name with no bytes behind it. The data alone will do,
  // fdatasync covers the size, and the name is made durable by the fsync of its folder.
  await file.datasync();
}

/** The same in one go: only what waits for the disk is worth a turn through the thread pool. */
async function writeSmall(path: string, bytes: Buffer, sync: DiskSync): Promise<void> {
  const file = openSync(path, 'wx', 0o644);
  try {
    for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    await sync.bytes(file);
  } finally {
    closeSync(file);
  }
}

function ownerOf(name: string): Owner | undefined {
  const [, space = '', pid = '', started = ''] = /^([0-9a-f]+)_(\d+)_(\d*)_/.exec(name) ?? [];
  return space === '' ? undefined : { space, pid: Number(pid), started };
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) offset += (await handle.write(chunk, offset)).bytesWritten;
}

function date(path: string, mtimeNs: bigint): BigIntStats {
  const seconds = Number(mtimeNs) / 1e9;
  utimesSync(path, seconds, seconds);
  return lstatSync(path, { bigint: true });
}

/** Date.now() ends at milliseconds; the rest comes from the steady clock, only to tell quick writes apart. */
function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n + BigInt(Math.floor((performance.now() % 1) * 1e6));
}
