/** What an entry begins with: the hash of its name, where the entry before it of the same name is, and two lengths. */
const header = { hash: 0, previous: 4, nameBytes: 8, textBytes: 12, length: 16 } as const;
const blockBits = 20;
const blockBytes = 1 << blockBits;

/** In the index and as a previous entry, instead of a place and 1. */
const none = 0;
const deleted = 0xffffffff;

/**
 * Short texts by name, several of each, as bytes in a few large blocks. 100,000 names and texts that were strings would
 * take twice the memory, and the garbage collector would look at each of them again and again.
 */
export class PackedTexts {
  readonly #blocks: { readonly bytes: Buffer; filledBytes: number }[] = [];
  /** By hash, with open addressing: the place of the newest entry of a name, and 1 more. */
  #index = new Uint32Array(1024);
  #usedSlots = 0;
  #size = 0;
  #hasDeleted = false;

  /** Another text of a name. */
  add(name: string, text: string): void {
    if (this.#usedSlots * 2 > this.#index.length) this.#grow();
    const hash = hashOf(name);
    const slot = this.#slotOf(name, hash);
    const before = this.#index[slot] ?? none;
    if (before === none) this.#usedSlots += 1;
    const isNew = before === none || before === deleted;
    if (isNew) this.#size += 1;
    const previous = isNew ? none : before;
    this.#index[slot] = this.#append(isNew ? name : '', text, { hash, previous }) + 1;
  }

  /** The texts of a name, in the order in which they came. */
  get(name: string): string[] {
    const texts: string[] = [];
    for (let place = this.#find(name); place !== undefined; place = this.#previous(place))
      texts.push(this.#textAt(place));
    return texts.reverse();
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  delete(name: string): void {
    if (!this.has(name)) return;
    this.#index[this.#slotOf(name, hashOf(name))] = deleted;
    this.#size -= 1;
    this.#hasDeleted = true;
  }

  /** Of names. */
  get size(): number {
    return this.#size;
  }

  /** In the order in which they came. */
  *names(): Generator<string, void> {
    for (const [number, { bytes, filledBytes }] of this.#blocks.entries()) {
      for (let start = 0; start < filledBytes;) {
        const place = number * blockBytes + start;
        const nameBytes = bytes.readUInt32LE(start + header.nameBytes);
        if (nameBytes > 0 && this.#isKept(place)) yield this.#nameAt(place);
        start += header.length + nameBytes + bytes.readUInt32LE(start + header.textBytes);
      }
    }
  }

  /** Gives the place of the new entry. Its name is that of the one before, where there is one. */
  #append(name: string, text: string, { hash, previous }: { hash: number; previous: number }): number {
    const nameBytes = Buffer.byteLength(name);
    const textBytes = Buffer.byteLength(text);
    const entryBytes = header.length + nameBytes + textBytes;
    let block = this.#blocks.at(-1);
    if (block === undefined || block.filledBytes + entryBytes > blockBytes) {
      block = { bytes: Buffer.allocUnsafeSlow(Math.max(blockBytes, entryBytes)), filledBytes: 0 };
      this.#blocks.push(block);
    }
    const { bytes, filledBytes: start } = block;
    bytes.writeUInt32LE(hash, start + header.hash);
    bytes.writeUInt32LE(previous, start + header.previous);
    bytes.writeUInt32LE(nameBytes, start + header.nameBytes);
    bytes.writeUInt32LE(textBytes, start + header.textBytes);
    bytes.write(name, start + header.length);
    bytes.write(text, start + header.length + nameBytes);
    block.filledBytes += entryBytes;
    return (this.#blocks.length - 1) * blockBytes + start;
  }

  #grow(): void {
    const entries = this.#index.filter((entry) => entry !== none && entry !== deleted);
    this.#index = new Uint32Array(this.#index.length * 2);
    this.#usedSlots = entries.length;
    const mask = this.#index.length - 1;
    for (const entry of entries) {
      let slot = this.#field(entry - 1, 'hash') & mask;
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
      else if (this.#field(entry - 1, 'hash') === hash && this.#nameAt(this.#first(entry - 1)) === name)
        return slot;
    }
  }

  /** The newest entry of a name. */
  #find(name: string): number | undefined {
    const entry = this.#index[this.#slotOf(name, hashOf(name))] ?? none;
    return entry === none || entry === deleted ? undefined : entry - 1;
  }

  /** Whether what begins here has not been deleted. */
  #isKept(place: number): boolean {
    if (!this.#hasDeleted) return true;
    const newest = this.#find(this.#nameAt(place));
    return newest !== undefined && this.#first(newest) === place;
  }

  /** The oldest entry of the same name, which has the name. */
  #first(place: number): number {
    let first = place;
    for (let before = this.#previous(first); before !== undefined; before = this.#previous(first))
      first = before;
    return first;
  }

  #previous(place: number): number | undefined {
    const previous = this.#field(place, 'previous');
    return previous === none ? undefined : previous - 1;
  }

  #nameAt(place: number): string {
    const start = (place % blockBytes) + header.length;
    return this.#bytesAt(place).toString('utf8', start, start + this.#field(place, 'nameBytes'));
  }

  #textAt(place: number): string {
    const start = (place % blockBytes) + header.length + this.#field(place, 'nameBytes');
    return this.#bytesAt(place).toString('utf8', start, start + this.#field(place, 'textBytes'));
  }

  #field(place: number, field: Exclude<keyof typeof header, 'length'>): number {
    return this.#bytesAt(place).readUInt32LE((place % blockBytes) + header[field]);
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
