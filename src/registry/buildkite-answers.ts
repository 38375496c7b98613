import { hashNames, isDigest, type HashName, type Hashes } from '../model/digest.ts';
import { normalizeVersion } from '../model/version.ts';
import { membersOf } from './json-answer.ts';

/** A package as Buildkite tells of it: one file of one version, whose name it does not tell. */
export interface BuildkitePackage {
  readonly id: string;
  /** The project, in what spelling is not said. */
  readonly name: string;
  /** Normalized, PEP 440. */
  readonly version: string | undefined;
  /** Empty where the answer gives none. */
  readonly hashes: Hashes;
}

/** One page of the list call, and the URL of the next one. */
export interface BuildkitePage {
  readonly packages: readonly BuildkitePackage[];
  readonly next?: string;
}

/** Where a large file is put, and what is sent before its bytes. */
export interface UploadForm {
  readonly url: URL;
  /** Name of the file's part. */
  readonly fileInput: string;
  /** In the order given. */
  readonly fields: readonly (readonly [name: string, value: string])[];
  /** Where the file will be found, to be told to the registry. */
  locate(filename: string): string;
}

// https://buildkite.com/docs/apis/rest-api/package-registries/packages

/** The answer to an upload; undefined where it is no package. */
export function parsePackage(text: string): BuildkitePackage | undefined {
  return packageIn(membersOf(text) ?? new Map());
}

/** A page of the list; undefined where it is none. */
export function parsePage(text: string): BuildkitePage | undefined {
  const page = membersOf(text);
  const items = page?.get('items');
  if (page === undefined || !Array.isArray(items)) return undefined;
  const packages = items.flatMap((item: unknown) => packageIn(entriesOf(item)) ?? []);
  if (packages.length !== items.length) return undefined;
  const next = textIn(entriesOf(page.get('links')), 'next');
  return next === undefined ? { packages } : { packages, next };
}

/** The answer to the request for a place to upload to, as go-buildkite reads it; undefined where it is none. */
export function parseUploadForm(text: string): UploadForm | undefined {
  const form = entriesOf(membersOf(text)?.get('form'));
  const url = textIn(form, 'url');
  const fileInput = textIn(form, 'file_input');
  const fields = [...entriesOf(form.get('data'))].flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  const key = fields.find(([name]) => name === 'key')?.[1];
  if (url === undefined || !URL.canParse(url) || fileInput === undefined || key === undefined)
    return undefined;
  if ((textIn(form, 'method') ?? 'POST').toUpperCase() !== 'POST') return undefined;
  const locate = (filename: string) =>
    `${url.replace(/\/+$/, '')}/${key.replace(/^\/+/, '').replaceAll('${filename}', filename)}`;
  return { url: new URL(url), fileInput, fields, locate };
}

function packageIn(entries: ReadonlyMap<string, unknown>): BuildkitePackage | undefined {
  const id = textIn(entries, 'id');
  const name = textIn(entries, 'name');
  if (id === undefined || name === undefined) return undefined;
  const version = normalizeVersion(textIn(entries, 'version') ?? '');
  return { id, name, version, hashes: hashesIn(entries.get('digests')) };
}

function hashesIn(digests: unknown): Hashes {
  const entries = entriesOf(digests);
  const known = hashNames.flatMap((name): [HashName, string][] => {
    const hex = textIn(entries, name)?.toLowerCase();
    return hex !== undefined && isDigest(name, hex) ? [[name, hex]] : [];
  });
  return Object.fromEntries(known);
}

function entriesOf(value: unknown): ReadonlyMap<string, unknown> {
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
}

function textIn(entries: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const value = entries.get(name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}
