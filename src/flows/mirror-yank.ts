import type { Container } from '../storage/container.ts';
import { bytesSource } from '../storage/source.ts';
import { pageHeaders } from '../wheelhouse/headers.ts';
import { markKey } from '../wheelhouse/layout.ts';
import { renderMark } from '../wheelhouse/mark.ts';
import { isLostRace, retried, unchangedSince, type WriteMode } from '../wheelhouse/new-artifact.ts';
import type { MirrorStep } from './mirror-plan.ts';

/**
 * Carries a yank over from the source. A mark that is there is the container's own and stays as it is: somebody may
 * have given another reason here.
 */
export async function markYanked(
  container: Container,
  { filename, yank = '' }: Pick<MirrorStep, 'filename' | 'yank'>,
  date: string,
  mode: WriteMode,
): Promise<void> {
  const key = markKey(filename, 'yanked');
  const { signal } = mode;
  if (!mode.conditional && (await container.stat(key, signal)) !== undefined) return;
  try {
    await retried(`the yank of ${filename}`, mode, () =>
      container.write(key, bytesSource(renderMark({ reason: yank, date })), {
        ...pageHeaders('json'),
        ...unchangedSince(undefined, mode),
        ...(signal && { signal }),
      }),
    );
  } catch (thrown) {
    if (!isLostRace(thrown)) throw thrown;
  }
}
