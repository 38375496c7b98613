import { readdir, readFile, stat, writeFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseListing } from '../../src/index.ts';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { runBin } from './run-bin.ts';

const wheel = makeWheel({ project: 'tinyproject', version: '1.0', requiresPython: '>=3.9' });
const other = makeWheel({ project: 'tinyproject', version: '1.0', module: 'changed = True\n' });
const dev = makeWheel({ project: 'tinyproject', version: '1.1.dev0+g123abc' });
const sdist = await makeSdist({ project: 'tinyproject', version: '1.0' });

async function project(files: { filename: string; bytes: Buffer }[]) {
  const folder = await makeFolder();
  await mkdir(join(folder.path, 'dist'));
  for (const { filename, bytes } of files) await writeFile(join(folder.path, 'dist', filename), bytes);
  return folder;
}

describe('upload to a folder', () => {
  it('uploads wheels and sdists, and says where they are', async () => {
    await using folder = await project([wheel, sdist, dev]);
    const run = await runBin(['upload', './wheelhouse', '--no-stamp'], { cwd: folder.path });
    expect(run.stderr).toContain('uploaded tinyproject-1.0-py3-none-any.whl');
    expect(run.code).toBe(0);
    const base = pathToFileURL(join(folder.path, 'wheelhouse', 'index.html')).href;
    const { links } = parseListing(await readFile(join(folder.path, 'wheelhouse', 'index.html'), 'utf8'), {
      url: base,
      contentType: 'text/html',
    });
    expect(links.map(({ filename, hashes }) => [filename, hashes['sha256']]).sort()).toEqual(
      [wheel, sdist, dev].map(({ filename, sha256 }) => [filename, sha256]).sort(),
    );
    expect(links.filter(({ url }) => url.includes('+'))).toEqual([]);
    expect(await readFile(join(folder.path, 'wheelhouse', `${wheel.filename}.metadata`), 'utf8')).toBe(
      wheel.metadata,
    );
    expect(run.stdout).toMatch(/pip install/);
    expect((await readdir(join(folder.path, 'dist'))).length).toBe(3);
  });

  it('fails for an empty wheel, and uploads the others', async () => {
    const empty = { filename: 'tinyproject-1.0-cp312-cp312-win32.whl', bytes: Buffer.alloc(0) };
    await using folder = await project([wheel, empty]);
    const run = await runBin(['upload', './wheelhouse', '-q'], { cwd: folder.path });
    expect(run.stderr).toMatch(
      /^failed tinyproject-1\.0-cp312-cp312-win32\.whl.*: is an empty file, not a wheel/,
    );
    expect(run.code).toBe(1);
    expect(await readdir(join(folder.path, 'wheelhouse'))).toContain(wheel.filename);
  });

  it('stamps a dev wheel with the time, and leaves dist/ alone', async () => {
    await using folder = await project([dev]);
    const run = await runBin(['upload', './wheelhouse', '--json'], { cwd: folder.path });
    const [uploaded] = run.summary()['artifacts'] as { filename: string; outcome: string }[];
    expect(uploaded?.outcome).toBe('uploaded');
    expect(uploaded?.filename).toMatch(/^tinyproject-1\.1\.dev0\+20\d{12}\.g123abc-py3-none-any\.whl$/);
    expect(await readdir(join(folder.path, 'wheelhouse'))).toContain(uploaded?.filename);
    const left = await readFile(join(folder.path, 'dist', dev.filename));
    expect(left.equals(dev.bytes)).toBe(true);
  });

  it('sends nothing that is there already', async () => {
    await using folder = await project([wheel, sdist]);
    await runBin(['upload', './wheelhouse'], { cwd: folder.path });
    const before = await stat(join(folder.path, 'wheelhouse', wheel.filename));
    const run = await runBin(['upload', './wheelhouse', '--json'], { cwd: folder.path });
    expect(run.summary()).toMatchObject({ ok: true, counts: { unchanged: 2 } });
    expect((await stat(join(folder.path, 'wheelhouse', wheel.filename))).mtimeMs).toBe(before.mtimeMs);
  });

  it.each<[string, string[], number, string]>([
    ['is an error for a release', [], 1, 'failed'],
    ['can be skipped', ['--on-conflict', 'skip'], 0, 'skipped'],
    ['can overwrite', ['--on-conflict', 'overwrite'], 0, 'uploaded'],
  ])('the same name with other bytes %s', async (_, flags, code, outcome) => {
    await using folder = await project([wheel]);
    await runBin(['upload', './wheelhouse'], { cwd: folder.path });
    await writeFile(join(folder.path, 'dist', other.filename), other.bytes);
    const run = await runBin(['upload', './wheelhouse', '--json', ...flags], { cwd: folder.path });
    expect(run.code).toBe(code);
    expect(run.summary()['artifacts']).toMatchObject([{ filename: wheel.filename, outcome }]);
    const stored = await readFile(join(folder.path, 'wheelhouse', wheel.filename));
    expect(stored.equals(outcome === 'uploaded' ? other.bytes : wheel.bytes)).toBe(true);
    const page = await readFile(join(folder.path, 'wheelhouse', 'index.html'), 'utf8');
    expect(page).toContain(outcome === 'uploaded' ? other.sha256 : wheel.sha256);
    expect(page).not.toContain(outcome === 'uploaded' ? wheel.sha256 : other.sha256);
  });

  it('says what to do about other bytes of the same name', async () => {
    await using folder = await project([wheel]);
    await runBin(['upload', './wheelhouse'], { cwd: folder.path });
    await writeFile(join(folder.path, 'dist', other.filename), other.bytes);
    const run = await runBin(['upload', './wheelhouse'], { cwd: folder.path });
    expect(run.stderr).toMatch(/^failed .*there with other bytes .*--on-conflict overwrite/m);
  });

  it('goes on to its end, and to its own exit status, when nobody reads what it says', async () => {
    await using folder = await project([wheel, sdist]);
    const run = await runBin(['upload', './wheelhouse', '--json'], { cwd: folder.path, unread: true });
    expect(run.code).toBe(0);
    expect(await readFile(join(folder.path, 'wheelhouse', 'index.html'), 'utf8')).toContain(sdist.sha256);
    await writeFile(join(folder.path, 'dist', other.filename), other.bytes);
    const failed = await runBin(['upload', './wheelhouse'], { cwd: folder.path, unread: true });
    expect(failed.code).toBe(1);
  });

  it('changes nothing in a dry run, and shows the same plan', async () => {
    await using folder = await project([wheel, sdist]);
    const dry = await runBin(['upload', './wheelhouse', '--dry-run'], { cwd: folder.path });
    expect(dry.code).toBe(0);
    await expect(stat(join(folder.path, 'wheelhouse'))).rejects.toThrow('ENOENT');
    const real = await runBin(['upload', './wheelhouse'], { cwd: folder.path });
    const rows = (text: string) => text.split('\n').filter((line) => line.startsWith('  send'));
    expect(rows(dry.stdout)).toHaveLength(2);
    expect(rows(dry.stdout)).toEqual(rows(real.stdout));
  });

  it('passes over and names what is no distribution', async () => {
    await using folder = await project([wheel, { filename: 'README.txt', bytes: Buffer.from('hello') }]);
    await mkdir(join(folder.path, 'dist', 'nested'));
    await writeFile(join(folder.path, 'dist', '.hidden'), '');
    const run = await runBin(['upload', './wheelhouse'], { cwd: folder.path });
    expect(run.code).toBe(0);
    for (const name of ['README.txt', 'nested', '.hidden'])
      expect(run.stderr).toContain(`passed over ${name}`);
    expect(await readdir(join(folder.path, 'wheelhouse'))).not.toContain('README.txt');
  });

  it('uploads nothing in a pull request build, unless told to', async () => {
    await using folder = await project([wheel]);
    const env = { TRAVIS_PULL_REQUEST: '417' };
    const skipped = await runBin(['upload', './wheelhouse', '--json'], { cwd: folder.path, env });
    expect(skipped.code).toBe(0);
    expect(skipped.summary()).toMatchObject({ ok: true, artifacts: [] });
    await expect(stat(join(folder.path, 'wheelhouse'))).rejects.toThrow('ENOENT');
    const forced = await runBin(['upload', './wheelhouse', '--upload-pull-request', '--json'], {
      cwd: folder.path,
      env,
    });
    expect(forced.summary()).toMatchObject({ counts: { uploaded: 1 } });
  });

  it.each<[string, string[], Record<string, string>, number, RegExp]>([
    ['no user name', [], {}, 2, /user name/],
    ['no secret', ['--username', 'me'], {}, 0, /warning: .*secret.*nothing is uploaded/],
    ['an empty secret', ['--username', 'me'], { WHEELHOUSE_UPLOADER_SECRET: '' }, 0, /warning: .*secret/],
    ['no secret, but required', ['--username', 'me', '--require-credentials'], {}, 2, /error: .*secret/],
  ])('follows the original where credentials are missing: %s', async (_, flags, env, code, said) => {
    await using folder = await project([wheel]);
    const run = await runBin(['upload', 'my_wheelhouse', ...flags], { cwd: folder.path, env });
    expect(run.stderr).toMatch(said);
    expect(run.code).toBe(code);
  });

  it.each<[string, string, string[], RegExp]>([
    [
      'a folder without ./',
      'dist',
      [],
      /hint: there is a folder dist here too: .* write \.\/dist;.*s3:\/\/dist/,
    ],
    ['a bare name', 'wheels', [], /rackspace:\/\/wheels needs .*\nhint: .*\.\/wheels;.*s3:\/\/wheels/],
    ['S3', 's3://wheels', [], /s3:\/\/wheels needs .*\nhint: .*AWS_ACCESS_KEY_ID/],
    ['a provider', 'wheels', ['--provider', 'S3'], /s3:\/\/wheels needs .*\nhint: .*AWS_ACCESS_KEY_ID/],
    ['Google', 'gs://wheels', [], /needs credentials\nhint: .*--secret.*GOOGLE_APPLICATION_CREDENTIALS/],
    ['OpenStack', 'swift://wheels', [], /needs a user name\nhint: .*OS_USERNAME/],
  ])('says what the store takes where nobody is named: %s', async (_, container, flags, said) => {
    await using folder = await project([wheel]);
    const env = { HOME: folder.path, AWS_EC2_METADATA_DISABLED: 'true' };
    const run = await runBin(['upload', container, ...flags], { cwd: folder.path, env });
    expect(run.stderr).toMatch(said);
    expect(run.code).toBe(2);
  });

  it('does not upload a folder into itself', async () => {
    await using folder = await project([wheel]);
    const run = await runBin(['upload', './dist/../dist/'], { cwd: folder.path });
    expect(run.stderr).toMatch(/is the folder that is uploaded from\nhint: .*wheelhouse index/);
    expect(run.code).toBe(2);
    expect(await readdir(join(folder.path, 'dist'))).toEqual([wheel.filename]);
  });

  it('says when the filters leave nothing', async () => {
    await using folder = await project([wheel]);
    const run = await runBin(['upload', './wheelhouse', '--include', '*.wheel'], { cwd: folder.path });
    expect(run.stderr).toMatch(/warning: .*that the filters let through\nhint: check --include/);
    expect(run.code).toBe(0);
  });

  it('takes the original name of --provider before the variable, and the variable for an empty flag', async () => {
    await using folder = await project([wheel]);
    const env = { WHEELHOUSE_UPLOADER_PROVIDER: 'S3', WHEELHOUSE_UPLOADER_USERNAME: 'root' };
    const flags = ['--provider-name', 'LOCAL', '--username', '', '--json'];
    const run = await runBin(['upload', 'wheels', ...flags], { cwd: folder.path, env });
    expect(run.summary()).toMatchObject({ ok: true, counts: { uploaded: 1 } });
    expect(await readdir(join(folder.path, 'root', 'wheels'))).toContain(wheel.filename);
  });

  it('ends in a summary of what was uploaded when the index cannot be written', async () => {
    await using folder = await project([wheel]);
    await mkdir(join(folder.path, 'wheelhouse', 'index.html', 'in-the-way'), { recursive: true });
    const run = await runBin(['upload', './wheelhouse', '--json'], { cwd: folder.path });
    expect(run.code).toBe(1);
    expect(run.events()).toContainEqual(expect.objectContaining({ event: 'error' }));
    expect(run.stderr).toMatch(/^error: .*index\.html/);
    const { filename, sha256 } = wheel;
    const entry = { filename, outcome: 'uploaded', sha256, size: wheel.bytes.length };
    expect(run.summary()).toMatchObject({ ok: false, counts: { uploaded: 1 } });
    expect(run.summary()['artifacts']).toEqual([entry]);
  });

  it('leaves a page that pip can read when one file is broken, and fails', async () => {
    await using folder = await project([
      wheel,
      { filename: 'broken-1.0-py3-none-any.whl', bytes: Buffer.from('<html>404</html>') },
    ]);
    const run = await runBin(['upload', './wheelhouse', '--json'], { cwd: folder.path });
    expect(run.code).toBe(1);
    expect(run.summary()).toMatchObject({ ok: false, counts: { uploaded: 1, failed: 1 } });
    expect(run.stderr).toMatch(/^failed broken-1\.0-py3-none-any\.whl .*: .*\n$/);
    const page = await readFile(join(folder.path, 'wheelhouse', 'index.html'), 'utf8');
    expect(page).toContain(wheel.filename);
    expect(page).not.toContain('broken-1.0');
  });
});
