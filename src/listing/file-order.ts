import type { IndexedFile } from '../model/artifact.ts';
import { compareText } from '../model/compare-text.ts';
import { normalizeName } from '../model/name.ts';
import { versionKey } from '../model/version.ts';

/** The files of one version. */
export interface VersionFiles {
  readonly version: string;
  /** By name. */
  readonly files: readonly IndexedFile[];
}

/** The files of each project by normalized name, in the order of the names. */
export function byProject(files: readonly IndexedFile[]): ReadonlyMap<string, readonly IndexedFile[]> {
  const groups = groupBy(files, ({ distribution }) => normalizeName(distribution.project));
  return new Map([...groups].sort(([a], [b]) => compareText(a, b)));
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
