import { WheelhouseError } from '../../model/errors.ts';
import { throwIfAborted } from '../../io/abort.ts';
import { isEmptyRange, rangeHeader } from '../byte-range.ts';
import type {
  Container,
  OpenedObject,
  ReadOptions,
  Source,
  StoredObject,
  StoredVersion,
  WriteOptions,
} from '../container.ts';
import { defaultIdleTimeoutMs, type ContainerOptions } from '../container-options.ts';
import { emptyBody, exactBody } from '../exact-body.ts';
import { digestOf } from '../hashed-body.ts';
import type { Location } from '../location.ts';
import { orWarn } from '../or-warn.ts';
import { keyUrl } from '../public-url.ts';
import { assertHolds } from '../write-condition.ts';
import { bodyFailure, isMissing, Refused, type Headers } from './swift/failure.ts';
import { Identity } from './swift/identity.ts';
import { LargeObjects } from './swift/large-object.ts';
import { listEntries } from './swift/listing.ts';
import { describeEntry, describeHeaders, emptyMd5, md5In, announcedBytes } from './swift/object.ts';
import { connect } from './swift/pkgcloud.ts';
import { publish } from './swift/publication.ts';
import { land, newest, putWhole, type Put } from './swift/put.ts';
import { readSettings, type Environment, type SwiftProvider } from './swift/settings.ts';
import { Store } from './swift/store.ts';

const defaultSegmentThresholdBytes = 1024 ** 3;
const defaultSegmentBytes = 1024 ** 3;
/** What a manifest holds at least (`max_manifest_segments`), by https://docs.openstack.org/swift/latest/api/large_objects.html. */
const mostSegments = 1000;
/** `max_object_name_length`. */
const mostNameBytes = 1024;
const connectTimeoutMs = 10_000;

export interface SwiftOptions extends ContainerOptions {
  /** Above this objects are sent in segments, bytes. Default: 1 GiB; one request may carry 5 GiB. */
  readonly segmentThresholdBytes?: number | undefined;
  /** Size of a segment, bytes; more for what would need more than 1000. Default: 1 GiB. */
  readonly segmentBytes?: number;
  /** Default: `process.env`. */
  readonly environment?: Environment | undefined;
}

/**
 * Opens a container of OpenStack Swift, Rackspace Cloud Files or HP Helion. Throws `CONFIG` for a missing credential
 * and `MISSING_DRIVER` without pkgcloud.
 */
export async function openSwift(location: Location, options: SwiftOptions = {}): Promise<Container> {
  const { environment = process.env, onEvent, idleTimeoutMs = defaultIdleTimeoutMs } = options;
  const provider = providerOf(location);
  const limits = { connectTimeoutMs: Math.min(connectTimeoutMs, idleTimeoutMs), idleTimeoutMs };
  const settings = readSettings(provider, options, environment);
  const connection = await connect(provider, settings, new Identity(settings, limits));
  return new SwiftContainer(location, options, new Store(connection, limits, onEvent));
}

/** Rackspace and HP have clients of their own in pkgcloud. */
function providerOf({ scheme }: Location): SwiftProvider {
  return scheme === 'rackspace' || scheme === 'hp' ? scheme : 'openstack';
}

class SwiftContainer implements Container {
  readonly url: string;
  readonly acceptsSlashKeys = true;
  readonly #store: Store;
  readonly #provider: SwiftProvider;
  readonly #options: SwiftOptions;
  readonly #container: string;
  readonly #root: string;
  readonly #large: LargeObjects;
  #publicBase: string | undefined;
  #seen = false;

  constructor(location: Location, options: SwiftOptions, store: Store) {
    this.url = location.url;
    this.#store = store;
    this.#provider = providerOf(location);
    this.#options = options;
    this.#container = location.name;
    this.#root = location.prefix;
    this.#large = new LargeObjects(store, location.name);
  }

  /** Never: Swift compares no tags, and of several that write `If-None-Match: *` at once more than one may win. */
  async conditionalWrites(signal?: AbortSignal): Promise<boolean> {
    throwIfAborted(signal);
    return Promise.resolve(false);
  }

