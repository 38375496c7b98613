import { randomBytes } from 'node:crypto';
import { readText } from '../../../io/http-body.ts';
import { WheelhouseError } from '../../../model/errors.ts';
import { sliceSource } from '../../source.ts';
import { isMissing, Refused } from './failure.ts';
import { listEntries } from './listing.ts';
import {
  combinedTag,
  dynamicManifest,
  isStaticManifest,
  readDynamicManifest,
  segmentNames,
  staticManifest,
  type Segment,
} from './manifest.ts';
import { tagOf } from './object.ts';
import { land, newest, putWhole, type Put } from './put.ts';
import type { Store } from './store.ts';

/** Cleaning up after an abort or a failure must not take long itself. */
const cleanUpTimeoutMs = 30_000;
const mostManifestBytes = 16 * 1024 ** 2;
/** How a store that does not know static manifests answers one. */
const unknownHere: ReadonlySet<number> = new Set([400, 405, 411, 415, 422, 501]);

/**
 * Objects above what one request may carry (https://docs.openstack.org/swift/latest/overview_large_objects.html): their
 * bytes lie as segments in a container beside, named as other Swift clients name it, and a manifest stands for them.
 */
export class LargeObjects {
  readonly #store: Store;
  readonly #container: string;
  readonly #beside: string;
  #hasBeside: Promise<boolean> | undefined;
  #takesStatic: Promise<boolean> | undefined;

  constructor(store: Store, container: string) {
    this.#store = store;
    this.#container = container;
    this.#beside = `${container}_segments`;
  }

  /**
   * Sends the bytes in segments of that size, each a range of the source and retried on its own, then the manifest;
   * gives the tag. Until the last step nobody sees any of it, and what fails before leaves nothing.
   */
  async write(put: Put, segmentBytes: number): Promise<string> {
    const { key, source, signal } = put;
    await this.#makeBeside(signal);
    const folder = `${key}/${source.sizeBytes}-${Date.now()}-${randomBytes(4).toString('hex')}`;
    const tried: string[] = [];
    let manifestSent = false;
    try {
      const segments: Segment[] = [];
      for (let start = 0; start < source.sizeBytes; start += segmentBytes) {
        const name = `${folder}/${String(segments.length + 1).padStart(8, '0')}`;
        tried.push(name);
        segments.push(
          await this.#putSegment(put, name, start, Math.min(start + segmentBytes, source.sizeBytes)),
        );
      }
      const isStatic = await this.#knowsStatic(`${folder}-probe`, segments.slice(0, 1), signal);
      if (!isStatic) await this.#awaitListing(folder, segments, signal);
      manifestSent = true;
      return await this.#putManifest(put, isStatic ? undefined : folder, segments);
    } catch (thrown) {
      await this.#discard(key, tried, manifestSent);
      throw thrown;
    }
  }

