import type { BlockBlobClient, ContainerClient } from '@azure/storage-blob';
import { WheelhouseError } from '../../model/errors.ts';
import { throwIfAborted } from '../../io/abort.ts';
import { callStore } from '../call-store.ts';
import { isEmptyRange } from '../byte-range.ts';
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
import { compareKeys } from '../key-order.ts';
import type { Location } from '../location.ts';
import { orWarn } from '../or-warn.ts';
import { honoursConditions, once } from '../probe.ts';
import { keyUrl } from '../public-url.ts';
import { abortBy, type SdkAbort } from '../sdk-abort.ts';
import { settling } from '../settling.ts';
import { lostRace } from '../write-condition.ts';
import { chooseAccess, type AzureAccess } from './azure/access.ts';
import { openAnswer } from './azure/answer.ts';
import { connectAzure, type AzureConnection } from './azure/connect.ts';
import { azureFailure, isCode, isNoSuchBlob, isOutOfRange } from './azure/failure.ts';
import { listPage } from './azure/list-page.ts';
import { assertName, describeBlob, isFolder, md5Of, nameProblem } from './azure/object.ts';
import { putBlocks, putWhole, type PutRequest } from './azure/put.ts';
import { enableWebsite, websiteContainer } from './azure/website.ts';

export interface AzureOptions extends ContainerOptions {
  /** From here on blobs are sent in blocks, bytes. Default: 256 MiB; a single request may carry 5,000 MiB. */
  readonly partThresholdBytes?: number | undefined;
  /** Least size of a block, bytes. Default: 32 MiB. */
  readonly partBytes?: number;
}

const defaultPartThresholdBytes = 256 * 1024 ** 2;
const defaultPartBytes = 32 * 1024 ** 2;

/** Opens a container of Azure Blob Storage. Throws `CONFIG`, `USAGE` and `MISSING_DRIVER`. */
export async function openAzure(location: Location, options: AzureOptions = {}): Promise<Container> {
  if (!/^(?:[a-z0-9](?:-?[a-z0-9]){2,62}|\$web|\$root)$/.test(location.name))
    throw new WheelhouseError('USAGE', `${location.url} names no container that Azure could have`, {
      hint: 'names have 3 to 63 of a-z, 0-9 and single hyphens',
    });
  const access = chooseAccess(options, process.env);
  const connection = await connectAzure(access, options);
  return new AzureContainer(location, options, access, connection);
}

class AzureContainer implements Container {
  readonly url: string;
  /** Its static website shows a folder's `index.html`, and no blob's name ends in a slash. */
  readonly acceptsSlashKeys = false;
  readonly #location: Location;
  readonly #options: AzureOptions;
  readonly #access: AzureAccess;
  readonly #connection: AzureConnection;
  readonly #client: ContainerClient;
  readonly #honoursConditions = once((signal) => honoursConditions(this, signal));
  /** What the public gets to see; undefined until the service has told. */
  #publicAccess: 'all' | 'nothing' | undefined;

  constructor(location: Location, options: AzureOptions, access: AzureAccess, connection: AzureConnection) {
    this.url = location.url;
    this.#location = location;
    this.#options = options;
    this.#access = access;
    this.#connection = connection;
    this.#client = connection.service.getContainerClient(location.name);
  }

  async conditionalWrites(signal?: AbortSignal): Promise<boolean> {
    throwIfAborted(signal);
    return this.#honoursConditions(signal);
  }

  async create(signal?: AbortSignal): Promise<void> {
    if (!(await this.#exists(signal))) {
      await this.#call(`cannot create the container ${this.url}`, signal, async (abort) => {
        try {
          await this.#client.create(abort);
        } catch (thrown) {
          // Another worker, or an attempt whose answer was lost, was first.
          if (!isCode(thrown, 'ContainerAlreadyExists')) throw thrown;
        }
      });
      this.#publicAccess = 'nothing';
    }
    if (this.#location.name === websiteContainer && this.#options.enableCdn !== false)
      await this.#showWebsite(signal);
  }

