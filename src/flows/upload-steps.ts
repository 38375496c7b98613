import pLimit from 'p-limit';
import { WheelhouseError, isAbort } from '../model/errors.ts';
import type { ArtifactResult, UploadOutcome } from '../model/events.ts';
import { normalizeName } from '../model/name.ts';
import { throwIfAborted } from '../storage/abort.ts';
import type { Container } from '../storage/container.ts';
import type { OwnArtifact } from '../wheelhouse/claims.ts';
import { converge, type ConvergeResult } from '../wheelhouse/converge.ts';
import { recordKey } from '../wheelhouse/layout.ts';
import {
  overwritten,
  storeArtifact,
  type NewArtifact,
  type StoreResult,
} from '../wheelhouse/store-artifact.ts';
import type { StoredPage } from '../wheelhouse/stored-page.ts';
import type { UploadOptions } from './upload.ts';
import type { UploadStep } from './upload-plan.ts';

type Step = UploadStep<NewArtifact>;
type Result = ArtifactResult<UploadOutcome>;

/** What became of a step so far. */
interface Done {
  readonly step: Step;
  readonly outcome: UploadOutcome;
  readonly reason?: string;
  readonly stored?: StoreResult;
}

/** Carries a plan out: stores the artifacts, then converges the index, then makes sure that it shows them. */
export async function carryOut(
  container: Container,
  steps: readonly Step[],
  metadataRead: StoredPage,
  options: UploadOptions,
): Promise<Result[]> {
  const conditional = await container.conditionalWrites(options.signal);
  const store = (step: Step, look: boolean): Promise<Done> =>
    storeStep(container, step, { ...options, conditional, look });

  const kept = steps.filter(({ action }) => action === 'keep');
  const others = steps.filter(({ action }) => action !== 'keep');
  const sent = await inParallel(others, options, (step) => store(step, step.action !== 'send'));
  const done = [...kept.map((step): Done => ({ step, outcome: 'unchanged' })), ...sent];

  const listed = await bringUpToDate(container, done, { ...options, metadataRead });
  const settled = await settle(container, done, listed, options, store);
  await removeReplacedRecords(container, settled.done, settled.listed, options);
  options.onEvent?.({
    event: 'pages',
    written: settled.listed.written,
    unchanged: settled.listed.unchanged,
  });
  for (const one of settled.done) if (one.step.action === 'keep') tell(one, options);
  return settled.done.map(toResult);
}

/** Stores one artifact. Its failure is an outcome; wrong credentials and an interruption end the run. */
async function storeStep(
  container: Container,
  step: Step,
  options: UploadOptions & { readonly conditional: boolean; readonly look: boolean },
): Promise<Done> {
  const { filename, artifact, onConflict } = step;
  const { signal, onEvent, conditional, look } = options;
  const totalBytes = artifact.sizeBytes;
  throwIfAborted(signal);
  let done: Done;
  try {
    const stored = await storeArtifact(container, artifact, {
      conditional,
      look,
      onConflict,
      ...(signal && { signal }),
      ...(onEvent && { onEvent }),
      onProgress: (doneBytes) => onEvent?.({ event: 'progress', filename, doneBytes, totalBytes }),
    });
    done = { step, outcome: stored.outcome, stored };
    if (stored.outcome === 'skipped') done = { ...done, reason: 'other bytes are there, and stay' };
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError) || endsTheRun(thrown)) throw thrown;
    done = { step, outcome: 'failed', reason: thrown.message };
  }
  if (step.action !== 'keep') tell(done, options);
  return done;
}

function endsTheRun(error: WheelhouseError): boolean {
  return isAbort(error) || ['UNAUTHORIZED', 'FORBIDDEN', 'NOT_FOUND', 'CONFIG'].includes(error.code);
}

async function bringUpToDate(
  container: Container,
  done: readonly Done[],
  options: UploadOptions & { readonly metadataRead?: StoredPage },
): Promise<ConvergeResult> {
  const { layout = 'all', updateIndex = true, signal, onEvent, metadataRead, waiting } = options;
  const own = new Map<string, OwnArtifact>();
  for (const { step, stored } of done) {
    const { sha256, sizeBytes } = step.artifact;
    if (stored?.body !== undefined) own.set(step.filename, { sha256, sizeBytes, body: stored.body });
  }
  return converge(container, {
    layout: updateIndex ? layout : 'none',
    projects: done.filter(isThere).map(({ step }) => normalizeName(step.artifact.distribution.project)),
    own,
    ...(metadataRead && { metadataRead }),
    ...(signal && { signal }),
    ...(onEvent && { onEvent }),
    ...waiting,
  });
}

