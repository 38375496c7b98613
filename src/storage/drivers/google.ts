import { WheelhouseError } from '../../model/errors.ts';
import { throwIfAborted } from '../../io/abort.ts';
import { callStore } from '../call-store.ts';
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
import type { ContainerOptions } from '../container-options.ts';
import { emptyBody } from '../exact-body.ts';
import { digestOf } from '../hashed-body.ts';
import type { Location } from '../location.ts';
import { orWarn } from '../or-warn.ts';
import { honoursConditions, once } from '../probe.ts';
import { keyUrl } from '../public-url.ts';
import { giveUp, settling } from '../settling.ts';
import { callApi, callForJson } from './google/api.ts';
import { assertBucket, createBucket, findBucket, nameMainPage, type BucketCall } from './google/bucket.ts';
import { openAnswer } from './google/answer.ts';
import { connectGoogle, type GoogleConnection } from './google/connect.ts';
import { googleFailure, judgeWrite } from './google/failure.ts';
import { listPage } from './google/list-page.ts';
import {
  assertName,
  describeResource,
  md5Of,
  nameProblem,
  objectFields,
  objectPath,
  type ObjectResource,
} from './google/object.ts';
import { putWhole, type PutRequest } from './google/put.ts';
import { putResumable } from './google/resumable.ts';

export interface GoogleOptions extends ContainerOptions {
  /** From here on objects are sent in parts, bytes. Default: 64 MiB. */
  readonly partThresholdBytes?: number | undefined;
  /** Size of a part, bytes, a multiple of 256 KiB. Default: 64 MiB. */
  readonly partBytes?: number;
}

const defaultPartThresholdBytes = 64 * 1024 ** 2;
const defaultPartBytes = 64 * 1024 ** 2;

/** Opens a bucket of Google Cloud Storage. Throws `CONFIG`, `USAGE` and `MISSING_DRIVER`. */
export async function openGoogle(location: Location, options: GoogleOptions = {}): Promise<Container> {
  if (!/^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(location.name))
    throw new WheelhouseError('USAGE', `${location.url} names no bucket that Google Cloud could have`, {
      hint: 'names have a-z, 0-9, hyphens, underscores and dots',
    });
  return new GoogleContainer(location, options, await connectGoogle(options));
}

class GoogleContainer implements Container {
  readonly url: string;
  readonly acceptsSlashKeys = true;
  readonly #location: Location;
  readonly #options: GoogleOptions;
  readonly #connection: GoogleConnection;
  readonly #honoursConditions = once((signal) => honoursConditions(this, signal));
  #bucketSeen = false;

  constructor(location: Location, options: GoogleOptions, connection: GoogleConnection) {
    this.url = location.url;
    this.#location = location;
    this.#options = options;
    this.#connection = connection;
  }

  async conditionalWrites(signal?: AbortSignal): Promise<boolean> {
    throwIfAborted(signal);
    return this.#honoursConditions(signal);
  }

  async create(signal?: AbortSignal): Promise<void> {
    const what = `cannot look up the bucket ${this.#location.name}`;
    const there = await this.#call(what, signal, () => findBucket(this.#bucket(what, signal)));
    if (there === undefined) {
      const creating = `cannot create the bucket ${this.#location.name}`;
      const { region } = this.#options;
      await this.#call(creating, signal, () => createBucket({ ...this.#bucket(creating, signal), region }));
    }
    this.#bucketSeen = true;
    if (this.#options.enableCdn !== false && there?.website === undefined) await this.#nameMainPage(signal);
  }

  async stat(key: string, signal?: AbortSignal): Promise<StoredVersion | undefined> {
    const resource = await this.#find(key, signal);
    return resource && describeResource(key, resource);
  }

  async read(key: string, options: ReadOptions = {}): Promise<OpenedObject | undefined> {
    const { signal } = options;
    if (isEmptyRange(options)) return this.#readNothing(key, signal);
    const what = `cannot read ${key}`;
    const range = rangeHeader(options);
    return this.#call(what, signal, async () => {
      if (nameProblem(this.#nameOf(key)) !== undefined) return undefined;
      const answer = await callApi(this.#connection, {
        what,
        path: this.#pathOf(key),
        query: { alt: 'media' },
        headers: {
          // Else the service would unpack what was stored with a content encoding.
          'accept-encoding': 'gzip',
          ...(range !== undefined && { range }),
        },
        accept: [404, 416],
        signal,
      });
      if (answer.status === 404 || answer.status === 416) {
        await answer.discard();
        return answer.status === 416 ? this.#readNothing(key, signal) : this.#assertBucket(signal);
      }
      return openAnswer(key, answer, what, signal);
    });
  }

