import { compareText } from '../../model/compare-text.ts';
import type { PlanStep } from '../../model/events.ts';
import { normalizeName } from '../../model/name.ts';
import type { PublishableArtifact, RegistryFile } from '../../registry/target.ts';
import { presenceOf, type Digested, type Presence } from './presence.ts';

/** The files of each project on the registry, by normalized name; undefined where its index cannot be read. */
export type KnownFiles = ReadonlyMap<string, ReadonlyMap<string, RegistryFile> | undefined>;

/** What a plan needs to know of an artifact. */
export type Plannable = Digested & { readonly sizeBytes: number | null };

export interface PublishStep<A extends Plannable = PublishableArtifact> extends PlanStep {
  readonly artifact: A;
  /** How the artifact compares, by digest, with what the registry has. */
  readonly state: 'new' | 'identical' | 'conflict' | 'unknown';
  readonly action: 'send' | 'keep' | 'skip' | 'refuse';
}

export interface PlanOptions<A extends Plannable = PublishableArtifact> {
  /** A name that is there is no error, whatever its bytes. */
  readonly skipExisting?: boolean | undefined;
  /** Whether these very bytes were accepted by this registry in an earlier run: what counts where no digest can be had. */
  readonly sentBefore?: ((artifact: A) => boolean) | undefined;
}

/**
 * What to do with each artifact, in the order in which it is done: wheels first, sdists last, by name. While one is in
 * conflict nothing is sent at all: half a release beside a file of another build helps nobody.
 */
export function planPublish<A extends Plannable>(
  artifacts: readonly A[],
  known: KnownFiles,
  { skipExisting = false, sentBefore = () => false }: PlanOptions<A> = {},
): PublishStep<A>[] {
  const steps = [...artifacts].sort(inOrder).map((artifact): PublishStep<A> => {
    const { filename, sizeBytes, distribution } = artifact;
    const presence = presenceOf(artifact, known.get(normalizeName(distribution.project)));
    const decided = decide(presence, skipExisting, () => sentBefore(artifact));
    return { filename, size: sizeBytes, artifact, ...decided };
  });
  const [rival, ...others] = steps.filter(({ state, action }) => state === 'conflict' && action === 'refuse');
  if (rival === undefined) return steps;
  const are = others.length === 0 ? 'is' : `and ${others.length} more are`;
  const reason = `not sent: ${rival.filename} ${are} in conflict`;
  return steps.map((step) => (step.action === 'send' ? { ...step, action: 'refuse', reason } : step));
}

/** A registry gives a name to one file for ever. */
export const otherBytes =
  'other bytes are there (give the release a new version; --skip-existing leaves them as they are)';

type Decision = Pick<PublishStep, 'state' | 'action' | 'reason'>;

function decide(presence: Presence, skipExisting: boolean, sentBefore: () => boolean): Decision {
  switch (presence) {
    case 'absent':
      return { state: 'new', action: 'send', reason: 'new' };
    case 'same':
      return { state: 'identical', action: 'keep', reason: 'the same bytes are there' };
    case 'different':
      return skipExisting
        ? { state: 'conflict', action: 'skip', reason: 'other bytes are there, and stay' }
        : { state: 'conflict', action: 'refuse', reason: otherBytes };
    case 'unproven':
      if (sentBefore())
        return { state: 'unknown', action: 'keep', reason: 'it is there, and was sent by an earlier run' };
      return skipExisting
        ? {
            state: 'unknown',
            action: 'skip',
            reason: 'its name is there; the index gives no digest to compare',
          }
        : {
            state: 'unknown',
            action: 'refuse',
            reason:
              'its name is there, but the index gives no digest to compare; --skip-existing passes it over',
          };
    case 'unreadable':
      return { state: 'unknown', action: 'send', reason: 'the registry has no index to ask' };
  }
}

function inOrder(a: Plannable, b: Plannable): number {
  const lastA = a.distribution.kind === 'sdist' ? 1 : 0;
  const lastB = b.distribution.kind === 'sdist' ? 1 : 0;
  if (lastA !== lastB) return lastA - lastB;
  return compareText(a.filename, b.filename);
}
