import { lstatSync, realpathSync, statSync, type BigIntStats } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { WheelhouseError } from '../../../model/errors.ts';
import type { StoredObject } from '../../container.ts';
import { isMissing } from './failure.ts';
import type { Root } from './root.ts';

/** What the file system says of the object at a path; undefined for what is no file of this folder. */
export function statObject(root: Root, path: string): BigIntStats | undefined {
  try {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
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

/**
 * The version tag: inode, time and size. The time advances with every write of the key (see `stamp`); the inode
 * tells apart what a foreign tool put there under an old date. The change time is left out on purpose: a backup's
 * hard link or a chmod moves it, and the bytes are the same.
 */
export function tagOf(stats: BigIntStats): string {
  return [stats.ino, stats.mtimeNs, stats.size].map((n) => n.toString(36)).join('-');
}

export function describeObject(key: string, stats: BigIntStats): StoredObject & { readonly tag: string } {
  return { key, sizeBytes: Number(stats.size), modified: stats.mtime, tag: tagOf(stats) };
}

/** An object that is open: what is read stays that version, whatever is written meanwhile. */
export async function openFile(
  root: Root,
  path: string,
): Promise<{ handle: FileHandle; stats: BigIntStats } | undefined> {
  // First, since to open a pipe may wait for its other end.
  if (statObject(root, path) === undefined) return undefined;
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    return { handle, stats: await handle.stat({ bigint: true }) };
  } catch (thrown) {
    await handle?.close();
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}

const chunkBytes = 256 * 1024;

/** The bytes of an open file from `position` up to `end`. Owns the handle, and closes it when it ends. */
export class FileBody extends Readable {
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
          this.destroy(new WheelhouseError('TRUNCATED', `${this.#what} became shorter while it was read`));
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
