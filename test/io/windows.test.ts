import type * as FileSystem from 'node:fs/promises';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PartFile } from '../../src/io/part-file.ts';
import { writeWhole } from '../../src/io/write-whole.ts';
import { makeFolder } from '../make-distribution.ts';

/** How many more renames a virus scanner holds up, which looks at each file that was written. */
let held = 0;

vi.mock('node:fs/promises', async (original) => {
  const fs = await original<typeof FileSystem>();
  return {
    ...fs,
    rename: async (from: string, to: string) => {
      if (held-- > 0) throw Object.assign(new Error('EPERM: rename'), { code: 'EPERM' });
      return fs.rename(from, to);
    },
  };
});

beforeEach(() => {
  vi.stubGlobal('process', Object.create(process, { platform: { value: 'win32' } }));
});
afterEach(() => vi.unstubAllGlobals());

it('puts a file in its place once Windows lets it', async () => {
  await using folder = await makeFolder();
  held = 3;
  await writeWhole(join(folder.path, 'a.whl'), (file) => file.append(Buffer.from('a')));
  expect(await readFile(join(folder.path, 'a.whl'), 'utf8')).toBe('a');
});

const openPart = (target: string) => PartFile.open({ target, tag: '0123456789ab', hashNames: [], parts: [] });

it('ends a download once Windows lets it', async () => {
  await using folder = await makeFolder();
  const part = await openPart(join(folder.path, 'a.whl'));
  await part.append(Buffer.from('a'));
  held = 3;
  await part.commit();
  expect(await readFile(join(folder.path, 'a.whl'), 'utf8')).toBe('a');
});

it('leaves half a download to another run once Windows lets it', async () => {
  await using folder = await makeFolder();
  const part = await openPart(join(folder.path, 'a.whl'));
  await part.append(Buffer.from('a'));
  held = 3;
  await part.release();
  expect(await readdir(folder.path)).toEqual(['.a.whl.0123456789ab.part']);
});
