import { rename } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from './failure.ts';

/** Puts a staged file in an object's place, in one step for every reader. */
export function replaceFile(from: string, to: string): Promise<void> {
  return patiently(() => rename(from, to));
}

/**
 * Windows refuses to replace a file that a virus scanner, an indexer or a reader has open; they let go within
 * moments. Elsewhere the same codes mean what they say, and nothing is tried again.
 */
export async function patiently<T>(
  act: () => Promise<T>,
  platform: NodeJS.Platform = process.platform,
  delaysMs: readonly number[] = [5, 10, 20, 40, 80, 160, 320, 640],
): Promise<T> {
  for (const delayMs of platform === 'win32' ? delaysMs : []) {
    try {
      return await act();
    } catch (thrown) {
      if (!hasCode(thrown, 'EPERM', 'EACCES', 'EBUSY')) throw thrown;
      await delay(delayMs);
    }
  }
  return act();
}
