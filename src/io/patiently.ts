import { setTimeout as delay } from 'node:timers/promises';
import { hasCode } from '../model/errors.ts';

export interface Patience {
  /** Asked before each further try. */
  readonly mayGoOn?: () => boolean;
  /** Default: this machine's. */
  readonly platform?: NodeJS.Platform;
  /** Default: 60, which take about three seconds. */
  readonly tries?: number;
  /** Waits grow by it, up to ten of it. Default: 5. */
  readonly stepMs?: number;
}

/**
 * Whether Windows refuses because somebody has the file open: a reader, a virus scanner, an indexer, or whoever has
 * yet to close what is being deleted. Elsewhere the same codes mean what they say.
 */
export function isInUse(thrown: unknown, platform: NodeJS.Platform = process.platform): boolean {
  return platform === 'win32' && hasCode(thrown, 'EPERM', 'EACCES', 'EBUSY');
}

/** Tries again while a file is in use on Windows, where most let go within moments; throws what it met last. */
export async function patiently<T>(act: () => Promise<T>, patience: Patience = {}): Promise<T> {
  const { mayGoOn = () => true, platform, tries = 60, stepMs = 5 } = patience;
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (thrown) {
      if (attempt >= tries || !isInUse(thrown, platform)) throw thrown;
      // Readers in step with us would be met each time.
      await delay(stepMs * Math.min(attempt, 10) * (0.5 + Math.random()));
      if (!mayGoOn()) throw thrown;
    }
  }
}
