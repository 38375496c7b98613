/** A line of ours has some hundred bytes; what is longer is not held to find its end. */
const mostLineBytes = 1024 * 1024;

/**
 * The entries of a `metadata.json` that we wrote, one per line, as its bytes come: parsed whole, 100,000 of them take
 * several times their memory. What is written in another way has to be.
 */
export class MetadataLines {
  readonly #take: (filename: string, entry: unknown) => void;
  #expected: 'head' | 'entry' | 'tail' | 'nothing' = 'head';
  #isOurs = true;
  /** What has come of a line. */
  #rest: Buffer[] = [];
  #restBytes = 0;

  constructor(take: (filename: string, entry: unknown) => void) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf('\n'); this.#isOurs && end !== -1; end = bytes.indexOf('\n', start)) {
      this.#isOurs = this.#read(this.#lineTo(bytes.subarray(start, end)));
      start = end + 1;
    }
    this.#restBytes += bytes.length - start;
    this.#isOurs &&= this.#restBytes <= mostLineBytes;
    if (this.#isOurs && start < bytes.length) this.#rest.push(bytes.subarray(start));
  }

  /** Whether all of it was written so. If not, what was taken counts for nothing. */
  end(): boolean {
    return this.#isOurs && this.#expected === 'nothing' && this.#restBytes === 0;
  }

  #lineTo(last: Buffer): string {
    const bytes = this.#rest.length === 0 ? last : Buffer.concat([...this.#rest, last]);
    this.#rest = [];
    this.#restBytes = 0;
    return bytes.toString('utf8');
  }

  /** False for a line that none of ours is. */
  #read(line: string): boolean {
    switch (this.#expected) {
      case 'head':
        this.#expected = 'entry';
        return line === '{';
      case 'entry': {
        const isLast = !line.endsWith(',');
        if (isLast) this.#expected = 'tail';
        return this.#readEntry(isLast ? line : line.slice(0, -1));
      }
      case 'tail':
        this.#expected = 'nothing';
        return line === '}';
      case 'nothing':
        return false;
    }
  }

  #readEntry(text: string): boolean {
    const colon = text.indexOf('": ');
    try {
      const filename: unknown = JSON.parse(text.slice(0, colon + 1));
      if (typeof filename !== 'string') return false;
      this.#take(filename, JSON.parse(text.slice(colon + 3)));
      return true;
    } catch {
      return false;
    }
  }
}
