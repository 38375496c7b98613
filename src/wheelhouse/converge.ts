import { sleep as pause } from '../io/retry.ts';
import { WheelhouseError } from '../model/errors.ts';
import type { FlowOptions } from '../model/events.ts';
import { throwIfAborted } from '../io/abort.ts';
import type { Container } from '../storage/container.ts';
import type { OwnArtifact } from './claims.ts';
import { runCycle, type Converged } from './cycle.ts';
import type { Run, Scope } from './run.ts';
import type { Files } from './files.ts';
import type { Inventory } from './inventory.ts';
import type { Layout } from './layout.ts';
import type { MetadataRead } from './read-metadata.ts';
import { RecordBodies } from './record-bodies.ts';
import type { Retention } from './retention.ts';

export interface ConvergeOptions extends FlowOptions {
  /** Which pages are made; default `all`. Pages that are there are kept right in any case. `none`: `metadata.json` only. */
  readonly layout?: Layout | 'none' | undefined;
  /** Normalized names of projects whose pages are compared in any case. */
  readonly projects?: Iterable<string> | undefined;
  /** What this run has stored, by file name: it counts as there even if an eventual listing lacks it. */
  readonly own?: ReadonlyMap<string, OwnArtifact> | undefined;
  /** `metadata.json` as the run has read it before; it saves a read. */
  readonly metadataRead?: MetadataRead | undefined;
  /** Takes away old dev builds on the way. No page is right for it with the layout `none`, which therefore takes none. */
  readonly retention?: Retention | undefined;
  /** Replaces the clock's waiting in tests. */
  readonly sleep?: ((delayMs: number, signal?: AbortSignal) => Promise<void>) | undefined;
  /** Replaces chance in tests: from 0 up to 1. */
  readonly random?: (() => number) | undefined;
  /** Replaces the monotonic clock in tests: milliseconds. */
  readonly now?: (() => number) | undefined;
}

export interface ConvergeResult {
  /** Keys of the pages that were written or removed, each once. */
  readonly written: readonly string[];
  /** How many pages were right already. */
  readonly unchanged: number;
  /** What the pages list. */
  readonly files: Files;
  /** What the container held when its pages were right. */
  readonly inventory: Inventory;
  /** What pages have listed in spite of its prune mark until this run took it off: its grace period begins now. */
  readonly relisted: ReadonlySet<string>;
}

/** Every lost race is another writer's progress, so patience is what helps; these bounds only end a madness. */
const limits = { turns: 200, elapsedMs: 15 * 60_000, transientFailures: 4 };
const backOff = { baseMs: 50, maxMs: 3000 };
/** When a store without conditional writes is looked at again after success: reference figures, measured. */
const settleDelaysMs = [400, 800];

/**
 * Brings every derived object of a container up to date with its objects and records, beside any number of others
 * that do the same. Throws what a failed read or write throws; `PRECONDITION_FAILED` only after minutes of lost races.
 */
export async function converge(container: Container, options: ConvergeOptions = {}): Promise<ConvergeResult> {
  const { signal, onEvent, sleep = pause, random = Math.random, layout = 'all' } = options;
  const run = await startRun(container, options);
  let scope: Scope = {
    projects: new Set(options.projects),
    simple: layout === 'simple' || layout === 'all',
    // Their writes would be wasted beside those of a writer that is still at work, where none can lose a race.
    mendsOthers: run.conditional,
  };
  // Without conditional writes an old copy could undo what others have written since.
  let metadataRead = run.conditional ? options.metadataRead : undefined;
  let looks = run.conditional ? [] : [...settleDelaysMs];
  let transientFailures = 0;
  const startedMs = run.now();

  for (let turn = 1; ; turn++) {
    throwIfAborted(signal);
    let result;
    try {
      result = await runCycle(run, scope, metadataRead);
    } catch (thrown) {
      if (!(thrown instanceof WheelhouseError)) throw thrown;
      if (thrown.transient) transientFailures += 1;
      else if (thrown.code !== 'PRECONDITION_FAILED') throw thrown;
      if (transientFailures > limits.transientFailures) throw thrown;
      if (turn >= limits.turns || run.now() - startedMs > limits.elapsedMs) throw gaveUp(run, thrown);
      const delayMs = Math.round(random() * Math.min(backOff.maxMs, backOff.baseMs * 2 ** turn));
      tellSetback(run, thrown, { attempt: turn, delayMs }, onEvent);
      await sleep(delayMs, signal);
      continue;
    } finally {
      metadataRead = undefined; // it is as old as the run: another turn reads it again
    }
    if (result.kind === 'widened') {
      ({ scope } = result);
      continue;
    }
    if (result.mustVerify) {
      if (turn >= limits.turns) throw gaveUp(run);
      if (!run.conditional) looks = [...settleDelaysMs];
      continue;
    }
    const delayMs = looks.shift();
    if (delayMs !== undefined) {
      await sleep(delayMs, signal);
      continue;
    }
    if (!result.leavesOthers) return toResult(run, result);
    // Nothing has changed for a while: who was to write these pages has died.
    scope = { ...scope, mendsOthers: true };
  }
}

function toResult(run: Run, { pageCount, files, inventory }: Converged): ConvergeResult {
  const { relisted } = run;
  const { written, removed } = run.done;
  const unchanged = pageCount - [...written].filter((key) => !removed.has(key)).length;
  return { written: [...new Set([...written, ...removed])], unchanged, files, inventory, relisted };
}

async function startRun(container: Container, options: ConvergeOptions): Promise<Run> {
  const { signal, onEvent, own = new Map<string, OwnArtifact>(), layout = 'all' } = options;
  const warned = new Set<string>();
  const bodies = new RecordBodies();
  for (const [filename, artifact] of own) bodies.add(filename, artifact, artifact.body);
  return {
    container,
    conditional: await container.conditionalWrites(signal),
    layout,
    own,
    bodies,
    retention: layout === 'none' ? undefined : options.retention,
    done: { written: new Set(), removed: new Set() },
    relisted: new Set(),
    signal,
    now: options.now ?? (() => performance.now()),
    warn: (message, hint) => {
      if (!warned.has(message)) onEvent?.({ event: 'warning', message, hint });
      warned.add(message);
    },
  };
}

function tellSetback(
  { container }: Run,
  failure: WheelhouseError,
  { attempt, delayMs }: { attempt: number; delayMs: number },
  onEvent: ConvergeOptions['onEvent'],
): void {
  const what = `the index of ${container.url}`;
  if (failure.transient) onEvent?.({ event: 'retry', what, attempt, delayMs, reason: failure.message });
  else onEvent?.({ event: 'detail', message: `${what} is written once more: ${failure.message}` });
}

function gaveUp({ container }: Run, cause?: WheelhouseError): WheelhouseError {
  return new WheelhouseError(
    'PRECONDITION_FAILED',
    `the index of ${container.url} could not be written: other writers were faster every time`,
    { hint: 'what was uploaded is safe; run the command again', cause },
  );
}
