import { createHash } from 'node:crypto';
import { WheelhouseError } from '../model/errors.ts';
import type { Container } from '../storage/container.ts';
import { pageSource, type Page } from './page.ts';

/** A derived object as it was read; without a tag it was not there. */
export interface StoredPage extends ReadPage {
  readonly bytes?: Buffer;
}

/** What is kept of a derived object that was read: enough to know whether it is right. */
export interface ReadPage {
  readonly key: string;
  readonly tag?: string;
  /** Of its bytes, hex. */
  readonly sha256?: string;
  /** Where the store says it. */
  readonly contentType?: string;
}

/** No page of a real index is near this; a larger object is not one of ours. */
const maxPageBytes = 256 * 1024 * 1024;
const maxReads = 4;

/** Reads a derived object with its version tag. A failed read is a failure, never an absent page. */
export async function readStoredPage(
  container: Container,
  key: string,
  signal?: AbortSignal,
): Promise<StoredPage> {
  let chunks: Uint8Array[] = [];
  const page = await readPage(container, key, {
    signal,
    begin: () => (chunks = []),
    take: (chunk) => chunks.push(chunk),
  });
  return page.tag === undefined ? page : { ...page, bytes: Buffer.concat(chunks) };
}

/** What a reader does with the bytes on the way. */
interface Reader {
  /** Called before the first byte, and again when a body broke off and is read anew. */
  readonly begin?: () => void;
  readonly take?: (chunk: Uint8Array) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The same, of an object that need not be held whole. */
export async function readPage(
  container: Container,
  key: string,
  { begin, take, signal }: Reader = {},
): Promise<ReadPage> {
  for (let attempt = 1; ; attempt++) {
    const opened = await container.read(key, { signal });
    if (opened === undefined) return { key };
    begin?.();
    try {
      const { tag, contentType } = opened;
      const hash = createHash('sha256');
      for await (const chunk of upTo(maxPageBytes, opened.body, `${container.url} ${key}`)) {
        hash.update(chunk);
        take?.(chunk);
      }
      return { key, tag, sha256: hash.digest('hex'), ...(contentType !== undefined && { contentType }) };
    } catch (thrown) {
      // Drivers try again to open an object; a body that breaks off later is ours.
      if (!(thrown instanceof WheelhouseError) || !thrown.transient || attempt === maxReads) throw thrown;
    }
  }
}

/** What is kept of a page whose bytes have been looked at. */
export function withoutBytes(page: StoredPage): ReadPage {
  const { key, tag, sha256, contentType } = page;
  return {
    key,
    ...(tag !== undefined && { tag }),
    ...(sha256 !== undefined && { sha256 }),
    ...(contentType !== undefined && { contentType }),
  };
}

/** Reads a small object as text; undefined when it is not there. */
export async function readText(
  container: Container,
  key: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const { bytes } = await readStoredPage(container, key, signal);
  return bytes?.toString('utf8');
}

/**
 * Writes a page in place of the one that was read, and answers whether that was needed. Throws
 * `PRECONDITION_FAILED` when the stored page is no longer the one that was read.
 */
export async function writePage(
  container: Container,
  page: Page,
  stored: ReadPage,
  options: { readonly conditional: boolean; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const { key, headers, content } = page;
  if (stored.sha256 === content.sha256) return false;
  const condition = stored.tag === undefined ? { ifAbsent: true as const } : { ifTag: stored.tag };
  await container.write(key, pageSource(content), {
    ...headers,
    sha256: content.sha256,
    ...(options.conditional ? { condition } : {}),
    signal: options.signal,
  });
  return true;
}

async function* upTo(
  mostBytes: number,
  body: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > mostBytes)
      throw new WheelhouseError('TOO_LARGE', `${what} is larger than ${mostBytes / 1024 / 1024} MiB`);
    yield chunk;
  }
}
