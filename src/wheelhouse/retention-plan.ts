import type { Distribution, IndexedFile } from '../model/artifact.ts';
import { normalizeName } from '../model/name.ts';
import { stampTimeMs } from '../model/stamp.ts';
import { compareText } from '../model/compare-text.ts';
import { compareVersions, isDevVersion } from '../model/version.ts';
import type { Inventory } from './inventory.ts';

/** What retention needs to know of an artifact that the pages list. */
export interface Build {
  readonly filename: string;
  readonly distribution: Distribution;
  /** When it was built or, where no stamp tells, when it came: milliseconds since the epoch. */
  readonly timeMs: number;
  readonly yanked: boolean;
}

/**
 * The dev builds to take away, so that each tag set of a project keeps its `keepDev` newest. Releases are never among
 * them. Tag sets are counted, not versions, or the last builds of a platform would go when it stops building
 * (apache/arrow#40216, statsmodels#9198).
 *
 * The newest is the latest by time, as the original counted. Versions alone cannot say: hashes in local versions sort
 * by chance (scipy#16702), and by version a nightly of a maintenance branch would be taken away as soon as it came.
 *
 * A yanked build is not counted, since installers pass it over: a tag set of five yanked builds would have nothing
 * left to install.
 */
export function planRetention<B extends Build>(builds: Iterable<B>, keepDev: number): B[] {
  const tagSets = new Map<string, B[]>();
  for (const build of builds) {
    if (!isDevVersion(build.distribution.version)) continue;
    const key = tagSetOf(build.distribution);
    const others = tagSets.get(key);
    if (others === undefined) tagSets.set(key, [build]);
    else others.push(build);
  }
  return [...tagSets.values()].flatMap((tagSet) => {
    const kept = tagSet.filter(({ yanked }) => !yanked).sort(newestFirst);
    const oldest = kept[Math.max(1, keepDev) - 1];
    return oldest === undefined ? [] : tagSet.filter((build) => newestFirst(oldest, build) < 0);
  });
}

/** The builds among the files of a container's pages. */
export function* buildsOf(files: Iterable<IndexedFile>, { artifacts }: Inventory): Generator<Build, void> {
  for (const { filename, distribution, uploaded, yanked } of files) {
    // The stamp first: a mirror has uploaded many builds in the same minute, in any order.
    const timeMs =
      stampTimeMs(distribution.version) ??
      (uploaded === undefined ? undefined : Date.parse(uploaded)) ??
      artifacts.get(filename)?.object.modifiedMs ??
      0;
    yield { filename, distribution, timeMs, yanked: yanked !== undefined };
  }
}

/** Project, kind and tags, however they are spelt and ordered. */
function tagSetOf(distribution: Distribution): string {
  const { kind, project } = distribution;
  const sets =
    kind === 'sdist'
      ? []
      : [distribution.pythonTags, kind === 'wheel' ? distribution.abiTags : [], distribution.platformTags];
  return [kind, normalizeName(project), ...sets.map((tags) => [...tags].sort().join('.'))].join(' ');
}

/** By time, then version, then build number; the name decides only so that every run decides alike. */
function newestFirst(a: Build, b: Build): number {
  return (
    b.timeMs - a.timeMs ||
    compareVersions(b.distribution.version, a.distribution.version) ||
    buildNumber(b.distribution) - buildNumber(a.distribution) ||
    compareText(a.filename, b.filename)
  );
}

function buildNumber(distribution: Distribution): number {
  return distribution.kind === 'wheel' ? Number.parseInt(distribution.build ?? '0', 10) : 0;
}
