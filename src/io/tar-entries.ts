import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, type Extract } from 'tar-stream';
import { compressionBounds } from './archive-contents.ts';
import { throwIfAborted } from './abort.ts';
import { archiveError, toArchiveError } from './archive-error.ts';

type Entry = Extract extends AsyncIterable<infer E> ? E : never;

const maxEntries = 1_000_000;

/** One entry of a tar file; its bytes are there until the next entry is asked for. */
export interface TarEntry {
  readonly name: string;
  readonly type: string;
  readonly sizeBytes: number;
  /** Where a link leads, as the archive writes it. */
  readonly linkName?: string;
  /** The bytes; more than announced never come. */
  read(): Promise<Buffer>;
}

/**
 * The entries of a gzipped tar file, as a stream: memory is flat, and a compression bomb ends after a bounded number
 * of bytes. Throws `INVALID_ARCHIVE`. Leaving the loop early closes the file.
 */
export async function* tarEntries(
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<TarEntry, void, undefined> {
  const what = 'is a damaged or cut off .tar.gz file';
  const tar = extract();
  let pumped: Promise<Error | undefined> | undefined;
  try {
    throwIfAborted(signal);
    const { size } = await stat(path);
    const file = createReadStream(path, { highWaterMark: 256 * 1024 });
    // streamx's streams are Node's in all but their declared type.
    const sink = tar as unknown as NodeJS.WritableStream;
    const stages = [file, createGunzip({ chunkSize: 256 * 1024 }), meter(path, size), sink] as const;
    pumped = pipeline(stages, { signal }).then(
      () => undefined,
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
    let count = 0;
    for await (const entry of tar) {
      if (++count > maxEntries) throw archiveError(path, `holds more than ${maxEntries} entries`);
      yield tarEntry(entry);
      entry.resume();
    }
    const failure = await pumped;
    if (failure !== undefined) throw failure;
  } catch (error) {
    throw toArchiveError(path, error, what);
  } finally {
    tar.destroy();
    await pumped;
  }
}

function tarEntry(entry: Entry): TarEntry {
  const { name, type, size, linkname } = entry.header;
  return {
    name,
    type,
    sizeBytes: size,
    ...(typeof linkname === 'string' && { linkName: linkname }),
    async read() {
      const chunks: Buffer[] = [];
      for await (const chunk of entry) chunks.push(chunk as Buffer);
      return Buffer.concat(chunks);
    },
  };
}

/** Passes bytes on until they are more than the file can honestly hold. */
function meter(path: string, packedBytes: number): Transform {
  const most = Math.max(compressionBounds.freeBytes, packedBytes * compressionBounds.ratio);
  let doneBytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      doneBytes += chunk.length;
      if (doneBytes <= most) done(null, chunk);
      else
        done(
          archiveError(
            path,
            `unpacks to more than ${compressionBounds.ratio} times its size: a compression bomb`,
            {
              hint: 'PyPI refuses it too: leave large repetitive files out of the sdist',
            },
          ),
        );
    },
  });
}
