/** Large enough that a system call costs nothing beside it. */
const batchBytes = 1024 * 1024;

/**
 * Gathers small chunks and writes them in large batches, one while the next is gathered. The bytes are copied, into
 * two buffers that take turns: a copy is cheaper than what the garbage collector does with chunks that wait to be
 * written, and keeps the memory flat.
 */
export class BatchWriter {
  readonly #write: (batch: Uint8Array) => Promise<void>;
  readonly #sizeBytes: number;
  #batch: Buffer;
  #spare: Buffer | undefined;
  #gatheredBytes = 0;
  #writing: Promise<void> = Promise.resolve();

  /** `write` may use its batch until it resolves. `expectedBytes`: what will come in all, where known. */
  constructor(write: (batch: Uint8Array) => Promise<void>, expectedBytes = batchBytes) {
    this.#write = write;
    this.#sizeBytes = Math.max(1, Math.min(batchBytes, expectedBytes));
    this.#batch = Buffer.allocUnsafeSlow(this.#sizeBytes);
  }

  /** Takes a chunk; what is returned, if anything, is to be awaited before the next one. */
  add(chunk: Uint8Array): Promise<void> | undefined {
    const free = this.#sizeBytes - this.#gatheredBytes;
    if (chunk.length >= free) return this.#addAndWrite(chunk, free);
    this.#batch.set(chunk, this.#gatheredBytes);
    this.#gatheredBytes += chunk.length;
    return undefined;
  }

  /** Writes what is left, and waits for all of it. */
  async end(): Promise<void> {
    await this.#flush();
    await this.#writing;
  }

  async #addAndWrite(chunk: Uint8Array, free: number): Promise<void> {
    this.#batch.set(chunk.subarray(0, free), this.#gatheredBytes);
    this.#gatheredBytes += Math.min(chunk.length, free);
    await this.#flush();
    if (chunk.length > free) await this.add(chunk.subarray(free));
  }

  async #flush(): Promise<void> {
    await this.#writing;
    if (this.#gatheredBytes === 0) return;
    const full = this.#batch;
    this.#writing = this.#write(full.subarray(0, this.#gatheredBytes));
    this.#writing.catch(() => undefined); // the next flush awaits it
    this.#batch = this.#spare ?? Buffer.allocUnsafeSlow(this.#sizeBytes);
    this.#spare = full;
    this.#gatheredBytes = 0;
  }
}
