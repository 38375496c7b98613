import type { IndexedFile } from '../../model/artifact.ts';
import type { ArtifactResult, MirrorOutcome, PlanStep } from '../../model/events.ts';
import type { Container } from '../../storage/container.ts';
import { setPruneMark } from '../../wheelhouse/change-prune-mark.ts';
import type { ConvergeResult } from '../../wheelhouse/converge.ts';
import type { Inventory } from '../../wheelhouse/inventory.ts';
import { removePruned } from '../../wheelhouse/remove-pruned.ts';
import { inParallel } from '../../io/in-parallel.ts';
import type { MirrorOptions } from './options.ts';
import { isLostRace, type WriteMode } from '../../wheelhouse/write-mode.ts';

const reason = 'the sources no longer list it';

/** What a removal comes to, or is expected to come to. */
export function removed({ filename, sha256, sizeBytes }: IndexedFile): ArtifactResult<MirrorOutcome> {
  return { filename, outcome: 'removed', sha256: sha256 ?? null, size: sizeBytes, reason };
}

/** A removal as the plan tells it. */
export function toRemovalRow({ filename, sizeBytes: size }: IndexedFile): PlanStep {
  return { filename, action: 'remove', reason, size };
}

/** Marks files as on their way out: the pages that are written next do not list them. */
export async function markRemoved(
  container: Container,
  files: readonly IndexedFile[],
  inventory: Inventory,
  { maxWorkers, date, mode }: { maxWorkers: number; date: string; mode: WriteMode },
): Promise<void> {
  await inParallel(files, maxWorkers, async ({ filename }) => {
    const artifact = inventory.artifacts.get(filename);
    if (artifact === undefined) return;
    await setPruneMark(container, artifact, { reason, date }, mode).catch((thrown: unknown) => {
      if (!isLostRace(thrown)) throw thrown; // another run has marked it
    });
  });
}

/**
 * Moves what carries a mark one step on, once the pages are right: the grace period of what was marked now begins, and
 * what was marked long enough ago is removed. Answers the failures.
 */
export async function settleRemoved(
  container: Container,
  { inventory, relisted }: Pick<ConvergeResult, 'inventory' | 'relisted'>,
  { signal, onEvent, clock }: MirrorOptions,
  convergeAgain: () => Promise<unknown>,
): Promise<ReadonlyMap<string, string>> {
  const pruned = await removePruned(container, inventory, {
    relisted,
    signal,
    clock,
  });
  if (pruned.some(({ outcome }) => outcome === 'lifted')) await convergeAgain();
  const failures = new Map<string, string>();
  for (const { filename, outcome, reason: why } of pruned) {
    if (outcome === 'removed')
      onEvent?.({ event: 'detail', message: `the objects of ${filename} are removed: ${why}` });
    if (outcome === 'failed') failures.set(filename, why);
  }
  return failures;
}
