import { mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, isAbsolute, sep } from 'node:path';
import { WheelhouseError } from '../../../model/errors.ts';
import { hasCode, isMissing } from './failure.ts';
import type { FolderSync } from './folder-sync.ts';
import { keyProblem, privateFolder } from './key-problem.ts';

/** The folder of a container, which no key and no symbolic link leads out of. */
export class Root {
  readonly path: string;
  readonly #sync: FolderSync;
  #real: string | undefined;

  constructor(path: string, sync: FolderSync) {
    this.path = path;
    this.#sync = sync;
  }

  /** The path without symbolic links. Throws `NOT_FOUND` when there is no such folder. */
  async real(): Promise<string> {
    if (this.#real === undefined) {
      await this.assertExists();
      this.#real = await realpath(this.path);
    }
    return this.#real;
  }

  /** Throws `NOT_FOUND` when the folder is not there: a missing container is never an empty one. */
  async assertExists(): Promise<void> {
    const found = await stat(this.path).catch((thrown: unknown) => {
      if (isMissing(thrown)) return undefined;
      throw thrown;
    });
    if (found?.isDirectory() === true) return;
    if (found !== undefined)
      throw new WheelhouseError('REJECTED', `${this.path} is not a folder`, { hint: 'name a folder' });
    throw new WheelhouseError('NOT_FOUND', `there is no folder ${this.path}`, {
      hint: 'check the path; an upload makes the folder',
    });
  }

  /** Makes the folder, and with it the one for unfinished files: who can do that can write. */
  async make(): Promise<void> {
    const made = await mkdir(this.path, { recursive: true }).catch((thrown: unknown) => {
      if (hasCode(thrown, 'EEXIST', 'ENOTDIR'))
        throw new WheelhouseError('REJECTED', `${this.path} is not a folder`, { cause: thrown });
      throw thrown;
    });
    if (made !== undefined) await this.#sync.sync(dirname(made));
    await this.privatePath();
  }

  /** The folder for unfinished files and locks, made as needed. */
  async privatePath(): Promise<string> {
    return this.#makeFolder(await this.real(), [...privateFolder]);
  }

  /** The path of a key, or undefined when the folder that would hold it is not there. */
  async find(key: string): Promise<string | undefined> {
    const segments = this.#segments(key);
    const real = await this.real();
    const name = segments.pop() ?? '';
    if (segments.length === 0) return join(real, name);
    try {
      const parent = await realpath(join(real, ...segments));
      this.#assertInside(real, parent, key);
      return join(parent, name);
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw thrown;
    }
  }

  /** The path of a key, below folders that are made as needed. */
  async prepare(key: string): Promise<string> {
    const segments = this.#segments(key);
    const name = segments.pop() ?? '';
    return join(await this.#makeFolder(await this.real(), segments), name);
  }

  /** Whether a path without symbolic links lies in the folder. */
  async holds(path: string): Promise<boolean> {
    return isInside(await this.real(), path);
  }

  #segments(key: string): string[] {
    const problem = keyProblem(key);
    if (problem === undefined) return key.split('/');
    throw new WheelhouseError('REJECTED', `a folder cannot hold ${JSON.stringify(key)}: it ${problem}`);
  }

  /** From the innermost folder that exists: a link that leads out is found before anything is made behind it. */
  async #makeFolder(real: string, segments: readonly string[]): Promise<string> {
    if (segments.length === 0) return real;
    const path = join(real, ...segments);
    const existing = await this.#realFolder(real, path);
    if (existing !== undefined) return existing;
    const parent = await this.#makeFolder(real, segments.slice(0, -1));
    try {
      await mkdir(join(parent, segments.at(-1) ?? ''));
      await this.#sync.sync(parent);
    } catch (thrown) {
      if (isMissing(thrown)) await this.assertExists();
      // Another writer was faster; whatever it is must now be a folder inside.
      if (!hasCode(thrown, 'EEXIST')) throw thrown;
    }
    const made = await this.#realFolder(real, path);
    if (made !== undefined) return made;
    throw new WheelhouseError('REJECTED', `${path} is no folder that objects can go into`, {
      hint: 'a file or a broken link is in the way; move it',
    });
  }

  async #realFolder(real: string, path: string): Promise<string | undefined> {
    try {
      const found = await realpath(path);
      this.#assertInside(real, found, path);
      return (await stat(found)).isDirectory() ? found : undefined;
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw thrown;
    }
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