  async stat(key: string, signal?: AbortSignal): Promise<StoredVersion | undefined> {
    return (await this.#head(key, signal))?.object;
  }

  async read(key: string, options: ReadOptions = {}): Promise<OpenedObject | undefined> {
    const { start = 0, end, signal } = options;
    if (isEmptyRange(options)) return this.#readNothing(key, signal);
    const what = `cannot read ${key}`;
    return this.#call(what, signal, async (abort) => {
      if (nameProblem(this.#nameOf(key)) !== undefined) return undefined;
      try {
        const count = end === undefined ? undefined : end - start;
        const answer = await this.#blob(key).download(start, count, { ...abort, maxRetryRequests: 0 });
        return openAnswer(key, answer, what, signal);
      } catch (thrown) {
        if (isOutOfRange(thrown)) return this.#readNothing(key, signal);
        if (isNoSuchBlob(thrown)) return undefined;
        throw thrown;
      }
    });
  }

  async write(key: string, source: Source, options: WriteOptions): Promise<StoredVersion> {
    throwIfAborted(options.signal);
    assertName(key, this.#nameOf(key));
    const { signal, contentType } = options;
    const { partThresholdBytes = defaultPartThresholdBytes, partBytes = defaultPartBytes } = this.#options;
    const request: PutRequest = { key, blob: this.#blob(key), source, options };
    const landing = (attempt: () => Promise<string | undefined>) => this.#land(request, attempt);
    const etag =
      source.sizeBytes > partThresholdBytes
        ? await putBlocks(request, partBytes, {
            part: (attempt) => this.#call(`cannot write ${key}`, signal, attempt),
            landing,
          })
        : await landing(() => putWhole(request));
    return describeBlob(key, { etag, contentLength: source.sizeBytes, contentType });
  }

  /** Gathered before it is told: accounts with a hierarchical namespace list a folder before its siblings. */
  async *list(prefix = '', signal?: AbortSignal): AsyncGenerator<StoredObject> {
    const root = this.#location.prefix;
    const objects: StoredObject[] = [];
    let from: string | undefined;
    do {
      const { blobs, next } = await this.#call(`cannot list ${this.url}`, signal, (abort) =>
        listPage(this.#client, root + prefix, from, abort),
      );
      for (const { name, properties, metadata } of blobs)
        if (!isFolder(metadata)) objects.push(describeBlob(name.slice(root.length), properties));
      from = next;
    } while (from !== undefined);
    yield* objects.sort((a, b) => compareKeys(a.key, b.key));
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.#call(`cannot delete ${key}`, signal, async (abort) => {
      if (nameProblem(this.#nameOf(key)) !== undefined) return;
      try {
        await this.#blob(key).delete(abort);
      } catch (thrown) {
        if (!isNoSuchBlob(thrown)) throw thrown;
      }
    });
  }

  /** None for a private container, nor for the website's: its host has a number that only the portal tells. */
  publicUrl(key?: string): string | undefined {
    const { name, prefix } = this.#location;
    if (name === websiteContainer || this.#publicAccess === 'nothing') return undefined;
    return keyUrl(keyUrl(`${this.#access.serviceUrl}/${name}`, prefix), key);
  }

  close(): Promise<void> {
    return this.#connection.http.close();
  }

  /** Makes a blob, as often as it takes, and gives its ETag. */
  #land(
    { key, source, options }: PutRequest,
    attempt: () => Promise<string | undefined>,
  ): Promise<string | undefined> {
    const { condition, signal } = options;
    const what = `cannot write ${key}`;
    const judge = (thrown: unknown) => {
      if (condition !== undefined && isNoSuchBlob(thrown)) return lostRace(key, thrown);
      const failure = azureFailure(thrown, what, signal);
      return failure.code === 'PRECONDITION_FAILED' ? lostRace(key, thrown) : failure;
    };
    const judged = () => attempt().catch((thrown: unknown) => Promise.reject(judge(thrown)));
    return this.#call(
      what,
      signal,
      settling(judged, () => this.#findOwn(key, source, signal)),
    );
  }

  #nameOf(key: string): string {
    return this.#location.prefix + key;
  }

  #blob(key: string): BlockBlobClient {
    return this.#client.getBlockBlobClient(this.#nameOf(key));
  }

  #head(
    key: string,
    signal?: AbortSignal,
  ): Promise<{ object: StoredVersion; md5?: string | undefined } | undefined> {
    return this.#call(`cannot look up ${key}`, signal, async (abort) => {
      if (nameProblem(this.#nameOf(key)) !== undefined) return undefined;
      try {
        const head = await this.#blob(key).getProperties(abort);
        return isFolder(head.metadata)
          ? undefined
          : { object: describeBlob(key, head), md5: md5Of(head.contentMD5) };
      } catch (thrown) {
        if (isNoSuchBlob(thrown)) return undefined;
        throw thrown;
      }
    });
  }

  /** After an attempt whose answer was lost: whether what is there is what it sent. */
  async #findOwn(key: string, source: Source, signal: AbortSignal | undefined): Promise<string | undefined> {
    const there = await this.#head(key, signal);
    if (there?.object.sizeBytes !== source.sizeBytes || there.md5 === undefined) return undefined;
    return there.md5 === (await digestOf('md5', source, key, signal)) ? there.object.tag : undefined;
  }

  async #readNothing(key: string, signal: AbortSignal | undefined): Promise<OpenedObject | undefined> {
    const head = await this.#head(key, signal);
    return head && { ...head.object, body: emptyBody() };
  }

  #exists(signal: AbortSignal | undefined): Promise<boolean> {
    return this.#call(`cannot look up the container ${this.url}`, signal, async (abort) => {
      try {
        const { blobPublicAccess } = await this.#client.getProperties(abort);
        this.#publicAccess = blobPublicAccess === undefined ? 'nothing' : 'all';
        return true;
      } catch (thrown) {
        if (isCode(thrown, 'ContainerNotFound')) return false;
        if (azureFailure(thrown, '').code !== 'FORBIDDEN') throw thrown;
        // A signature for blobs may not ask about their container; to list it, it needs to be there.
        await this.#client.listBlobsFlat(abort).byPage({ maxPageSize: 1 }).next();
        return true;
      }
    });
  }

  async #showWebsite(signal: AbortSignal | undefined): Promise<void> {
    const hint = 'enable it in the portal of Azure; --no-enable-cdn leaves it alone';
    await orWarn({ signal, onEvent: this.#options.onEvent, hint }, () =>
      this.#call('cannot enable the static website', signal, (abort) =>
        enableWebsite(this.#connection.service, abort),
      ),
    );
  }

  #call<T>(
    what: string,
    signal: AbortSignal | undefined,
    attempt: (abort: SdkAbort) => Promise<T>,
  ): Promise<T> {
    const { onEvent } = this.#options;
    const translate = (thrown: unknown) => azureFailure(thrown, what, signal);
    return callStore({ what, signal, onEvent, translate }, () => attempt(abortBy(signal)));
  }
}
