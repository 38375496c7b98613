import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { RandomAccessReader } from 'yauzl';

const windowBytes = 128 * 1024;

/**
 * Reads a file through one window that follows the reader. A zip reader asks for the central directory in pieces of
 * some 50 bytes; without the window each of them is a system call, and a wheel of 2,000 files needs 4,000.
 */
export class WindowReader extends RandomAccessReader {
  readonly #file: FileHandle;
  readonly #sizeBytes: number;
  #window = Buffer.alloc(0);
  #start = 0;

  constructor(file: FileHandle, sizeBytes: number) {
    super();
    this.#file = file;
    this.#sizeBytes = sizeBytes;
  }

  /** The bytes of a range, which must lie inside of the file: a view, not to be written to. */
  async range(start: number, length: number): Promise<Buffer> {
    const held = this.#held(start, length);
    if (held !== undefined) return held;
    if (start < 0 || start + length > this.#sizeBytes) throw new Error('it points outside of the file');
    const size = Math.min(Math.max(length, windowBytes), this.#sizeBytes - start);
    const window = Buffer.allocUnsafe(size);
    for (let done = 0; done < size;) {
      const bytesRead = await this.#read(window, done, size - done, start + done);
      if (bytesRead === 0) throw new Error('the file became shorter while it was read');
      done += bytesRead;
    }
    this.#window = window;
    this.#start = start;
    return window.subarray(0, length);
  }

  /** A window costs less than the turn through the thread pool that a promise takes; a large entry is worth one. */
  async #read(target: Buffer, offset: number, length: number, position: number): Promise<number> {
    if (length <= windowBytes) return readSync(this.#file.fd, target, offset, length, position);
    return (await this.#file.read(target, offset, length, position)).bytesRead;
  }

  /** A copy of the range goes into `target`; yauzl calls this, and counts what its callback is given. */
  override read(
    target: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    const held = this.#held(position, length);
    if (held !== undefined) {
      held.copy(target, offset);
      callback(null, length);
      return;
    }
    this.range(position, length).then(
      (bytes) => callback(null, bytes.copy(target, offset)),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Entries are read by {@link range}; a stream is only for those who ask yauzl for one. */
  override _readStreamForRange(start: number, end: number): Readable {
    const file = this.#file;
    const chunks = async function* () {
      for (let position = start; position < end;) {
        const chunk = Buffer.allocUnsafe(Math.min(windowBytes, end - position));
        const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
        if (bytesRead === 0) throw new Error('the file became shorter while it was read');
        position += bytesRead;
        yield chunk.subarray(0, bytesRead);
      }
    };
    return Readable.from(chunks(), { objectMode: false });
  }

  /** The file belongs to whoever opened it. */
  override close(callback: (error: Error | null) => void): void {
    callback(null);
  }

  #held(start: number, length: number): Buffer | undefined {
    const from = start - this.#start;
    if (from < 0 || from + length > this.#window.length) return undefined;
    return this.#window.subarray(from, from + length);
  }
}
