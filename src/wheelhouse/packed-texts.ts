/**
 * What an entry begins with: where the next of the same name is, and two lengths in bytes. The first of a name goes on
 * with the hash of the name and where the last one is; then comes the name. The text ends each.
 */
const field = { next: 0, textBytes: 4, nameBytes: 8, hash: 12, last: 16 } as const;
const firstHeader = 20;
const laterHeader = 12;
const blockBits = 20;
const blockBytes = 1 << blockBits;

/** In the index and as a place plus 1. */
const none = 0;
const deleted = 0xffffffff;

/**
 * Short texts by name, several of each, as bytes in a few large blocks; no name is empty. 100,000 that were strings would
 * take twice the memory, and the garbage collector would look at each of them again and again.
 */
export class PackedTexts {
  readonly #blocks: { readonly bytes: Buffer; filledBytes: number }[] = [];
  /** By hash, with open addressing: the place of the first entry of a name, and 1 more. */
  #index = new Uint32Array(1024);
  #usedSlots = 0;
  #size = 0;
  #hasDeleted = false;

  /** Another text of a name. */
  add(name: string, text: string): void {
    if (this.#usedSlots * 2 > this.#index.length) this.#grow();
    const hash = hashOf(name);
    const slot = this.#slotOf(name, hash);
    const found = this.#index[slot] ?? none;
    if (found === none || found === deleted) {
      this.#index[slot] = this.#appendFirst(name, text, hash) + 1;
      this.#size += 1;
      if (found === none) this.#usedSlots += 1;
      return;
    }
    const first = found - 1;
    const place = this.#append('', text, laterHeader);
    this.#write(this.#read(first, 'last') - 1, 'next', place + 1);
    this.#write(first, 'last', place + 1);
  }

  /** The texts of a name, in the order in which they came. */
  get(name: string): string[] {
    const texts: string[] = [];
    for (let entry = this.#find(name); entry !== none; entry = this.#read(entry - 1, 'next'))
      texts.push(this.#textAt(entry - 1));
    return texts;
  }

  has(name: string): boolean {
    return this.#find(name) !== none;
  }

  delete(name: string): void {
    const slot = this.#slotOf(name, hashOf(name));
    if (this.#index[slot] === none || this.#index[slot] === deleted) return;
    this.#index[slot] = deleted;
    this.#size -= 1;
    this.#hasDeleted = true;
  }

  /** Of names. */
  get size(): number {
    return this.#size;
  }

  /** In the order in which they came. */
  *names(): Generator<string, void> {
    for (const [number, { filledBytes }] of this.#blocks.entries()) {
      const start = number * blockBytes;
      for (let place = start; place < start + filledBytes; place += this.#lengthOf(place)) {
        if (this.#read(place, 'nameBytes') === 0) continue;
        const name = this.#nameAt(place);
        if (!this.#hasDeleted || this.#find(name) === place + 1) yield name;
      }
    }
  }

  #appendFirst(name: string, text: string, hash: number): number {
    const place = this.#append(name, text, firstHeader);
    this.#write(place, 'hash', hash);
    this.#write(place, 'last', place + 1);
    return place;
  }

  /** Gives the place of the new entry. */
  #append(name: string, text: string, headerBytes: number): number {
    const nameBytes = Buffer.byteLength(name);
    const textBytes = Buffer.byteLength(text);
    const entryBytes = headerBytes + nameBytes + textBytes;
    let block = this.#blocks.at(-1);
    if (block === undefined || block.filledBytes + entryBytes > blockBytes) {
      block = { bytes: Buffer.allocUnsafeSlow(Math.max(blockBytes, entryBytes)), filledBytes: 0 };
      this.#blocks.push(block);
    }
    const start = block.filledBytes;
    const place = (this.#blocks.length - 1) * blockBytes + start;
    this.#write(place, 'next', none);
    this.#write(place, 'textBytes', textBytes);
    this.#write(place, 'nameBytes', nameBytes);
    block.bytes.write(name, start + headerBytes);
    block.bytes.write(text, start + headerBytes + nameBytes);
    block.filledBytes += entryBytes;
    return place;
  }

  #grow(): void {
    const entries = this.#index.filter((entry) => entry !== none && entry !== deleted);
    this.#index = new Uint32Array(this.#index.length * 2);
    this.#usedSlots = entries.length;
    const mask = this.#index.length - 1;
    for (const entry of entries) {
      let slot = this.#read(entry - 1, 'hash') & mask;
      while (this.#index[slot] !== none) slot = (slot + 1) & mask;
      this.#index[slot] = entry;
    }
  }

  /** Where a name is in the index, or the slot that it would have. */
  #slotOf(name: string, hash: number): number {
    const mask = this.#index.length - 1;
    let vacant: number | undefined;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#index[slot] ?? none;
      if (entry === none) return vacant ?? slot;
      if (entry === deleted) vacant ??= slot;
      else if (this.#read(entry - 1, 'hash') === hash && this.#nameAt(entry - 1) === name) return slot;
    }
  }

  /** The place of a name's first entry, and 1 more. */
  #find(name: string): number {
    const entry = this.#index[this.#slotOf(name, hashOf(name))] ?? none;
    return entry === deleted ? none : entry;
  }

  #nameAt(place: number): string {
    const start = (place % blockBytes) + firstHeader;
    return this.#bytesAt(place).toString('utf8', start, start + this.#read(place, 'nameBytes'));
  }

  #textAt(place: number): string {
    const end = (place % blockBytes) + this.#lengthOf(place);
    return this.#bytesAt(place).toString('utf8', end - this.#read(place, 'textBytes'), end);
  }

  #lengthOf(place: number): number {
    const nameBytes = this.#read(place, 'nameBytes');
    const headerBytes = nameBytes === 0 ? laterHeader : firstHeader;
    return headerBytes + nameBytes + this.#read(place, 'textBytes');
  }

  #read(place: number, what: keyof typeof field): number {
    return this.#bytesAt(place).readUInt32LE((place % blockBytes) + field[what]);
  }

  #write(place: number, what: keyof typeof field, value: number): void {
    this.#bytesAt(place).writeUInt32LE(value, (place % blockBytes) + field[what]);
  }

  #bytesAt(place: number): Buffer {
    const block = this.#blocks[place >>> blockBits];
    if (block === undefined) throw new RangeError(`no block at ${place}`);
    return block.bytes;
  }
}

/** FNV-1a, over UTF-16 units. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
