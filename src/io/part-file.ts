import { constants } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { HashName } from '../model/digest.ts';
import { toWheelhouseError } from '../model/errors.ts';
import { throwIfAborted } from './abort.ts';
import { createHashes, type RunningHashes } from './hash-file.ts';
import { claimPart, partPath } from './part-name.ts';
import { patiently } from './patiently.ts';

export interface PartOptions {
  /** What it will be renamed to. */
  readonly target: string;
  /** Of its content. */
  readonly tag: string;
  readonly hashNames: readonly HashName[];
  /** The part files of the folder. */
  readonly parts: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A file that grows, and is hashed as it grows, until it is moved to its target. */
export class PartFile {
  sizeBytes = 0;
  readonly tag: string;
  readonly #options: PartOptions;
  readonly #path: string;
  readonly #file: FileHandle;
  #hashes: RunningHashes;

  private constructor(options: PartOptions, path: string, file: FileHandle, hashes: RunningHashes) {
    this.tag = options.tag;
    this.#options = options;
    this.#path = path;
    this.#file = file;
    this.#hashes = hashes;
  }

  /** Goes on with the longest part of that content that nobody works on, or begins a new one. */
  static async open(options: PartOptions): Promise<PartFile> {
    const { target, tag, parts, hashNames } = options;
    const path = partPath(target, tag, 'own');
    const claimedBytes = await claimPart(path, tag, parts);
    const hashes = await createHashes(hashNames);
    const file = await open(path, openFlags(claimedBytes === undefined));
    const part = new PartFile(options, path, file, hashes);
    try {
      if (claimedBytes !== undefined) await part.#absorb();
    } catch (thrown) {
      await part.release();
      throw thrown;
    }
    return part;
  }

  /** Hashes and appends; the bytes must not be changed before it is done. */
  async append(bytes: Uint8Array): Promise<void> {
    this.#hashes.update(bytes);
    try {
      for (let writtenBytes = 0; writtenBytes < bytes.length;) {
        const rest = bytes.subarray(writtenBytes);
        const { bytesWritten } = await this.#file.write(rest, 0, rest.length, this.sizeBytes);
        writtenBytes += bytesWritten;
        this.sizeBytes += bytesWritten;
      }
    } catch (thrown) {
      throw toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot write ${basename(this.#options.target)}`);
    }
  }

  async empty(): Promise<void> {
    await this.#file.truncate(0);
    this.#hashes = await createHashes(this.#options.hashNames);
    this.sizeBytes = 0;
  }

  /** Ends the hashing; after it the part can only be emptied or ended. */
  digest(): Record<string, string> {
    return this.#hashes.digest();
  }

  /** Makes it durable and puts it in its target's place. */
  async commit(): Promise<void> {
    const { target } = this.#options;
    await this.#file.datasync();
    await this.#file.close();
    await patiently(() => rename(this.#path, target));
    await syncFolder(dirname(target));
  }

  /** Leaves it for another run to go on with. */
  async release(): Promise<void> {
    await this.#file.close();
    if (this.sizeBytes === 0) await rm(this.#path, { force: true });
    else await patiently(() => rename(this.#path, partPath(this.#options.target, this.tag, 'free')));
  }

  async discard(): Promise<void> {
    await this.#file.close();
    await rm(this.#path, { force: true });
  }

  async #absorb(): Promise<void> {
    const buffer = new Uint8Array(1024 * 1024);
    for (;;) {
      throwIfAborted(this.#options.signal);
      const { bytesRead } = await this.#file.read(buffer, 0, buffer.length, this.sizeBytes);
      if (bytesRead === 0) return;
      this.#hashes.update(buffer.subarray(0, bytesRead));
      this.sizeBytes += bytesRead;
    }
  }
}

function openFlags(create: boolean): number {
  const flags = constants.O_RDWR | (create ? constants.O_CREAT | constants.O_EXCL : 0);
  return flags | ((constants.O_NOFOLLOW as number | undefined) ?? 0); // Windows has none
}

/** Makes a rename durable; Windows and some network file systems know no such thing. */
async function syncFolder(path: string): Promise<void> {
  try {
    await using folder = await open(path, constants.O_RDONLY);
    await folder.sync();
  } catch {
    // The rename is done; how soon it is durable is then the file system's business.
  }
}
