import { linkSync, lstatSync, type BigIntStats } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { addAbortSignal } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { patiently } from '../../io/patiently.ts';
import { hasCode, WheelhouseError } from '../../model/errors.ts';
import { throwIfAborted } from '../../io/abort.ts';
import type {
  Container,
  OpenedObject,
  ReadOptions,
  Source,
  StoredObject,
  StoredVersion,
  WriteOptions,
} from '../container.ts';
import { keyUrl } from '../public-url.ts';
import { assertHolds, lostRace } from '../write-condition.ts';
import { folderFailure, isMissing, knowsNoHardLinks } from './folder/failure.ts';
import { DiskSync } from './folder/disk-sync.ts';
import { lockName, takeLock, type Lock, type LockTimes } from './folder/lock.ts';
import { describeObject, openObject, statObject, tagOf } from './folder/object.ts';
import { Root } from './folder/root.ts';
import { discard, stage, stamp, sweep } from './folder/staging.ts';
import { walk } from './folder/walk.ts';

export interface FolderOptions extends LockTimes {
  /** The container as the user wrote it. Default: the path's file URL. */
  readonly url?: string;
  /** Where a web server shows the folder. Default: its file URL. */
  readonly publicUrl?: string;
  /** False: do without hard links, as on file systems that have none. Default: found out. */
  readonly hardLinks?: boolean;
}

/**
 * Opens a folder as a container. Processes on one machine may write to it at the same time: a new object is linked
 * into place, which only one of them can do, and an object is replaced by a rename under a lock that is held around
 * comparing and renaming only. `write` resolves when bytes and name have been synced to the disk.
 */
export function openFolder(path: string, options: FolderOptions = {}): Container {
  return new Folder(resolve(path), options);
}

class Folder implements Container {
  readonly url: string;
  /** A folder's page is its `index.html` already, and no file name ends in a slash. */
  readonly acceptsSlashKeys = false;
  readonly #publicUrl: string;
  readonly #root: Root;
  readonly #sync = new DiskSync();
  readonly #times: LockTimes;
  #hardLinks: boolean;
  #swept: Promise<void> | undefined;

  constructor(path: string, options: FolderOptions) {
    const fileUrl = pathToFileURL(path).href;
    this.url = options.url ?? fileUrl;
    this.#publicUrl = options.publicUrl ?? fileUrl;
    this.#root = new Root(path, this.#sync);
    this.#times = options;
    this.#hardLinks = options.hardLinks ?? true;
  }

  conditionalWrites(signal?: AbortSignal): Promise<boolean> {
    return this.#act('', 'use', signal, () => Promise.resolve(true));
  }

  create(signal?: AbortSignal): Promise<void> {
    return this.#act('', 'make', signal, () => this.#root.make());
  }

