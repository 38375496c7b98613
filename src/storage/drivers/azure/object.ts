import { WheelhouseError } from '../../../model/errors.ts';
import type { StoredVersion, WriteCondition } from '../../container.ts';

export interface Properties {
  readonly etag?: string | undefined;
  readonly contentLength?: number | undefined;
  readonly lastModified?: Date | undefined;
  readonly contentType?: string | undefined;
}

/** A blob as the SDK's answers tell of it, in the terms of the container. */
export function describeBlob(
  key: string,
  { etag, contentLength, lastModified, contentType }: Properties,
): StoredVersion {
  return {
    key,
    sizeBytes: contentLength ?? 0,
    tag: tagOf(etag),
    ...(lastModified !== undefined && { modified: lastModified }),
    ...(contentType !== undefined && { contentType }),
  };
}

/** Quoted as in headers; listings leave the quotes out. */
function tagOf(etag: string | undefined): string {
  return etag === undefined || etag === '' ? '' : `"${etag.replace(/"/g, '')}"`;
}

/** An account with a hierarchical namespace lists its folders too, as empty blobs. */
export function isFolder(metadata: Readonly<Record<string, string>> | undefined): boolean {
  return metadata?.['hdi_isfolder'] === 'true';
}

export function conditionsOf(condition: WriteCondition | undefined): {
  ifMatch?: string;
  ifNoneMatch?: string;
} {
  if (condition === undefined) return {};
  return 'ifAbsent' in condition ? { ifNoneMatch: '*' } : { ifMatch: condition.ifTag };
}

/** Digest of what the service has, hex; it keeps none of a blob in blocks but what the writer said. */
export function md5Of(contentMd5: Uint8Array | undefined): string | undefined {
  return contentMd5 === undefined ? undefined : Buffer.from(contentMd5).toString('hex');
}

const mostNameChars = 1024;

/**
 * Why no blob can have that name: the service trims or folds such names, and a segment of dots would lead out of the
 * container (https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata).
 */
export function nameProblem(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (/[./]$/.test(name)) return 'the name of a blob cannot end in / or .';
  if (name.includes('\\')) return 'the service takes \\ for /';
  if (name.split('/').some((segment) => segment === '.' || segment === '..'))
    return 'it has a segment . or ..';
  return name.length > mostNameChars ? `it has more than ${mostNameChars} characters` : undefined;
}

export function assertName(key: string, name: string): void {
  const problem = nameProblem(name);
  if (problem !== undefined)
    throw new WheelhouseError('REJECTED', `Azure cannot store ${JSON.stringify(key)}: ${problem}`);
}