  async write(key: string, source: Source, options: WriteOptions): Promise<StoredVersion> {
    throwIfAborted(options.signal);
    assertName(key, this.#nameOf(key));
    const { signal } = options;
    const what = `cannot write ${key}`;
    const { partThresholdBytes = defaultPartThresholdBytes, partBytes = defaultPartBytes } = this.#options;
    const connection = this.#connection;
    const request: PutRequest = {
      connection,
      bucket: this.#location.name,
      key,
      name: this.#nameOf(key),
      source,
      options,
      what,
    };
    const attempt = async () => {
      try {
        return source.sizeBytes > partThresholdBytes
          ? await putResumable(request, partBytes, (part) => this.#call(what, signal, part).catch(giveUp))
          : await putWhole(request);
      } catch (thrown) {
        const failure = googleFailure(thrown, what, signal);
        if (failure.code === 'NOT_FOUND') await this.#assertBucket(signal);
        throw judgeWrite(key, failure, options.condition !== undefined);
      }
    };
    const settled = settling(attempt, () => this.#findOwn(key, source, signal));
    return describeResource(key, await this.#call(what, signal, settled));
  }

  async *list(prefix = '', signal?: AbortSignal): AsyncGenerator<StoredObject> {
    const what = `cannot list ${this.url}`;
    const root = this.#location.prefix;
    let pageToken: string | undefined;
    do {
      const page = await this.#call(what, signal, () =>
        listPage(this.#bucket(what, signal), root + prefix, pageToken),
      );
      for (const resource of page.items ?? [])
        if (resource.name !== undefined) yield describeResource(resource.name.slice(root.length), resource);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined && pageToken !== '');
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    const what = `cannot delete ${key}`;
    await this.#call(what, signal, async () => {
      if (nameProblem(this.#nameOf(key)) !== undefined) return;
      const answer = await callApi(this.#connection, {
        what,
        method: 'DELETE',
        path: this.#pathOf(key),
        accept: [404],
        signal,
      });
      await answer.discard();
    });
  }

  publicUrl(key?: string): string {
    const { name, prefix } = this.#location;
    return keyUrl(keyUrl(`${this.#connection.endpoint}/${name}`, prefix), key);
  }

  close(): Promise<void> {
    return this.#connection.http.close();
  }

  #nameOf(key: string): string {
    return this.#location.prefix + key;
  }

  #pathOf(key: string): string {
    return objectPath(this.#location.name, this.#nameOf(key));
  }

  #bucket(what: string, signal: AbortSignal | undefined): BucketCall {
    return { connection: this.#connection, bucket: this.#location.name, what, signal };
  }

  #find(key: string, signal: AbortSignal | undefined): Promise<ObjectResource | undefined> {
    const what = `cannot look up ${key}`;
    return this.#call(what, signal, async () => {
      if (nameProblem(this.#nameOf(key)) !== undefined) return undefined;
      try {
        const at = { path: this.#pathOf(key), query: { fields: objectFields } };
        return await callForJson<ObjectResource>(this.#connection, { what, ...at, signal });
      } catch (thrown) {
        if (!(thrown instanceof WheelhouseError) || thrown.code !== 'NOT_FOUND') throw thrown;
        return this.#assertBucket(signal);
      }
    });
  }

  /** A missing object and a missing bucket are a 404 alike: only one of them is "not there". */
  async #assertBucket(signal: AbortSignal | undefined): Promise<undefined> {
    if (!this.#bucketSeen)
      await assertBucket(this.#bucket(`cannot use the bucket ${this.#location.name}`, signal));
    this.#bucketSeen = true;
    return undefined;
  }

  /** After an attempt whose answer was lost: whether what is there is what it sent. */
  async #findOwn(
    key: string,
    source: Source,
    signal: AbortSignal | undefined,
  ): Promise<ObjectResource | undefined> {
    const there = await this.#find(key, signal);
    if (there === undefined || Number(there.size) !== source.sizeBytes) return undefined;
    return md5Of(there) === (await digestOf('md5', source, key, signal)) ? there : undefined;
  }

  async #readNothing(key: string, signal: AbortSignal | undefined): Promise<OpenedObject | undefined> {
    const resource = await this.#find(key, signal);
    return resource && { ...describeResource(key, resource), body: emptyBody() };
  }

  async #nameMainPage(signal: AbortSignal | undefined): Promise<void> {
    const what = `cannot name the main page of the bucket ${this.#location.name}`;
    const hint = 'it matters for a website of its own domain only; --no-enable-cdn leaves it alone';
    await orWarn({ signal, onEvent: this.#options.onEvent, hint }, () =>
      this.#call(what, signal, () => nameMainPage(this.#bucket(what, signal))),
    );
  }

  #call<T>(what: string, signal: AbortSignal | undefined, attempt: () => Promise<T>): Promise<T> {
    const { onEvent } = this.#options;
    const translate = (thrown: unknown) => googleFailure(thrown, what, signal);
    return callStore({ what, signal, onEvent, translate }, attempt);
  }
}
