import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { cacheFolder } from '../../src/config/cache-folder.ts';

const home = resolve('/home/me');
const elsewhere = resolve('/var/cache/me');

it.each<[string, Record<string, string>, NodeJS.Platform, string]>([
  ['Linux', {}, 'linux', '.cache/wheelhouse-uploader'],
  ['macOS', {}, 'darwin', 'Library/Caches/wheelhouse-uploader'],
  [
    'Windows',
    { LOCALAPPDATA: resolve(home, 'AppData/Local') },
    'win32',
    'AppData/Local/wheelhouse-uploader/Cache',
  ],
  ['Windows without its variable', {}, 'win32', '.cache/wheelhouse-uploader'],
  ['an empty XDG_CACHE_HOME', { XDG_CACHE_HOME: '' }, 'linux', '.cache/wheelhouse-uploader'],
  ['a relative XDG_CACHE_HOME', { XDG_CACHE_HOME: 'cache' }, 'linux', '.cache/wheelhouse-uploader'],
])('%s', (_, environment, platform, expected) => {
  expect(cacheFolder(environment, home, platform)).toBe(resolve(home, expected));
});

it('XDG_CACHE_HOME goes first, on every system', () => {
  for (const platform of ['linux', 'darwin', 'win32'] as const)
    expect(cacheFolder({ XDG_CACHE_HOME: elsewhere, LOCALAPPDATA: home }, home, platform)).toBe(
      resolve(elsewhere, 'wheelhouse-uploader'),
    );
});
