import { installLines } from '../../listing/install-lines.ts';
import type { PublishableArtifact, PublishTarget } from '../../registry/target.ts';
import type { PublishOptions } from './options.ts';

type Target = Pick<PublishTarget, 'url' | 'rules' | 'indexUrl' | 'indexLogin' | 'flags' | 'releaseUrl'>;

/** The lines that install a release once it is there; of PyPI itself no index needs to be named. */
export function installSteps(target: Target, artifacts: readonly PublishableArtifact[]): string[] {
  const { project, version } = releaseOf(artifacts) ?? {};
  const { indexUrl, indexLogin } = target;
  if (project === undefined || version === undefined || indexUrl === undefined) return [];
  if (indexLogin !== undefined) {
    const address = indexUrl.replace('://', `://${indexLogin}@`);
    return [`pip install --index-url ${quote(address)} ${quote(`${project}==${version}`)}`];
  }
  const onPypi = indexUrl === 'https://pypi.org/simple/';
  return installLines({ ...(onPypi ? {} : { indexUrl }), project, version }).pip;
}

/** The command that completes a release: it looks again, and sends only what is missing. */
export function repairStep(
  target: Target,
  artifacts: readonly PublishableArtifact[],
  {
    localFolder = 'dist',
    project,
    version,
    allProjects,
    skipExisting,
    attestations,
    preflight,
  }: PublishOptions,
): string {
  const release = releaseOf(artifacts);
  const words = ['wheelhouse', 'publish', ...(target.flags ?? ['--repository-url', target.url])];
  if (localFolder !== 'dist') words.push('--local-folder', localFolder);
  if (release !== undefined) words.push('--project', release.project, '--version', release.version);
  else {
    if (project !== undefined) words.push('--project', project);
    if (version !== undefined) words.push('--version', version);
    if (allProjects === true) words.push('--all-projects');
  }
  if (skipExisting === true) words.push('--skip-existing');
  if (attestations === true) words.push('--attestations');
  if (preflight === false) words.push('--no-preflight');
  return commandLine(words);
}

/** Words as a shell takes them. */
export function commandLine(words: readonly string[]): string {
  return words.map(quote).join(' ');
}

/** The page of a release, where all artifacts are of one. */
export function releasePage(target: Target, artifacts: readonly PublishableArtifact[]): string | undefined {
  const release = releaseOf(artifacts);
  return release === undefined ? undefined : target.releaseUrl?.(release.project, release.version);
}

function releaseOf(
  artifacts: readonly PublishableArtifact[],
): { project: string; version: string } | undefined {
  const releases = new Set(
    artifacts.map(({ distribution: { project, version } }) =>
      `${project} ${version}`.toLowerCase().replace(/[-_.]+/g, '-'),
    ),
  );
  return releases.size === 1 ? artifacts[0]?.distribution : undefined;
}

/** As a POSIX shell needs it; what is plain stays bare. */
function quote(word: string): string {
  return /^[\w:/.@%+,=~-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
