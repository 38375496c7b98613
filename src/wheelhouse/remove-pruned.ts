import pLimit from 'p-limit';
import { isAbort, reasonOf } from '../model/errors.ts';
import type { FlowOptions } from '../model/events.ts';
import { throwIfAborted } from '../io/abort.ts';
import type { Container } from '../storage/container.ts';
import { changePruneMark, dropPruneMark, readPruneMark, type StoredMark } from './change-prune-mark.ts';
import type { Inventory } from './inventory.ts';
import { recordNames, type StoredArtifact } from './stored-artifact.ts';
import { groupOrphans } from './orphans.ts';
import { artifactKey, classify, markKey, recordPrefix, sidecarKey } from './layout.ts';
import { planMark, removalMs } from './prune-mark.ts';
import { settled } from './settled.ts';

export interface RemoveOptions extends FlowOptions {
  readonly clock?: (() => Date) | undefined;
  /** What pages have listed until now, in spite of its mark. */
  readonly relisted?: ReadonlySet<string> | undefined;
}

/** What became of an artifact that carries a prune mark. */
export interface PrunedArtifact {
  readonly filename: string;
  /**
   * `pruned`: from this run on no page lists it. `pending`: a later run removes it. `lifted`: other bytes have come
   * under its name, so they stay, and the pages must be brought up to date once more.
   */
  readonly outcome: 'pruned' | 'pending' | 'removed' | 'lifted' | 'failed';
  /** Why, in words. */
  readonly reason: string;
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
}

/** An artifact with a mark, or what is left of one. */
interface Marked {
  readonly filename: string;
  readonly artifact?: StoredArtifact;
  /** The sidecar and the artifact, as far as they are there. */
  readonly objects: readonly string[];
  readonly records: readonly string[];
}

interface Removal {
  readonly container: Container;
  readonly conditional: boolean;
  readonly clock: () => Date;
  readonly relisted: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
}

type Ending = Pick<PrunedArtifact, 'outcome' | 'reason'>;

const parallelRemovals = 8;
const pending: Ending = {
  outcome: 'pending',
  reason: 'pruned before; a run after the grace period of 15 minutes removes it',
};
const lifted: Ending = { outcome: 'lifted', reason: 'other bytes have come under its name' };

/**
 * Moves every artifact with a prune mark one step on: from now on no page lists it, so its grace period begins, or it
 * is over, and the objects go. `inventory` must be one that the pages are right for. A failure is an outcome.
 */
export async function removePruned(
  container: Container,
  inventory: Inventory,
  { signal, clock = () => new Date(), relisted = new Set() }: RemoveOptions = {},
): Promise<PrunedArtifact[]> {
  const marked = findMarked(inventory);
  if (marked.length === 0) return [];
  const conditional = await container.conditionalWrites(signal);
  const removal = { container, conditional, clock, relisted, signal };
  const limit = pLimit(parallelRemovals);
  const tend = async (one: Marked): Promise<PrunedArtifact[]> => {
    throwIfAborted(signal);
    const ending = await tendMark(removal, one).catch((thrown: unknown): Ending => {
      if (isAbort(thrown)) throw thrown;
      return { outcome: 'failed', reason: `it could not be removed: ${reasonOf(thrown)}` };
    });
    // Of an artifact that is gone, only the traces are removed: its own run has told of it.
    if (ending === undefined || (one.artifact === undefined && ending.outcome !== 'failed')) return [];
    return [toPruned(one, ending)];
  };
  return (await settled(marked.map((one) => limit(tend, one)))).flat();
}

/** What {@link removePruned} would make of the artifacts that carry a mark. Changes nothing. */
export async function foreseePruned(
  container: Container,
  inventory: Inventory,
  { signal, clock = () => new Date() }: RemoveOptions = {},
): Promise<PrunedArtifact[]> {
  const limit = pLimit(parallelRemovals);
  const foresee = async (one: Marked): Promise<PrunedArtifact[]> => {
    const stored = await readPruneMark(container, one.filename, { signal });
    if (stored === undefined) return [];
    const { mark } = stored;
    // Whether writes are conditional matters only where the artifact is gone, and to find out is a write.
    const there = { mark, records: one.records, there: true, conditional: true };
    switch (planMark(there, clock().getTime())) {
      case 'wait':
        return [toPruned(one, pending)];
      case 'lift':
        return [];
      case 'date':
        return [toPruned(one, { outcome: 'pruned', reason: mark.reason })];
      case 'remove':
        return [toPruned(one, { outcome: 'removed', reason: mark.reason })];
    }
  };
  const marked = findMarked(inventory).filter(({ artifact }) => artifact !== undefined);
  return (await settled(marked.map((one) => limit(foresee, one)))).flat();
}

