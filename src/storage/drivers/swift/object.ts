import { createHash } from 'node:crypto';
import { WheelhouseError } from '../../../model/errors.ts';
import { wholeSizeIn } from '../../byte-range.ts';
import type { StoredObject, StoredVersion } from '../../container.ts';
import type { Headers } from './failure.ts';

/** An entry of a container's listing (https://docs.openstack.org/api-ref/object-store/#show-container-details-and-list-objects). */
export interface Entry {
  readonly name: string;
  readonly hash?: string;
  readonly bytes?: number;
  readonly content_type?: string;
  readonly last_modified?: string;
  /** The tag of a static large object; `hash` is that of its manifest then. */
  readonly slo_etag?: string;
}

/** The MD5 of nothing: what a listing shows of a dynamic large object, of Ceph's static ones, and of an empty one. */
export const emptyMd5 = createHash('md5').digest('hex');

/** An object as the headers of a HEAD, GET or PUT tell of it. */
export function describeHeaders(key: string, headers: Headers): StoredVersion {
  const modified = dateOf(headers['last-modified']);
  const contentType = headers['content-type'];
  return {
    key,
    sizeBytes: wholeSizeIn(headers['content-range']) ?? announcedBytes(headers) ?? 0,
    tag: tagOf(headers['etag']) ?? '',
    ...(modified !== undefined && { modified }),
    ...(contentType !== undefined && { contentType }),
  };
}

/** How many bytes an answer has. */
export function announcedBytes(headers: Headers): number | undefined {
  const length = headers['content-length'];
  return length === undefined ? undefined : Number(length);
}

export function describeEntry(key: string, entry: Entry): StoredObject {
  const tag = tagOf(entry.slo_etag ?? entry.hash);
  // It is in UTC, and does not say so.
  const at = entry.last_modified;
  const modified = dateOf(at === undefined || /z|[+-]\d\d:?\d\d$/i.test(at) ? at : `${at}Z`);
  return {
    key,
    sizeBytes: entry.bytes ?? 0,
    ...(tag !== undefined && { tag }),
    ...(modified !== undefined && { modified }),
    ...(entry.content_type !== undefined && { contentType: entry.content_type }),
  };
}

/** One page of a listing. Throws `INVALID_LISTING`; `TRUNCATED`, which is tried again, for one that begins well. */
export function parsePage(body: string, url: string): Entry[] {
  if (body.trim() === '') return [];
  try {
    const page: unknown = JSON.parse(body);
    if (Array.isArray(page)) return page.filter(isEntry);
  } catch {
    if (body.startsWith('['))
      throw new WheelhouseError(
        'TRUNCATED',
        `the listing of ${url} was cut short: ${body.length} bytes came`,
      );
  }
  throw new WheelhouseError('INVALID_LISTING', `the listing of ${url} is not the JSON that Swift gives`);
}

/** An ETag as Swift compares it: a large object's comes in quotes, others' without. */
export function tagOf(etag: string | undefined): string | undefined {
  return etag === undefined || etag === '' ? undefined : etag.replace(/^W\//, '').replace(/"/g, '');
}

/** The MD5 of an object's bytes, if its tag is that: a large object's is another, and comes in quotes. */
export function md5In(headers: Headers): string | undefined {
  const etag = headers['etag'] ?? '';
  const isLarge =
    headers['x-static-large-object'] !== undefined || headers['x-object-manifest'] !== undefined;
  return !isLarge && /^[0-9a-f]{32}$/.test(etag) ? etag : undefined;
}

function isEntry(value: unknown): value is Entry {
  return typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string';
}

function dateOf(text: string | undefined): Date | undefined {
  const date = text === undefined ? undefined : new Date(text);
  return date === undefined || Number.isNaN(date.getTime()) ? undefined : date;
}
