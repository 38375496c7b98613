import type { ArtifactResult, FlowOptions, PruneOutcome } from '../../model/events.ts';
import type { Container } from '../../storage/container.ts';
import type { ConvergeResult } from '../../wheelhouse/converge.ts';
import { removePruned, type PrunedArtifact } from '../../wheelhouse/remove-pruned.ts';

export interface SettleOptions extends FlowOptions {
  readonly clock?: (() => Date) | undefined;
}

/**
 * What follows every `converge` of a run that prunes: what was marked is on its way out, and what was on its way for
 * long enough is removed. `inventory` is the one that the pages are right for.
 */
export async function settlePruned(
  container: Container,
  { inventory, relisted }: Pick<ConvergeResult, 'inventory' | 'relisted'>,
  { signal, clock }: SettleOptions,
  convergeAgain: () => Promise<unknown>,
): Promise<ArtifactResult<PruneOutcome>[]> {
  const options = { relisted, signal, clock };
  const pruned = await removePruned(container, inventory, options);
  if (pruned.some(({ outcome }) => outcome === 'lifted')) await convergeAgain();
  return toResults(pruned);
}

/** A mark that was lifted leaves nothing to tell: the artifact is there, as its own upload has said. */
export function toResults(pruned: readonly PrunedArtifact[]): ArtifactResult<PruneOutcome>[] {
  return pruned.flatMap(({ filename, outcome, sha256, sizeBytes: size, reason }) =>
    outcome === 'lifted' ? [] : [{ filename, outcome, sha256, size, reason }],
  );
}

/** Tells of pruning beside a command's own work: what is new, and what went wrong. */
export function tellPruned(
  results: readonly ArtifactResult<PruneOutcome>[],
  onEvent: FlowOptions['onEvent'],
): void {
  for (const { filename, outcome, reason = '' } of results) {
    if (outcome === 'failed')
      onEvent?.({ event: 'warning', message: `${filename}: ${reason}`, hint: 'the next run tries again' });
    else if (outcome !== 'pending')
      onEvent?.({ event: 'notice', message: `${outcome} ${filename}: ${reason}` });
  }
}
