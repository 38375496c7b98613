import { homedir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../config/cache-folder.ts';
import { openPageCache, type PageCache } from '../io/page-cache.ts';
import type { Session } from './session.ts';

/** The pages that earlier runs have read on this machine. */
export function openPagesOfEarlierRuns({ environment }: Session): PageCache {
  const { HOME: home = '' } = environment;
  const folder = cacheFolder(environment, home === '' ? homedir() : home, process.platform);
  return openPageCache(join(folder, 'pages'));
}