/**
 * Compares what the index lists with what should be there. What `metadata.json` claimed but the container has not is
 * sent after all, and a prune mark on an artifact that was just uploaded is lifted; then the index is looked at once more.
 */
async function settle(
  container: Container,
  done: readonly Done[],
  listed: ConvergeResult,
  options: UploadOptions,
  store: (step: Step, look: boolean) => Promise<Done>,
): Promise<{ done: readonly Done[]; listed: ConvergeResult }> {
  if (!done.some((one) => isAmiss(one, listed))) return { done, listed };
  const again = await inParallel(done, options, async (one) => {
    if (!isAmiss(one, listed)) return one;
    const mark = listed.inventory.artifacts.get(one.step.filename)?.pruneMark;
    if (mark !== undefined) await container.delete(mark.key, options.signal);
    const overtaken =
      one.stored?.tag !== undefined && sha256ByName(listed).get(one.step.filename) !== undefined;
    return overtaken ? fail(one, options) : store(one.step, true);
  });
  const second = await bringUpToDate(container, again, options);
  const written = [...new Set([...listed.written, ...second.written])];
  const final = again.map((one) => (isAmiss(one, second) ? fail(one, options) : one));
  return { done: final, listed: { ...second, written } };
}

function isThere({ outcome }: Done): boolean {
  return outcome === 'uploaded' || outcome === 'unchanged';
}

function isAmiss(one: Done, listed: ConvergeResult): boolean {
  if (!isThere(one)) return false;
  return sha256ByName(listed).get(one.step.filename) !== one.step.artifact.sha256;
}

const digests = new WeakMap<ConvergeResult, ReadonlyMap<string, string | undefined>>();

function sha256ByName(listed: ConvergeResult): ReadonlyMap<string, string | undefined> {
  const known =
    digests.get(listed) ?? new Map(listed.files.map(({ filename, sha256 }) => [filename, sha256]));
  digests.set(listed, known);
  return known;
}

function fail({ step }: Done, options: UploadOptions): Done {
  const failed: Done = { step, outcome: 'failed', reason: overwritten(step.filename).message };
  if (step.action !== 'keep') tell(failed, options);
  return failed;
}

/** The records of the bytes that were overwritten go last: until the pages are right they do no harm. */
async function removeReplacedRecords(
  container: Container,
  done: readonly Done[],
  { inventory }: ConvergeResult,
  { signal }: UploadOptions,
): Promise<void> {
  for (const { step, outcome, stored } of done) {
    if (outcome !== 'uploaded' || stored?.tag === undefined) continue;
    const { sha256, sizeBytes } = step.artifact;
    const ours = recordKey(step.filename, sha256, sizeBytes);
    const { records = [], staleRecords = [] } = inventory.artifacts.get(step.filename) ?? {};
    for (const { key } of [...records, ...staleRecords]) {
      throwIfAborted(signal);
      if (key !== ours) await container.delete(key, signal);
    }
  }
}

/** Runs a task on each item, so many at a time; after a failure nothing new begins, and nothing is left running. */
async function inParallel<T, R>(
  items: readonly T[],
  { maxWorkers = 4 }: UploadOptions,
  task: (item: T) => Promise<R>,
): Promise<R[]> {
  const limit = pLimit(maxWorkers);
  const stopped = new AbortController();
  const results = await Promise.allSettled(
    items.map((item) =>
      limit(async () => {
        stopped.signal.throwIfAborted();
        try {
          return await task(item);
        } catch (thrown) {
          stopped.abort(thrown);
          throw thrown;
        }
      }),
    ),
  );
  stopped.signal.throwIfAborted(); // throws what stopped it
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

function tell(done: Done, { onEvent }: UploadOptions): void {
  onEvent?.({ event: 'artifact', ...toResult(done) });
}

function toResult({ step, outcome, reason }: Done): Result {
  const { filename, sha256, sizeBytes: size } = step.artifact;
  return { filename, outcome, sha256, size, ...(reason === undefined ? {} : { reason }) };
}
