import { addAbortSignal, Readable } from 'node:stream';
import { WheelhouseError } from '../../model/errors.ts';
import { throwIfAborted } from '../../io/abort.ts';
import type {
  Container,
  OpenedObject,
  ReadOptions,
  Source,
  StoredVersion,
  WriteOptions,
} from '../container.ts';
import { keyUrl } from '../public-url.ts';
import { readSource } from '../source.ts';
import { assertHolds, lostRace } from '../write-condition.ts';
import { MemoryStore, type MemoryObject } from './memory-store.ts';

type MemoryOperation = 'create' | 'stat' | 'read' | 'write' | 'list' | 'delete';

/** One call that a memory container got; `key` is the prefix of a listing, and empty for `create`. */
export interface MemoryCall {
  readonly operation: MemoryOperation;
  readonly key: string;
  /** 1 for the handle's first call of any kind. */
  readonly n: number;
}

/**
 * What goes wrong with one call. `fail`: nothing is done and a transient `SERVER_ERROR` thrown. `lose-race`: nothing
 * is done and `PRECONDITION_FAILED` thrown. `lose-answer`: all is done, yet a transient `NETWORK` thrown.
 */
export type Misbehaviour = 'fail' | 'lose-race' | 'lose-answer' | WheelhouseError;

export interface MemoryOptions {
  /** Share one to open several handles on the same objects. Default: a new one. */
  readonly store?: MemoryStore;
  readonly name?: string;
  /** False: conditions are ignored, as Swift does. Default: true. */
  readonly conditionalWrites?: boolean;
  /** Default: true. */
  readonly acceptsSlashKeys?: boolean;
  /**
   * Asked at the start of each call. A promise delays the call: what is done meanwhile, through another handle
   * say, comes before it.
   */
  readonly misbehave?: (call: MemoryCall) => Misbehaviour | undefined | Promise<Misbehaviour | undefined>;
}

/** A container in memory, with every call that it got. */
export interface MemoryContainer extends Container {
  readonly store: MemoryStore;
  readonly calls: readonly MemoryCall[];
}

/** Opens a container in memory: strongly consistent and well-behaved unless the options or the store say otherwise. */
export function openMemory(options: MemoryOptions = {}): MemoryContainer {
  const store = options.store ?? new MemoryStore();
  const url = `memory://${options.name ?? 'wheelhouse'}`;
  const honoursConditions = options.conditionalWrites ?? true;
  const calls: MemoryCall[] = [];

  /** Records the call, lets it misbehave, then does it. */
  async function call<T>(
    operation: MemoryOperation,
    key: string,
    signal: AbortSignal | undefined,
    act: () => T | Promise<T>,
  ): Promise<T> {
    throwIfAborted(signal);
    const made: MemoryCall = { operation, key, n: calls.length + 1 };
    calls.push(made);
    const wrong = await options.misbehave?.(made);
    if (wrong !== undefined && wrong !== 'lose-answer') throw failure(wrong, made);
    throwIfAborted(signal);
    if (operation !== 'create' && !store.exists)
      throw new WheelhouseError('NOT_FOUND', `there is no container ${url}`);
    const result = await act();
    if (wrong === 'lose-answer') throw failure(wrong, made);
    return result;
  }

  return {
    url,
    store,
    calls,
    acceptsSlashKeys: options.acceptsSlashKeys ?? true,
    conditionalWrites: async (signal) => {
      throwIfAborted(signal);
      return await Promise.resolve(honoursConditions);
    },
    create: (signal) =>
      call('create', '', signal, () => {
        store.exists = true;
      }),
    stat: (key, signal) =>
      call('stat', key, signal, () => {
        const object = store.get(key);
        return object && describe(object);
      }),
    read: (key, { start, end, signal }: ReadOptions = {}) =>
      call('read', key, signal, () => {
        const object = store.get(key);
        return object && openObject(object, { start, end, signal });
      }),
    write: (key, source, writeOptions) =>
      call('write', key, writeOptions.signal, async () => {
        if (key.endsWith('/') && options.acceptsSlashKeys === false)
          throw new WheelhouseError('REJECTED', `${url} takes no key that ends in a slash: ${key}`);
        const bytes = await collect(key, source, writeOptions);
        const { condition, contentType, cacheControl } = writeOptions;
        // From here on without a pause: compare and swap are one step.
        if (honoursConditions) assertHolds(key, condition, store.get(key)?.tag);
        return describe(
          store.put(key, bytes, { contentType, ...(cacheControl !== undefined && { cacheControl }) }),
        );
      }),
    async *list(prefix = '', signal) {
      const objects = await call('list', prefix, signal, () => store.listed(prefix));
      for (const object of objects) {
        throwIfAborted(signal);
        yield describe(object);
      }
    },
    delete: (key, signal) => call('delete', key, signal, () => store.delete(key)),
    publicUrl: (key) => keyUrl(url, key),
    close: () => Promise.resolve(),
  };
}

async function collect(key: string, source: Source, { signal, onProgress }: WriteOptions): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let doneBytes = 0;
  if (source.sizeBytes === 0) onProgress?.(0);
  for await (const chunk of readSource(source, key, signal)) {
    chunks.push(chunk);
    doneBytes += chunk.length;
    onProgress?.(doneBytes);
  }
  throwIfAborted(signal);
  return Buffer.concat(chunks);
}

function openObject(
  object: MemoryObject,
  range: { start: number | undefined; end: number | undefined; signal: AbortSignal | undefined },
): OpenedObject {
  const body = Readable.from([object.bytes.subarray(range.start ?? 0, range.end)], { objectMode: false });
  if (range.signal !== undefined) addAbortSignal(range.signal, body);
  return { ...describe(object), body };
}

function describe({ key, sizeBytes, modified, tag, contentType }: MemoryObject): StoredVersion {
  return { key, sizeBytes, modified, tag, ...(contentType !== undefined && { contentType }) };
}

function failure(wrong: Misbehaviour, { operation, key }: MemoryCall): WheelhouseError {
  if (wrong instanceof WheelhouseError) return wrong;
  if (wrong === 'lose-race') return lostRace(key);
  return wrong === 'fail'
    ? new WheelhouseError('SERVER_ERROR', `the ${operation} of ${key} was answered 503`, { status: 503 })
    : new WheelhouseError('NETWORK', `the answer to the ${operation} of ${key} was lost`);
}