function toPruned({ filename, artifact }: Marked, ending: Ending): PrunedArtifact {
  const sizeBytes = artifact?.object.sizeBytes ?? null;
  const [record, ...others] = artifact?.records ?? [];
  const sha256 = others.length > 0 ? null : (record?.sha256 ?? null);
  return { filename, ...ending, sizeBytes, sha256 };
}

function findMarked({ artifacts, orphans }: Inventory): Marked[] {
  const marked: Marked[] = [];
  for (const artifact of artifacts.pruned()) {
    const { filename, sidecar } = artifact;
    const objects = [artifactKey(filename), ...(sidecar === undefined ? [] : [sidecarKey(filename)])];
    marked.push({ filename, artifact, objects, records: recordNames(artifact) });
  }
  return [...marked, ...groupOrphans({ orphans }).filter(({ isPruned }) => isPruned)];
}

/** Undefined: the mark is gone by now, so another run has finished the removal, or an upload has lifted it. */
async function tendMark(removal: Removal, marked: Marked): Promise<Ending | undefined> {
  const { container, conditional, clock } = removal;
  const { filename, artifact, records } = marked;
  const stored = await readPruneMark(container, filename, removal);
  if (stored === undefined) return undefined;
  const there = artifact !== undefined;
  const now = clock();
  const relisted = removal.relisted.has(filename);
  switch (planMark({ mark: stored.mark, records, there, relisted, conditional }, now.getTime())) {
    case 'wait':
      return pending;
    case 'lift':
      return (await dropPruneMark(container, filename, stored, removal)) ? lifted : pending;
    case 'date': {
      const dated = { ...stored.mark, records, unlisted: now.toISOString() };
      const changed = await changePruneMark(container, filename, dated, stored, removal);
      return changed === undefined ? pending : { outcome: 'pruned', reason: stored.mark.reason };
    }
    case 'remove':
      return removeObjects(removal, marked, stored);
  }
}

/**
 * Removes what belongs to an artifact, its mark last: while the mark is there, an upload of the same name knows that
 * a removal is under way, and waits for its end.
 */
async function removeObjects(removal: Removal, marked: Marked, stored: StoredMark): Promise<Ending> {
  const { container, conditional, clock } = removal;
  const { filename, artifact, objects } = marked;
  const begun = clock();
  const removing = { ...stored.mark, removing: begun.toISOString() };
  const claimed = await changePruneMark(container, filename, removing, stored, removal);
  if (claimed === undefined) return pending;

  // An upload may take a silent removal for dead after some minutes: no deletion may come as late as that.
  const deadline = AbortSignal.timeout(removalMs);
  const signal = removal.signal === undefined ? deadline : AbortSignal.any([removal.signal, deadline]);
  const isLate = (): boolean => deadline.aborted || clock().getTime() - begun.getTime() >= removalMs;
  try {
    const beside: string[] = [];
    for await (const { key } of container.list(recordPrefix(filename), signal)) beside.push(key);
    const records = beside.filter((key) => classify(key).kind === 'record');
    const known = stored.mark.records?.map((name) => recordPrefix(filename) + name);
    if (known !== undefined && records.some((key) => !known.includes(key))) {
      // Uploaded after this run has listed.
      const mode = { ...removal, signal };
      return (await dropPruneMark(container, filename, claimed, mode)) ? lifted : pending;
    }
    const yankMark = markKey(filename, 'yanked');
    const pruneMark = markKey(filename, 'pruned');
    // Where a listing may show what is long gone, the mark stays for some time to say that it is.
    const last = conditional || artifact === undefined ? [pruneMark] : [];
    for (const key of [...objects, ...records, ...beside.filter((key) => key === yankMark), ...last]) {
      if (isLate()) return pending;
      await container.delete(key, signal);
    }
  } catch (thrown) {
    if (deadline.aborted && removal.signal?.aborted !== true) return pending;
    throw thrown;
  }
  return { outcome: 'removed', reason: stored.mark.reason };
}
