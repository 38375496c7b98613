import { lstatSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, isAbsolute, sep } from 'node:path';
import { hasCode, WheelhouseError } from '../../../model/errors.ts';
import { ifThere, isMissing } from './failure.ts';
import type { DiskSync } from './disk-sync.ts';
import { keyProblem, privateFolder } from './key-problem.ts';

/**
 * The folder of a container, which no key and no symbolic link leads out of. Every path is looked at again each time
 * it is asked for, since another process may have put a link on the way. It does so without promises: a folder's
 * entry is in the system's memory, and a turn through the thread pool takes ten times as long as looking there.
 */
export class Root {
  readonly path: string;
  readonly #sync: DiskSync;
  #real: string | undefined;

  constructor(path: string, sync: DiskSync) {
    this.path = path;
    this.#sync = sync;
  }

  /** The path without symbolic links. Throws `NOT_FOUND` when there is no such folder. */
  real(): string {
    if (this.#real === undefined) {
      this.assertExists();
      this.#real = realpathSync.native(this.path);
    }
    return this.#real;
  }

  /** Throws `NOT_FOUND` when the folder is not there: a missing container is never an empty one. */
  assertExists(): void {
    const found = ifThere(() => statSync(this.path));
    if (found?.isDirectory() === true) return;
    if (found !== undefined)
      throw new WheelhouseError('REJECTED', `${this.path} is not a folder`, { hint: 'name a folder' });
    throw new WheelhouseError('NOT_FOUND', `there is no folder ${this.path}`, {
      hint: 'check the path; an upload makes the folder',
    });
  }

  /** Makes the folder, and with it the one for unfinished files: who can do that can write. */
  async make(): Promise<void> {
    const made = this.#makePath();
    if (made !== undefined) await this.#sync.names(dirname(made));
    this.privatePath();
  }

  /** The folder for unfinished files and locks, made as needed. */
  privatePath(): string {
    return this.#makeFolder(this.real(), privateFolder);
  }

  /** The path of a key, or undefined when the folder that would hold it is not there. */
  find(key: string): string | undefined {
    const segments = this.#segments(key);
    const name = segments.pop() ?? '';
    const folder = this.#realFolder(this.real(), segments);
    return folder === undefined ? undefined : join(folder, name);
  }

  /** The path of a key, below folders that are made as needed. */
  prepare(key: string): string {
    const segments = this.#segments(key);
    const name = segments.pop() ?? '';
    return join(this.#makeFolder(this.real(), segments), name);
  }

  /** Whether a path without symbolic links lies in the folder. */
  holds(path: string): boolean {
    return isInside(this.real(), path);
  }

  #segments(key: string): string[] {
    const problem = keyProblem(key);
    if (problem === undefined) return key.split('/');
    throw new WheelhouseError('REJECTED', `a folder cannot hold ${JSON.stringify(key)}: it ${problem}`);
  }

  /** The topmost folder that was made, or undefined when the folder was there. */
  #makePath(): string | undefined {
    try {
      return mkdirSync(this.path, { recursive: true });
    } catch (thrown) {
      if (hasCode(thrown, 'EEXIST', 'ENOTDIR'))
        throw new WheelhouseError('REJECTED', `${this.path} is not a folder`, { cause: thrown });
      throw thrown;
    }
  }

  /** From the innermost folder that exists: a link that leads out is found before anything is made behind it. */
  #makeFolder(real: string, segments: readonly string[]): string {
    const existing = this.#realFolder(real, segments);
    if (existing !== undefined) return existing;
    const parent = this.#makeFolder(real, segments.slice(0, -1));
    try {
      mkdirSync(join(parent, segments.at(-1) ?? ''));
      this.#sync.grown(parent);
    } catch (thrown) {
      if (isMissing(thrown)) this.assertExists();
      // Another writer was faster; whatever it is must now be a folder inside.
      if (!hasCode(thrown, 'EEXIST')) throw thrown;
    }
    const made = this.#realFolder(real, segments);
    if (made !== undefined) return made;
    throw new WheelhouseError(
      'REJECTED',
      `${join(real, ...segments)} is no folder that objects can go into`,
      {
        hint: 'a file or a broken link is in the way; move it',
      },
    );
  }

  /** The path of a folder without symbolic links: where none is on the way, it is what it seems. */
  #realFolder(real: string, segments: readonly string[]): string | undefined {
    return ifThere(() => {
      let path = real;
      for (const segment of segments) {
        path = join(path, segment);
        const found = lstatSync(path, { throwIfNoEntry: false });
        if (found?.isSymbolicLink() === true) return this.#folderBehindLinks(real, segments);
        if (found?.isDirectory() !== true) return undefined;
      }
      return path;
    });
  }

  #folderBehindLinks(real: string, segments: readonly string[]): string | undefined {
    const path = join(real, ...segments);
    const found = realpathSync.native(path);
    this.#assertInside(real, found, path);
    return statSync(found).isDirectory() ? found : undefined;
  }

  #assertInside(real: string, path: string, what: string): void {
    if (isInside(real, path)) return;
    throw new WheelhouseError(
      'REJECTED',
      `${what} leads out of the folder ${this.path}, over a symbolic link`,
    );
  }
}

function isInside(real: string, path: string): boolean {
  const way = relative(real, path);
  return way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}
