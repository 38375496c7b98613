import type { HttpClient } from '../../io/http.ts';
import { sleep as pause } from '../../io/retry.ts';
import { openSpool } from '../../io/spool.ts';
import type { IndexedFile } from '../../model/artifact.ts';
import { told } from '../../model/errors.ts';
import type { ArtifactResult, MirrorOutcome } from '../../model/events.ts';
import { normalizeName } from '../../model/name.ts';
import { throwIfAborted } from '../../io/abort.ts';
import type { OwnArtifact } from '../../wheelhouse/claims.ts';
import { liftPruneMark } from '../../wheelhouse/change-prune-mark.ts';
import { converge, type ConvergeResult } from '../../wheelhouse/converge.ts';
import { isPruned } from '../../wheelhouse/inventory.ts';
import { overwritten } from '../../wheelhouse/new-artifact.ts';
import { stands } from '../../wheelhouse/stands.ts';
import { inParallel } from '../../io/in-parallel.ts';
import { copyStep, type Copied } from './copy.ts';
import type { MirrorOptions } from './options.ts';
import { foresee, isChange, type MirrorStep } from './plan.ts';
import { markRemoved, removed, settleRemoved } from './remove.ts';
import type { MirrorSource } from './sources.ts';
import { carryYank } from './yank.ts';
import { isReplaced, removeReplacedRecords } from '../upload/settle.ts';
import type { WriteMode } from '../../wheelhouse/write-mode.ts';

export interface CarryOutOptions extends MirrorOptions {
  readonly http: HttpClient;
  readonly sources: readonly MirrorSource[];
  /** When the run began. */
  readonly now: Date;
}

/** What a plan holds to be done. */
export interface MirrorPlan {
  readonly steps: readonly MirrorStep[];
  readonly removals: readonly IndexedFile[];
}

/**
 * Carries a plan out: copies the artifacts, marks those that go, then brings the index up to date and makes sure that
 * it shows what was copied.
 */
export async function carryOut(
  { steps, removals }: MirrorPlan,
  before: ConvergeResult,
  options: CarryOutOptions,
): Promise<ArtifactResult<MirrorOutcome>[]> {
  const { container, maxWorkers = 4, signal, onEvent, now, force = false } = options;
  const tell = (result: ArtifactResult<MirrorOutcome>) => onEvent?.({ event: 'artifact', ...result });
  const settled = steps.filter((step) => !isChange(step) || step.action === 'refuse').map(foresee);
  for (const result of settled) if (result.outcome === 'failed') tell(result);
  const changes = steps.filter((step) => isChange(step) && step.action !== 'refuse');
  const conditional = await container.conditionalWrites(signal);
  const mode = { conditional, signal, onEvent };

  const done = changes.length === 0 ? [] : await copyAll(changes, before, mode, options);
  const going = force ? removals : withoutFailed(removals, done, options);
  await markRemoved(container, going, before.inventory, { maxWorkers, date: now.toISOString(), mode });
  const projects = [...done.map(({ step }) => step), ...going].map(projectOf);
  const listed = projects.length === 0 ? before : await bringUpToDate(done, projects, options);
  const after = (await withdrawReplaced(done, listed, options))
    ? await bringUpToDate(done, projects, options)
    : listed;
  const relisted = new Set([before, listed, after].flatMap((result) => [...result.relisted]));
  const failures = await settleRemoved(container, { ...after, relisted }, options, () =>
    bringUpToDate([], projects, options),
  );
  const results = [
    ...done.map((one) => confirm(one, after)),
    ...going.map((file) => failed(removed(file), failures.get(file.filename))),
  ];
  for (const result of results) tell(result);
  const written = [...new Set([...before.written, ...after.written])];
  if (written.length > 0) onEvent?.({ event: 'pages', written, unchanged: after.unchanged });
  return [...settled, ...results];
}

