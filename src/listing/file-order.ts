import type { IndexedFile } from '../model/artifact.ts';
import { compareText } from '../model/compare-text.ts';
import { versionKey } from '../model/version.ts';

/** The files of one version. */
export interface VersionFiles {
  readonly version: string;
  /** By name. */
  readonly files: readonly IndexedFile[];
}

/** Files by normalized project, in the order of the names. May be gone through more than once. */
export interface FilesByProject extends Iterable<readonly [project: string, files: readonly IndexedFile[]]> {
  /** Of projects. */
  readonly size: number;
  readonly fileCount: number;
  /** Of all files. */
  readonly sizeBytes: number;
}

/** The files of each version, newest first; the same files give the same order, however they come. */
export function byVersion(files: readonly IndexedFile[]): VersionFiles[] {
  return [...groupBy(files, ({ distribution }) => distribution.version)]
    .map(([version, ofVersion]) => ({
      version,
      key: versionKey(version),
      files: ofVersion.toSorted((a, b) => compareText(a.filename, b.filename)),
    }))
    .sort((a, b) => compareText(b.key, a.key) || compareText(a.version, b.version));
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
