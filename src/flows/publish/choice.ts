import type { LocalArtifact } from '../../model/artifact.ts';
import { WheelhouseError } from '../../model/errors.ts';
import { normalizeName } from '../../model/name.ts';
import { compareVersions, normalizeVersion } from '../../model/version.ts';

export interface Choice {
  /** Default: the only project in the folder. */
  readonly project?: string | undefined;
  /** Default: the only version of it. */
  readonly version?: string | undefined;
  /** Everything that is there, whatever its project and version. */
  readonly allProjects?: boolean | undefined;
}

/**
 * The artifacts of the one release that is meant. Throws `USAGE` when the folder holds several and none was named,
 * `NOT_FOUND` when it holds nothing of what was named.
 */
export function chooseRelease(
  artifacts: readonly LocalArtifact[],
  folder: string,
  { project, version, allProjects = false }: Choice,
): LocalArtifact[] {
  if (artifacts.length === 0)
    throw new WheelhouseError('NOT_FOUND', `${folder} holds nothing to publish`, {
      hint: 'build first (python -m build), or collect the release with wheelhouse fetch',
    });
  const ofProject = project === undefined ? artifacts : artifacts.filter(isOf(project));
  if (ofProject.length === 0) throw nothing(folder, project ?? '', projectsIn(artifacts));
  const wanted = version === undefined ? undefined : normalizeVersion(version);
  if (version !== undefined && wanted === undefined)
    throw new WheelhouseError('USAGE', `${version} is no version (PEP 440)`, {
      hint: 'such as 1.0 or 2.1rc1',
    });
  const chosen = wanted === undefined ? ofProject : ofVersion(ofProject, wanted);
  if (chosen.length === 0) throw nothing(folder, `version ${wanted ?? ''}`, versionsIn(ofProject));
  if (!allProjects) requireOne(chosen, folder);
  return [...chosen];
}

function requireOne(artifacts: readonly LocalArtifact[], folder: string): void {
  const projects = projectsIn(artifacts);
  if (projects.length > 1) throw several(folder, 'projects', projects, '--project');
  const versions = versionsIn(artifacts);
  if (versions.length > 1) throw several(folder, 'versions', versions, '--version');
}

function isOf(project: string): (artifact: LocalArtifact) => boolean {
  const name = normalizeName(project);
  return ({ distribution }) => normalizeName(distribution.project) === name;
}

function projectsIn(artifacts: readonly LocalArtifact[]): string[] {
  return [...new Set(artifacts.map(({ distribution }) => normalizeName(distribution.project)))].sort();
}

/** Of this very version, else of one that means the same: 1.0 is 1.0.0 (PEP 440). */
function ofVersion(artifacts: readonly LocalArtifact[], wanted: string): readonly LocalArtifact[] {
  const exact = artifacts.filter(({ distribution }) => distribution.version === wanted);
  if (exact.length > 0) return exact;
  return artifacts.filter(({ distribution }) => compareVersions(distribution.version, wanted) === 0);
}

function versionsIn(artifacts: readonly LocalArtifact[]): string[] {
  return [...new Set(artifacts.map(({ distribution }) => distribution.version))].sort(compareVersions);
}

function nothing(folder: string, wanted: string, there: readonly string[]): WheelhouseError {
  return new WheelhouseError('NOT_FOUND', `${folder} holds nothing of ${wanted}`, {
    hint: `it holds ${there.join(', ')}`,
  });
}

function several(folder: string, what: string, names: readonly string[], flag: string): WheelhouseError {
  return new WheelhouseError('USAGE', `${folder} holds ${names.length} ${what}: ${names.join(', ')}`, {
    hint: `choose one with ${flag}, or publish them all with --all-projects`,
  });
}
