import { randomBytes } from 'node:crypto';
import { lstat, open, readdir, unlink, utimes, type FileHandle } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { Source, WriteOptions } from '../../container.ts';
import { readSource } from '../../source.ts';
import { hasCode, isMissing } from './failure.ts';
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
  key: string,
  source: Source,
  { signal, onProgress }: Pick<WriteOptions, 'signal' | 'onProgress'>,
): Promise<string> {
  const { path, handle } = await createPart(root);
  try {
    try {
      let doneBytes = 0;
      if (source.sizeBytes === 0) onProgress?.(0);
      for await (const chunk of readSource(source, key, signal)) {
        await writeAll(handle, chunk);
        doneBytes += chunk.length;
        onProgress?.(doneBytes);
      }
      // Before the rename: otherwise a power cut may leave a name with no bytes behind it. The data alone will do,
      // fdatasync covers the size, and the name is made durable by the fsync of its folder.
      await handle.datasync();
    } finally {
      await handle.close();
    }
    return path;
  } catch (thrown) {
    await discard(path);
    throw thrown;
  }
}

/** Removes a staged file; one that is gone is none. */
export async function discard(path: string): Promise<void> {
  await unlink(path).catch((thrown: unknown) => {
    if (!isMissing(thrown)) throw thrown;
  });
}

/**
 * Dates a staged file later than the object it will replace, and returns what the file system then says of it.
 * File clocks tick every few milliseconds, and inode numbers are used again: without this, two quick writes of
 * the same size could share a version tag.
 */
export async function stamp(path: string, replaced: BigIntStats | undefined): Promise<BigIntStats> {
  const before = replaced?.mtimeNs ?? 0n;
  let stats = await date(path, nowNs());
  // Some file systems keep microseconds, some seconds, FAT every other one.
  for (const stepNs of [2_000n, 2_000_000n, 2_000_000_000n]) {
    if (stats.mtimeNs > before) break;
    stats = await date(path, before + stepNs);
  }
  return stats;
}

/** Removes what writers that have ended left behind. What it cannot remove, a later run may. */
export async function sweep(root: Root, times: LockTimes): Promise<void> {
  const folder = await root.privatePath();
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    try {
      if (!name.endsWith(suffix)) await breakStaleLock(path, times);
      else if (await isAbandoned(path, name)) await discard(path);
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

async function createPart(root: Root): Promise<{ path: string; handle: FileHandle }> {
  const { space, pid, started } = await thisOwner();
  const name = [space, pid, started, randomBytes(6).toString('hex')].join('_') + suffix;
  const path = join(await root.privatePath(), name);
  return { path, handle: await open(path, 'wx', 0o644) };
}

function ownerOf(name: string): Owner | undefined {
  const [, space = '', pid = '', started = ''] = /^([0-9a-f]+)_(\d+)_(\d*)_/.exec(name) ?? [];
  return space === '' ? undefined : { space, pid: Number(pid), started };
}

async function writeAll(handle: FileHandle, chunk: Buffer): Promise<void> {
  let offset = 0;
  while (offset < chunk.length) offset += (await handle.write(chunk, offset)).bytesWritten;
}

async function date(path: string, mtimeNs: bigint): Promise<BigIntStats> {
  const seconds = Number(mtimeNs) / 1e9;
  await utimes(path, seconds, seconds);
  return lstat(path, { bigint: true });
}

/** Date.now() ends at milliseconds; the rest comes from the steady clock, only to tell quick writes apart. */
function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n + BigInt(Math.floor((performance.now() % 1) * 1e6));
}
