import { createHash } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import { WheelhouseError } from '../model/errors.ts';

export interface BodyExpectation {
  /** Of what it is the body. */
  readonly what: string;
  /** As the answer announced it; undefined if it did not. */
  readonly sizeBytes: number | undefined;
  /** Of all the bytes, hex, if the store told it. */
  readonly md5?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Tells in our words what broke the body. */
  readonly translate: (thrown: unknown) => WheelhouseError;
}

/**
 * The body of an answer, held to the size and the digest that were told: a connection that ends early would otherwise
 * pass for the end of the object. What differs throws `TRUNCATED`.
 */
export function exactBody(
  body: Readable,
  { what, sizeBytes, md5 = '', signal, translate }: BodyExpectation,
): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    const hash = md5 === '' ? undefined : createHash('md5');
    let doneBytes = 0;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        doneBytes += chunk.length;
        hash?.update(chunk);
        yield chunk;
      }
    } catch (thrown) {
      throw translate(thrown);
    }
    if (sizeBytes !== undefined && doneBytes !== sizeBytes)
      throw new WheelhouseError(
        'TRUNCATED',
        `${what} was cut short: ${doneBytes} of ${sizeBytes} bytes came`,
      );
    const came = hash?.digest('hex') ?? '';
    if (came !== md5)
      throw new WheelhouseError('TRUNCATED', `${what} arrived damaged: its MD5 is ${md5}, but ${came} came`);
  }
  const exact = Readable.from(chunks(), { objectMode: false });
  exact.once('close', () => body.destroy());
  return signal === undefined ? exact : addAbortSignal(signal, exact);
}

/** The body of a range that holds nothing. */
export function emptyBody(): Readable {
  return Readable.from([], { objectMode: false });
}
