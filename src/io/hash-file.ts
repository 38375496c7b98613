import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { HashName } from '../model/digest.ts';
import { toWheelhouseError } from '../model/errors.ts';
import { throwIfAborted } from './abort.ts';
import { readChunks } from './file-chunks.ts';

/** Large enough that a read costs nothing beside its digest, small enough for 64 workers. */
const bufferBytes = 1024 * 1024;

/** Several digests of one sequence of bytes. */
export interface RunningHashes<Name extends HashName = HashName> {
  update(chunk: Uint8Array): void;
  /** Lower-case hex by name; call it once, at the end. */
  digest(): Record<Name, string>;
}

interface RunningHash {
  update(chunk: Uint8Array): void;
  hex(): string;
}

/** Starts the named digests; a name given twice counts once. */
export async function createHashes<Name extends HashName>(
  names: readonly Name[],
): Promise<RunningHashes<Name>> {
  const running = await Promise.all(
    [...new Set(names)].map(async (name) => ({ name, hash: await createRunningHash(name) })),
  );
  return {
    update: (chunk) => {
      for (const { hash } of running) hash.update(chunk);
    },
    digest: () =>
      Object.fromEntries(running.map(({ name, hash }) => [name, hash.hex()])) as Record<Name, string>,
  };
}

/** Hashes a file in one pass. Throws `FILE_SYSTEM` when it cannot be read, `ABORTED`. */
export async function hashFile<Name extends HashName>(
  path: string,
  names: readonly Name[],
  { signal, onProgress }: { signal?: AbortSignal | undefined; onProgress?: (doneBytes: number) => void } = {},
): Promise<{ hashes: Record<Name, string>; sizeBytes: number }> {
  throwIfAborted(signal);
  const hashes = await createHashes(names);
  let sizeBytes = 0;
  try {
    for await (const chunk of chunksOf(path)) {
      throwIfAborted(signal);
      hashes.update(chunk);
      sizeBytes += chunk.length;
      onProgress?.(sizeBytes);
    }
  } catch (thrown) {
    throw toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot read ${basename(path)}`);
  }
  return { hashes: hashes.digest(), sizeBytes };
}

/** A small file at once: to read it costs less than the turns through the thread pool that promises take. */
async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  const found = statSync(path);
  if (found.isFile() && found.size <= bufferBytes) {
    yield readFileSync(path);
    return;
  }
  await using file = await open(path, 'r');
  yield* readChunks(file, { bufferBytes });
}

async function createRunningHash(name: HashName): Promise<RunningHash> {
  if (name === 'blake2b_256') return createBlake2b();
  const hash = createHash(name);
  return { update: (chunk) => void hash.update(chunk), hex: () => hash.digest('hex') };
}

/**
 * Node's own BLAKE2b knows no digest of 32 bytes, and a cut one would be another hash. In WebAssembly it hashes
 * 850 MB/s where pure JavaScript does 50; it is loaded only when it is asked for.
 */
async function createBlake2b(): Promise<RunningHash> {
  // Of all its hashes this one alone: the whole package takes 10 MB of memory.
  const { default: hashWasm } = await import('hash-wasm/dist/blake2b.umd.min.js');
  const hash = (await hashWasm.createBLAKE2b(256)).init();
  return { update: (chunk) => void hash.update(chunk), hex: () => hash.digest('hex') };
}
