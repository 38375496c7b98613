import { closeSync, fdatasync, fsync, openSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasCode } from '../../../model/errors.ts';

const flushData = promisify(fdatasync);
const flush = promisify(fsync);

/**
 * Makes small files and names durable, in rounds: whoever asks while one is under way waits for the next. What is
 * asked for together costs the disk little more than the first of it, and a file that is made while the file system
 * writes its journal has to wait for that; four writers out of step take three times as long as in step.
 */
export class DiskSync {
  readonly #round: (() => Promise<void>)[] = [];
  readonly #folders = new Map<string, Promise<void>>();
  /** For folders in which folders were made: what lies below is not durable before they are. */
  readonly #growing = new Set<Promise<void>>();
  #going = false;

  /** Resolves once the bytes of an open file, and its size, are durable. */
  bytes(file: number): Promise<void> {
    return this.#join(() => flushData(file));
  }

  /** Resolves once every name that came into the folder before this call is durable, and {@link grown} folders. */
  async names(folder: string): Promise<void> {
    await Promise.all([this.#folder(folder), ...this.#growing]);
  }

  /** A folder was made in it: begins to make that durable, and whoever asks for names from now on waits for it. */
  grown(folder: string): void {
    const done = this.#folder(folder).finally(() => this.#growing.delete(done));
    this.#growing.add(done);
    done.catch(() => undefined); // it fails those who wait for it
  }

  #folder(path: string): Promise<void> {
    const asked = this.#folders.get(path);
    if (asked !== undefined) return asked;
    const done = this.#join(() => {
      this.#folders.delete(path);
      return syncFolder(path);
    });
    this.#folders.set(path, done);
    return done;
  }

  #join(act: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#round.push(() => act().then(resolve, reject));
      if (!this.#going) void this.#go();
    });
  }

  async #go(): Promise<void> {
    this.#going = true;
    while (this.#round.length > 0) {
      await nextTurn(); // whoever is about to ask does so now
      await Promise.all(this.#round.splice(0).map((act) => act()));
    }
    this.#going = false;
  }
}

/** After a rename only an fsync of the folder survives a power cut. */
async function syncFolder(path: string): Promise<void> {
  let folder: number | undefined;
  try {
    folder = openSync(path, 'r');
    await flush(folder);
  } catch (thrown) {
    // Windows cannot open folders, some network file systems cannot sync them, and a folder may be gone again.
    if (!hasCode(thrown, 'EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EBADF', 'ENOSYS', 'ENOENT'))
      throw thrown;
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}
