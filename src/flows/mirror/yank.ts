import type { Container } from '../../storage/container.ts';
import { bytesSource } from '../../storage/source.ts';
import { pageHeaders } from '../../wheelhouse/headers.ts';
import type { Files } from '../../wheelhouse/files.ts';
import { markKey } from '../../wheelhouse/layout.ts';
import { parseMark, renderMark } from '../../wheelhouse/mark.ts';
import { readStoredPage, readText } from '../../wheelhouse/stored-page.ts';
import type { Candidate } from '../fetch/candidates.ts';
import { inParallel } from '../../io/in-parallel.ts';
import type { MirrorOptions } from './options.ts';
import { yankDiffers, type MirrorStep } from './plan.ts';
import { isLostRace, retried, unchangedSince, type WriteMode } from '../../wheelhouse/write-mode.ts';

/**
 * Which of the yanks that differ from the source's were carried over from one: their marks say so. Only those are read.
 */
export async function findMirroredYanks(
  { container, maxWorkers = 4, signal }: MirrorOptions,
  candidates: readonly Candidate[],
  there: Pick<Files, 'get'>,
): Promise<ReadonlySet<string>> {
  const differing = candidates.filter((candidate) => {
    const stored = there.get(candidate.filename);
    return stored?.yanked !== undefined && yankDiffers(candidate, stored);
  });
  const mirrored = new Set<string>();
  await inParallel(differing, maxWorkers, async ({ filename }) => {
    const text = await readText(container, markKey(filename, 'yanked'), signal);
    if (text !== undefined && parseMark(text).mirrored === true) mirrored.add(filename);
  });
  return mirrored;
}

/**
 * Carries over what the source says of a yank. A mark that was not carried over is the container's own and stays as it
 * is: somebody may have another reason here.
 */
export async function carryYank(
  container: Container,
  { filename, yank }: Pick<MirrorStep, 'filename' | 'yank'>,
  date: string,
  mode: WriteMode,
): Promise<void> {
  if (yank === undefined) return;
  const key = markKey(filename, 'yanked');
  const { signal } = mode;
  const there = await readStoredPage(container, key, signal);
  const own = there.bytes !== undefined && parseMark(there.bytes.toString('utf8')).mirrored !== true;
  if (own) return;
  if (yank === null) return container.delete(key, signal);
  try {
    await retried(`the yank of ${filename}`, mode, () =>
      container.write(key, bytesSource(renderMark({ reason: yank, date, mirrored: true })), {
        ...pageHeaders('json'),
        ...unchangedSince(there, mode),
        signal,
      }),
    );
  } catch (thrown) {
    if (!isLostRace(thrown)) throw thrown; // somebody has yanked it here meanwhile
  }
}
