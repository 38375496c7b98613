import { spawnSync } from 'node:child_process';
import {
  chmod,
  link,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFolder } from '../../../../src/storage/drivers/folder.ts';
import { lockName } from '../../../../src/storage/drivers/folder/lock.ts';
import { thisOwner, type Owner } from '../../../../src/storage/drivers/folder/owner.ts';
import type { Container, WriteCondition } from '../../../../src/storage/container.ts';
import { bytesSource, fileSource } from '../../../../src/storage/source.ts';
import { listAll, listKeys, readText } from '../../../conformance/contents.ts';
import { makeScratchFolder } from '../../scratch-folder.ts';
import { deadOwner } from './dead-process.ts';

let scratch: Awaited<ReturnType<typeof makeScratchFolder>>;
let root: string;
let container: Container;
beforeEach(async () => {
  scratch = await makeScratchFolder();
  root = join(scratch.path, 'wheels');
  container = openFolder(root);
  await container.create();
});
afterEach(async () => {
  await container.close();
  await scratch.remove();
});

const put = (key: string, content: string, condition?: WriteCondition, to = container) =>
  to.write(key, bytesSource(content), { contentType: 'a/b', ...(condition !== undefined && { condition }) });
const privateNames = () => readdir(join(root, '.wheelhouse', 'tmp'));

