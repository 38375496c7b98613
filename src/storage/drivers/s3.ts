import { addAbortSignal, Readable } from 'node:stream';
import type * as Sdk from '@aws-sdk/client-s3';
import { WheelhouseError } from '../../model/errors.ts';
import { retry, type Retry } from '../../io/retry.ts';
import type {
  Container,
  OpenedObject,
  ReadOptions,
  Source,
  StoredObject,
  WriteOptions,
} from '../container.ts';
import { exactBody } from '../exact-body.ts';
import type { Conditions } from '../probe.ts';
import { keyUrl } from '../public-url.ts';
import { bytesSource } from '../source.ts';
import { probeS3, spellCondition, type S3Condition } from './s3/conditions.ts';
import { connectSettings, type S3Options } from './s3/connect.ts';
import { isNoSuchKey, isOutOfRange, s3Failure } from './s3/failure.ts';
import { describe, lostRace, type Written } from './s3/object.ts';
import { putParts, putWhole, type Put, type PutRequest } from './s3/put.ts';

const defaultPartThresholdBytes = 1024 ** 3;
const defaultPartBytes = 64 * 1024 ** 2;
const mostParts = 10_000;

export interface S3ContainerOptions extends S3Options {
  readonly onRetry?: (retry: Retry) => void;
}

/** Opens a bucket of S3, or of a store that speaks its protocol, as a container. */
export async function openS3(options: S3ContainerOptions): Promise<Container> {
  // On Node 20 the SDK announces its end of support for it; the line would land between ours.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const sdk = await import('@aws-sdk/client-s3');
  const client = new sdk.S3Client(await connectSettings(options));
  return new S3Container(sdk, client, options);
}

class S3Container implements Container {
  readonly url: string;
  /** Known after {@link S3Container.create}: stores on top of file systems take a key that ends in a slash for a folder. */
  acceptsSlashKeys = true;
  readonly #sdk: typeof Sdk;
  readonly #client: Sdk.S3Client;
  readonly #options: S3ContainerOptions;
  readonly #root: string;
  #conditions: Promise<Conditions> | undefined;
  #publicBase: string | undefined;
  #bucketSeen = false;

  constructor(sdk: typeof Sdk, client: Sdk.S3Client, options: S3ContainerOptions) {
    this.#sdk = sdk;
    this.#client = client;
    this.#options = options;
    this.#root = options.prefix;
    this.url = options.url;
  }

  conditionalWrites(signal?: AbortSignal): Promise<boolean> {
    return this.#probe(signal).then((conditions) => conditions !== 'none');
  }