  async create(signal?: AbortSignal): Promise<void> {
    const container = this.#container;
    const there = await this.#store.call(`cannot look up the container ${container}`, signal, () =>
      this.#find({ method: 'HEAD' }, signal),
    );
    if (there === undefined)
      await this.#store.call(`cannot create the container ${container}`, signal, () =>
        this.#store.ask({ method: 'PUT', container }, signal),
      );
    this.#seen = true;
    const { enableCdn = true, onEvent } = this.#options;
    const base = await publish(
      { store: this.#store, large: this.#large, container, there: there ?? {}, signal },
      { provider: this.#provider, url: this.url, enableCdn, onEvent },
    );
    this.#publicBase = base === undefined || this.#root === '' ? base : keyUrl(base, this.#root);
  }

  stat(key: string, signal?: AbortSignal): Promise<StoredVersion | undefined> {
    return this.#store.call(`cannot look up ${key}`, signal, () => this.#stat(key, signal));
  }

  read(key: string, options: ReadOptions = {}): Promise<OpenedObject | undefined> {
    const { signal } = options;
    return this.#store.call(`cannot read ${key}`, signal, async () => {
      if (isEmptyRange(options)) return this.#readNothing(key, signal);
      const range = rangeHeader(options);
      try {
        const headers = { ...newest, ...(range !== undefined && { range }) };
        const answer = await this.#store.send({ method: 'GET', ...this.#at(key), headers }, signal);
        const body = exactBody(answer.body, {
          what: key,
          sizeBytes: announcedBytes(answer.headers),
          md5: range === undefined ? md5In(answer.headers) : undefined,
          translate: (thrown) => bodyFailure(thrown, key, signal),
        });
        return { ...describeHeaders(key, answer.headers), body };
      } catch (thrown) {
        if (thrown instanceof Refused && thrown.status === 416) return this.#readNothing(key, signal);
        if (!isMissing(thrown)) throw thrown;
        await this.#assertContainer(signal);
        return undefined;
      }
    });
  }

  async write(key: string, source: Source, options: WriteOptions): Promise<StoredVersion> {
    const { contentType, cacheControl, condition, signal, onProgress } = options;
    throwIfAborted(signal);
    assertName(this.#root + key);
    if (condition !== undefined && 'ifTag' in condition)
      assertHolds(key, condition, (await this.stat(key, signal))?.tag);
    const put: Put = {
      ...this.#at(key),
      source,
      signal,
      onProgress,
      headers: {
        'content-type': contentType,
        ...(cacheControl !== undefined && { 'cache-control': cacheControl }),
        ...(condition !== undefined && 'ifAbsent' in condition && { 'if-none-match': '*' }),
      },
    };
    const replaced = await this.#large.segmentsOf(put.key, signal);
    const tag = await this.#put(put);
    await this.#removeSegments(replaced, signal);
    return { key, sizeBytes: source.sizeBytes, tag, contentType };
  }

  async *list(prefix = '', signal?: AbortSignal): AsyncGenerator<StoredObject> {
    for await (const entry of listEntries(this.#store, this.#container, this.#root + prefix, signal)) {
      const key = entry.name.slice(this.#root.length);
      // Of a dynamic large object the listing knows no size; of a static one Ceph's knows that of its manifest.
      const unsized = entry.hash === emptyMd5 && (await this.#mayBeUnsized(signal));
      const object = unsized ? await this.stat(key, signal) : describeEntry(key, entry);
      if (object !== undefined) yield object;
    }
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    const { key: name } = this.#at(key);
    const segments = await this.#large.segmentsOf(name, signal);
    await this.#store.call(`cannot delete ${key}`, signal, async () => {
      try {
        await this.#store.ask({ method: 'DELETE', ...this.#at(key) }, signal);
      } catch (thrown) {
        if (!isMissing(thrown)) throw thrown;
      }
    });
    await this.#removeSegments(segments, signal);
  }

  publicUrl(key?: string): string | undefined {
    return this.#publicBase === undefined ? undefined : keyUrl(this.#publicBase, key);
  }

  close(): Promise<void> {
    return this.#store.close();
  }

  #at(key: string): { container: string; key: string } {
    return { container: this.#container, key: this.#root + key };
  }

  #put(put: Put): Promise<string> {
    const {
      segmentThresholdBytes = defaultSegmentThresholdBytes,
      segmentBytes: least = defaultSegmentBytes,
    } = this.#options;
    const { sizeBytes } = put.source;
    if (sizeBytes > segmentThresholdBytes)
      return this.#large.write(put, Math.max(least, Math.ceil(sizeBytes / mostSegments)));
    return land(
      this.#store,
      put,
      () => digestOf('md5', put.source, put.key, put.signal),
      () => putWhole(this.#store, put),
    );
  }

  async #stat(key: string, signal: AbortSignal | undefined): Promise<StoredVersion | undefined> {
    const headers = await this.#find({ method: 'HEAD', key: this.#root + key, headers: newest }, signal);
    if (headers !== undefined) return describeHeaders(key, headers);
    await this.#assertContainer(signal);
    return undefined;
  }

  async #readNothing(key: string, signal: AbortSignal | undefined): Promise<OpenedObject | undefined> {
    const object = await this.#stat(key, signal);
    return object === undefined ? undefined : { ...object, body: emptyBody() };
  }

  /** What the store says of something that need not be there. */
  async #find(
    ask: { method: 'HEAD'; key?: string; headers?: Readonly<Record<string, string>> },
    signal: AbortSignal | undefined,
  ): Promise<Headers | undefined> {
    try {
      return (await this.#store.ask({ ...ask, container: this.#container }, signal)).headers;
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw thrown;
    }
  }

  /** Swift answers 404 for a missing object and for a missing container alike: only one of them is "not there". */
  async #assertContainer(signal: AbortSignal | undefined): Promise<void> {
    if (this.#seen) return;
    await this.#store.ask({ method: 'HEAD', container: this.#container }, signal);
    this.#seen = true;
  }

  /** What they were segments of has been written or deleted: that they stay is a matter of space. */
  async #removeSegments(names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    await orWarn({ signal, onEvent: this.#options.onEvent }, () => this.#large.remove(names, signal));
  }

  #mayBeUnsized(signal: AbortSignal | undefined): Promise<boolean> {
    return this.#store.call(`cannot list ${this.url}`, signal, () => this.#large.mayExist(signal));
  }
}

function assertName(name: string): void {
  const sizeBytes = Buffer.byteLength(name);
  if (sizeBytes <= mostNameBytes) return;
  throw new WheelhouseError(
    'REJECTED',
    `a key of ${sizeBytes} bytes is too long: Swift takes ${mostNameBytes}`,
  );
}
