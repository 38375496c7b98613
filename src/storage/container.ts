import type { Readable } from 'node:stream';

/** What a store knows of one object without reading it. */
export interface StoredObject {
  /** Path below the container's prefix, `/`-separated, not percent-encoded. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly modified?: Date;
  /** Version tag (ETag, generation): changes with every write. Listings may lack it. */
  readonly tag?: string;
  readonly contentType?: string;
}

/** One version of an object: whatever replaces it has another tag. */
export interface StoredVersion extends StoredObject {
  readonly tag: string;
}

/** Bytes that can be sent again: a retry opens them anew. */
export interface Source {
  readonly sizeBytes: number;
  /** Opens the bytes from `start` (inclusive) to `end` (exclusive; default: the end). */
  open(start?: number, end?: number): Readable;
  /** All the bytes at once, where they are in memory or on a disk: what is small needs no stream then. */
  readonly readAll?: () => Buffer;
}

/** Write only if the object is absent, or still has that version. */
export type WriteCondition = { readonly ifAbsent: true } | { readonly ifTag: string };

export interface WriteOptions {
  readonly contentType: string;
  readonly cacheControl?: string;
  /** Without one the write replaces whatever is there. */
  readonly condition?: WriteCondition | undefined;
  /**
   * SHA-256 of the bytes, hex, if it is known: a store that can check it then does so without another read. Bytes that
   * it refuses throw `HASH_MISMATCH` when it is the source that has others.
   */
  readonly sha256?: string;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneBytes: number) => void) | undefined;
}

export interface ReadOptions {
  /** First byte. */
  readonly start?: number;
  /** Byte after the last. */
  readonly end?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface OpenedObject extends StoredVersion {
  /** Fails with `TRUNCATED` when fewer bytes arrive than the store announced. */
  readonly body: Readable;
}

/**
 * A place for objects: a folder, a bucket, a container, each below an optional prefix. Implementations retry
 * what is transient, bound every wait, and throw `WheelhouseError`: `NOT_FOUND` for a missing container,
 * `UNAUTHORIZED` / `FORBIDDEN` at once for wrong credentials, `PRECONDITION_FAILED` for a lost race.
 * Only a definite "not there" is `undefined`.
 */
export interface Container {
  /** As a user writes it, such as `s3://bucket/prefix`; holds no secret. */
  readonly url: string;
  /** Whether {@link Container.write} honours its condition atomically. Probed once, not assumed. */
  conditionalWrites(signal?: AbortSignal): Promise<boolean>;
  /**
   * Whether the store itself refuses an object of that size whose bytes are not those of the `sha256` that the write
   * tells; known once {@link conditionalWrites} is. Where it does not, whoever writes checks them.
   */
  checksSha256?(sizeBytes: number): boolean;
  /** Makes sure that the container exists and can be written. Idempotent. */
  create(signal?: AbortSignal): Promise<void>;
  stat(key: string, signal?: AbortSignal): Promise<StoredVersion | undefined>;
  /**
   * A range is cut to what there is, so that one past the end is empty; `sizeBytes` stays that of the whole object.
   * The body must be read to its end or destroyed.
   */
  read(key: string, options?: ReadOptions): Promise<OpenedObject | undefined>;
  /**
   * All or nothing: no reader ever sees a part of the bytes. Resolves once the store has confirmed. Throws `TRUNCATED`
   * when the source yields fewer or more bytes than it announced, `REJECTED` for a key that the store cannot hold.
   */
  write(key: string, source: Source, options: WriteOptions): Promise<StoredVersion>;
  /** Every object whose key starts with `prefix`, in the order of their keys' UTF-8 bytes; any number of pages. */
  list(prefix?: string, signal?: AbortSignal): AsyncIterable<StoredObject>;
  /** Deleting what is not there is no error. */
  delete(key: string, signal?: AbortSignal): Promise<void>;
  /** Whether an index page can also be stored under a key that ends in `/`; known once {@link conditionalWrites} is. */
  readonly acceptsSlashKeys: boolean;
  /** Where a browser or pip finds the object (or, without a key, the container); undefined when there is no such place. */
  publicUrl(key?: string): string | undefined;
  close(): Promise<void>;
}