describe('a folder', () => {
  it('shows objects as plain files that a web server may read', async () => {
    await put('simple/a/index.html', 'page');
    expect(await readFile(join(root, 'simple/a/index.html'), 'utf8')).toBe('page');
    // As much of 0644 as the umask allows.
    await writeFile(join(scratch.path, 'usual'), '', { mode: 0o644 });
    const { mode: usual } = await stat(join(scratch.path, 'usual'));
    expect(await stat(join(root, 'simple/a/index.html'))).toMatchObject({ mode: usual, nlink: 1 });
  });

  it('leaves no lock and no unfinished file, nor lists those of others', async () => {
    const { tag } = await put('page', '1', { ifAbsent: true });
    await put('page', '2', { ifTag: tag });
    await put('page', '3');
    await expect(put('page', '4', { ifAbsent: true })).rejects.toThrow();
    await expect(put('page', '4', { ifTag: tag })).rejects.toThrow();
    await container.delete('page');
    expect(await privateNames()).toEqual([]);
    await writeFile(join(root, '.wheelhouse', 'tmp', 'other.part'), 'x');
    await writeFile(join(root, '.wheelhouse', 'tmp', 'other.lock'), 'x');
    expect(await listKeys(container)).toEqual([]);
    expect(await listKeys(container, '.wheelhouse/tmp/')).toEqual([]);
    await expect(container.read('.wheelhouse/tmp/other.part')).rejects.toMatchObject({ code: 'REJECTED' });
  });

  it.each(['../out', '/etc/passwd', 'a/../../out', 'a\\b', '.wheelhouse/tmp/x', 'a//b', 'a\0b', ''])(
    'refuses the key %j in every call',
    async (key) => {
      for (const call of [put(key, 'x'), container.stat(key), container.read(key), container.delete(key)])
        await expect(call).rejects.toMatchObject({ code: 'REJECTED' });
      expect(await readdir(scratch.path)).toEqual(['wheels']);
    },
  );

  it('is made with the folders above it', async () => {
    const deep = openFolder(join(scratch.path, 'a', 'b', 'c'));
    await deep.create();
    expect(await listKeys(deep)).toEqual([]);
  });

  it('is no file', async () => {
    await writeFile(join(scratch.path, 'file'), 'x');
    for (const path of [join(scratch.path, 'file'), join(scratch.path, 'file', 'x')])
      await expect(openFolder(path).create()).rejects.toMatchObject({ code: 'REJECTED' });
    await expect(listAll(openFolder(join(scratch.path, 'file')))).rejects.toMatchObject({ code: 'REJECTED' });
  });

  it('that goes away is missing, not empty', async () => {
    await put('a.whl', 'x');
    await rm(root, { recursive: true });
    await expect(listAll(container)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(container.stat('a.whl')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(container.read('simple/a.whl')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(container.delete('a.whl')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(put('simple/a.whl', 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await container.create();
    expect(await listKeys(container)).toEqual([]);
  });

  it('may be reached over a symbolic link', async () => {
    await symlink(root, join(scratch.path, 'link'));
    const linked = openFolder(join(scratch.path, 'link'));
    await put('simple/a', '1', undefined, linked);
    expect(await readText(container, 'simple/a')).toBe('1');
    expect(await listKeys(linked)).toEqual(['simple/a']);
  });

  it('has a file URL, or the one it is served at', () => {
    expect(container.url).toBe(pathToFileURL(root).href);
    expect(container.publicUrl('a+b.whl')).toBe(`${pathToFileURL(root).href}/a%2Bb.whl`);
    const served = openFolder(root, { url: './wheels', publicUrl: 'https://host/wheels/' });
    expect([served.url, served.publicUrl('a.whl'), served.publicUrl()]).toEqual([
      './wheels',
      'https://host/wheels/a.whl',
      'https://host/wheels/',
    ]);
  });

  it('copies a file, or tells that it changed meanwhile', async () => {
    const path = join(scratch.path, 'a.whl');
    await writeFile(path, Buffer.alloc(1_000_000, 'w'));
    expect(await container.write('a.whl', fileSource(path, 1_000_000), { contentType: 'a/b' })).toMatchObject(
      {
        sizeBytes: 1_000_000,
      },
    );
    for (const sizeBytes of [1_000_001, 3_000_000])
      await expect(
        container.write('b.whl', fileSource(path, sizeBytes), { contentType: 'a/b' }),
      ).rejects.toMatchObject({ code: 'TRUNCATED' });
    expect(await listKeys(container)).toEqual(['a.whl']);
    expect(await privateNames()).toEqual([]);
  });

  it('lets others have their turn while small files are read in a loop', async () => {
    await put('page', 'x');
    const others = { turns: 0 };
    setImmediate(() => others.turns++);
    for (let reads = 0; others.turns === 0 && reads < 1000; reads++) await readText(container, 'page');
    expect(others.turns).toBe(1);
  });

  it('tells when a file becomes shorter while it is read', async () => {
    await put('page', 'x'.repeat(2_000_000));
    const opened = await container.read('page');
    await truncate(join(root, 'page'), 1000);
    await expect(
      (async () => {
        for await (const chunk of opened!.body) expect(chunk).toBeDefined();
      })(),
    ).rejects.toMatchObject({ code: 'TRUNCATED' });
  });

  it('does not copy for a race that is lost already', async () => {
    await put('page', '1');
    let opened = 0;
    const source = { sizeBytes: 1, open: () => (opened++, bytesSource('2').open()) };
    for (const condition of [{ ifAbsent: true }, { ifTag: 'stale' }] as const)
      await expect(container.write('page', source, { contentType: 'a/b', condition })).rejects.toMatchObject({
        code: 'PRECONDITION_FAILED',
      });
    expect(opened).toBe(0);
  });

  it('puts no object in the place of a folder, and no folder in the place of an object', async () => {
    await put('simple/a', 'x');
    await put('file', 'x');
    const { tag } = (await container.stat('file'))!;
    for (const condition of [undefined, { ifAbsent: true }] as const) {
      await expect(put('simple', 'x', condition)).rejects.toMatchObject({ code: 'REJECTED' });
      await expect(put('file/below', 'x', condition)).rejects.toMatchObject({ code: 'REJECTED' });
    }
    await expect(put('simple', 'x', { ifTag: tag })).rejects.toMatchObject({ code: 'PRECONDITION_FAILED' });
    const unlinked = openFolder(root, { hardLinks: false });
    await expect(put('simple', 'x', undefined, unlinked)).rejects.toMatchObject({ code: 'REJECTED' });
    expect(await listKeys(container)).toEqual(['file', 'simple/a']);
    expect(await privateNames()).toEqual([]);
  });
});

describe('version tags of a folder', () => {
  it('stay when only a link or the mode changes', async () => {
    const { tag } = await put('page', '1');
    await link(join(root, 'page'), join(scratch.path, 'backup'));
    await chmod(join(root, 'page'), 0o600);
    expect((await container.stat('page'))?.tag).toBe(tag);
  });

  it('are the same by every way to ask', async () => {
    const { tag } = await put('simple/page', '1');
    expect((await container.stat('simple/page'))?.tag).toBe(tag);
    expect((await listAll(container))[0]?.tag).toBe(tag);
  });

  it('change when someone edits the file in place', async () => {
    const { tag } = await put('page', '1');
    await writeFile(join(root, 'page'), '2');
    expect((await container.stat('page'))?.tag).not.toBe(tag);
  });

  it('advance past an object from the future', async () => {
    await put('page', '1');
    const future = Date.now() / 1000 + 86_400;
    await utimes(join(root, 'page'), future, future);
    const { mtimeNs: before } = await stat(join(root, 'page'), { bigint: true });
    await put('page', '2');
    const { mtimeNs: after } = await stat(join(root, 'page'), { bigint: true });
    expect(after > before).toBe(true);
  });
});

describe('what lies in a folder', () => {
  it('is listed if it is a file of the folder', async () => {
    await writeFile(join(scratch.path, 'secret'), 'secret');
    await mkdir(join(scratch.path, 'outside'));
    await writeFile(join(scratch.path, 'outside', 'b.whl'), 'secret');
    await put('a.whl', 'x');
    await symlink('a.whl', join(root, 'link-to-a.whl'));
    await symlink('../secret', join(root, 'leads-out.whl'));
    await symlink('nowhere', join(root, 'broken.whl'));
    await symlink('.', join(root, 'circle'));
    await symlink('../outside', join(root, 'outside'));
    await writeFile(join(root, '.nfs000000000004d2a700000001'), 'x');
    await writeFile(join(root, '.fuse_hidden0000000200000001'), 'x');
    await writeFile(join(root, 'back\\slash'), 'x');
    await writeFile(Buffer.concat([Buffer.from(`${root}/latin1-`), Buffer.from([0xe9])]), 'x');
    expect(spawnSync('mkfifo', [join(root, 'pipe')]).status).toBe(0);
    const server = createServer().listen(join(root, 'socket'));
    try {
      expect(await listKeys(container)).toEqual(['a.whl', 'link-to-a.whl']);
      expect(await readText(container, 'link-to-a.whl')).toBe('x');
      for (const key of ['leads-out.whl', 'broken.whl', 'circle', 'outside', 'pipe', 'socket']) {
        expect(await container.stat(key), key).toBeUndefined();
        expect(await container.read(key), key).toBeUndefined();
      }
    } finally {
      server.close();
    }
  });

  it('is not reached, written or made over a link that leads out', async () => {
    await mkdir(join(scratch.path, 'outside'));
    await writeFile(join(scratch.path, 'outside', 'b.whl'), 'secret');
    await symlink('../outside', join(root, 'outside'));
    for (const key of ['outside/b.whl', 'outside/new/c.whl']) {
      await expect(put(key, 'x')).rejects.toMatchObject({ code: 'REJECTED' });
      await expect(put(key, 'x', { ifAbsent: true })).rejects.toMatchObject({ code: 'REJECTED' });
    }
    await expect(container.read('outside/b.whl')).rejects.toMatchObject({ code: 'REJECTED' });
    await expect(container.stat('outside/b.whl')).rejects.toMatchObject({ code: 'REJECTED' });
    await expect(container.delete('outside/b.whl')).rejects.toMatchObject({ code: 'REJECTED' });
    expect(await readdir(join(scratch.path, 'outside'))).toEqual(['b.whl']);
  });

  it('replaces a link, not what it leads to', async () => {
    await writeFile(join(scratch.path, 'secret'), 'secret');
    await symlink('../secret', join(root, 'a.whl'));
    await put('a.whl', 'mine');
    expect(await readText(container, 'a.whl')).toBe('mine');
    expect(await readFile(join(scratch.path, 'secret'), 'utf8')).toBe('secret');
  });
});

describe('what dead writers left', () => {
  const part = async ({ space, pid, started }: Owner, ageHours = 0) => {
    const name = `${space}_${pid}_${started}_0123456789ab.part`;
    const path = join(root, '.wheelhouse', 'tmp', name);
    await writeFile(path, 'half');
    const when = Date.now() / 1000 - ageHours * 3600;
    await utimes(path, when, when);
    return name;
  };

  it('is cleaned up by the next writer, and what the living write is not', async () => {
    const dead = await part(await deadOwner());
    const living = await part(await thisOwner(), 5);
    const elsewhere = await part({ space: 'abc', pid: 1, started: '1' }, 0.5);
    const elsewhereOld = await part({ space: 'abc', pid: 2, started: '1' }, 1.5);
    const lock = join(root, '.wheelhouse', 'tmp', 'x.lock');
    await writeFile(lock, JSON.stringify({ ...(await deadOwner()), token: 'x' }));
    expect((await privateNames()).sort()).toEqual([dead, living, elsewhere, elsewhereOld, 'x.lock'].sort());
    await put('a.whl', 'x');
    expect((await privateNames()).sort()).toEqual([living, elsewhere].sort());
  });

  it('does not hold up a writer for longer than it takes to see that it is dead', async () => {
    const { tag } = await put('page', '1');
    const lock = join(root, '.wheelhouse', 'tmp', lockName('page'));
    await writeFile(lock, JSON.stringify({ ...(await deadOwner()), token: 'x' }));
    const patient = openFolder(root, { leaseMs: 3_600_000, waitMs: 3_600_000 });
    await put('page', '2', { ifTag: tag }, patient);
    expect(await readText(container, 'page')).toBe('2');
    expect(await privateNames()).toEqual([]);
  });

  it('holds up a writer as long as its owner may live', async () => {
    await put('page', '1');
    const lock = join(root, '.wheelhouse', 'tmp', lockName('page'));
    await writeFile(lock, JSON.stringify({ ...(await thisOwner()), token: 'x' }));
    const impatient = openFolder(root, { leaseMs: 3_600_000, waitMs: 50 });
    await expect(put('page', '2', undefined, impatient)).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(impatient.delete('page')).rejects.toMatchObject({ code: 'TIMEOUT' });
    expect(await readText(container, 'page')).toBe('1');
    // What is new needs no lock.
    await put('new', '1', { ifAbsent: true }, impatient);
    expect(await privateNames()).toEqual([lockName('page')]);
  });
});
