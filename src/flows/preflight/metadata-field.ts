import type { CoreMetadata } from '../../model/metadata.ts';

/** A single-use metadata field; empty and `UNKNOWN`, as old tools write it, mean absent. */
export function one(metadata: CoreMetadata, field: string): string | undefined {
  const value: string | readonly string[] | undefined = metadata[field];
  const text = typeof value === 'string' ? value : value?.[0];
  return text === undefined || text.trim() === '' || text === 'UNKNOWN' ? undefined : text;
}

/** The values of a multiple-use metadata field. */
export function many(metadata: CoreMetadata, field: string): readonly string[] {
  const value: string | readonly string[] | undefined = metadata[field];
  const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  return values.filter((text) => text.trim() !== '' && text !== 'UNKNOWN');
}

/** Metadata-Version as a number that compares: `2.4` is 204; 0 when it is none. */
export function metadataAge(version: CoreMetadata | string): number {
  const text = typeof version === 'string' ? version : (one(version, 'metadata_version') ?? '');
  const [, major, minor] = /^(\d+)\.(\d+)$/.exec(text) ?? [];
  return major === undefined ? 0 : Number(major) * 100 + Number(minor);
}

/** A metadata field as its header writes it: `requires_dist` is `Requires-Dist`. */
export function headerOf(field: string): string {
  return field
    .split('_')
    .map((word) => (word === 'url' ? 'URL' : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('-');
}
