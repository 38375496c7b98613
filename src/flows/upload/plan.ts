import type { Distribution } from '../../model/artifact.ts';
import type { PlanStep } from '../../model/events.ts';
import { isDevVersion } from '../../model/version.ts';
import type { OnConflict } from '../../wheelhouse/store-artifact.ts';

/** What the plan needs to know of a local artifact. */
export interface HashedArtifact {
  readonly filename: string;
  readonly distribution: Distribution;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** What is known of what is there, by file name. */
export interface KnownDigests {
  get(filename: string): { readonly sha256: string | undefined; readonly sizeBytes?: number } | undefined;
}

/** What will be done with one artifact. */
export interface UploadStep<A extends HashedArtifact = HashedArtifact> extends PlanStep {
  readonly action: 'send' | 'overwrite' | 'keep' | 'skip' | 'refuse';
  readonly artifact: A;
  /** The rule for other bytes under the same name, should there be any. */
  readonly onConflict: OnConflict;
}

/**
 * Compares local artifacts by digest with what `metadata.json` knows. It may know too little or too much: sending
 * looks again before it overwrites, and keeping is confirmed by the listing that follows.
 */
export function planUpload<A extends HashedArtifact>(
  local: readonly A[],
  known: KnownDigests,
  onConflict?: OnConflict,
): UploadStep<A>[] {
  return local.map((artifact) => {
    const rule = onConflict ?? (isDevVersion(artifact.distribution.version) ? 'overwrite' : 'error');
    const { filename, sizeBytes } = artifact;
    const decided = decide(artifact, known.get(filename), rule);
    return { filename, size: sizeBytes, artifact, onConflict: rule, ...decided };
  });
}

function decide(
  artifact: HashedArtifact,
  there: ReturnType<KnownDigests['get']>,
  onConflict: OnConflict,
): Pick<UploadStep, 'action' | 'reason'> {
  if (there === undefined) return { action: 'send', reason: 'new' };
  if (there.sha256 === artifact.sha256) return { action: 'keep', reason: 'the same bytes are there' };
  switch (onConflict) {
    case 'overwrite':
      return { action: 'overwrite', reason: 'other bytes are there' };
    case 'skip':
      return { action: 'skip', reason: 'other bytes are there, and stay' };
    case 'error':
      return { action: 'refuse', reason: 'other bytes are there' };
  }
}
