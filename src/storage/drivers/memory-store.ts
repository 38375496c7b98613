import type { StoredObject } from '../container.ts';
import { compareKeys } from '../key-order.ts';

export interface MemoryObject extends StoredObject {
  readonly tag: string;
  readonly modified: Date;
  readonly cacheControl?: string;
  readonly bytes: Buffer;
}

export interface MemoryStoreOptions {
  /** Whether the container is there before `create()`. Default: true. */
  readonly exists?: boolean;
  /** Listings show the store as it was so many milliseconds ago, as Swift's may. Default: 0. */
  readonly listingLagMs?: number;
  /** Milliseconds since the epoch. Default: `Date.now`. */
  readonly clock?: () => number;
}

/** One state of a key from a moment on; no object means that it was deleted. */
interface Version {
  readonly atMs: number;
  readonly object?: MemoryObject;
}

/** What several handles share, like the server behind several clients. */
export class MemoryStore {
  exists: boolean;
  readonly #versions = new Map<string, Version[]>();
  readonly #lagMs: number;
  readonly #clock: () => number;
  #writes = 0;

  constructor(options: MemoryStoreOptions = {}) {
    this.exists = options.exists ?? true;
    this.#lagMs = options.listingLagMs ?? 0;
    this.#clock = options.clock ?? Date.now;
  }

  get(key: string): MemoryObject | undefined {
    return this.#versions.get(key)?.at(-1)?.object;
  }

  /** Stores the bytes under a tag that no write has had before. */
  put(key: string, bytes: Buffer, extra: { contentType: string; cacheControl?: string }): MemoryObject {
    const tag = `"${++this.#writes}"`;
    const modified = new Date(this.#clock());
    const object: MemoryObject = { key, sizeBytes: bytes.length, modified, tag, bytes, ...extra };
    this.#remember(key, { atMs: this.#clock(), object });
    return object;
  }

  delete(key: string): void {
    if (this.get(key) !== undefined) this.#remember(key, { atMs: this.#clock() });
  }

  /** The objects that a listing shows now, in the order of their keys. */
  listed(prefix: string): MemoryObject[] {
    const untilMs = this.#clock() - this.#lagMs;
    const objects: MemoryObject[] = [];
    for (const [key, versions] of this.#versions) {
      const object = versions.findLast(({ atMs }) => atMs <= untilMs)?.object;
      if (object !== undefined && key.startsWith(prefix)) objects.push(object);
    }
    return objects.sort((a, b) => compareKeys(a.key, b.key));
  }

  #remember(key: string, version: Version): void {
    const versions = this.#versions.get(key);
    if (versions === undefined || this.#lagMs === 0) this.#versions.set(key, [version]);
    else versions.push(version);
  }
}
