import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { runBin } from './run-bin.ts';

const nights = Array.from({ length: 3 }, (_, night) =>
  makeWheel({ project: 'tinyproject', version: `1.0.dev0+2026010${night + 1}000000` }),
);
const release = makeWheel({ project: 'tinyproject', version: '0.9' });

/** A folder with a wheelhouse that holds three nightly builds and a release. */
async function filled() {
  const folder = await makeFolder();
  await mkdir(join(folder.path, 'dist'));
  for (const { filename, bytes } of [...nights, release])
    await writeFile(join(folder.path, 'dist', filename), bytes);
  const { code } = await runBin(['upload', './wheelhouse'], { cwd: folder.path });
  expect(code).toBe(0);
  return folder;
}

describe('prune', () => {
  it('takes away what is older than the newest, first in a dry run', async () => {
    await using folder = await filled();
    const before = await readdir(join(folder.path, 'wheelhouse'), { recursive: true });
    const dry = await runBin(['prune', './wheelhouse', '--keep-dev', '2', '--dry-run'], { cwd: folder.path });
    expect(dry.code).toBe(0);
    expect(dry.stdout).toContain('1 to remove (dry run');
    expect(dry.stdout).toContain(nights[0]!.filename);
    expect(await readdir(join(folder.path, 'wheelhouse'), { recursive: true })).toEqual(before);

    const run = await runBin(['prune', './wheelhouse', '--keep-dev', '2'], { cwd: folder.path });
    expect(run.stderr).toContain(`pruned ${nights[0]!.filename}`);
    expect(run.code).toBe(0);
    const page = await readFile(join(folder.path, 'wheelhouse', 'index.html'), 'utf8');
    const listed = [...nights, release].filter(({ filename }) =>
      page.includes(`href="${filename.replace('+', '%2B')}`),
    );
    expect(listed).toEqual([nights[1], nights[2], release]);

    const again = await runBin(['prune', './wheelhouse', '--keep-dev', '2', '--json'], { cwd: folder.path });
    expect(again.summary()).toMatchObject({
      command: 'prune',
      ok: true,
      counts: { pending: 1 },
      artifacts: [{ filename: nights[0]!.filename, outcome: 'pending', sha256: nights[0]!.sha256 }],
    });
  });

  it('fails for a container that is not there', async () => {
    await using folder = await makeFolder();
    const run = await runBin(['prune', './nothing'], { cwd: folder.path });
    expect([run.code, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toContain('nothing');
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('needs a secret, unlike an upload', async () => {
    const run = await runBin(['prune', 'nightly', '--username', 'me'], {});
    expect(run.code).toBe(2);
    expect(run.stderr).toContain('the secret of the store is missing');
  });
});

describe('yank and unyank', () => {
  it('mark a file, and take it back', async () => {
    await using folder = await filled();
    const page = () =>
      readFile(join(folder.path, 'wheelhouse', 'simple', 'tinyproject', 'index.html'), 'utf8');
    const run = await runBin(['yank', './wheelhouse', release.filename, '--reason', 'broken on Windows'], {
      cwd: folder.path,
    });
    expect([run.code, run.stderr]).toEqual([0, expect.stringContaining(`yanked ${release.filename}`)]);
    expect(await page()).toContain('data-yanked="broken on Windows"');
    const undone = await runBin(['unyank', './wheelhouse', release.filename], { cwd: folder.path });
    expect([undone.code, undone.stderr]).toEqual([
      0,
      expect.stringContaining(`unyanked ${release.filename}`),
    ]);
    expect(await page()).not.toContain('data-yanked');
  });

  it('name what is near a file that is not there, in one line', async () => {
    await using folder = await filled();
    const run = await runBin(['yank', './wheelhouse', 'tinyproject-0.9.whl'], { cwd: folder.path });
    expect([run.code, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toMatch(
      /^error: tinyproject-0\.9\.whl is not in .*; near it: tinyproject-0\.9-py3-none-any\.whl/,
    );
    expect(run.stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('index', () => {
  it('finds nothing wrong, then damage, then repairs it', async () => {
    await using folder = await filled();
    const index = (...args: string[]) => runBin(['index', './wheelhouse', ...args], { cwd: folder.path });
    const fine = await index('--check');
    expect([fine.code, fine.stdout.trim(), fine.stderr]).toEqual([
      0,
      expect.stringMatching(/^file:/),
      expect.stringMatching(/4 artifacts and \d+ pages: everything agrees/),
    ]);
    await rm(join(folder.path, 'wheelhouse', release.filename));
    await writeFile(join(folder.path, 'wheelhouse', 'simple', 'index.html'), '<html>');
    const damaged = await index('--check');
    expect(damaged.code).toBe(1);
    expect(damaged.stdout).toContain(
      `missing-object: index.html lists ${release.filename}, which is not there\n`,
    );
    expect(damaged.stdout).toContain('half-page: simple/index.html ends in the middle\n');
    const json = await index('--check', '--json');
    expect(json.code).toBe(1);
    expect(json.events().filter(({ event }) => event === 'disagreement')).toContainEqual({
      event: 'disagreement',
      code: 'half-page',
      key: 'simple/index.html',
      message: 'simple/index.html ends in the middle',
      repairable: true,
    });
    expect(json.summary()).toMatchObject({
      command: 'index',
      ok: false,
      exitCode: 1,
      counts: { damaged: 1 },
    });
    const repaired = await index();
    expect(repaired.code).toBe(0);
    expect(repaired.stderr).toMatch(/index brought up to date/);
    expect(repaired.stderr).not.toContain('nothing to do');
    expect((await index('--check')).code).toBe(0);
  });

  it('says what it cannot repair', async () => {
    await using folder = await filled();
    await writeFile(join(folder.path, 'wheelhouse', release.filename), 'cut short');
    const run = await runBin(['index', './wheelhouse'], { cwd: folder.path });
    expect(run.code).toBe(1);
    expect(run.stdout).toMatch(
      /^wrong-size: .* has 9 bytes, its record says \d+ \(not repaired by `wheelhouse index`\)$/m,
    );
  });
});
