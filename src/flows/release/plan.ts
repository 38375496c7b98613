import type { Hashes } from '../../model/digest.ts';
import { WheelhouseError } from '../../model/errors.ts';
import type { ArtifactResult, FetchOutcome, PublishOutcome } from '../../model/events.ts';
import { normalizeName } from '../../model/name.ts';
import { compareVersions } from '../../model/version.ts';
import { foresee as foreseeFetch, type FetchStep } from '../fetch/plan.ts';
import { planPublish, type KnownFiles, type Plannable, type PublishStep } from '../publish/plan.ts';
import { foresee as foreseePublish } from '../publish/results.ts';

/** An artifact of a release as its indexes tell of it, before it is there. */
export interface ForetoldArtifact extends Plannable {
  readonly hashes: Hashes;
}

export type ReleaseResult = ArtifactResult<FetchOutcome | PublishOutcome>;

/** The artifacts that a fetch is about to bring. */
export function foretell(steps: readonly FetchStep[]): ForetoldArtifact[] {
  return steps.flatMap(({ filename, size, candidate: { links, hashes } }) => {
    const link = links.find((one) => one.link.filename === filename)?.link;
    if (link === undefined) return [];
    const { md5, sha256, blake2b_256: blake2b256 } = hashes;
    return [{ filename, sizeBytes: size, distribution: link.distribution, hashes, md5, sha256, blake2b256 }];
  });
}

/** The projects of some artifacts by normalized name, as their names write them. */
export function projectsOf(artifacts: readonly ForetoldArtifact[]): Map<string, string> {
  return new Map(artifacts.map(({ distribution: { project } }) => [normalizeName(project), project]));
}

/** The version that all artifacts are of. Throws `USAGE` where they are of several: a release is of one. */
export function onlyVersion(project: string, artifacts: readonly ForetoldArtifact[]): string {
  const versions = [...new Set(artifacts.map(({ distribution }) => distribution.version))];
  const [version = '', ...others] = versions.sort((a, b) => compareVersions(b, a));
  if (others.length === 0) return version;
  const shown = versions.length > 10 ? [...versions.slice(0, 10), '…'] : versions;
  throw new WheelhouseError(
    'USAGE',
    `the indexes have ${versions.length} versions of ${project}: ${shown.join(', ')}`,
    {
      hint: 'a release is of one: choose it with --version',
    },
  );
}

/** What can be known of a publication before its files are there: by name, and by the digests that the indexes give. */
export function planFromAfar(
  artifacts: readonly ForetoldArtifact[],
  known: KnownFiles,
  skipExisting: boolean,
): PublishStep<ForetoldArtifact>[] {
  return planPublish(artifacts, known, { skipExisting }).map((step) =>
    step.state === 'unknown' && step.action === 'refuse' && Object.keys(step.artifact.hashes).length === 0
      ? { ...step, action: 'send', reason: 'its name is there: its bytes, once downloaded, will decide' }
      : step,
  );
}

/**
 * What becomes of each file when the release cannot be whole: undefined when it can, as far as one can see. One file
 * that the indexes disagree about, or that the registry has with other bytes, holds all others back.
 */
export function holdBack(
  steps: readonly FetchStep[],
  publications: readonly PublishStep<ForetoldArtifact>[],
): ReleaseResult[] | undefined {
  const refused = steps.filter(({ action }) => action === 'refuse');
  const blocked = publications.some(({ state, action }) => state === 'conflict' && action === 'refuse');
  if (refused.length === 0 && !blocked) return undefined;
  const names = new Set(refused.map(({ filename }) => filename));
  const others = publications
    .filter(({ filename }) => !names.has(filename))
    .map((step): ReleaseResult => {
      const foreseen = foreseePublish(step);
      if (foreseen.outcome !== 'published') return foreseen;
      return { ...foreseen, outcome: 'failed', reason: 'not sent: the release would not be whole' };
    });
  return [...refused.map(foreseeFetch), ...others];
}
