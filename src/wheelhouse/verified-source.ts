import { createHash } from 'node:crypto';
import { pipeline, Transform, type Readable } from 'node:stream';
import type { WheelhouseError } from '../model/errors.ts';
import type { Source } from '../storage/container.ts';
import { changedSource } from '../storage/source.ts';

/** A source whose digest is checked while it is sent. */
export interface VerifiedSource extends Source {
  /** Throws `HASH_MISMATCH` unless the bytes that were sent are the right ones; reads them again if it must. */
  verify(): Promise<void>;
}

/**
 * A source that fails with `HASH_MISMATCH` when its bytes are not those that were hashed before. The last chunk is
 * held back until the digest is right: a store that was promised a length never gets to the end of wrong bytes.
 * Parts of the source, as multipart uploads open them, cannot be checked on the way: `verify` makes up for it.
 */
export function verifiedSource(source: Source, filename: string, sha256: string): VerifiedSource {
  let verified = false;
  const check = (digest: string): WheelhouseError | undefined => {
    if (digest === sha256) {
      verified = true;
      return undefined;
    }
    return changedSource(filename);
  };
  const { readAll } = source;
  return {
    sizeBytes: source.sizeBytes,
    open: (start = 0, end = source.sizeBytes): Readable =>
      start === 0 && end === source.sizeBytes
        ? pipeline(source.open(), holdBackLast(check), () => undefined) // an error reaches the reader by itself
        : source.open(start, end),
    ...(readAll && {
      readAll: () => {
        const bytes = readAll();
        const wrong = check(hashBytes(bytes));
        if (wrong !== undefined) throw wrong;
        return bytes;
      },
    }),
    verify: async () => {
      if (verified) return;
      const wrong = check(await hashStream(source.open()));
      if (wrong !== undefined) throw wrong;
    },
  };
}

/** SHA-256 of everything in a stream, as hex. */
export async function hashStream(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
}

/** SHA-256 of a few bytes, as hex. */
export function hashBytes(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function holdBackLast(check: (digest: string) => WheelhouseError | undefined): Transform {
  const hash = createHash('sha256');
  let held: Buffer | undefined;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      const previous = held;
      held = chunk;
      done(null, previous);
    },
    flush(done) {
      done(check(hash.digest('hex')) ?? null, held);
    },
  });
}
