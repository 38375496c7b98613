import { WheelhouseError } from '../../model/errors.ts';
import { throwIfAborted } from '../../io/abort.ts';
import { callStore } from '../call-store.ts';
import { isEmptyRange, rangeHeader } from '../byte-range.ts';
import type { ContainerOptions } from '../container-options.ts';
import type {
  Container,
  OpenedObject,
  ReadOptions,
  Source,
  StoredObject,
  StoredVersion,
  WriteOptions,
} from '../container.ts';
import { emptyBody } from '../exact-body.ts';
import { digestOf } from '../hashed-body.ts';
import type { Location } from '../location.ts';
import { keyUrl } from '../public-url.ts';
import { settling } from '../settling.ts';
import { abortBy, type SdkAbort } from '../sdk-abort.ts';
import { bytesSource } from '../source.ts';
import { busy, lostRace } from '../write-condition.ts';
import { Abilities } from './s3/abilities.ts';
import { openAnswer } from './s3/answer.ts';
import { createBucket, explained, findRegion } from './s3/bucket.ts';
import { spellCondition, type S3Condition } from './s3/conditions.ts';
import { connectS3, type S3Connection } from './s3/connect.ts';
import { isClockCorrected, isNamed, isNoSuchKey, isNotFound, isOutOfRange, s3Failure } from './s3/failure.ts';
import { listPage } from './s3/list-page.ts';
import { sourceProblem } from './s3/digests.ts';
import { describeObject } from './s3/object.ts';
import { putParts } from './s3/put-parts.ts';
import { plainTag, putWhole, type PutRequest } from './s3/put.ts';
import { showWebsite, websiteUrl } from './s3/website.ts';

export interface S3Options extends ContainerOptions {
  /** From here on objects are sent in parts, bytes. Default: 1 GiB; a single request may carry 5 GiB. */
  readonly partThresholdBytes?: number;
  /** Least size of a part, bytes. Default: 64 MiB; S3 refuses less than 5 MiB but for the last. */
  readonly partBytes?: number;
}

const defaultPartThresholdBytes = 1024 ** 3;
const defaultPartBytes = 64 * 1024 ** 2;

/** Opens a bucket of S3, or of a store that speaks its protocol. Throws `CONFIG` and `MISSING_DRIVER`. */
export async function openS3(location: Location, options: S3Options = {}): Promise<Container> {
  return new S3Container(location, options, await connectS3(location.name, options));
}

class S3Container implements Container {
  readonly url: string;
  readonly #location: Location;
  readonly #connection: S3Connection;
  readonly #options: S3Options;
  readonly #abilities: Abilities;
  #address: URL;
  #bucketSeen = false;
  #hasWebsite = false;
  #closed = false;

