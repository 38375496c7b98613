import { mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { claimsOf, installAgent } from '../registry/identity/fake-agent.ts';
import { startBuildkiteLegacyServer } from '../servers/buildkite-legacy-server.ts';
import { json } from '../servers/buildkite-rules.ts';
import { startBuildkiteServer } from '../servers/buildkite-server.ts';
import { runBin, type RunResult } from './run-bin.ts';

const token = 'bkua_0123456789abcdef0123456789abcdef';
const release = { project: 'tinyproject', version: '1.0' };
const wheel = makeWheel(release);
const linux = makeWheel({ ...release, tag: 'cp312-cp312-manylinux_2_17_x86_64' });
const sdist = await makeSdist(release);
const changed = makeWheel({ ...release, module: 'version = "changed"\n' });
const to = ['publish', '--buildkite', 'my-organization/my-python-packages'];
const toLegacy = ['publish', '--buildkite-legacy', 'my-organization/my-python-packages'];

async function checkout(distributions = [wheel, linux, sdist]) {
  const folder = await makeFolder();
  await mkdir(join(folder.path, 'dist'));
  for (const { filename, bytes } of distributions)
    await writeFile(join(folder.path, 'dist', filename), bytes);
  return folder;
}

const outcomes = (run: RunResult) =>
  Object.fromEntries(
    (run.summary()['artifacts'] as { filename: string; outcome: string }[]).map((one) => [
      one.filename,
      one.outcome,
    ]),
  );
const everything = ({ stdout, stderr }: RunResult) => stdout + stderr;

describe('publish --buildkite', () => {
  const env = (url: string) => ({ WHEELHOUSE_UPLOADER_BUILDKITE_URL: url, BUILDKITE_API_TOKEN: token });

  it('publishes a release, then nothing of it again, and says how to install it', async () => {
    await using server = await startBuildkiteServer({ token });
    await using folder = await checkout();
    const options = { cwd: folder.path, env: env(server.url) };
    const first = await runBin(to, options);
    expect(everything(first)).toContain(
      `pip install --index-url 'http://buildkite:<read token>@${server.url.slice('http://'.length)}my-organization/my-python-packages/pypi/simple/' tinyproject==1.0`,
    );
    expect(everything(first)).toContain(
      'https://buildkite.com/organizations/my-organization/packages/registries/',
    );
    expect(first.code).toBe(0);
    expect(server.files.map(({ sha256 }) => sha256).sort()).toEqual(
      [wheel, linux, sdist].map(({ sha256 }) => sha256).sort(),
    );
    expect(server.requests.filter(({ kind }) => kind === 'upload').at(-1)?.parts[0]?.filename).toBe(
      sdist.filename,
    );
    const again = await runBin([...to, '--json'], options);
    expect(again.code).toBe(0);
    expect(new Set(Object.values(outcomes(again)))).toEqual(new Set(['already-there']));
    expect(server.count('upload')).toBe(3);
    for (const run of [first, again]) expect(everything(run)).not.toContain(token);
  });

  it.each([
    ['by its name on the index', { index: 'digests' } as const, 1],
    ['by its name, and the digests of the list', { index: 'names' } as const, 1],
    // Only the registry knows the names: it is asked with each file, and the sdist stays where it is.
    [
      'by the answer of the registry, and the digests of the list',
      { index: 'none', duplicate: 'taken' } as const,
      3,
    ],
  ])('finds other bytes of a name %s', async (_, options, uploads) => {
    await using server = await startBuildkiteServer({ token, ...options });
    await using before = await checkout([changed]);
    await runBin(to, { cwd: before.path, env: env(server.url) });
    await using folder = await checkout();
    const run = await runBin([...to, '--json'], { cwd: folder.path, env: env(server.url) });
    expect(run.code).toBe(1);
    expect(outcomes(run)[wheel.filename]).toBe('conflict');
    expect(outcomes(run)[sdist.filename]).toBe('failed');
    expect(server.count('upload')).toBe(uploads);
    expect(server.files.find(({ filename }) => filename === wheel.filename)?.sha256).toBe(changed.sha256);
  });

  it('names the command that completes a release', async () => {
    await using server = await startBuildkiteServer({ token });
    await using folder = await checkout();
    server.faults.push({ of: 'upload', answer: json(422, { message: 'no such luck' }) });
    const run = await runBin(to, { cwd: folder.path, env: env(server.url) });
    expect(run.code).toBe(1);
    expect(everything(run)).toContain('no such luck');
    expect(everything(run)).toContain(
      'wheelhouse publish --buildkite my-organization/my-python-packages --project tinyproject --version 1.0',
    );
    expect(everything(run)).not.toContain(token);
  });

  it.each(['organization', 'user'] as const)('waits while the limit of the %s is used up', async (who) => {
    await using server = await startBuildkiteServer({ token, [who]: { limit: 2, windowSeconds: 1 } });
    await using folder = await checkout();
    const run = await runBin([...to, '--json'], { cwd: folder.path, env: env(server.url) });
    expect(run.code).toBe(0);
    expect(run.summary()).toMatchObject({ ok: true, counts: { published: 3 } });
  });

  it('signs in as the Buildkite job that it is', async () => {
    await using server = await startBuildkiteServer();
    await using folder = await checkout();
    const { PATH } = await installAgent(folder.path);
    const run = await runBin([...to, '--verbose'], {
      cwd: folder.path,
      env: {
        WHEELHOUSE_UPLOADER_BUILDKITE_URL: server.url,
        BUILDKITE: 'true',
        PATH: [PATH, process.env['PATH']].join(delimiter),
      },
    });
    expect(everything(run)).toContain('this Buildkite job (OIDC)');
    expect(run.code).toBe(0);
    const sent = server.requests
      .find(({ kind }) => kind === 'upload')
      ?.authorization?.slice('Bearer '.length);
    expect(claimsOf(sent ?? '')['aud']).toBe(
      'https://packages.buildkite.com/my-organization/my-python-packages',
    );
    expect(everything(run)).not.toContain(sent);
  });

  it('tells no secret, whatever the server repeats', async () => {
    await using server = await startBuildkiteServer({ token });
    await using folder = await checkout();
    const echo = json(401, { message: `who is Bearer ${token} (${Buffer.from(token).toString('base64')})?` });
    server.faults.push({ of: 'upload', answer: echo });
    const run = await runBin([...to, '--verbose', '--max-workers', '1'], {
      cwd: folder.path,
      env: env(server.url),
    });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('refused the credentials (401)');
    expect(everything(run)).not.toContain(token);
    expect(everything(run)).not.toContain(Buffer.from(token).toString('base64'));
  });
});

describe('publish --buildkite-legacy', () => {
  const credentials = 'deployer:f00dcafe-0123456789';

  it.each([
    ['a token, as curl takes it after -u', ['--token', credentials]],
    ['a user name and a password', ['--username', 'deployer', '--password', 'f00dcafe-0123456789']],
  ])('publishes a release with %s, then nothing of it again', async (_, flags) => {
    await using server = await startBuildkiteLegacyServer({ credentials });
    await using folder = await checkout();
    const options = { cwd: folder.path, env: { WHEELHOUSE_UPLOADER_BUILDKITE_URL: server.url } };
    const first = await runBin([...toLegacy, ...flags, '--verbose'], options);
    expect(first.code).toBe(0);
    expect(server.files).toHaveLength(3);
    expect(everything(first)).toContain(
      `pip install --index-url ${server.url}my-organization/my-python-packages/pypi/simple/ tinyproject==1.0`,
    );
    const again = await runBin([...toLegacy, ...flags, '--json'], options);
    expect(again.code).toBe(0);
    expect(server.count('upload')).toBe(3);
    for (const run of [first, again]) {
      expect(everything(run)).not.toContain('f00dcafe');
      expect(everything(run)).not.toContain(Buffer.from(credentials).toString('base64'));
    }
  });

  it('takes a token for the user name where it stands alone', async () => {
    await using server = await startBuildkiteLegacyServer({ credentials: 'f00dcafe-0123456789:' });
    await using folder = await checkout();
    const run = await runBin(toLegacy, {
      cwd: folder.path,
      env: {
        WHEELHOUSE_UPLOADER_BUILDKITE_URL: server.url,
        WHEELHOUSE_UPLOADER_TOKEN: 'f00dcafe-0123456789',
      },
    });
    expect(run.code).toBe(0);
    expect(everything(run)).not.toContain('f00dcafe');
  });
});

describe('what is refused before anything is sent', () => {
  it.each<[what: string, args: string[], env: Record<string, string>, said: RegExp]>([
    ['no token', to, {}, /there is no token for my-organization\/my-python-packages at Buildkite/],
    ['an empty token', [...to, '--token', ''], { REGISTRY_WRITE_TOKEN: '' }, /there is no token/],
    ['no token in a dry run', [...to, '--dry-run'], {}, /there is no token/],
    [
      'a job without an agent',
      to,
      { BUILDKITE: 'true' },
      /this Buildkite job has no token for the registry: there is no program/,
    ],
    ['no registry', ['publish', '--buildkite', 'my-organization', '--token', 'x'], {}, /ORG\/REGISTRY/],
    ['a password', [...to, '--username', 'a', '--password', 'b'], {}, /cannot be used with/],
    ['two registries', [...to, '--repository', 'pypi', '--token', 'x'], {}, /cannot be used with/],
    ['a URL beside it', [...to, '--repository-url', 'https://x/', '--token', 'x'], {}, /cannot be used with/],
    ['GitLab beside it', [...to, '--gitlab', 'gitlab.com/1', '--token', 'x'], {}, /cannot be used with/],
    ['both APIs', [...to, '--buildkite-legacy', 'a/b', '--token', 'x'], {}, /cannot be used with/],
    ['legacy and a URL', [...toLegacy, '--repository-url', 'https://x/'], {}, /cannot be used with/],
    ['no credentials', toLegacy, {}, /there are no credentials for buildkitepackages.com/],
    ['a name only', [...toLegacy, '--username', 'me'], {}, /there are no credentials/],
    [
      'a proxy that is none',
      [...to, '--token', 'x'],
      { WHEELHOUSE_UPLOADER_BUILDKITE_URL: 'proxy' },
      /WHEELHOUSE_UPLOADER_BUILDKITE_URL is no http or https URL/,
    ],
  ])('%s', async (_, args, env, said) => {
    await using folder = await checkout();
    const run = await runBin(args, {
      cwd: folder.path,
      env: { HOME: folder.path, PATH: folder.path, ...env },
    });
    expect(run.stderr).toMatch(said);
    expect(run.stderr.split('\n').filter((line) => /^error/i.test(line))).toHaveLength(1);
    expect(run.stderr).toMatch(/hint:/);
    expect(run.code).toBe(2);
  });
});
