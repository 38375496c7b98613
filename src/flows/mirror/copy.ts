import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../io/abort.ts';
import type { HttpClient } from '../../io/http.ts';
import { saveFile } from '../../io/save-file.ts';
import { isAbort, told, toWheelhouseError, WheelhouseError } from '../../model/errors.ts';
import type { ArtifactResult, MirrorOutcome } from '../../model/events.ts';
import type { Container } from '../../storage/container.ts';
import type { NewArtifact } from '../../wheelhouse/new-artifact.ts';
import { storeArtifact, type StoreResult } from '../../wheelhouse/store-artifact.ts';
import { linkOf, tellProgress } from '../fetch/download.ts';
import type { ReadIndex } from '../fetch/indexes.ts';
import type { MirrorOptions } from './options.ts';
import type { MirrorStep } from './plan.ts';
import { carryYank } from './yank.ts';
import { prepareArtifact } from '../upload/prepare.ts';
import { endsTheRun } from '../upload/steps.ts';

/** What became of one step. */
export interface Copied {
  readonly step: MirrorStep;
  readonly result: ArtifactResult<MirrorOutcome>;
  /** The artifact, and what was written of it, where it came as far as the container. */
  readonly artifact?: NewArtifact;
  readonly stored?: StoreResult;
}

export interface CopyOptions extends MirrorOptions {
  readonly http: HttpClient;
  readonly sources: readonly ReadIndex[];
  readonly conditional: boolean;
  /** When the run began: ISO 8601 in UTC. */
  readonly uploaded: string;
  /** A folder of the run's own. */
  readonly spool: string;
}

/**
 * Brings one artifact from its source into the container, by way of a file that is verified before its first byte is
 * sent. What fails at the source is an outcome; a container that refuses everything ends the run.
 */
export async function copyStep(
  container: Container,
  step: MirrorStep,
  options: CopyOptions,
): Promise<Copied> {
  throwIfAborted(options.signal);
  const fetched = await fetchArtifact(step, options).catch((thrown: unknown) => {
    if (isAbort(thrown)) throw thrown;
    return toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot read ${step.filename}`);
  });
  if (fetched instanceof WheelhouseError) return failed(step, fetched);
  try {
    return await store(container, step, fetched.artifact, options);
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError) || endsTheRun(thrown)) throw thrown;
    return failed(step, thrown);
  } finally {
    await fetched[Symbol.asyncDispose]();
  }
}

/** A folder of its own for each file: the parts that a failed download leaves for another run are none here. */
async function fetchArtifact(
  step: MirrorStep,
  options: CopyOptions,
): Promise<{ readonly artifact: NewArtifact } & AsyncDisposable> {
  const { filename, candidate, distribution } = step;
  const { http, sources, signal, onEvent, baseDelayMs, spool } = options;
  const folder = join(spool, filename);
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    await mkdir(folder);
    const path = join(folder, filename);
    const known = await saveFile({
      links: candidate.links.map((link) => linkOf(link, sources)),
      path,
      hashes: candidate.hashes,
      sizeBytes: candidate.sizeBytes,
      http,
      signal,
      parts: [],
      baseDelayMs,
      onProgress: tellProgress(filename, onEvent),
      onRetry: (retry) => onEvent?.({ event: 'retry', ...retry }),
    });
    const artifact = await prepareArtifact(
      { path, filename, distribution, sizeBytes: known.sizeBytes },
      { uploaded: step.uploaded ?? options.uploaded, signal, known },
    );
    return { artifact, [Symbol.asyncDispose]: dispose };
  } catch (thrown) {
    await dispose();
    throw thrown;
  }
}

async function store(
  container: Container,
  step: MirrorStep,
  artifact: NewArtifact,
  { conditional, signal, onEvent, uploaded }: CopyOptions,
): Promise<Copied> {
  const mode = { conditional, signal, onEvent };
  // Before the bytes, so that no page ever offers them without it.
  await carryYank(container, step, uploaded, mode);
  const stored = await storeArtifact(container, artifact, {
    ...mode,
    look: true,
    onConflict: step.onConflict,
  });
  const { filename, sha256, sizeBytes: size } = artifact;
  const outcome = stored.outcome === 'uploaded' ? 'copied' : 'unchanged';
  return { step, artifact, stored, result: { filename, outcome, sha256, size } };
}

function failed(step: MirrorStep, error: WheelhouseError): Copied {
  const { filename, candidate } = step;
  const size = candidate.sizeBytes ?? null;
  return { step, result: { filename, outcome: 'failed', sha256: null, size, reason: told(error) } };
}
