import { randomBytes } from 'node:crypto';
import { WheelhouseError } from '../model/errors.ts';
import type { FlowOptions } from '../model/events.ts';
import type { Container, StoredObject } from '../storage/container.ts';
import { bytesSource } from '../storage/source.ts';
import { pageHeaders } from './headers.ts';
import { recordNames, type StoredArtifact } from './stored-artifact.ts';
import { markKey } from './layout.ts';
import { isBeingRemoved, parsePruneMark, renderPruneMark, type PruneMark } from './prune-mark.ts';
import { readStoredPage } from './stored-page.ts';
import { isLostRace, retried, unchangedSince, type WriteMode } from './write-mode.ts';

/** A mark as it was read. */
export interface StoredMark {
  readonly mark: PruneMark;
  readonly tag: string;
}

export async function readPruneMark(
  container: Container,
  filename: string,
  { signal }: FlowOptions,
): Promise<StoredMark | undefined> {
  const { tag, bytes } = await readStoredPage(container, markKey(filename, 'pruned'), signal);
  return tag === undefined ? undefined : { mark: parsePruneMark(bytes?.toString('utf8') ?? ''), tag };
}

/**
 * Writes a mark in place of the one that was read. Undefined: another has changed it meanwhile. A store without
 * conditional writes is asked afterwards whose mark it has, which leaves the time between two requests open.
 */
export async function changePruneMark(
  container: Container,
  filename: string,
  mark: PruneMark,
  stored: { readonly tag?: string },
  mode: WriteMode,
): Promise<StoredMark | undefined> {
  // Its own number tells our mark from an equal one, should the answer to the write be lost.
  const ours = { ...mark, by: randomBytes(6).toString('hex') };
  try {
    const { tag } = await retried(`the mark of ${filename}`, mode, () =>
      container.write(markKey(filename, 'pruned'), bytesSource(renderPruneMark(ours)), {
        ...pageHeaders('json'),
        ...unchangedSince(stored, mode),
        signal: mode.signal,
      }),
    );
    if (mode.conditional) return { mark: ours, tag };
  } catch (thrown) {
    if (!isLostRace(thrown)) throw thrown;
  }
  const there = await readPruneMark(container, filename, mode);
  return there?.mark.by === ours.by ? there : undefined;
}

/**
 * Marks an artifact as on its way out: no page lists it from the next `converge` on, and `removePruned` removes it in
 * time. Throws `PRECONDITION_FAILED` when it has a mark that the listing did not show.
 */
export async function setPruneMark(
  container: Container,
  artifact: StoredArtifact,
  why: { readonly reason: string; readonly date: string },
  mode: WriteMode,
): Promise<StoredObject> {
  const { filename } = artifact;
  const mark = { ...why, records: recordNames(artifact) };
  const set = await changePruneMark(container, filename, mark, {}, mode);
  if (set === undefined)
    throw new WheelhouseError('PRECONDITION_FAILED', `another run has marked ${filename}`);
  return { key: markKey(filename, 'pruned'), sizeBytes: 0, tag: set.tag };
}

/**
 * Takes off the mark that was read; false when another has changed it meanwhile. It is made new before it is deleted,
 * since a deletion has no condition: a removal that has read the old one can then not begin.
 */
export async function dropPruneMark(
  container: Container,
  filename: string,
  stored: StoredMark,
  mode: WriteMode & { readonly clock: () => Date },
): Promise<boolean> {
  const renewed = { reason: stored.mark.reason, date: mode.clock().toISOString() };
  if ((await changePruneMark(container, filename, renewed, stored, mode)) === undefined) return false;
  await container.delete(markKey(filename, 'pruned'), mode.signal);
  return true;
}

export interface LiftMode extends WriteMode {
  readonly clock: () => Date;
  readonly sleep: (delayMs: number, signal?: AbortSignal) => Promise<void>;
}

const lookEveryMs = 2000;
const maxLooks = 120;

/**
 * Takes the mark off an artifact that is uploaded, so that nobody removes it. A removal that has begun is waited for:
 * once its mark is gone, or it must be dead, it can take away nothing that is uploaded from now on.
 */
export async function liftPruneMark(container: Container, filename: string, mode: LiftMode): Promise<void> {
  for (let look = 1; ; look++) {
    const stored = await readPruneMark(container, filename, mode);
    if (stored === undefined) return;
    if (look < maxLooks && isBeingRemoved(stored.mark, mode.clock().getTime()))
      await mode.sleep(lookEveryMs, mode.signal);
    else if (await dropPruneMark(container, filename, stored, mode)) return;
  }
}
