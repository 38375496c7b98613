import { open } from 'node:fs/promises';
import { hasCode } from './failure.ts';

/**
 * Makes names durable: after a rename only an fsync of the folder survives a power cut. One fsync covers all renames
 * before it, so writers that finish together share one.
 */
export class FolderSync {
  readonly #running = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  /** Resolves once every change made to the folder before this call is durable. */
  sync(path: string): Promise<void> {
    const running = this.#running.get(path);
    if (running === undefined) return this.#start(path);
    // The running one may have begun before our rename; the one after it has not.
    const next = this.#next.get(path);
    if (next !== undefined) return next;
    const start = () => {
      this.#next.delete(path);
      return this.#start(path);
    };
    const queued = running.then(start, start);
    this.#next.set(path, queued);
    return queued;
  }

  #start(path: string): Promise<void> {
    const done = syncFolder(path).finally(() => this.#running.delete(path));
    this.#running.set(path, done);
    return done;
  }
}

async function syncFolder(path: string): Promise<void> {
  try {
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    // Windows cannot open folders, some network file systems cannot sync them, and a folder may be gone again.
    if (!hasCode(thrown, 'EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EBADF', 'ENOSYS', 'ENOENT'))
      throw thrown;
  }
}