/** While something new of a project cannot be had, the old stays: else users could be left without either. */
function withoutFailed(
  removals: readonly IndexedFile[],
  done: readonly Copied[],
  { onEvent }: MirrorOptions,
): IndexedFile[] {
  const incomplete = new Set(
    done.flatMap(({ step, result }) => (result.outcome === 'failed' ? [projectOf(step)] : [])),
  );
  const going = removals.filter((file) => !incomplete.has(projectOf(file)));
  if (going.length < removals.length)
    onEvent?.({
      event: 'warning',
      message: `${removals.length - going.length} files that the sources no longer list stay, because not all that is new of their projects could be copied`,
      hint: 'run it again, or leave out with --exclude what cannot be copied',
    });
  return going;
}

function projectOf({ distribution }: Pick<IndexedFile, 'distribution'>): string {
  return normalizeName(distribution.project);
}

function failed(
  result: ArtifactResult<MirrorOutcome>,
  reason: string | undefined,
): ArtifactResult<MirrorOutcome> {
  return reason === undefined ? result : { ...result, outcome: 'failed', reason };
}

async function copyAll(
  steps: readonly MirrorStep[],
  { inventory }: ConvergeResult,
  mode: WriteMode,
  options: CarryOutOptions,
): Promise<Copied[]> {
  const { container, maxWorkers = 4, signal, now, clock = () => new Date(), waiting } = options;
  const date = now.toISOString();
  await using spool = await openSpool(options.spoolFolder);
  return await inParallel(steps, maxWorkers, async (step): Promise<Copied> => {
    throwIfAborted(signal);
    if (step.action === 'keep') {
      await carryYank(container, step, date, mode);
      return { step, result: foresee(step) };
    }
    // It was taken away here, and is wanted again.
    if (isPruned(inventory, step.filename))
      await liftPruneMark(container, step.filename, { ...mode, clock, sleep: waiting?.sleep ?? pause });
    const { conditional } = mode;
    return copyStep(container, step, { ...options, conditional, uploaded: date, spool: spool.path });
  });
}

async function bringUpToDate(
  done: readonly Copied[],
  projects: readonly string[],
  options: CarryOutOptions,
): Promise<ConvergeResult> {
  const { container, layout, signal, onEvent, waiting } = options;
  const own = new Map<string, OwnArtifact>();
  for (const { artifact, stored } of done) {
    if (artifact === undefined || stored?.body === undefined) continue;
    const { filename, sha256, sizeBytes } = artifact;
    own.set(filename, { sha256, sizeBytes, body: stored.body });
  }
  const result = await converge(container, {
    layout,
    projects,
    own,
    signal,
    onEvent,
    ...waiting,
  });
  await removeReplacedRecords(
    container,
    done.flatMap(({ artifact, stored }) => (artifact && stored ? [{ artifact, stored }] : [])),
    result,
    options,
  );
  return result;
}

/** What lies beside bytes that others have replaced by now is withdrawn; answers whether there was any. */
async function withdrawReplaced(
  done: readonly Copied[],
  { inventory }: ConvergeResult,
  { container, signal }: CarryOutOptions,
): Promise<boolean> {
  let withdrawn = false;
  for (const { artifact, stored } of done) {
    if (artifact === undefined || !isReplaced(stored, inventory.artifacts.get(artifact.filename))) continue;
    if (!(await stands(container, artifact, { tag: stored?.tag, signal }))) withdrawn = true;
  }
  return withdrawn;
}

/** What was copied counts only if the index lists it: an upload of the same name may have come after. */
function confirm(
  { result, artifact, stored }: Copied,
  { files }: ConvergeResult,
): ArtifactResult<MirrorOutcome> {
  if (artifact === undefined || stored === undefined || stored.outcome === 'skipped') return result;
  if (files.get(artifact.filename)?.sha256 === artifact.sha256) return result;
  return { ...result, outcome: 'failed', reason: told(overwritten(artifact.filename)) };
}
