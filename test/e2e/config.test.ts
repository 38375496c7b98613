import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { knownSettings, variableOf } from '../../src/config/settings.ts';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { runBin } from './run-bin.ts';

const pyproject = `[project]
name = "tinyproject"
version = "1.0"

[tool.wheelhouse-uploader]
container = "./wheelhouse"
keep-dev = 1
repository = "https://registry.example.org/"
`;

async function checkout() {
  const folder = await makeFolder();
  await writeFile(join(folder.path, 'pyproject.toml'), pyproject);
  return folder;
}

describe('config', () => {
  it('tells every setting with where it comes from', async () => {
    await using folder = await checkout();
    const env = { WHEELHOUSE_UPLOADER_REGION: 'ord', TWINE_USERNAME: 'me', TWINE_PASSWORD: 'open-sesame' };
    const run = await runBin(['config', '--json', '--layout', 'flat'], { cwd: folder.path, env });
    expect(run.code).toBe(0);
    expect(run.summary()).toMatchObject({ command: 'config', ok: true });
    const told = Object.fromEntries<unknown>(
      run
        .events()
        .filter(({ event }) => event === 'setting')
        .map(({ name, ...setting }) => [String(name), setting] as const),
    );
    expect(told).toMatchObject({
      project: { value: 'tinyproject', origin: 'file', from: 'pyproject.toml' },
      container: { value: './wheelhouse', origin: 'file', from: 'pyproject.toml' },
      region: { value: 'ord', origin: 'environment', from: 'WHEELHOUSE_UPLOADER_REGION' },
      layout: { value: 'flat', origin: 'flag', from: '--layout' },
      'max-workers': { value: '4, to publish 8 to 24', origin: 'default' },
      'keep-dev': { value: '1', origin: 'file' },
      'publish to': { value: 'https://registry.example.org/', origin: 'file', from: 'pyproject.toml' },
      'publish as': { value: 'me', origin: 'environment' },
      'publish with': { value: '***', origin: 'environment' },
    });
  });

  it('tells what a variable says before what the file says, and nothing of an empty one', async () => {
    await using folder = await checkout();
    const env = {
      WHEELHOUSE_UPLOADER_USERNAME: 'storage',
      WHEELHOUSE_UPLOADER_KEEP_DEV: '',
      WHEELHOUSE_UPLOADER_LAYOUT: '',
      WHEELHOUSE_UPLOADER_REPOSITORY: 'testpypi',
      WHEELHOUSE_UPLOADER_ARTIFACT_INDEXES: 'https://a.example.org/ https://b.example.org/',
    };
    const run = await runBin(['config'], { cwd: folder.path, env });
    expect(run.stderr).toBe('');
    expect(run.stdout).toMatch(/^keep-dev +1 +\(file pyproject.toml\)$/m);
    expect(run.stdout).toMatch(/^layout +all +\(default\)$/m);
    expect(run.stdout).toMatch(/^repository +testpypi +\(environment WHEELHOUSE_UPLOADER_REPOSITORY\)$/m);
    expect(run.stdout).toMatch(/^artifact-indexes +https:\/\/a\S+ https:\/\/b\S+ +\(environment /m);
    expect(run.stdout).toMatch(/^username +storage /m);
    expect(run.stdout).toMatch(/^publish as +__token__ /m);
  });

  it.each<[string, string[], string, string, string]>([
    ['a flag', ['--provider', 'gs'], 'provider', 'gs', 'flag'],
    ['its original name', ['--provider-name', 'LOCAL'], 'provider', 'LOCAL', 'flag'],
    ['both, the last', ['--provider-name', 'LOCAL', '--provider', 'gs'], 'provider', 'gs', 'flag'],
    ['both, the last', ['--provider', 'gs', '--provider-name=LOCAL'], 'provider', 'LOCAL', 'flag'],
    ['an empty flag: nothing', ['--provider-name', ''], 'provider', 'S3', 'environment'],
    ['an empty flag: nothing', ['--region='], 'region', 'ord', 'environment'],
  ])('tells of the store what %s says', async (_, flags, name, value, origin) => {
    await using folder = await checkout();
    const env = { WHEELHOUSE_UPLOADER_PROVIDER: 'S3', WHEELHOUSE_UPLOADER_REGION: 'ord' };
    const run = await runBin(['config', '--json', ...flags], { cwd: folder.path, env });
    expect(run.events()).toContainEqual(expect.objectContaining({ event: 'setting', name, value, origin }));
  });

  it('shows no secret, wherever it comes from', async () => {
    await using folder = await checkout();
    const url = 'https://me:open-sesame@registry.example.org/';
    const env = { WHEELHOUSE_UPLOADER_SECRET: 'open-sesame-too', WHEELHOUSE_UPLOADER_ENDPOINT: url };
    for (const flags of [['--json'], ['--verbose'], []]) {
      const run = await runBin(['config', '--repository-url', url, ...flags], { cwd: folder.path, env });
      expect(run.code).toBe(0);
      expect(run.stdout).toContain('registry.example.org');
      expect(run.stdout + run.stderr).not.toContain('sesame');
    }
  });

  it('knows every variable that an option has', async () => {
    const known = new Set(knownSettings.map(({ name }) => variableOf(name)));
    const help = await Promise.all(
      ['upload', 'fetch', 'publish', 'prune', 'config'].map((command) => runBin([command, '--help'])),
    );
    const named = help.flatMap(
      ({ stdout }) => stdout.replace(/\n\s+/g, ' ').match(/WHEELHOUSE_UPLOADER_[A-Z_]+/g) ?? [],
    );
    expect(named.length).toBeGreaterThan(20);
    expect([...new Set(named)].filter((variable) => !known.has(variable))).toEqual([]);
  });

  it('agrees with what a command does: the project says how many dev builds stay', async () => {
    await using folder = await checkout();
    const wheel = (version: string) => makeWheel({ project: 'tinyproject', version });
    await using dist = await makeFolder(['1.1.dev1', '1.1.dev2', '1.1.dev3'].map(wheel));
    const upload = ['upload', '--local-folder', dist.path, '--no-stamp', '--json'];
    const run = await runBin(upload, { cwd: folder.path });
    expect(run.summary()).toMatchObject({ ok: true, counts: { uploaded: 3 } });
    const prunedBy = async (...flags: string[]) => {
      const pruned = await runBin(['prune', '--dry-run', '--json', ...flags], { cwd: folder.path });
      return pruned.summary()['counts'];
    };
    expect(await prunedBy()).toEqual({ pruned: 2 });
    expect(await prunedBy('--keep-dev', '2')).toEqual({ pruned: 1 });
  });
});
