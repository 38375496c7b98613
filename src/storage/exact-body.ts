import { Readable } from 'node:stream';
import { WheelhouseError } from '../model/errors.ts';

/**
 * The body of an answer, held to the length that was announced: a connection that ends early would otherwise
 * pass for the end of the object. What breaks it is told in `translate`'s words.
 */
export function exactBody(
  body: Readable,
  announcedBytes: number | undefined,
  what: string,
  translate: (thrown: unknown) => WheelhouseError,
): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    let doneBytes = 0;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        doneBytes += chunk.length;
        yield chunk;
      }
    } catch (thrown) {
      throw translate(thrown);
    }
    if (announcedBytes === undefined || doneBytes === announcedBytes) return;
    throw new WheelhouseError(
      'TRUNCATED',
      `${what} was cut short: ${doneBytes} of ${announcedBytes} bytes came`,
    );
  }
  const exact = Readable.from(chunks(), { objectMode: false });
  exact.once('close', () => body.destroy());
  return exact;
}
