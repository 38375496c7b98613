import { sleep as pause } from '../../io/retry.ts';
import type { Container } from '../../storage/container.ts';
import { liftPruneMark } from '../../wheelhouse/change-prune-mark.ts';
import type { ConvergeResult } from '../../wheelhouse/converge.ts';
import { isPruned } from '../../wheelhouse/inventory.ts';
import { stands } from '../../wheelhouse/stands.ts';
import { inParallel } from '../../io/in-parallel.ts';
import type { UploadOptions } from './options.ts';
import { fail, isAmiss, isOvertaken, isReplaced, type Done } from './settle.ts';

export type Store = (step: Done['step'], look: boolean) => Promise<Done>;

/** While the metadata and the record of some are written, which is mostly waiting, the bytes of others are sent. */
export function stepsAtOnce(maxWorkers: number): number {
  return maxWorkers === 1 ? 1 : 2 * maxWorkers;
}

/**
 * Compares what the index lists with what should be there. What `metadata.json` claimed but the container has not is
 * sent after all, and a prune mark on an artifact of this run is lifted. Undefined: all is as it should be.
 */
export async function mend(
  container: Container,
  done: readonly Done[],
  result: ConvergeResult,
  options: UploadOptions,
  store: Store,
): Promise<Done[] | undefined> {
  const { artifacts } = result.inventory;
  const isGone = ({ step, stored }: Done) => isReplaced(stored, artifacts.get(step.filename));
  if (!done.some((one) => isAmiss(one, result) || isGone(one))) return undefined;
  const { maxWorkers = 4, signal } = options;
  return await inParallel(done, stepsAtOnce(maxWorkers), async (one): Promise<Done> => {
    if (isGone(one) && !(await stands(container, one.step.artifact, { tag: one.stored?.tag, signal })))
      return fail(one);
    if (!isAmiss(one, result)) return one;
    // With our bytes there, it is the record of an upload that came too late for its own, or has died.
    const known = artifacts.get(one.step.filename)?.object.tag !== undefined;
    if (!known && isOvertaken(one, result)) return fail(one);
    if (isPruned(result.inventory, one.step.filename)) await lift(container, one.step.filename, options);
    const again = await store(one.step, true);
    if (again.stored === undefined || again.outcome !== 'unchanged') return again;
    return { ...again, outcome: one.outcome, stored: { ...one.stored, ...again.stored } };
  });
}

async function lift(container: Container, filename: string, options: UploadOptions): Promise<void> {
  const { signal, onEvent, clock = () => new Date(), waiting } = options;
  const conditional = await container.conditionalWrites(signal);
  const mode = { conditional, clock, sleep: waiting?.sleep ?? pause };
  await liftPruneMark(container, filename, { ...mode, signal, onEvent });
}
