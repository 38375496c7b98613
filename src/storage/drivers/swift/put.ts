import { createHash, type Hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { WheelhouseError } from '../../../model/errors.ts';
import type { Source } from '../../container.ts';
import { assertIntact, digestOf } from '../../hashed-body.ts';
import { settling } from '../../settling.ts';
import { readSource } from '../../source.ts';
import { lostRace } from '../../write-condition.ts';
import { swiftFailure } from './failure.ts';
import { tagOf } from './object.ts';
import type { Store } from './store.ts';

/** Up to here bytes are hashed before they are sent, so that Swift refuses damaged ones instead of storing them. */
const vouchedBytes = 1024 ** 2;

export interface Put {
  readonly container: string;
  /** With the prefix. */
  readonly key: string;
  readonly source: Source;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneBytes: number) => void) | undefined;
}

/** Sends an object in one request, and gives its MD5 once the store has confirmed it. */
export async function putWhole(store: Store, put: Put): Promise<string> {
  const { container, key, source, signal } = put;
  const promised = source.sizeBytes <= vouchedBytes ? await digestOf('md5', source, key, signal) : undefined;
  let hash = createHash('md5');
  const { status, headers } = await store.ask(
    {
      method: 'PUT',
      container,
      key,
      headers: {
        ...put.headers,
        'content-length': String(source.sizeBytes),
        ...(promised !== undefined && { etag: promised }),
      },
      body: () => {
        hash = createHash('md5');
        return Readable.from(hashed(put, hash), { objectMode: false });
      },
    },
    signal,
  );
  if (source.sizeBytes === 0) put.onProgress?.(0);
  const md5 = hash.digest('hex');
  // 202: the store has a newer version from another writer, and did not take this one.
  const stored = status === 202 ? undefined : tagOf(headers['etag']);
  if (stored === undefined) await assertStored(store, put, md5);
  else assertIntact(key, md5, stored);
  return md5;
}

/**
 * The bytes as they are sent. The last of them are held back until the source has ended as it should: the store has an
 * object as soon as it has the number of bytes that was announced.
 */
async function* hashed({ source, key, signal, onProgress }: Put, hash: Hash): AsyncGenerator<Buffer> {
  let held: Buffer | undefined;
  let doneBytes = 0;
  const release = (chunk: Buffer) => {
    doneBytes += chunk.length;
    onProgress?.(doneBytes);
  };
  for await (const chunk of readSource(source, key, signal)) {
    if (held !== undefined) {
      yield held;
      release(held);
    }
    hash.update(chunk);
    held = chunk;
  }
  if (held === undefined) return;
  yield held;
  release(held);
}

/**
 * Attempts a write until the store has confirmed it, and gives its tag. A condition that fails after an attempt whose
 * answer was lost may have failed because of that attempt: then the tag tells.
 */
export function land(
  store: Store,
  { container, key, signal }: Pick<Put, 'container' | 'key' | 'signal'>,
  expectedTag: () => Promise<string>,
  attempt: () => Promise<string>,
): Promise<string> {
  const what = `cannot write ${key}`;
  const once = async () => {
    try {
      return await attempt();
    } catch (thrown) {
      const failure = swiftFailure(thrown, what, store.address, signal);
      if (failure.code === 'NETWORK') await assertWritable(store, container, what, signal);
      throw failure.code === 'PRECONDITION_FAILED' ? lostRace(key, thrown) : failure;
    }
  };
  const findOwn = async () => {
    const { headers } = await store.ask({ method: 'HEAD', container, key, headers: newest }, signal);
    const own = await expectedTag();
    return tagOf(headers['etag']) === own ? own : undefined;
  };
  return store.call(what, signal, settling(once, findOwn));
}

/**
 * A store that refuses a write before it has read everything may hang up before its answer gets through. Then a new
 * token and a small question tell why; only a reason that stays is thrown.
 */
async function assertWritable(
  store: Store,
  container: string,
  what: string,
  signal: AbortSignal | undefined,
) {
  try {
    // Not by the question alone: whoever asks of a public container may have any token.
    await store.renewToken(signal);
    await store.ask({ method: 'HEAD', container }, signal);
  } catch (thrown) {
    const failure = swiftFailure(thrown, what, store.address, signal);
    if (!failure.transient) throw failure;
  }
}

/** What is there now is what was sent; otherwise the write has to be done again. */
async function assertStored(
  store: Store,
  { container, key, source, signal }: Put,
  md5: string,
): Promise<void> {
  const { headers } = await store.ask({ method: 'HEAD', container, key, headers: newest }, signal);
  assertIntact(key, md5, tagOf(headers['etag']) ?? 'unknown');
  if (headers['content-length'] === String(source.sizeBytes)) return;
  throw new WheelhouseError('TRUNCATED', `the store has another size of ${key} than was sent`);
}

/** Of several copies of an object, the newest: the store asks all its servers, not the first that answers. */
export const newest = { 'x-newest': 'true' };
