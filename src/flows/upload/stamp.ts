import { join } from 'node:path';
import { rewriteWheelVersion } from '../../io/rewrite-wheel.ts';
import { makeScratchFolder } from '../../io/scratch-folder.ts';
import type { LocalArtifact } from '../../model/artifact.ts';
import { WheelhouseError } from '../../model/errors.ts';
import { failureOf } from '../../io/abort.ts';
import { inParallel } from '../../io/in-parallel.ts';
import type { UnfitArtifact } from './prepare.ts';
import { planStamps, type StampStep } from './stamp-plan.ts';

export interface StampOptions {
  /** The time that goes into the versions; without one nothing is stamped. */
  readonly date: Date | undefined;
  readonly maxWorkers: number;
  readonly signal: AbortSignal | undefined;
}

/** The artifacts of a folder as they are uploaded. The stamped copies go when this is disposed of. */
export interface StampedFolder extends AsyncDisposable {
  readonly artifacts: readonly LocalArtifact[];
  /** Wheels that cannot be stamped. */
  readonly unfit: readonly UnfitArtifact[];
}

/** Makes stamped copies of dev wheels, in a folder of their own; everything else passes as it is. */
export async function stampArtifacts(
  local: readonly LocalArtifact[],
  { date, maxWorkers, signal }: StampOptions,
): Promise<StampedFolder> {
  const steps = date === undefined ? [] : planStamps(local, date);
  if (steps.every(({ action }) => action === 'keep'))
    return { artifacts: local, unfit: [], [Symbol.asyncDispose]: () => Promise.resolve() };
  const scratch = await makeScratchFolder();
  const artifacts: LocalArtifact[] = [];
  const unfit: UnfitArtifact[] = [];
  try {
    const results = await inParallel(steps, maxWorkers, (step) => carryOut(step, scratch.path, signal));
    for (const result of results) {
      if ('error' in result) unfit.push(result);
      else artifacts.push(result);
    }
  } catch (thrown) {
    await scratch[Symbol.asyncDispose]();
    throw thrown;
  }
  return { artifacts, unfit, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
}

async function carryOut(
  step: StampStep<LocalArtifact>,
  folder: string,
  signal: AbortSignal | undefined,
): Promise<LocalArtifact | UnfitArtifact> {
  const { action, artifact } = step;
  if (action === 'keep') return artifact;
  if (action === 'refuse') return { artifact, error: new WheelhouseError('CONFLICT', step.reason) };
  const { filename, distribution } = step.stamped;
  const path = join(folder, filename);
  try {
    const { sizeBytes } = await rewriteWheelVersion(artifact.path, step.wheel, distribution.version, path, {
      signal,
    });
    return { path, filename, sizeBytes, distribution };
  } catch (thrown) {
    const error = failureOf(thrown, 'FILE_SYSTEM', `cannot stamp ${artifact.filename}`, signal);
    if (error.code === 'ABORTED') throw error;
    return { artifact, error };
  }
}
