/** The longest tag that is waited for: text without any is passed on in pieces of this size. */
const mostWaiting = 64 * 1024;

/** Markup as it arrives, given on in pieces that do not end within a tag: what looks for tags finds each whole. */
export class WholeTags {
  readonly #decoder = new TextDecoder();
  readonly #take: (markup: string) => void;
  #rest = '';

  constructor(take: (markup: string) => void) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    const text = this.#rest + this.#decoder.decode(chunk, { stream: true });
    const end = text.lastIndexOf('>') + 1;
    const cut = text.length - end > mostWaiting ? text.length : end;
    this.#take(text.slice(0, cut));
    this.#rest = text.slice(cut);
  }

  end(): void {
    this.#take(this.#rest + this.#decoder.decode());
    this.#rest = '';
  }
}
