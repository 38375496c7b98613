import { WheelhouseError } from '../../../model/errors.ts';
import type { StoredVersion, WriteCondition } from '../../container.ts';

/** An object of the JSON API; numbers of 64 bits come as text. */
export interface ObjectResource {
  readonly name?: string;
  readonly generation?: string;
  readonly size?: string;
  readonly updated?: string;
  readonly contentType?: string;
  /** Base64; not for objects composed of others. */
  readonly md5Hash?: string;
}

/** The fields that we ask for, which makes listings several times smaller. */
export const objectFields = 'name,generation,size,updated,contentType,md5Hash';

/** Where the JSON API has a bucket. */
export function bucketPath(bucket: string): string {
  return `/storage/v1/b/${encodeURIComponent(bucket)}`;
}

/** Where it has an object of that bucket. */
export function objectPath(bucket: string, name: string): string {
  return `${bucketPath(bucket)}/o/${encodeURIComponent(name)}`;
}

export function describeResource(key: string, resource: ObjectResource): StoredVersion {
  const modified = resource.updated === undefined ? undefined : new Date(resource.updated);
  return {
    key,
    sizeBytes: Number(resource.size ?? 0),
    tag: resource.generation ?? '',
    ...(modified !== undefined && !Number.isNaN(modified.getTime()) && { modified }),
    ...(resource.contentType !== undefined && { contentType: resource.contentType }),
  };
}

export function md5Of({ md5Hash }: ObjectResource): string | undefined {
  return md5Hash === undefined ? undefined : Buffer.from(md5Hash, 'base64').toString('hex');
}

/** The tag is the generation; 0 stands for "not there". */
export function conditionsOf(condition: WriteCondition | undefined): Readonly<Record<string, string>> {
  if (condition === undefined) return {};
  if ('ifAbsent' in condition) return { ifGenerationMatch: '0' };
  // What is no generation is the tag of nothing.
  return { ifGenerationMatch: /^\d{1,19}$/.test(condition.ifTag) ? condition.ifTag : '1' };
}

const mostNameBytes = 1024;

/** Why no object can have that name (https://cloud.google.com/storage/docs/objects#naming). */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  // In the path of a request these would lead to the bucket itself.
  if (name === '.' || name === '..') return 'it is . or ..';
  if (/[\r\n]/.test(name)) return 'it has a line break';
  if (name.startsWith('.well-known/acme-challenge/')) return 'the service keeps that name for itself';
  return Buffer.byteLength(name) > mostNameBytes ? `it has more than ${mostNameBytes} bytes` : undefined;
}

export function assertName(key: string, name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined)
    throw new WheelhouseError(
      'REJECTED',
      `Google Cloud Storage cannot store ${JSON.stringify(key)}: ${problem}`,
    );
}
