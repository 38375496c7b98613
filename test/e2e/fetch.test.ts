import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { runBin } from './run-bin.ts';

const linux = makeWheel({ project: 'tinyproject', version: '1.0', tag: 'cp312-cp312-manylinux_2_28_x86_64' });
const windows = makeWheel({ project: 'tinyproject', version: '1.0', tag: 'cp312-cp312-win_amd64' });
const older = makeWheel({ project: 'tinyproject', version: '0.9' });
const sdist = await makeSdist({ project: 'tinyproject', version: '1.0' });

/** A checkout with two wheelhouses beside it, filled by two workers. */
async function checkout(files: Record<string, string> = {}) {
  const folder = await makeFolder();
  for (const [worker, artifacts] of [
    ['one', [linux, sdist, older]],
    ['two', [windows]],
  ] as const) {
    await mkdir(join(folder.path, worker));
    for (const { filename, bytes } of artifacts) await writeFile(join(folder.path, worker, filename), bytes);
    const run = await runBin(['upload', `./wheelhouse-${worker}`, '--local-folder', worker], {
      cwd: folder.path,
    });
    expect(run.code).toBe(0);
  }
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), text);
  return folder;
}

const indexes = '\n    # the artifacts of the CI workers\n    ./wheelhouse-one\n    ./wheelhouse-two\n';
const setupCfg = `[metadata]\nname = tinyproject\nversion = 1.0\n\n[wheelhouse_uploader]\nartifact_indexes =${indexes}`;

describe('fetch', () => {
  it('collects one version from all indexes', async () => {
    await using folder = await checkout();
    const run = await runBin(
      ['fetch', 'tinyproject', '--version', '1.0', './wheelhouse-one', './wheelhouse-two', '--json'],
      {
        cwd: folder.path,
      },
    );
    expect(run.code).toBe(0);
    expect(run.summary()).toMatchObject({ command: 'fetch', ok: true, counts: { downloaded: 3 } });
    expect((await readdir(join(folder.path, 'dist'))).sort()).toEqual(
      [linux.filename, sdist.filename, windows.filename].sort(),
    );
    expect((await readFile(join(folder.path, 'dist', linux.filename))).equals(linux.bytes)).toBe(true);
  });

  it.each<[string, Record<string, string>]>([
    ['setup.cfg, as the original', { 'setup.cfg': setupCfg }],
    [
      'pyproject.toml',
      {
        'pyproject.toml':
          '[project]\nname = "tinyproject"\nversion = "1.0"\n\n[tool.wheelhouse-uploader]\nartifact-indexes = ["./wheelhouse-one", "./wheelhouse-two"]\n',
      },
    ],
  ])('alone does it in a checkout, by %s', async (_, files) => {
    await using folder = await checkout(files);
    const run = await runBin(['fetch', '--json'], { cwd: folder.path });
    expect(run.code).toBe(0);
    expect(run.summary()).toMatchObject({ counts: { downloaded: 3 } });
  });

  it('asks the indexes of the environment before those of the checkout', async () => {
    await using folder = await checkout({ 'setup.cfg': setupCfg });
    const env = { WHEELHOUSE_UPLOADER_ARTIFACT_INDEXES: ' ./wheelhouse-two ' };
    const run = await runBin(['fetch', '--json'], { cwd: folder.path, env });
    expect(run.summary()).toMatchObject({ ok: true, artifacts: [{ filename: windows.filename }] });
  });

  it('says what to do where there is no index', async () => {
    await using folder = await checkout();
    const none = await runBin(['fetch', 'tinyproject', './nowhere'], { cwd: folder.path });
    expect([none.code, none.stderr]).toEqual([1, expect.stringMatching(/hint: check the path/)]);
  });

  it.each<[string, string[], string[]]>([
    ['no sdist', ['--no-sdist'], [linux.filename, windows.filename]],
    ['one platform', ['--platform', 'win_amd64', '--no-sdist'], [windows.filename]],
    ['a glob', ['--include', '*manylinux*'], [linux.filename]],
    ['all but a glob', ['--exclude', '*.whl'], [sdist.filename]],
  ])('filters: %s', async (_, flags, expected) => {
    await using folder = await checkout({ 'setup.cfg': setupCfg });
    const run = await runBin(['fetch', ...flags], { cwd: folder.path });
    expect(run.code).toBe(0);
    expect((await readdir(join(folder.path, 'dist'))).sort()).toEqual([...expected].sort());
  });

  it('finds nothing: exit 1, with the versions that are there', async () => {
    await using folder = await checkout();
    const run = await runBin(['fetch', 'tinyproject', '--version', '7.0', './wheelhouse-one'], {
      cwd: folder.path,
    });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/1\.0.*0\.9/s);
    expect(await readdir(folder.path)).not.toContain('dist');
  });

  it('wants the version of a project whose build computes it', async () => {
    await using folder = await checkout({
      'pyproject.toml':
        '[project]\nname = "tinyproject"\ndynamic = ["version"]\n\n[tool.wheelhouse-uploader]\nartifact-indexes = ["./wheelhouse-one"]\n',
    });
    const run = await runBin(['fetch'], { cwd: folder.path });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('--version');
    expect((await runBin(['fetch', '--version', '1.0'], { cwd: folder.path })).code).toBe(0);
  });

  it('refuses a file name that two indexes fill with different bytes', async () => {
    await using folder = await checkout();
    const twin = makeWheel({
      project: 'tinyproject',
      version: '1.0',
      tag: 'cp312-cp312-win_amd64',
      module: 'x = 2\n',
    });
    await mkdir(join(folder.path, 'three'));
    await writeFile(join(folder.path, 'three', twin.filename), twin.bytes);
    await runBin(['upload', './wheelhouse-three', '--local-folder', 'three'], { cwd: folder.path });
    const run = await runBin(['fetch', 'tinyproject', './wheelhouse-two', './wheelhouse-three', '--json'], {
      cwd: folder.path,
    });
    expect(run.code).toBe(1);
    expect(run.summary()).toMatchObject({ counts: { conflict: 1 } });
    await expect(readdir(join(folder.path, 'dist')))
      .resolves.not.toContain(twin.filename)
      .catch(() => undefined);
  });

  it('downloads nothing in a dry run, and nothing twice', async () => {
    await using folder = await checkout({ 'setup.cfg': setupCfg });
    const dry = await runBin(['fetch', '--dry-run'], { cwd: folder.path });
    expect(dry.code).toBe(0);
    expect(await readdir(folder.path)).not.toContain('dist');
    await runBin(['fetch'], { cwd: folder.path });
    const again = await runBin(['fetch', '--json'], { cwd: folder.path });
    expect(again.summary()).toMatchObject({ ok: true, counts: { kept: 3 } });
  });
});
