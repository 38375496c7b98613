import { Readable, type Transform } from 'node:stream';
import { TextDecoder } from 'node:util';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { reasonOf, WheelhouseError } from '../model/errors.ts';

/** Chunks that wait for a slow reader: up to 64 KiB each. */
const waitingChunks = 16;
/** Slower than this for a whole time limit is a stall, or someone who wants us to wait for ever. */
const leastBytesPerSecond = 1000;

/**
 * The bytes of an answer, handed on as the socket gave them, without a copy. Whoever sends less than a trickle
 * while bytes are waited for fails with `TIMEOUT`; the reader may be as slow as it likes.
 */
export class ResponseBody extends Readable {
  receivedBytes = 0;
  readonly #controller: Dispatcher.DispatchController;
  readonly #timeoutMs: number;
  readonly #host: string;
  #windowBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #complete = false;

  constructor(controller: Dispatcher.DispatchController, host: string, timeoutMs: number) {
    // In object mode a reader gets the chunks one by one; otherwise it gets them glued together, by a copy.
    super({ objectMode: true, highWaterMark: waitingChunks });
    this.#controller = controller;
    this.#host = host;
    this.#timeoutMs = timeoutMs;
    this.#watch();
  }

  receive(chunk: Buffer): void {
    // undici's parser sends an empty chunk after each pause: with it the queue would be full again, for ever.
    if (chunk.length === 0) return;
    this.receivedBytes += chunk.length;
    this.#windowBytes += chunk.length;
    if (this.push(chunk)) return;
    this.#controller.pause();
    this.#unwatch();
  }

  finish(): void {
    this.#complete = true;
    this.#unwatch();
    this.push(null);
  }

  override _read(): void {
    if (this.#complete || !this.#controller.paused) return;
    this.#watch();
    this.#controller.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#unwatch();
    if (!this.#complete && !this.#controller.aborted)
      this.#controller.abort(error ?? new WheelhouseError('ABORTED', 'the rest of the answer is not wanted'));
    done(error);
  }

  #watch(): void {
    this.#unwatch();
    this.#windowBytes = 0;
    this.#timer = setTimeout(() => this.#judge(), this.#timeoutMs);
  }

  #unwatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #judge(): void {
    const seconds = this.#timeoutMs / 1000;
    if (this.#windowBytes >= leastBytesPerSecond * seconds) {
      this.#watch();
      return;
    }
    this.destroy(
      new WheelhouseError('TIMEOUT', `${this.#host} sent only ${this.#windowBytes} bytes in ${seconds} s`),
    );
  }
}

/** The text of a body of at most `maxBytes`, decoded; throws `TOO_LARGE` as soon as there is more. */
export async function readText(
  body: Readable,
  maxBytes: number,
  headers: { contentType?: string | undefined; contentEncoding?: string | undefined; what: string },
): Promise<string> {
  let decoder: TextDecoder | undefined;
  let head: Buffer = Buffer.alloc(0);
  let text = '';
  let sizeBytes = 0;
  for await (const chunk of decompress(body, headers)) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxBytes) {
      body.destroy();
      throw new WheelhouseError('TOO_LARGE', `${headers.what} has more than ${maxBytes} bytes`);
    }
    head = decoder === undefined ? Buffer.concat([head, chunk]) : chunk;
    if (decoder === undefined && head.length < longestMark) continue;
    decoder ??= new TextDecoder(encodingOf(head, headers.contentType));
    text += decoder.decode(head, { stream: true });
  }
  if (decoder === undefined) return new TextDecoder(encodingOf(head, headers.contentType)).decode(head);
  return text + decoder.decode();
}

/** Reads what little is left of a body, so that its socket can be used again; a long rest is cut off. */
export async function discardBody(body: Readable): Promise<void> {
  let restBytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      restBytes += chunk.length;
      if (restBytes > 65_536) break;
    }
  } catch {
    // Nobody wanted it: how it ended does not matter.
  }
}

const decompressors: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

async function* decompress(
  body: Readable,
  { contentEncoding, what }: { contentEncoding?: string | undefined; what: string },
): AsyncGenerator<Buffer> {
  const encoding = (contentEncoding ?? '').trim().toLowerCase();
  if (encoding === '' || encoding === 'identity') {
    yield* body as AsyncIterable<Buffer>;
    return;
  }
  const create = Object.hasOwn(decompressors, encoding) ? decompressors[encoding] : undefined;
  if (create === undefined) {
    body.destroy();
    throw new WheelhouseError('INVALID_LISTING', `${what} is encoded in a way that we did not ask for`);
  }
  const plain = create();
  body.once('error', (error) => plain.destroy(error));
  body.pipe(plain);
  try {
    yield* plain as AsyncIterable<Buffer>;
  } catch (thrown) {
    if (thrown instanceof WheelhouseError) throw thrown;
    throw new WheelhouseError('TRUNCATED', `${what} is badly compressed: ${reasonOf(thrown)}`, {
      cause: thrown,
    });
  } finally {
    plain.destroy();
    body.destroy();
  }
}

/** Of a byte order mark, in bytes. */
const longestMark = 3;

/** A byte order mark says more than the header does (https://encoding.spec.whatwg.org/#bom-sniff). */
function encodingOf(head: Buffer, contentType: string | undefined): string {
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  const charset = /;\s*charset\s*=\s*"?([\w.:-]+)/i.exec(contentType ?? '')?.[1] ?? 'utf-8';
  try {
    return new TextDecoder(charset.replace(/^latin-/i, 'latin')).encoding; // as Python spells it
  } catch {
    return 'utf-8';
  }
}
