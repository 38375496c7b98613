import {
  closeSync,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  statSync,
  type BigIntStats,
} from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { isInUse, patiently } from '../../../io/patiently.ts';
import { WheelhouseError } from '../../../model/errors.ts';
import type { StoredVersion } from '../../container.ts';
import { isMissing } from './failure.ts';
import type { Root } from './root.ts';

/** What the file system says of the object at a path; undefined for what is no file of this folder. */
export function statObject(root: Root, path: string): BigIntStats | undefined {
  try {
    const stats = look(path);
    if (stats?.isSymbolicLink() !== true) return stats?.isFile() === true ? stats : undefined;
    const target = realpathSync.native(path);
    if (!root.holds(target)) return undefined;
    const targetStats = statSync(target, { bigint: true });
    return targetStats.isFile() ? targetStats : undefined;
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

function look(path: string): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (thrown) {
    // Windows lets whoever lists a folder look at its files, unless they are being deleted.
    if (isInUse(thrown)) return undefined;
    throw thrown;
  }
}

/**
 * The version tag: inode, time and size. The time advances with every write of the key (see `stamp`); the inode
 * tells apart what a foreign tool put there under an old date. The change time is left out on purpose: a backup's
 * hard link or a chmod moves it, and the bytes are the same.
 */
export function tagOf(stats: BigIntStats): string {
  return [stats.ino, stats.mtimeNs, stats.size].map((n) => n.toString(36)).join('-');
}

export function describeObject(key: string, stats: BigIntStats): StoredVersion {
  return { key, sizeBytes: Number(stats.size), modified: stats.mtime, tag: tagOf(stats) };
}

interface Opened {
  readonly stats: BigIntStats;
  readonly body: Readable;
}

/** The bytes that are wanted: `end` is that after the last. */
interface Range {
  readonly start: number;
  readonly end: number;
}

const chunkBytes = 256 * 1024;
/** Up to here a file is read at once: Windows replaces none that is open, and who is slow would keep it so. */
const smallBytes = 1024 * 1024;

/** An object that is open: what is read stays that version, whatever is written meanwhile. */
export async function openObject(
  root: Root,
  path: string,
  what: string,
  range: Range,
): Promise<Opened | undefined> {
  // First, since to open a pipe may wait for its other end.
  const there = statObject(root, path);
  if (there === undefined) return undefined;
  await nextTurn(); // else who reads small files in a loop would keep everything else waiting
  try {
    return await patiently(async () =>
      there.size <= smallBytes ? readSmall(path, what, range) : openLarge(path, what, range),
    );
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

function readSmall(path: string, what: string, { start, end }: Range): Opened {
  const file = openSync(path, 'r');
  try {
    const stats = fstatSync(file, { bigint: true });
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(end, Number(stats.size)) - start));
    for (let done = 0; done < bytes.length;) {
      const count = readSync(file, bytes, done, bytes.length - done, start + done);
      if (count === 0) throw becameShorter(what);
      done += count;
    }
    return { stats, body: Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false }) };
  } finally {
    closeSync(file);
  }
}

async function openLarge(path: string, what: string, { start, end }: Range): Promise<Opened> {
  const handle = await open(path, 'r');
  try {
    const stats = await handle.stat({ bigint: true });
    return { stats, body: new FileBody(handle, what, start, Math.min(end, Number(stats.size))) };
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

/** The bytes of an open file from `position` up to `end`. Owns the handle, and closes it when it ends. */
class FileBody extends Readable {
  readonly #handle: FileHandle;
  readonly #what: string;
  readonly #end: number;
  #position: number;

  constructor(handle: FileHandle, what: string, position: number, end: number) {
    super({ highWaterMark: chunkBytes });
    this.#handle = handle;
    this.#what = what;
    this.#position = position;
    this.#end = end;
  }

  override _read(): void {
    const wanted = Math.min(chunkBytes, this.#end - this.#position);
    if (wanted <= 0) {
      this.push(null);
      return;
    }
    this.#handle.read(Buffer.allocUnsafe(wanted), 0, wanted, this.#position).then(
      ({ bytesRead, buffer }) => {
        if (bytesRead === 0) {
          this.destroy(becameShorter(this.#what));
          return;
        }
        this.#position += bytesRead;
        this.push(buffer.subarray(0, bytesRead));
      },
      (thrown: unknown) => this.destroy(thrown instanceof Error ? thrown : new Error(String(thrown))),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#handle.close().then(
      () => done(error),
      (thrown: unknown) => done(error ?? (thrown instanceof Error ? thrown : new Error(String(thrown)))),
    );
  }
}

function becameShorter(what: string): WheelhouseError {
  return new WheelhouseError('TRUNCATED', `${what} became shorter while it was read`);
}
