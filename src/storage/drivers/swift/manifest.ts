import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Ask } from './store.ts';
import type { Headers } from './failure.ts';

export interface Segment {
  /** In the container of the segments. */
  readonly name: string;
  readonly md5: string;
  readonly sizeBytes: number;
}

/** The part of a request that makes it the writing of a static manifest: the store compares every size and MD5. */
export function staticManifest(
  container: string,
  segments: readonly Segment[],
  headers: Readonly<Record<string, string>>,
): Pick<Ask, 'method' | 'query' | 'headers' | 'body'> {
  const bytes = Buffer.from(
    JSON.stringify(
      segments.map(({ name, md5, sizeBytes }) => ({
        path: `/${container}/${name}`,
        etag: md5,
        size_bytes: sizeBytes,
      })),
    ),
  );
  return {
    method: 'PUT',
    query: { 'multipart-manifest': 'put' },
    headers: { ...headers, 'content-length': String(bytes.length) },
    body: () => Readable.from([bytes], { objectMode: false }),
  };
}

/** The header that makes an empty object stand for everything in a folder of the container of the segments. */
export function dynamicManifest(container: string, folder: string): Record<string, string> {
  return { 'x-object-manifest': [container, ...folder.split('/'), ''].map(encodeURIComponent).join('/') };
}

/** Where the segments of a dynamic manifest lie: the container, and the prefix of their names. */
export function readDynamicManifest(headers: Headers): { container: string; prefix: string } | undefined {
  const value = headers['x-object-manifest'];
  if (value === undefined) return undefined;
  const path = decodeURIComponent(value).replace(/^\/+/, '');
  const slash = path.indexOf('/');
  return slash < 0 ? undefined : { container: path.slice(0, slash), prefix: path.slice(slash + 1) };
}

export function isStaticManifest(headers: Headers): boolean {
  return headers['x-static-large-object']?.toLowerCase() === 'true';
}

/** The names of a static manifest's segments, as far as they lie in that container; none where it says nothing. */
export function segmentNames(manifest: string, container: string): string[] {
  if (manifest === '') return [];
  const segments: unknown = JSON.parse(manifest);
  if (!Array.isArray(segments)) return [];
  return segments.flatMap((segment: { readonly name?: unknown }) => {
    const { name } = segment;
    return typeof name === 'string' && name.startsWith(`/${container}/`)
      ? [name.slice(container.length + 2)]
      : [];
  });
}

/** What Swift gives as the tag of a large object: the MD5 of its segments' MD5s, one after the other. */
export function combinedTag(segments: readonly Segment[]): string {
  return createHash('md5')
    .update(segments.map(({ md5 }) => md5).join(''))
    .digest('hex');
}
