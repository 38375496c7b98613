import { mkdir, mkdtemp, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { scanFolder } from '../../src/io/scan-folder.ts';
import { makeFolder } from '../make-distribution.ts';
import { distributionNames, distributionsFolder } from './distributions.ts';

const file = (filename: string, bytes = 'x') => ({ filename, bytes });

async function scanNames(names: readonly string[], options?: Parameters<typeof scanFolder>[1]) {
  await using folder = await makeFolder(names.map((name) => file(name)));
  const { artifacts, passedOver } = await scanFolder(folder.path, options);
  return {
    taken: artifacts.map(({ filename }) => filename),
    passedOver: Object.fromEntries(passedOver.map(({ name, reason }) => [name, reason])),
  };
}

describe('scanFolder', () => {
  it('finds every distribution that real back-ends built, sorted by name', async () => {
    const { artifacts, passedOver } = await scanFolder(distributionsFolder);
    expect(artifacts.map(({ filename }) => filename)).toEqual(distributionNames);
    expect(passedOver).toEqual([]);
  });

  it('tells path, size and what the name says', async () => {
    await using folder = await makeFolder([file('foo-1.0-py3-none-any.whl', 'twelve bytes')]);
    const { artifacts } = await scanFolder(folder.path);
    expect(artifacts).toEqual([
      {
        path: join(folder.path, 'foo-1.0-py3-none-any.whl'),
        filename: 'foo-1.0-py3-none-any.whl',
        sizeBytes: 12,
        distribution: expect.objectContaining({ kind: 'wheel', project: 'foo', version: '1.0' }) as unknown,
      },
    ]);
  });

  it.each([
    ['foo-1.0-py3-none-any.whl', 'wheel'],
    ['foo-1.0-1-cp312-cp312-manylinux_2_28_x86_64.whl', 'wheel'],
    ['foo-1.0-pp310-pypy310_pp73-win_amd64.whl', 'wheel'],
    ['foo-1.0.tar.gz', 'sdist'],
    ['foo-1.0.zip', 'sdist'],
    ['foo-1.0.win32-py2.7.exe', 'wininst'],
    ['foo-1.0.win-amd64-py3.4.exe', 'wininst'],
  ])('takes %s as a %s', async (name, kind) => {
    await using folder = await makeFolder([file(name)]);
    const { artifacts } = await scanFolder(folder.path);
    expect(artifacts.map(({ distribution }) => distribution.kind)).toEqual([kind]);
  });

  it('takes two spellings of one project', async () => {
    const names = ['Foo_Bar-1.0.tar.gz', 'foo_bar-1.0-py3-none-any.whl'];
    expect((await scanNames(names)).taken).toEqual(names);
  });

  it.each([
    ['.hidden-1.0.tar.gz', /^a dot file$/],
    ['.DS_Store', /^a dot file$/],
    ['README.md', /^no distribution: /],
    ['foo.whl', /^no distribution: /],
    ['foo-1.0-py3-none-any.whl.part', /not complete$/],
    ['foo-1.0-py3-none-any.whl.metadata', /^a metadata sidecar/],
    ['foo-1.0.tar.gz.asc', /^a signature$/],
    ['foo-1.0.tar.gz.sig', /^a signature$/],
    ['foo-1.0.tar.gz.publish.attestation', /^an attestation$/],
    ['SHA256SUMS', /^no distribution: /],
  ])('passes over %s, and says why', async (name, reason) => {
    const { taken, passedOver } = await scanNames([name, 'foo-1.0.tar.gz']);
    expect(taken).toEqual(['foo-1.0.tar.gz']);
    expect(Object.keys(passedOver)).toEqual([name]);
    expect(passedOver[name]).toMatch(reason);
  });

  it('passes over folders, even those that are named like a wheel, and never looks into them', async () => {
    await using folder = await makeFolder();
    const inner = join(folder.path, 'foo-1.0-py3-none-any.whl');
    await mkdir(inner);
    await writeFile(join(inner, 'bar-1.0.tar.gz'), 'x');
    expect(await scanFolder(folder.path)).toEqual({
      artifacts: [],
      passedOver: [{ name: 'foo-1.0-py3-none-any.whl', reason: 'a folder' }],
    });
  });

  it('takes an empty file for what its name says: whoever reads it finds it damaged', async () => {
    await using folder = await makeFolder([file('foo-1.0.tar.gz', '')]);
    const { artifacts } = await scanFolder(folder.path);
    expect(artifacts).toMatchObject([{ filename: 'foo-1.0.tar.gz', sizeBytes: 0 }]);
  });

  it.each([
    ['include only', { include: ['*cp312*'] }, ['foo-1.0-cp312-cp312-win32.whl']],
    ['exclude only', { exclude: ['*.whl'] }, ['foo-1.0.tar.gz']],
    ['both', { include: ['*.whl'], exclude: ['*cp312*'] }, ['foo-1.0-cp311-cp311-win32.whl']],
    ['several', { include: ['*.tar.gz', '*cp311*'] }, ['foo-1.0-cp311-cp311-win32.whl', 'foo-1.0.tar.gz']],
    ['none that matches', { include: ['bar*'] }, []],
  ])('filters by name: %s', async (_what, filters, expected) => {
    const names = ['foo-1.0-cp311-cp311-win32.whl', 'foo-1.0-cp312-cp312-win32.whl', 'foo-1.0.tar.gz'];
    const { taken, passedOver } = await scanNames(names, filters);
    expect(taken).toEqual(expected);
    expect(Object.keys(passedOver)).toEqual(names.filter((name) => !expected.includes(name)));
    expect(new Set(Object.values(passedOver))).toEqual(new Set(['left out by the filters']));
  });

  it('reads a folder whose name is full of glob characters', async () => {
    await using folder = await makeFolder();
    const odd = join(folder.path, 'dist [v1] {a,b} !(x)');
    await mkdir(odd);
    await writeFile(join(odd, 'foo-1.0.tar.gz'), 'x');
    expect((await scanFolder(odd)).artifacts).toHaveLength(1);
  });

  it('is empty for an empty folder', async () => {
    await using folder = await makeFolder();
    expect(await scanFolder(folder.path)).toEqual({ artifacts: [], passedOver: [] });
  });
});

describe.runIf(process.platform !== 'win32')('scanFolder on systems with links and sockets', () => {
  it('follows a link that ends in a file, and passes over one that leads nowhere', async () => {
    await using store = await makeFolder([file('kept', 'eleven byte')]);
    await using folder = await makeFolder();
    await symlink(join(store.path, 'kept'), join(folder.path, 'foo-1.0.tar.gz'));
    await symlink(join(store.path, 'gone'), join(folder.path, 'foo-1.1.tar.gz'));
    await symlink(store.path, join(folder.path, 'foo-1.2.tar.gz'));
    const { artifacts, passedOver } = await scanFolder(folder.path);
    expect(artifacts).toMatchObject([{ filename: 'foo-1.0.tar.gz', sizeBytes: 11 }]);
    expect(passedOver).toEqual([
      { name: 'foo-1.1.tar.gz', reason: 'a link that leads nowhere' },
      { name: 'foo-1.2.tar.gz', reason: 'a folder' },
    ]);
  });

  it('follows a link to the folder itself', async () => {
    await using store = await makeFolder([file('foo-1.0.tar.gz')]);
    await using folder = await makeFolder();
    const link = join(folder.path, 'dist');
    await symlink(store.path, link);
    expect((await scanFolder(link)).artifacts).toHaveLength(1);
  });

  it('passes over a socket that is named like an sdist', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'wheelhouse-test-'));
    const path = join(folder, 'foo-1.0.tar.gz');
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(path, resolve));
    try {
      expect((await scanFolder(folder)).passedOver).toEqual([
        { name: 'foo-1.0.tar.gz', reason: 'no regular file' },
      ]);
    } finally {
      await new Promise((resolve) => server.close(resolve));
      await unlink(path).catch(() => undefined);
      await rm(folder, { recursive: true });
    }
  });

  it('passes over a link to a device', async () => {
    await using folder = await makeFolder();
    await symlink('/dev/null', join(folder.path, 'foo-1.0.tar.gz'));
    expect((await scanFolder(folder.path)).passedOver).toEqual([
      { name: 'foo-1.0.tar.gz', reason: 'no regular file' },
    ]);
  });

  it('passes over names that are not safe everywhere', async () => {
    const { taken, passedOver } = await scanNames(['foo-1.0\n.tar.gz', 'foo-1.0.tar.gz']);
    expect(taken).toEqual(['foo-1.0.tar.gz']);
    expect(Object.values(passedOver)).toEqual(['no file name that is safe everywhere']);
  });
});

describe('scanFolder fails', () => {
  it('with what to do, when there is no folder', async () => {
    await using folder = await makeFolder();
    await expect(scanFolder(join(folder.path, 'dist'))).rejects.toMatchObject({
      code: 'CONFIG',
      exitCode: 2,
      hint: 'build first: python -m build',
      message: expect.stringMatching(/^there is no folder /) as string,
    });
  });

  it('when it is a file', async () => {
    await using folder = await makeFolder([file('dist')]);
    await expect(scanFolder(join(folder.path, 'dist'))).rejects.toMatchObject({ code: 'CONFIG' });
  });

  it('once it is interrupted', async () => {
    await using folder = await makeFolder([file('foo-1.0.tar.gz')]);
    await expect(scanFolder(folder.path, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});