  stat(key: string, signal?: AbortSignal): Promise<StoredVersion | undefined> {
    return this.#act(key, 'look up', signal, () => {
      const stats = this.#look(key);
      if (stats !== undefined) return describeObject(key, stats);
      this.#root.assertExists();
      return undefined;
    });
  }

  read(key: string, options: ReadOptions = {}): Promise<OpenedObject | undefined> {
    const { start = 0, end = Infinity, signal } = options;
    return this.#act(key, 'read', signal, async () => {
      const path = this.#root.find(key);
      const opened = path === undefined ? undefined : await openObject(this.#root, path, key, { start, end });
      if (opened === undefined) {
        this.#root.assertExists();
        return undefined;
      }
      const { stats, body } = opened;
      if (signal !== undefined) addAbortSignal(signal, body);
      return { ...describeObject(key, stats), body };
    });
  }

  write(key: string, source: Source, options: WriteOptions): Promise<StoredVersion> {
    const { signal } = options;
    return this.#act(key, 'write', signal, async () => {
      // A race that is lost already need not be run: the bytes are not copied.
      const there = this.#look(key);
      assertHolds(key, options.condition, there && tagOf(there));
      // Housekeeping, once: it never fails a write, and the next run sweeps again.
      this.#swept ??= sweep(this.#root, this.#times).catch(() => undefined);
      await this.#swept;
      const staged = await stage(this.#root, this.#sync, key, source, options);
      try {
        const path = this.#root.prepare(key);
        throwIfAborted(signal);
        const stats = await this.#place(key, staged, path, options);
        await this.#sync.names(dirname(path));
        return describeObject(key, stats);
      } finally {
        discard(staged);
      }
    });
  }

  async *list(prefix = '', signal?: AbortSignal): AsyncGenerator<StoredObject> {
    throwIfAborted(signal);
    try {
      for await (const { key, stats } of walk(this.#root, prefix, signal)) yield describeObject(key, stats);
    } catch (thrown) {
      throw folderFailure(thrown, `cannot list ${this.url}`, signal);
    }
  }

  delete(key: string, signal?: AbortSignal): Promise<void> {
    return this.#act(key, 'delete', signal, async () => {
      const path = this.#root.find(key);
      if (path === undefined || statObject(this.#root, path) === undefined) {
        this.#root.assertExists();
        return;
      }
      await this.#locked(key, signal, (lock) =>
        patiently(() => unlink(path), { mayGoOn: () => lock.safe }).catch((thrown: unknown) => {
          if (!isMissing(thrown)) throw thrown;
        }),
      );
      await this.#sync.names(dirname(path));
    });
  }

  /** What is under a key. */
  #look(key: string): BigIntStats | undefined {
    const path = this.#root.find(key);
    return path === undefined ? undefined : statObject(this.#root, path);
  }

  publicUrl(key?: string): string {
    return keyUrl(this.#publicUrl, key);
  }

  async close(): Promise<void> {
    await this.#swept;
  }

  /** Puts a staged file in its place, and returns what it is there. */
  async #place(key: string, staged: string, path: string, options: WriteOptions): Promise<BigIntStats> {
    const { condition, signal } = options;
    const mayBeNew = condition === undefined || 'ifAbsent' in condition;
    if (mayBeNew && this.#hardLinks) {
      const stats = stamp(staged, undefined);
      if (this.#link(staged, path, stats)) return stats;
    }
    if (condition !== undefined && 'ifAbsent' in condition && this.#hardLinks) throw lostRace(key);
    return this.#locked(key, signal, async (lock) => {
      const replaced = statObject(this.#root, path);
      assertHolds(key, condition, replaced && tagOf(replaced));
      if (replaced === undefined)
        assertNoFolder(path, lstatSync(path, { bigint: true, throwIfNoEntry: false }));
      const stats = stamp(staged, replaced);
      if (!lock.safe)
        throw new WheelhouseError('TIMEOUT', `the folder took too long to replace ${key}`, {
          hint: 'nothing was changed; run again',
        });
      await patiently(() => rename(staged, path), { mayGoOn: () => lock.safe });
      return stats;
    });
  }

  /** Links a staged file into place: false if something is there, or this file system has no hard links. */
  #link(staged: string, path: string, stats: BigIntStats): boolean {
    try {
      linkSync(staged, path);
      return true;
    } catch (thrown) {
      if (hasCode(thrown, 'EEXIST')) {
        const there = lstatSync(path, { bigint: true, throwIfNoEntry: false });
        assertNoFolder(path, there);
        // NFS may have done it, lost its answer, and asked again.
        return there?.ino === stats.ino;
      }
      if (!knowsNoHardLinks(thrown)) throw thrown;
      this.#hardLinks = false;
      return false;
    }
  }

  async #locked<T>(
    key: string,
    signal: AbortSignal | undefined,
    act: (lock: Lock) => Promise<T>,
  ): Promise<T> {
    const path = join(this.#root.privatePath(), lockName(key));
    const lock = await takeLock(path, this.#times, signal);
    try {
      return await act(lock);
    } finally {
      await lock.release();
    }
  }

  async #act<T>(
    key: string,
    verb: string,
    signal: AbortSignal | undefined,
    act: () => Promise<T> | T,
  ): Promise<T> {
    throwIfAborted(signal);
    try {
      return await act();
    } catch (thrown) {
      throw folderFailure(thrown, `cannot ${verb} ${key === '' ? this.url : key}`, signal);
    }
  }
}

function assertNoFolder(path: string, there: BigIntStats | undefined): void {
  if (there?.isDirectory() === true)
    throw new WheelhouseError('REJECTED', `${path} is a folder: no object can have its name`);
}
