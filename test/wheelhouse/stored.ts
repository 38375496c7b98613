import { createHash } from 'node:crypto';
import { parseListing } from '../../src/listing/parse.ts';
import type { Container } from '../../src/storage/container.ts';
import type { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { classify, markKey, recordKey, sidecarKey } from '../../src/wheelhouse/layout.ts';
import { renderMark } from '../../src/wheelhouse/mark.ts';
import { renderRecord, type RecordBody } from '../../src/wheelhouse/record.ts';
import { sha256Of } from '../make-distribution.ts';

export const textHeaders = { contentType: 'text/plain' };

export async function put(container: Container, key: string, content: string | Uint8Array): Promise<void> {
  await container.write(key, bytesSource(content), textHeaders);
}

/** Puts an artifact, its sidecar (if the body promises one) and its record, as a finished upload leaves them. */
export async function putArtifact(
  container: Container,
  filename: string,
  body: RecordBody & { readonly content?: string; readonly metadata?: string } = {},
): Promise<string> {
  const { content = `bytes of ${filename}`, metadata, ...rest } = body;
  const sha256 = sha256Of(content);
  await put(container, filename, content);
  if (metadata !== undefined) await put(container, sidecarKey(filename), metadata);
  const record = metadata === undefined ? rest : { ...rest, metadataSha256: sha256Of(metadata) };
  await put(container, recordKey(filename, sha256, Buffer.byteLength(content)), renderRecord(record));
  return sha256;
}

export async function putMark(
  container: Container,
  filename: string,
  mark: 'yanked' | 'pruned',
  reason = '',
): Promise<void> {
  await put(container, markKey(filename, mark), renderMark({ reason }));
}

/** Every derived object, by key. */
export function pagesOf(store: MemoryStore): Record<string, string> {
  const pages = store.listed('').filter(({ key }) => classify(key).kind === 'page');
  return Object.fromEntries(pages.map(({ key, bytes }) => [key, bytes.toString('utf8')]));
}

/** The objects that a page lists, by key, with the digest it gives. */
export function linksOf(key: string, text: string): Map<string, string | undefined> {
  if (key === 'metadata.json' || /^simple\/(?:index\.html|v1\+json\/index\.json)?$/.test(key))
    return new Map();
  const contentType = key.endsWith('.json') ? 'application/vnd.pypi.simple.v1+json' : 'text/html';
  const { links } = parseListing(text, { url: `https://wheels.test/${encodeURI(key)}`, contentType });
  const found = new Map<string, string | undefined>();
  for (const { url, hashes, coreMetadata } of links) {
    const target = decodeURIComponent(new URL(url).pathname.slice(1));
    found.set(target, hashes['sha256']);
    if (typeof coreMetadata === 'object') found.set(sidecarKey(target), coreMetadata['sha256']);
  }
  return found;
}

/** What some page promises and the container does not keep: a file that is not there, or with other bytes. */
export function brokenPromises(store: MemoryStore): string[] {
  const broken: string[] = [];
  for (const [key, text] of Object.entries(pagesOf(store))) {
    for (const [target, sha256] of linksOf(key, text)) {
      const object = store.get(target);
      if (object === undefined) broken.push(`${key} lists ${target}, which is not there`);
      else if (sha256 !== undefined && createHash('sha256').update(object.bytes).digest('hex') !== sha256)
        broken.push(`${key} gives ${target} another digest`);
    }
  }
  return broken;
}

/** The artifacts that the flat page lists, with the digests that it gives. */
export function flatDigests(store: MemoryStore): Record<string, string | undefined> {
  const links = linksOf('index.html', store.get('index.html')?.bytes.toString('utf8') ?? '');
  return Object.fromEntries([...links].filter(([key]) => !key.endsWith('.metadata')));
}
