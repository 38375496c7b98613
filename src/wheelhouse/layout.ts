import type { Distribution } from '../model/artifact.ts';
import { isDigest } from '../model/digest.ts';
import { isPlainFilename, parseDistributionFilename } from '../model/filename.ts';
import { normalizeName } from '../model/name.ts';

/** Which pages a wheelhouse gets: the original's flat page, the simple index, or both. */
export type Layout = 'flat' | 'simple' | 'all';

/** What can be said of an artifact beside its record. */
export type Mark = 'yanked' | 'pruned';

export const metadataKey = 'metadata.json';
export const flatPageKey = 'index.html';
export const rootPageKey = 'simple/index.html';
export const rootSlashKey = 'simple/';
export const rootJsonKey = 'simple/v1+json/index.json';

const simpleFolder = 'simple/';
const jsonFolder = 'simple/v1+json/';
const recordFolder = '.wheelhouse/v1/';
const sidecarEnding = '.metadata';

/** The key of an artifact: its file name, so that a flat page needs no path. */
export function artifactKey(filename: string): string {
  return filename;
}

/** The core metadata beside a wheel (PEP 658). */
export function sidecarKey(filename: string): string {
  return `${filename}${sidecarEnding}`;
}

/** Where everything that is known of an artifact lies: its records and its marks. */
export function recordPrefix(filename: string): string {
  return `${recordFolder}${filename}/`;
}

/** A record's name carries digest and size, so that one listing gives every digest without a read. */
export function recordKey(filename: string, sha256: string, sizeBytes: number): string {
  return `${recordPrefix(filename)}${sha256}-${sizeBytes}`;
}

export function markKey(filename: string, mark: Mark): string {
  return `${recordPrefix(filename)}${mark}`;
}

export function projectPageKey(project: string): string {
  return `${simpleFolder}${project}/index.html`;
}

/** The same page under the address that pip asks for: plain object endpoints map no folder to its `index.html`. */
export function projectSlashKey(project: string): string {
  return `${simpleFolder}${project}/`;
}

export function projectJsonKey(project: string): string {
  return `${jsonFolder}${project}/index.json`;
}

/** What an object is, by its key alone. */
export type ObjectKind =
  | { readonly kind: 'artifact'; readonly filename: string; readonly distribution: Distribution }
  | { readonly kind: 'sidecar'; readonly filename: string }
  | {
      readonly kind: 'record';
      readonly filename: string;
      readonly sha256: string;
      readonly sizeBytes: number;
    }
  | { readonly kind: 'mark'; readonly filename: string; readonly mark: Mark }
  | { readonly kind: 'page'; readonly project?: string }
  | { readonly kind: 'foreign' };

const foreign: ObjectKind = { kind: 'foreign' };
const commonPages: ReadonlySet<string> = new Set([
  metadataKey,
  flatPageKey,
  rootPageKey,
  rootSlashKey,
  rootJsonKey,
]);

/** What the object under this key is. Whatever no rule names is foreign: it is kept, and no page shows it. */
export function classify(key: string): ObjectKind {
  if (commonPages.has(key)) return { kind: 'page' };
  if (key.startsWith(recordFolder)) return classifyRecord(key.slice(recordFolder.length));
  if (key.startsWith(simpleFolder)) return classifyPage(key);
  if (!isPlainFilename(key)) return foreign;
  const parsed = parseDistributionFilename(key);
  if (parsed.ok) return { kind: 'artifact', filename: key, distribution: parsed.value };
  if (!key.endsWith(sidecarEnding)) return foreign;
  const filename = key.slice(0, -sidecarEnding.length);
  return parseDistributionFilename(filename).ok ? { kind: 'sidecar', filename } : foreign;
}

function classifyRecord(path: string): ObjectKind {
  const [filename = '', name = '', ...rest] = path.split('/');
  if (rest.length > 0 || !isPlainFilename(filename)) return foreign;
  if (name === 'yanked' || name === 'pruned') return { kind: 'mark', filename, mark: name };
  const match = /^([0-9a-f]{64})-(0|[1-9]\d{0,14})$/.exec(name);
  const [, sha256 = '', size = ''] = match ?? [];
  return isDigest('sha256', sha256) ? { kind: 'record', filename, sha256, sizeBytes: Number(size) } : foreign;
}

function classifyPage(key: string): ObjectKind {
  const match = /^simple\/(?:v1\+json\/(?<json>[^/]+)\/index\.json|(?<html>[^/]+)\/(?:index\.html)?)$/.exec(
    key,
  );
  const project = match?.groups?.['json'] ?? match?.groups?.['html'] ?? '';
  // Wheels of projects in any alphabet exist, so this is not the rule for new names.
  const ours = isPlainFilename(project) && !project.includes('+') && normalizeName(project) === project;
  return ours ? { kind: 'page', project } : foreign;
}
