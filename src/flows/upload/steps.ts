import pLimit from 'p-limit';
import { isAbort, told, WheelhouseError } from '../../model/errors.ts';
import type { ArtifactResult, UploadOutcome } from '../../model/events.ts';
import { normalizeName } from '../../model/name.ts';
import { throwIfAborted } from '../../io/abort.ts';
import type { Container } from '../../storage/container.ts';
import type { OwnArtifact } from '../../wheelhouse/claims.ts';
import { converge, type ConvergeResult } from '../../wheelhouse/converge.ts';
import type { NewArtifact } from '../../wheelhouse/new-artifact.ts';
import { storeArtifact, type InTurn, type StoreOptions } from '../../wheelhouse/store-artifact.ts';
import type { MetadataRead } from '../../wheelhouse/read-metadata.ts';
import { inParallel } from '../../io/in-parallel.ts';
import { settlePruned, tellPruned } from '../prune/settle.ts';
import { mend, stepsAtOnce, type Store } from './mend.ts';
import type { UploadOptions } from './options.ts';
import type { UploadStep } from './plan.ts';
import {
  fail,
  isAmiss,
  isThere,
  removeReplacedRecords,
  toResult,
  warnOfDoubles,
  type Done,
} from './settle.ts';

const maxMendings = 3;

type Step = UploadStep<NewArtifact>;

/** Carries a plan out: stores the artifacts, then converges the index, then makes sure that it shows them. */
export async function carryOut(
  container: Container,
  steps: readonly Step[],
  metadataRead: MetadataRead,
  options: UploadOptions,
): Promise<ArtifactResult<UploadOutcome>[]> {
  const { maxWorkers = 4, signal, onEvent } = options;
  const conditional = await container.conditionalWrites(signal);
  const way = conditional ? 'takes conditional writes' : 'ignores conditions: pages are looked at again';
  onEvent?.({ event: 'detail', message: `${container.url} ${way}` });
  const inTurn = takeTurns(maxWorkers);
  const store: Store = (step, look) => storeStep(container, step, { ...options, conditional, look, inTurn });
  const tell = (done: Done) => onEvent?.({ event: 'artifact', ...toResult(done) });

  const first = await inParallel(steps, stepsAtOnce(maxWorkers), async (step): Promise<Done> => {
    if (step.action === 'keep') return { step, outcome: 'unchanged' }; // told once the listing has confirmed it
    const done = await store(step, step.action !== 'send');
    tell(done);
    return done;
  });
  const listed = await bringUpToDate(container, first, { ...options, metadataRead });
  const { done, result } = await settle(container, first, listed, options, store);
  const stored = done.map((one) => ({
    artifact: one.step.artifact,
    ...(one.stored && { stored: one.stored }),
  }));
  await removeReplacedRecords(container, stored, result, options);
  warnOfDoubles(done, result, options);
  if (options.updateIndex !== false) {
    const pruned = await settlePruned(container, result, options, () =>
      bringUpToDate(container, done, options),
    );
    tellPruned(pruned, onEvent);
  }
  onEvent?.({ event: 'pages', written: result.written, unchanged: result.unchanged });
  for (const [i, one] of done.entries()) {
    if (one.step.action === 'keep' || one.outcome !== first[i]?.outcome) tell(one);
  }
  return done.map(toResult);
}

/** So many send bytes at a time; after a failure that ends the run, those that still wait fail with it. */
function takeTurns(maxWorkers: number): InTurn {
  const limit = pLimit(maxWorkers);
  let end: WheelhouseError | undefined;
  return (send) =>
    limit(async () => {
      if (end !== undefined) throw end;
      try {
        return await send();
      } catch (thrown) {
        if (thrown instanceof WheelhouseError && endsTheRun(thrown)) end = thrown;
        throw thrown;
      }
    });
}

/** Stores one artifact. Its failure is an outcome; wrong credentials and an interruption end the run. */
async function storeStep(
  container: Container,
  step: Step,
  options: UploadOptions & Pick<StoreOptions, 'conditional' | 'look' | 'inTurn'>,
): Promise<Done> {
  const { filename, artifact, onConflict } = step;
  const { signal, onEvent, conditional, look, inTurn } = options;
  const totalBytes = artifact.sizeBytes;
  throwIfAborted(signal);
  try {
    const stored = await storeArtifact(container, artifact, {
      conditional,
      look,
      inTurn,
      onConflict,
      signal,
      onEvent,
      onProgress: (doneBytes) => onEvent?.({ event: 'progress', filename, doneBytes, totalBytes }),
    });
    const reason = stored.outcome === 'skipped' ? { reason: 'other bytes are there, and stay' } : {};
    return { step, outcome: stored.outcome, stored, ...reason };
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError) || endsTheRun(thrown)) throw thrown;
    return { step, outcome: 'failed', reason: told(thrown) };
  }
}

/** Whether a failure of one artifact is one of the container, and so of all. */
export function endsTheRun(error: WheelhouseError): boolean {
  return isAbort(error) || ['UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND', 'CONFIG'].includes(error.code);
}

async function bringUpToDate(
  container: Container,
  done: readonly Done[],
  options: UploadOptions & { readonly metadataRead?: MetadataRead },
): Promise<ConvergeResult> {
  const {
    layout = 'all',
    updateIndex = true,
    keepDev = 5,
    clock,
    signal,
    onEvent,
    metadataRead,
    waiting,
  } = options;
  const there = done.filter(isThere);
  const projects = new Set(there.map(({ step }) => normalizeName(step.artifact.distribution.project)));
  const spared = new Set(there.map(({ step }) => step.filename));
  const own = new Map<string, OwnArtifact>();
  for (const { step, stored } of done) {
    const { sha256, sizeBytes } = step.artifact;
    if (stored?.body !== undefined) own.set(step.filename, { sha256, sizeBytes, body: stored.body });
  }
  return converge(container, {
    layout: updateIndex ? layout : 'none',
    projects,
    own,
    retention: { keepDev, projects, spared, clock },
    metadataRead,
    signal,
    onEvent,
    ...waiting,
  });
}

/** Mends what the index shows to be amiss, and looks at it again: other uploads of the same name may be at work. */
async function settle(
  container: Container,
  first: readonly Done[],
  listed: ConvergeResult,
  options: UploadOptions,
  store: Store,
): Promise<{ done: readonly Done[]; result: ConvergeResult }> {
  let [done, result] = [first, listed];
  for (let mending = 1; ; mending++) {
    const again = await mend(container, done, result, options, store);
    if (again === undefined) return { done, result };
    const next = await bringUpToDate(container, again, options);
    const written = [...new Set([...result.written, ...next.written])];
    const relisted = new Set([...result.relisted, ...next.relisted]);
    [done, result] = [again, { ...next, written, relisted }];
    if (mending < maxMendings) continue;
    const latest = result;
    return { done: done.map((one) => (isAmiss(one, latest) ? fail(one) : one)), result };
  }
}
