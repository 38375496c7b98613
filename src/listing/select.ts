import { minimatch, type MinimatchOptions } from 'minimatch';
import type { Distribution, Link } from '../model/artifact.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { normalizeName } from '../model/name.ts';
import { compareVersions, normalizeVersion } from '../model/version.ts';
import { runsOnPlatform } from './platform.ts';
import { runsOnPython } from './python.ts';

/** Which files of an index are wanted; what is left out does not restrict. */
export interface LinkFilter {
  readonly project?: string | undefined;
  /** Compared as PEP 440 does: `1.0` is `1.0.0`, but not `1.0+local`. */
  readonly version?: string | undefined;
  /** Globs on the file name: at least one has to match. */
  readonly include?: readonly string[] | undefined;
  /** Globs on the file name: none may match. */
  readonly exclude?: readonly string[] | undefined;
  /** Default: true. */
  readonly sdists?: boolean | undefined;
  /** Such as `cp312`: wheels that this Python can load. Sdists stay. */
  readonly python?: string | undefined;
  /** Such as `manylinux_2_28_x86_64`: wheels that this platform can load. Sdists stay. */
  readonly platform?: string | undefined;
}

/** A link to a distribution, with what its name says. */
export type SelectedLink = Link & { readonly distribution: Distribution };

/**
 * The links to distributions that pass the filter, in their order, and the versions of the project that none of
 * them has, newest first: what to offer when nothing was found.
 */
export function selectLinks(
  links: readonly Link[],
  filter: LinkFilter,
): { selected: SelectedLink[]; otherVersions: string[] } {
  const candidates = links.flatMap((link): SelectedLink[] => {
    const parsed = parseDistributionFilename(link.filename);
    return parsed.ok ? [{ ...link, distribution: parsed.value }] : [];
  });
  const ofProject = candidates.filter(isOfProject(filter.project));
  const selected = ofProject.filter((link) => isWanted(link, filter));
  const selectedVersions = new Set(selected.map(versionOf));
  const others = new Set(ofProject.map(versionOf).filter((version) => !selectedVersions.has(version)));
  return { selected, otherVersions: [...others].sort((a, b) => compareVersions(b, a)) };
}

/** The normalized names of the projects whose distributions are among the links. */
export function projectsOf(links: readonly Link[]): Set<string> {
  const projects = new Set<string>();
  for (const { filename } of links) {
    const parsed = parseDistributionFilename(filename);
    if (parsed.ok) projects.add(normalizeName(parsed.value.project));
  }
  return projects;
}

/** Whether a file name matches one of `include` (if there are any) and none of `exclude`. */
export function matchesGlobs(
  filename: string,
  include: readonly string[] = [],
  exclude: readonly string[] = [],
): boolean {
  const matches = (pattern: string) => minimatch(filename, pattern, globOptions);
  return (include.length === 0 || include.some(matches)) && !exclude.some(matches);
}

/** A file name may begin with any character: `!` and `#` are no syntax here. */
const globOptions: MinimatchOptions = { dot: true, nonegate: true, nocomment: true };

function isOfProject(project: string | undefined): (link: SelectedLink) => boolean {
  if (project === undefined) return () => true;
  const wanted = normalizeName(project);
  return ({ distribution }) => normalizeName(distribution.project) === wanted;
}

function isWanted({ filename, distribution }: SelectedLink, filter: LinkFilter): boolean {
  const { version, include, exclude, sdists = true, python, platform } = filter;
  return (
    (version === undefined || isVersion(distribution.version, version)) &&
    (sdists || distribution.kind !== 'sdist') &&
    (python === undefined || runsOnPython(distribution, python)) &&
    (platform === undefined || runsOnPlatform(distribution, platform)) &&
    matchesGlobs(filename, include, exclude)
  );
}

function isVersion(version: string, wanted: string): boolean {
  return normalizeVersion(wanted) !== undefined && compareVersions(version, wanted) === 0;
}

function versionOf({ distribution }: SelectedLink): string {
  return distribution.version;
}
