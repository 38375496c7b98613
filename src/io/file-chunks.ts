import type { FileHandle } from 'node:fs/promises';

export interface ChunkOptions {
  readonly bufferBytes: number;
  /** How many buffers take turns; default 2. */
  readonly buffers?: number;
}

/**
 * A file's bytes from its start, the next chunk being read while the last one is used. Buffers take turns, because what
 * a buffer of its own for each chunk leaves to the garbage collector is dozens of megabytes. With two of them a chunk
 * is valid only until the one after it is asked for, with each more for one chunk longer.
 */
export async function* readChunks(
  file: FileHandle,
  { bufferBytes, buffers = 2 }: ChunkOptions,
): AsyncGenerator<Buffer> {
  const read = (buffer: Buffer) => file.read(buffer, 0, bufferBytes, null);
  const allocate = () => Buffer.allocUnsafeSlow(bufferBytes);
  const spare: Buffer[] = [];
  let current = read(allocate());
  try {
    for (let reads = 1; ; reads++) {
      const { bytesRead, buffer } = await current;
      if (bytesRead === 0) return;
      current = read(reads < buffers ? allocate() : (spare.shift() ?? allocate()));
      yield buffer.subarray(0, bytesRead);
      spare.push(buffer);
    }
  } finally {
    // The handle must not be closed under a read that is still going on.
    await current.catch(() => undefined);
  }
}
