import { PackedTexts } from './packed-texts.ts';

/** What can be asked of values by name; a `Map` can be. */
export interface NamedValues<V> {
  get(name: string): V | undefined;
  has(name: string): boolean;
  /** Every name that has a value, perhaps among others. */
  keys(): Iterable<string>;
}

/** How an item of a list is written as a short text. */
export interface Packing<T> {
  readonly pack: (item: T) => string;
  readonly unpack: (packed: string, name: string) => T;
}

/** Of so many artifacts what is known is kept as objects, which is quicker; of more, none is. */
export const mostUnpacked = 12_000;

export interface PackedOptions {
  /** For tests. */
  readonly mostUnpacked?: number | undefined;
}

/**
 * Lists by name: of a small container as they are, of a large one packed, since 100,000 artifacts as objects take four
 * times the memory. What is packed is made anew whenever it is asked for; nobody may change what he gets.
 */
export class PackedLists<T> implements NamedValues<readonly T[]> {
  readonly #packing: Packing<T>;
  readonly #mostUnpacked: number;
  #few = new Map<string, T[]>();
  #many: PackedTexts | undefined;

  constructor(packing: Packing<T>, options: PackedOptions = {}) {
    this.#packing = packing;
    this.#mostUnpacked = options.mostUnpacked ?? mostUnpacked;
  }

  get(name: string): readonly T[] | undefined {
    if (this.#many === undefined) return this.#few.get(name);
    const texts = this.#many.get(name);
    return texts.length === 0 ? undefined : texts.map((text) => this.#packing.unpack(text, name));
  }

  has(name: string): boolean {
    return this.#many?.has(name) ?? this.#few.has(name);
  }

  get size(): number {
    return this.#many?.size ?? this.#few.size;
  }

  keys(): Iterable<string> {
    return this.#many?.names() ?? this.#few.keys();
  }

  add(name: string, item: T): void {
    if (this.#many !== undefined) {
      this.#many.add(name, this.#packing.pack(item));
      return;
    }
    const items = this.#few.get(name);
    // An array that has grown keeps room for sixteen more: not the short ones, which nearly all are.
    if (items !== undefined && items.length > 3) items.push(item);
    else this.#few.set(name, [...(items ?? []), item]);
    if (this.#few.size > this.#mostUnpacked) this.#packAll();
  }

  /** In place of whatever the name has. */
  set(name: string, item: T): void {
    this.delete(name);
    this.add(name, item);
  }

  delete(name: string): void {
    this.#few.delete(name);
    this.#many?.delete(name);
  }

  #packAll(): void {
    this.#many = new PackedTexts();
    for (const [name, items] of this.#few)
      for (const item of items) this.#many.add(name, this.#packing.pack(item));
    this.#few.clear();
  }
}

/** A SHA-256, given in hex, in two thirds of its length. */
export function packDigest(sha256: string): string {
  return Buffer.from(sha256, 'hex').toString('base64url');
}

export function unpackDigest(packed: string): string {
  return Buffer.from(packed, 'base64url').toString('hex');
}
