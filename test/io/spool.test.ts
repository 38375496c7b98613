import { spawnSync } from 'node:child_process';
import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { openSpool } from '../../src/io/spool.ts';
import { makeFolder } from '../make-distribution.ts';

it('is a folder of its own, and gone in the end', async () => {
  await using parent = await makeFolder();
  {
    await using a = await openSpool(parent.path);
    await using b = await openSpool(parent.path);
    expect(a.path).not.toBe(b.path);
    await writeFile(join(a.path, 'file'), 'x');
    expect(await readdir(parent.path)).toHaveLength(2);
  }
  expect(await readdir(parent.path)).toEqual([]);
});

it('sweeps what killed processes of this machine have left, and nothing else', async () => {
  await using parent = await makeFolder();
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const mine = await openSpool(parent.path);
  // As a process that has ended since would have named it.
  const name = basename(mine.path);
  const left = name.replace(`-${process.pid}-`, `-${dead}-`);
  await rename(mine.path, join(parent.path, left));
  await writeFile(join(parent.path, left, 'half a wheel'), 'x');
  const elsewhere = left.replace(/mirror-[0-9a-f]{6}-/, 'mirror-ffffff-');
  const linked = `${left}2`;
  await mkdir(join(parent.path, elsewhere));
  await mkdir(join(parent.path, 'target'));
  await symlink(join(parent.path, 'target'), join(parent.path, linked), 'junction');
  await using living = await openSpool(parent.path);
  await using next = await openSpool(parent.path);
  const kept = [basename(living.path), basename(next.path), elsewhere, linked, 'target'];
  expect((await readdir(parent.path)).sort()).toEqual(kept.sort());
});

it('says what is wrong with a place where it cannot be', async () => {
  await using parent = await makeFolder([{ filename: 'file', bytes: '' }]);
  await expect(openSpool(join(parent.path, 'file'))).rejects.toMatchObject({
    code: 'FILE_SYSTEM',
    hint: expect.stringContaining('TMPDIR') as string,
  });
});
