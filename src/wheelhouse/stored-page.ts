import { WheelhouseError } from '../model/errors.ts';
import type { Container } from '../storage/container.ts';
import { bytesSource } from '../storage/source.ts';
import type { Page } from './pages.ts';

/** A derived object as it was read; without a tag it was not there. */
export interface StoredPage {
  readonly key: string;
  readonly tag?: string;
  readonly bytes?: Buffer;
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
  for (let attempt = 1; ; attempt++) {
    const opened = await container.read(key, signal === undefined ? {} : { signal });
    if (opened === undefined) return { key };
    try {
      const { tag, contentType } = opened;
      const bytes = await collect(opened.body, `${container.url} ${key}`);
      return { key, tag, bytes, ...(contentType !== undefined && { contentType }) };
    } catch (thrown) {
      // Drivers try again to open an object; a body that breaks off later is ours.
      if (!(thrown instanceof WheelhouseError) || !thrown.transient || attempt === maxReads) throw thrown;
    }
  }
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
  stored: StoredPage,
  options: { conditional: boolean; signal?: AbortSignal },
): Promise<boolean> {
  const bytes = Buffer.from(page.text, 'utf8');
  if (stored.bytes?.equals(bytes) === true) return false;
  const condition = stored.tag === undefined ? { ifAbsent: true as const } : { ifTag: stored.tag };
  await container.write(page.key, bytesSource(bytes), {
    ...page.headers,
    ...(options.conditional ? { condition } : {}),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return true;
}

async function collect(body: AsyncIterable<Uint8Array>, what: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body) {
    sizeBytes += chunk.length;
    if (sizeBytes > maxPageBytes) {
      throw new WheelhouseError('TOO_LARGE', `${what} is larger than ${maxPageBytes / 1024 / 1024} MiB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