  /** The segments that a manifest under that key stands for; none, if it is an object of its own or nothing. */
  segmentsOf(key: string, signal: AbortSignal | undefined): Promise<string[]> {
    return this.#store.call(`cannot look up ${key}`, signal, async () => {
      if (!(await this.mayExist(signal))) return [];
      const at = { container: this.#container, key };
      try {
        const { headers } = await this.#store.ask({ ...at, method: 'HEAD', headers: newest }, signal);
        if (isStaticManifest(headers)) return await this.#readManifest(at, signal);
        const dynamic = readDynamicManifest(headers);
        return dynamic?.container === this.#beside ? await this.#namesFrom(dynamic.prefix, signal) : [];
      } catch (thrown) {
        if (isMissing(thrown)) return [];
        throw thrown;
      }
    });
  }

  async remove(names: readonly string[], signal: AbortSignal | undefined): Promise<void> {
    for (const key of names)
      await this.#store.call(`cannot delete ${key}`, signal, () => this.#removeOne(key, signal));
  }

  /** Whether there is a container of segments: without it, all objects are what they seem. Asked once. */
  mayExist(signal: AbortSignal | undefined): Promise<boolean> {
    this.#hasBeside ??= this.#store.ask({ method: 'HEAD', container: this.#beside }, signal).then(
      () => true,
      (thrown: unknown) => {
        // Who may use one container only has no segments either.
        if (isMissing(thrown) || (thrown instanceof Refused && thrown.status === 403)) return false;
        this.#hasBeside = undefined;
        throw thrown;
      },
    );
    return this.#hasBeside;
  }

  /** Lets those read the segments that may read the container. */
  async share(readers: string, signal: AbortSignal | undefined): Promise<void> {
    if (!(await this.mayExist(signal))) return;
    const headers = { 'x-container-read': readers };
    await this.#store.ask({ method: 'POST', container: this.#beside, headers }, signal);
  }

  #makeBeside(signal: AbortSignal | undefined): Promise<void> {
    const container = this.#beside;
    return this.#store.call(`cannot create the container ${container}`, signal, async () => {
      const { headers: main } = await this.#store.ask({ method: 'HEAD', container: this.#container }, signal);
      const readers = main['x-container-read'];
      const headers = readers === undefined ? {} : { 'x-container-read': readers };
      await this.#store.ask({ method: 'PUT', container, headers }, signal);
      this.#hasBeside = Promise.resolve(true);
    });
  }

  async #putSegment(put: Put, name: string, start: number, end: number): Promise<Segment> {
    const { key, signal, onProgress } = put;
    const segment: Put = {
      container: this.#beside,
      key: name,
      source: sliceSource(put.source, start, end),
      headers: { 'content-type': 'application/octet-stream' },
      signal,
      onProgress: (doneBytes) => onProgress?.(start + doneBytes),
    };
    const md5 = await this.#store.call(`cannot write ${key}`, signal, () => putWhole(this.#store, segment));
    return { name, md5, sizeBytes: end - start };
  }

  /** The segments that a static manifest names, as far as they are beside. */
  async #readManifest(
    at: Pick<Put, 'container' | 'key'>,
    signal: AbortSignal | undefined,
  ): Promise<string[]> {
    const query = { 'multipart-manifest': 'get' };
    const { body } = await this.#store.send({ ...at, method: 'GET', query, headers: newest }, signal);
    return segmentNames(await readText(body, mostManifestBytes, { what: at.key }), this.#beside);
  }

  /**
   * Whether the cluster knows static manifests, and gives them back; found out by trying, under a name that nobody
   * reads. One that does not know them stores the manifest itself as the object. Ceph does not give them back: whoever
   * replaces such an object could not find its segments.
   */
  #knowsStatic(key: string, segments: readonly Segment[], signal: AbortSignal | undefined): Promise<boolean> {
    const at = { container: this.#beside, key };
    this.#takesStatic ??= this.#store
      .call(`cannot probe ${at.container}`, signal, async () => {
        try {
          await this.#store.ask({ ...at, ...staticManifest(at.container, segments, {}) }, signal);
          const { headers } = await this.#store.ask({ ...at, method: 'HEAD', headers: newest }, signal);
          const named = isStaticManifest(headers) ? await this.#readManifest(at, signal) : [];
          await this.#removeOne(key, signal);
          return named.length === segments.length;
        } catch (thrown) {
          if (thrown instanceof Refused && unknownHere.has(thrown.status)) return false;
          throw thrown;
        }
      })
      .catch((thrown: unknown) => {
        this.#takesStatic = undefined;
        throw thrown;
      });
    return this.#takesStatic;
  }

  /** A dynamic manifest stands for what the listing shows, which may lag behind what was written. */
  #awaitListing(
    folder: string,
    segments: readonly Segment[],
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return this.#store.call(`cannot list the segments of ${folder}`, signal, async () => {
      const listed = new Set(await this.#namesFrom(`${folder}/`, signal));
      if (segments.every(({ name }) => listed.has(name))) return;
      throw new WheelhouseError('SERVER_ERROR', `the store does not list all segments of ${folder} yet`);
    });
  }

  #putManifest(put: Put, folder: string | undefined, segments: readonly Segment[]): Promise<string> {
    const { container, key, source, headers, signal } = put;
    const request =
      folder === undefined
        ? staticManifest(this.#beside, segments, headers)
        : { method: 'PUT' as const, headers: { ...headers, ...dynamicManifest(this.#beside, folder) } };
    return land(
      this.#store,
      put,
      () => Promise.resolve(combinedTag(segments)),
      async () => {
        await this.#store.ask({ container, key, ...request }, signal);
        const { headers: there } = await this.#store.ask(
          { method: 'HEAD', container, key, headers: newest },
          signal,
        );
        const sizeBytes = Number(there['content-length']);
        if (sizeBytes === source.sizeBytes) return tagOf(there['etag']) ?? combinedTag(segments);
        throw new WheelhouseError(
          'TRUNCATED',
          `the store has ${sizeBytes} of the ${source.sizeBytes} bytes of ${key}`,
        );
      },
    );
  }

  async #namesFrom(prefix: string, signal: AbortSignal | undefined): Promise<string[]> {
    const names: string[] = [];
    for await (const { name } of listEntries(this.#store, this.#beside, prefix, signal)) names.push(name);
    return names;
  }

  async #removeOne(key: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#store
      .ask({ method: 'DELETE', container: this.#beside, key }, signal)
      .catch((thrown: unknown) => {
        if (!isMissing(thrown)) throw thrown;
      });
  }

  /** After a failure: removes what was sent, unless a manifest whose answer was lost stands for it after all. */
  async #discard(key: string, names: readonly string[], manifestSent: boolean): Promise<void> {
    const signal = AbortSignal.timeout(cleanUpTimeoutMs);
    try {
      const inUse = manifestSent ? await this.segmentsOf(key, signal) : [];
      if (names.some((name) => inUse.includes(name))) return;
      await this.remove(names, signal);
    } catch {
      // What is left over costs space, no more; the failure that led here is what counts.
    }
  }
}
