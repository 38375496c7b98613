import type { Distribution, Wheel } from '../../model/artifact.ts';
import { isStamped, stampVersion } from '../../model/stamp.ts';
import { isDevVersion } from '../../model/version.ts';

/** What the plan needs to know of a local artifact. */
interface NamedArtifact {
  readonly filename: string;
  readonly distribution: Distribution;
}

/** What becomes of a local artifact before it is uploaded. */
export type StampStep<A extends NamedArtifact> =
  | { readonly action: 'keep'; readonly artifact: A }
  | {
      readonly action: 'stamp';
      readonly artifact: A;
      readonly wheel: Wheel;
      readonly stamped: { readonly filename: string; readonly distribution: Wheel };
    }
  | { readonly action: 'refuse'; readonly artifact: A; readonly reason: string };

/**
 * Which artifacts get the upload's time into their version, and their names then: dev wheels that have none yet.
 * Releases and sdists never do (DESIGN §4): an sdist's version is what its build makes of it.
 */
export function planStamps<A extends NamedArtifact>(artifacts: readonly A[], date: Date): StampStep<A>[] {
  const taken = new Set(artifacts.map(({ filename }) => filename));
  return artifacts.map((artifact) => {
    const { distribution, filename } = artifact;
    if (distribution.kind !== 'wheel' || !isDevVersion(distribution.version))
      return { action: 'keep', artifact };
    if (isStamped(distribution.version)) return { action: 'keep', artifact };
    const version = stampVersion(distribution.version, date);
    const stamped = { filename: withVersion(filename, version), distribution: { ...distribution, version } };
    if (taken.has(stamped.filename)) {
      const reason = `another file is called ${stamped.filename} once stamped, too: the folder has one version in two spellings`;
      return { action: 'refuse', artifact, reason };
    }
    taken.add(stamped.filename);
    return { action: 'stamp', artifact, wheel: distribution, stamped };
  });
}

/** The file name of a wheel with another version: the second of the parts between dashes. */
function withVersion(filename: string, version: string): string {
  const [project = '', , ...tags] = filename.split('-');
  return [project, version, ...tags].join('-');
}
