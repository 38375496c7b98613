import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { toWheelhouseError } from '../model/errors.ts';
import { patiently } from './patiently.ts';

const bufferBytes = 1024 * 1024;

/** Where a file's bytes are appended. */
export interface Appender {
  /** How many bytes there are so far. */
  readonly position: number;
  append(bytes: Buffer): Promise<void>;
}

/**
 * Writes a file that is there whole or not at all: into a part file beside it, synced, then renamed. `write` appends
 * the bytes; when it throws, nothing is left. Resolves with the file's size in bytes. Throws `FILE_SYSTEM`.
 */
export async function writeWhole(path: string, write: (file: Appender) => Promise<void>): Promise<number> {
  const part = `${path}.${randomUUID().slice(0, 8)}.part`;
  try {
    const sizeBytes = await writePart(part, write);
    await patiently(() => rename(part, path));
    return sizeBytes;
  } catch (error) {
    await rm(part, { force: true });
    throw toWheelhouseError(error, 'FILE_SYSTEM', `cannot write ${basename(path)}`);
  }
}

async function writePart(part: string, write: (file: Appender) => Promise<void>): Promise<number> {
  await using file = await open(part, 'wx');
  const appender = bufferedAppender(file);
  await write(appender);
  await appender.flush();
  await file.datasync();
  return appender.position;
}

/** A zip file is written in many small pieces: they are gathered, so that each is no system call of its own. */
function bufferedAppender(file: FileHandle): Appender & { flush(): Promise<void> } {
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let position = 0;
  const flush = async () => {
    const bytes = Buffer.concat(pending);
    pending = [];
    pendingBytes = 0;
    for (let done = 0; done < bytes.length;)
      done += (await file.write(bytes, done, bytes.length - done)).bytesWritten;
  };
  return {
    get position() {
      return position;
    },
    async append(bytes) {
      pending.push(bytes);
      pendingBytes += bytes.length;
      position += bytes.length;
      if (pendingBytes >= bufferBytes) await flush();
    },
    flush,
  };
}