  async create(signal?: AbortSignal): Promise<void> {
    await this.#findBase();
    const Bucket = this.#options.bucket;
    const there = await this.#call(`cannot look up the bucket ${Bucket}`, signal, async (abort) => {
      try {
        await this.#client.send(new this.#sdk.HeadBucketCommand({ Bucket }), abort);
        return true;
      } catch (thrown) {
        if (isNoSuchKey(thrown)) return false;
        throw thrown;
      }
    });
    if (!there) await this.#createBucket(Bucket, signal);
    this.acceptsSlashKeys = await this.#probeSlash(signal);
  }

  async #createBucket(Bucket: string, signal: AbortSignal | undefined): Promise<void> {
    await this.#call(`cannot create the bucket ${Bucket}`, signal, async (abort) => {
      try {
        await this.#client.send(new this.#sdk.CreateBucketCommand({ Bucket }), abort);
      } catch (thrown) {
        // Another worker, or an attempt whose answer was lost, was first.
        if (!(thrown instanceof Error) || thrown.name !== 'BucketAlreadyOwnedByYou') throw thrown;
      }
    });
  }

  stat(key: string, signal?: AbortSignal): Promise<StoredObject | undefined> {
    return this.#call(`cannot look up ${key}`, signal, async (abort) => {
      try {
        const head = await this.#client.send(new this.#sdk.HeadObjectCommand(this.#at(key)), abort);
        return describe(key, head.ContentLength ?? 0, head.ETag, head.LastModified, head.ContentType);
      } catch (thrown) {
        if (!isNoSuchKey(thrown)) throw thrown;
        await this.#assertBucket(abort);
        return undefined;
      }
    });
  }

  read(key: string, { start = 0, end, signal }: ReadOptions = {}): Promise<OpenedObject | undefined> {
    return this.#call(`cannot read ${key}`, signal, async (abort) => {
      if (end !== undefined && end <= start) return this.#readNothing(key, signal);
      const wanted =
        start === 0 && end === undefined
          ? {}
          : { Range: `bytes=${start}-${end === undefined ? '' : end - 1}` };
      try {
        const answer = await this.#client.send(
          new this.#sdk.GetObjectCommand({ ...this.#at(key), ...wanted }),
          abort,
        );
        const total = /\/(\d+)$/.exec(answer.ContentRange ?? '')?.[1] ?? answer.ContentLength ?? 0;
        const body = exactBody(answer.Body as Readable, answer.ContentLength, key, (thrown) =>
          s3Failure(thrown, `cannot read ${key}`, signal),
        );
        if (signal !== undefined) addAbortSignal(signal, body);
        const object = describe(key, Number(total), answer.ETag, answer.LastModified, answer.ContentType);
        return { ...object, body };
      } catch (thrown) {
        if (isOutOfRange(thrown)) return this.#readNothing(key, signal);
        if (isNoSuchKey(thrown)) return undefined;
        throw thrown;
      }
    });
  }

  async write(key: string, source: Source, options: WriteOptions): Promise<Written> {
    const spelling = options.condition === undefined ? 'as-given' : await this.#probe(options.signal);
    const condition = spellCondition(options.condition, spelling);
    const threshold = this.#options.partThresholdBytes ?? defaultPartThresholdBytes;
    const least = this.#options.partBytes ?? defaultPartBytes;
    const partBytes = Math.max(least, Math.ceil(source.sizeBytes / mostParts));
    let mayHaveLanded = false;
    const put = await this.#call(`cannot write ${key}`, options.signal, async () => {
      const request = this.#request(key, source, options, condition);
      try {
        return source.sizeBytes > threshold ? await putParts(request, partBytes) : await putWhole(request);
      } catch (thrown) {
        const failure = s3Failure(thrown, `cannot write ${key}`, options.signal);
        if (failure.code === 'PRECONDITION_FAILED' && mayHaveLanded) {
          const own = await this.#findOwn(key, source, options.signal);
          if (own !== undefined) return own;
        }
        // A 404 to `If-Match` says that the object is gone: the race is lost. But not if the bucket is.
        if (isNoSuchKey(thrown) && options.condition !== undefined) throw lostRace(key);
        mayHaveLanded ||= failure.transient;
        throw failure;
      }
    });
    return { ...describe(key, source.sizeBytes, put.etag, undefined, options.contentType), tag: put.etag };
  }

  async *list(prefix = '', signal?: AbortSignal): AsyncGenerator<StoredObject> {
    let token: string | undefined;
    do {
      const page = await this.#call(`cannot list ${this.url}`, signal, (abort) =>
        this.#client.send(
          new this.#sdk.ListObjectsV2Command({
            Bucket: this.#options.bucket,
            Prefix: this.#root + prefix,
            ...(token === undefined ? {} : { ContinuationToken: token }),
          }),
          abort,
        ),
      );
      for (const { Key, Size, ETag, LastModified } of page.Contents ?? []) {
        if (Key !== undefined)
          yield describe(Key.slice(this.#root.length), Size ?? 0, ETag, LastModified, undefined);
      }
      // A page that says there is more without saying where would silently cut the wheelhouse short.
      if (page.IsTruncated === true && (page.NextContinuationToken ?? '') === '') {
        throw new WheelhouseError(
          'INVALID_LISTING',
          `${this.url} cut its listing short without saying where to go on`,
        );
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(key: string, signal?: AbortSignal): Promise<void> {
    await this.#call(`cannot delete ${key}`, signal, (abort) =>
      this.#client.send(new this.#sdk.DeleteObjectCommand(this.#at(key)), abort).catch((thrown: unknown) => {
        if (!isNoSuchKey(thrown)) throw thrown;
      }),
    );
  }

  publicUrl(key?: string): string | undefined {
    return this.#publicBase === undefined ? undefined : keyUrl(this.#publicBase, key);
  }

  close(): Promise<void> {
    this.#client.destroy();
    return Promise.resolve();
  }

  /** The address that the SDK itself would use: path style at an endpoint, the bucket's own host at AWS. */
  async #findBase(): Promise<void> {
    const endpoint = await this.#client.config.endpoint?.();
    const region = await this.#client.config.region();
    const { bucket, prefix } = this.#options;
    const base =
      endpoint === undefined
        ? `https://${bucket}.s3.${region}.amazonaws.com`
        : `${endpoint.protocol}//${endpoint.hostname}${endpoint.port === undefined ? '' : `:${endpoint.port}`}${endpoint.path.replace(/\/$/, '')}/${bucket}`;
    this.#publicBase = prefix === '' ? base : keyUrl(base, prefix);
  }

  #at(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#options.bucket, Key: this.#root + key };
  }

  #request(key: string, source: Source, options: WriteOptions, condition: S3Condition): PutRequest {
    const objectKey = this.#root + key;
    return {
      client: this.#client,
      sdk: this.#sdk,
      bucket: this.#options.bucket,
      objectKey,
      source,
      options,
      condition,
    };
  }

  /** Retries what is transient; what comes out of `attempt` is told in our words. */
  #call<T>(
    what: string,
    signal: AbortSignal | undefined,
    attempt: (abort: { abortSignal?: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const abort = signal === undefined ? {} : { abortSignal: signal };
    const once = () =>
      attempt(abort).catch((thrown: unknown) => Promise.reject(s3Failure(thrown, what, signal)));
    const { onRetry } = this.#options;
    return retry(once, { what, ...(signal && { signal }), ...(onRetry && { onRetry }) });
  }

  /** HEAD answers 404 for a missing object and for a missing bucket alike: only one of them is "not there". */
  async #assertBucket(abort: { abortSignal?: AbortSignal }): Promise<void> {
    if (this.#bucketSeen) return;
    await this.#client.send(new this.#sdk.HeadBucketCommand({ Bucket: this.#options.bucket }), abort);
    this.#bucketSeen = true;
  }

  async #readNothing(key: string, signal: AbortSignal | undefined): Promise<OpenedObject | undefined> {
    const object = await this.stat(key, signal);
    return object === undefined
      ? undefined
      : { ...object, tag: object.tag ?? '', body: Readable.from([], { objectMode: false }) };
  }

  /** After an attempt whose answer was lost: whether what is there is what it sent. */
  async #findOwn(key: string, source: Source, signal: AbortSignal | undefined): Promise<Put | undefined> {
    const there = await this.stat(key, signal);
    if (there?.tag === undefined || there.sizeBytes !== source.sizeBytes) return undefined;
    const { createHash } = await import('node:crypto');
    const md5 = createHash('md5');
    for await (const chunk of source.open()) md5.update(chunk as Buffer);
    return there.tag.replace(/"/g, '') === md5.digest('hex') ? { etag: there.tag } : undefined;
  }

  async #probeSlash(signal: AbortSignal | undefined): Promise<boolean> {
    const key = '.wheelhouse/probe/';
    try {
      await this.write(key, bytesSource('probe'), { contentType: 'text/plain', ...(signal && { signal }) });
      const stored = await this.stat(key, signal);
      await this.delete(key, signal);
      return stored?.sizeBytes === 'probe'.length;
    } catch (thrown) {
      if (thrown instanceof WheelhouseError && (thrown.status === 400 || thrown.status === 501)) return false;
      throw thrown;
    }
  }

  #probe(signal: AbortSignal | undefined): Promise<Conditions> {
    const put = (key: string, condition: S3Condition) =>
      putWhole(
        this.#request(
          key,
          bytesSource('probe'),
          { contentType: 'text/plain', ...(signal && { signal }) },
          condition,
        ),
      );
    const call = <T>(attempt: () => Promise<T>) => this.#call(`cannot probe ${this.url}`, signal, attempt);
    this.#conditions ??= probeS3(put, (key) => this.delete(key, signal), call).catch((thrown: unknown) => {
      this.#conditions = undefined;
      throw thrown;
    });
    return this.#conditions;
  }
}