  constructor(location: Location, options: S3Options, connection: S3Connection) {
    this.url = location.url;
    this.#location = location;
    this.#connection = connection;
    this.#options = options;
    this.#address = connection.addressOf();
    this.#abilities = new Abilities(this, (key, content, condition, signal) => {
      const headers = { contentType: 'text/plain', signal };
      return this.#put(this.#request(key, bytesSource(content), headers, condition), key);
    });
  }

  get acceptsSlashKeys(): boolean {
    return this.#abilities.acceptsSlashKeys;
  }

  async conditionalWrites(signal?: AbortSignal): Promise<boolean> {
    return (await this.#abilities.learn(signal)) !== 'none';
  }

  checksSha256(sizeBytes: number): boolean {
    return this.#abilities.checksDigests && !this.#isSentInParts(sizeBytes);
  }

  async create(signal?: AbortSignal): Promise<void> {
    const bucket = this.#location.name;
    if (!(await this.#exists(signal)))
      await this.#call(`cannot create the bucket ${bucket}`, signal, (abort) =>
        createBucket(this.#connection, bucket, abort),
      );
    this.#bucketSeen = true;
    await this.#abilities.learnSlashKeys(signal);
    if (this.#options.enableCdn === false) return;
    this.#hasWebsite = await showWebsite({
      connection: this.#connection,
      bucket,
      call: (what, attempt) => this.#call(what, signal, attempt),
      onEvent: this.#options.onEvent,
      signal,
    });
  }

  stat(key: string, signal?: AbortSignal): Promise<StoredVersion | undefined> {
    const { client, sdk } = this.#connection;
    return this.#call(`cannot look up ${key}`, signal, async (abort) => {
      try {
        const asked = client.send(new sdk.HeadObjectCommand(this.#at(key)), abort);
        const head = await explained(this.#connection, this.#location.name, asked, abort);
        return describeObject(key, head.ContentLength ?? 0, head);
      } catch (thrown) {
        if (!isNotFound(thrown)) throw thrown;
        // Missing is the object or the bucket: only one of them is "not there".
        if (!this.#bucketSeen) await this.#assertBucket(abort);
        return undefined;
      }
    });
  }

  read(key: string, options: ReadOptions = {}): Promise<OpenedObject | undefined> {
    const { signal } = options;
    if (isEmptyRange(options)) return this.#readNothing(key, signal);
    const what = `cannot read ${key}`;
    const Range = rangeHeader(options);
    const { client, sdk } = this.#connection;
    return this.#call(what, signal, async (abort) => {
      try {
        const answer = await client.send(new sdk.GetObjectCommand({ ...this.#at(key), Range }), abort);
        return openAnswer(key, answer, (thrown) => this.#failure(thrown, what, signal), signal);
      } catch (thrown) {
        if (isOutOfRange(thrown)) return this.#readNothing(key, signal);
        if (isNoSuchKey(thrown)) return undefined;
        throw thrown;
      }
    });
  }

  async write(key: string, source: Source, options: WriteOptions): Promise<StoredVersion> {
    const { signal, condition, contentType } = options;
    throwIfAborted(signal);
    const spelling = condition === undefined ? 'as-given' : await this.#abilities.conditions(signal);
    const request = this.#request(key, source, options, spellCondition(condition, spelling));
    const what = `cannot write ${key}`;
    const etag = this.#isSentInParts(source.sizeBytes)
      ? await putParts(request, {
          partBytes: this.#options.partBytes ?? defaultPartBytes,
          patiently: (attempt) => this.#call(what, signal, attempt),
          translate: (thrown) => this.#writeFailure(thrown, key, options),
          etagNow: async () => (await this.stat(key, signal))?.tag,
        })
      : await this.#put(request, key);
    return describeObject(key, source.sizeBytes, { ETag: etag, ContentType: contentType });
  }

  async *list(prefix = '', signal?: AbortSignal): AsyncGenerator<StoredObject> {
    const root = this.#location.prefix;
    let token: string | undefined;
    do {
      const page = await this.#call(`cannot list ${this.url}`, signal, (abort) =>
        listPage(
          this.#connection,
          { Bucket: this.#location.name, Prefix: root + prefix, ContinuationToken: token },
          abort,
        ),
      );
      for (const entry of page.Contents ?? [])
        if (entry.Key !== undefined)
          yield describeObject(entry.Key.slice(root.length), entry.Size ?? 0, entry);
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    const { client, sdk } = this.#connection;
    await this.#call(`cannot delete ${key}`, signal, (abort) =>
      client.send(new sdk.DeleteObjectCommand(this.#at(key)), abort).catch((thrown: unknown) => {
        if (!isNoSuchKey(thrown)) throw thrown;
      }),
    );
  }

  /** The website is for browsers: installers, which ask for https, are sent to the objects themselves. */
  publicUrl(key?: string): string {
    const { name: bucket, prefix } = this.#location;
    const website = key === undefined && this.#hasWebsite ? websiteUrl(this.#address, bucket) : undefined;
    return keyUrl(website ?? this.#address.href, prefix + (key ?? ''));
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#connection.client.destroy();
    return Promise.resolve();
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#location.name, Key: this.#location.prefix + key };
  }

  #isSentInParts(sizeBytes: number): boolean {
    return sizeBytes > (this.#options.partThresholdBytes ?? defaultPartThresholdBytes);
  }

  #request(key: string, source: Source, options: WriteOptions, condition: S3Condition): PutRequest {
    const { Bucket: bucket, Key: objectKey } = this.#at(key);
    const isDigestChecked = this.#abilities.checksDigests;
    const connection = this.#connection;
    return { connection, bucket, objectKey, source, options, condition, isDigestChecked };
  }

  /** Sends an object in one request, as often as it takes, and gives its ETag. */
  #put(request: PutRequest, key: string): Promise<string> {
    const { source, options } = request;
    const { signal } = options;
    const attempt = () =>
      putWhole(request).catch(async (thrown: unknown) => {
        const problem = await sourceProblem(thrown, key, source, options);
        throw problem ?? this.#writeFailure(thrown, key, options);
      });
    const settled = settling(attempt, () => this.#findOwn(key, source, signal));
    return this.#call(`cannot write ${key}`, signal, settled);
  }

  /** A 404 to `If-Match` says that the object is gone; the bucket's has another name. */
  #writeFailure(thrown: unknown, key: string, { condition, signal }: WriteOptions): WheelhouseError {
    if (condition !== undefined && isNoSuchKey(thrown)) return lostRace(key, thrown);
    const failure = this.#failure(thrown, `cannot write ${key}`, signal);
    return condition === undefined && failure.status === 409 ? busy(failure) : failure;
  }

  #failure(thrown: unknown, what: string, signal: AbortSignal | undefined): WheelhouseError {
    const { idleTimeoutMs } = this.#connection;
    return s3Failure(thrown, { what, url: this.#address, idleTimeoutMs, signal });
  }

  #call<T>(
    what: string,
    signal: AbortSignal | undefined,
    attempt: (abort: SdkAbort) => Promise<T>,
  ): Promise<T> {
    const { onEvent } = this.#options;
    const abort = abortBy(signal);
    const translate = (thrown: unknown) =>
      // What still runs when the container is closed must not go on retrying.
      this.#closed
        ? new WheelhouseError('ABORTED', `${this.url} was closed`, { cause: thrown })
        : this.#failure(thrown, what, signal);
    return callStore({ what, signal, onEvent, translate }, () =>
      attempt(abort).catch((thrown: unknown) => {
        if (this.#closed || !isClockCorrected(thrown)) throw thrown;
        return attempt(abort);
      }),
    );
  }

  #exists(signal: AbortSignal | undefined): Promise<boolean> {
    return this.#call(`cannot look up the bucket ${this.#location.name}`, signal, async (abort) => {
      try {
        await this.#assertBucket(abort);
        return true;
      } catch (thrown) {
        if (isNotFound(thrown) || isNamed(thrown, 'NoSuchBucket')) return false;
        throw thrown;
      }
    });
  }

  async #assertBucket(abort: SdkAbort): Promise<void> {
    const region = await findRegion(this.#connection, this.#location.name, abort);
    this.#bucketSeen = true;
    if (region !== undefined) this.#address = this.#connection.addressOf(region);
  }

  async #readNothing(key: string, signal: AbortSignal | undefined): Promise<OpenedObject | undefined> {
    const object = await this.stat(key, signal);
    return object === undefined ? undefined : { ...object, body: emptyBody() };
  }

  /** After an attempt whose answer was lost: the ETag of what is there, if that is what was sent. */
  async #findOwn(key: string, source: Source, signal: AbortSignal | undefined): Promise<string | undefined> {
    const there = await this.stat(key, signal);
    if (there?.tag === undefined || there.sizeBytes !== source.sizeBytes) return undefined;
    return plainTag(there.tag) === (await digestOf('md5', source, key, signal)) ? there.tag : undefined;
  }
}
