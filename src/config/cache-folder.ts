import { isAbsolute, join } from 'node:path';

/** Where this tool keeps what it can do without: below the folder that each system has for that. */
export function cacheFolder(
  environment: Readonly<Record<string, string | undefined>>,
  homeFolder: string,
  platform: NodeJS.Platform,
): string {
  const { XDG_CACHE_HOME: xdg = '', LOCALAPPDATA: local = '' } = environment;
  const name = 'wheelhouse-uploader';
  // The specification: paths in it must be absolute, and others are to be ignored.
  if (isAbsolute(xdg)) return join(xdg, name);
  if (platform === 'win32' && local !== '') return join(local, name, 'Cache');
  if (platform === 'darwin') return join(homeFolder, 'Library', 'Caches', name);
  return join(homeFolder, '.cache', name);
}
