import { normalizeName } from '../model/name.ts';
import { parseMetadata, type CoreMetadata } from '../model/metadata.ts';
import { compareVersions, normalizeVersion } from '../model/version.ts';
import { archiveError } from './archive-error.ts';

interface Named {
  readonly project: string;
  readonly version: string;
}

/**
 * Parses METADATA or PKG-INFO and makes sure that it speaks of the project and version of the file name: pip and uv
 * refuse the file otherwise (pip#9186). Throws `INVALID_METADATA`.
 */
export function checkMetadata(
  path: string,
  source: string,
  text: string,
  { project, version }: Named,
): CoreMetadata {
  const fail = (reason: string, hint?: string) =>
    archiveError(path, reason, {
      code: 'INVALID_METADATA',
      hint: hint ?? 'file name and metadata must agree: build it again instead of renaming it',
    });
  const metadata = parseMetadata(text);
  const { name, version: stated } = metadata;
  const build = 'build it again with a current build tool: python -m build';
  if (name === undefined) throw fail(`has a ${source} without a Name`, build);
  if (stated === undefined) throw fail(`has a ${source} without a Version`, build);
  if (normalizeName(name) !== normalizeName(project))
    throw fail(`is named for ${project}, but its ${source} says Name: ${name}`);
  if (!sameVersion(stated, version))
    throw fail(`is named for version ${version}, but its ${source} says Version: ${stated}`);
  return metadata;
}

/** Whether two spellings are one version by PEP 440; `_` in a file or folder name may stand for `-`. */
export function sameVersion(a: string, b: string): boolean {
  const first = normalizeVersion(a) ?? normalizeVersion(a.replaceAll('_', '-'));
  const second = normalizeVersion(b) ?? normalizeVersion(b.replaceAll('_', '-'));
  if (first === undefined || second === undefined) return a === b;
  return compareVersions(first, second) === 0;
}

/** The text of metadata bytes, a byte order mark dropped. Throws `INVALID_METADATA` for what is not UTF-8. */
export function decodeMetadata(path: string, source: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw archiveError(path, `has a ${source} that is not UTF-8`, { code: 'INVALID_METADATA' });
  }
}
