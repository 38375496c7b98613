import { selectLinks, type SelectedLink } from '../../listing/select.ts';
import type { Link } from '../../model/artifact.ts';
import { normalizeName } from '../../model/name.ts';
import { satisfies } from '../../model/specifier.ts';
import { compareVersions } from '../../model/version.ts';
import type { IndexedLink } from '../fetch/candidates.ts';
import type { MirrorFilter } from './options.ts';

/** What a mirror wants of what the indexes list, in their order. */
export function selectForMirror(
  sources: readonly { readonly index: string; readonly links: readonly Link[] }[],
  filter: MirrorFilter,
): IndexedLink[] {
  const wanted = sources.flatMap(({ index, links }) =>
    selectWithin(links, filter).map((link) => ({ index, link })),
  );
  return filter.latest === undefined ? wanted : newestOnly(wanted, filter.latest);
}

/** The distributions that the filter is about, whatever `latest` says. */
export function selectWithin(links: readonly Link[], filter: MirrorFilter): SelectedLink[] {
  const { projects, versions } = filter;
  const named = projects && new Set(projects.map(normalizeName));
  const { selected } = selectLinks(links, filter);
  return selected.filter(
    ({ distribution: { project, version } }) =>
      (named?.has(normalizeName(project)) ?? true) &&
      (versions === undefined || satisfies(version, versions)),
  );
}

/** Counts versions over all indexes together, as PEP 440 tells them apart: 1.0 and 1.0.0 are one. */
function newestOnly(links: readonly IndexedLink[], latest: number): IndexedLink[] {
  const versions = new Map<string, string[]>();
  for (const { link } of links) {
    const project = normalizeName(link.distribution.project);
    const known = versions.get(project);
    if (known === undefined) versions.set(project, [link.distribution.version]);
    else known.push(link.distribution.version);
  }
  const oldest = new Map<string, string | undefined>();
  for (const [project, all] of versions) oldest.set(project, oldestOfNewest(all, latest));
  return links.filter(({ link: { distribution } }) => {
    const bound = oldest.get(normalizeName(distribution.project));
    return bound === undefined || compareVersions(distribution.version, bound) >= 0;
  });
}

function oldestOfNewest(versions: readonly string[], latest: number): string | undefined {
  const newest = [...new Set(versions)].sort((a, b) => compareVersions(b, a));
  const distinct = newest.filter(
    (version, i) => i === 0 || compareVersions(version, newest[i - 1] ?? '') !== 0,
  );
  return distinct[latest - 1];
}
