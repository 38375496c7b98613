import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { startOidcServer, type OidcServer } from '../servers/oidc-server.ts';
import { startSigstoreServer } from '../servers/sigstore-server.ts';
import type { StoredFile } from '../servers/upload-rules.ts';
import { runBin, type RunOptions, type RunResult } from './run-bin.ts';

const wheel = makeWheel({ project: 'tinyproject', version: '1.0' });
const sdist = await makeSdist({ project: 'tinyproject', version: '1.0' });

async function publish(server: OidcServer, args: readonly string[] = [], options: RunOptions = {}) {
  await using folder = await makeFolder();
  await mkdir(join(folder.path, 'dist'));
  for (const { filename, bytes } of [wheel, sdist])
    await writeFile(join(folder.path, 'dist', filename), bytes);
  const { env = server.githubJob, ...rest } = options;
  return await runBin(['publish', '--repository-url', server.uploadUrl, '--verbose', ...args], {
    cwd: folder.path,
    ...rest,
    env: { HOME: folder.path, ...env },
  });
}

/** Checks that no secret was told but to the runner, and gives what it was told to mask. */
function checkSecrets(server: OidcServer, { stdout, stderr }: RunResult): string[] {
  const masks = stderr.split('\n').filter((line) => line.startsWith('::add-mask::'));
  const rest = stdout + stderr.replace(/^::add-mask::.*$/gm, '');
  for (const secret of server.secrets) expect(rest).not.toContain(secret);
  return masks.map((line) => line.slice('::add-mask::'.length));
}

describe('publish as a trusted publisher', () => {
  it.each([[[]], [['--json']], [['--quiet']], [['--trusted-publishing', 'auto']]])(
    'needs no password, tells no secret, and burns its token: %j',
    async (args) => {
      await using server = await startOidcServer();
      const run = await publish(server, args);
      expect(run.stderr).not.toContain('error');
      expect(run.code).toBe(0);
      expect([...server.files.keys()].sort()).toEqual([wheel.filename, sdist.filename].sort());
      const masks = checkSecrets(server, run);
      expect(masks).toEqual(server.secrets.filter((secret) => secret.startsWith('pypi-')));
      expect(server.alive()).toEqual([]);
      if (args.includes('--json'))
        expect(run.summary()).toMatchObject({ ok: true, counts: { published: 2 } });
    },
  );

  it('masks nothing outside GitHub Actions: nobody would take the line out', async () => {
    await using server = await startOidcServer();
    const env = { GITLAB_CI: 'true', PYPI_ID_TOKEN: server.identityFor('pypi') };
    const run = await publish(server, [], { env });
    expect(run.code).toBe(0);
    expect(checkSecrets(server, run)).toEqual([]);
    expect(server.alive()).toEqual([]);
  });

  it('comes after every other password', async () => {
    await using server = await startOidcServer();
    const run = await publish(server, ['--token', 'pypi-of-old-days']);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('403');
    expect(server.log.filter((line) => line.includes('oidc'))).toEqual([]);
  });

  it.each([
    ['it is not wanted', ['--trusted-publishing', 'never'], {}],
    ['the job may not', [], { ACTIONS_ID_TOKEN_REQUEST_URL: '' }],
    ['another user publishes', ['--username', 'me', '--password', 'x'], {}],
  ])('is not tried where %s', async (_, args, env) => {
    await using server = await startOidcServer();
    const run = await publish(server, args, { env: { ...server.githubJob, ...env } });
    expect(run.code).toBe(1);
    expect(server.log.filter((line) => line.includes('oidc'))).toEqual([]);
  });

  it('says in one line that the permission is missing, before anything is sent', async () => {
    await using server = await startOidcServer();
    const env = { GITHUB_ACTIONS: 'true', TWINE_USERNAME: '__token__' };
    const run = await publish(server, ['--json'], { env });
    expect(run.code).toBe(2);
    const [error] = run.events().filter(({ event }) => event === 'error');
    expect(error).toMatchObject({
      code: 'CONFIG',
      message: `there is no password or token for ${new URL(server.uploadUrl).host}, and GitHub Actions gives this job no identity token: id-token: write is missing`,
      hint: expect.stringContaining('permissions: id-token: write') as string,
    });
    expect(server.log).toEqual([]);
  });

  it('says why the registry does not trust the job', async () => {
    await using server = await startOidcServer({ registered: false });
    const run = await publish(server);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('invalid-publisher');
    expect(run.stderr).toContain('https://docs.pypi.org/trusted-publishers/');
    checkSecrets(server, run);
    expect(server.files.size).toBe(0);
  });

  it('tries the exchange in a dry run, and sends nothing', async () => {
    await using server = await startOidcServer();
    const run = await publish(server, ['--dry-run']);
    expect(run.code).toBe(0);
    expect(server.log.filter((line) => line.startsWith('POST')).map((line) => line.split(' ')[1])).toEqual([
      '/_/oidc/mint-token',
      '/_/oidc/burn-token',
    ]);
    await using stranger = await startOidcServer({ registered: false });
    const warned = await publish(stranger, ['--dry-run']);
    expect(warned.code).toBe(0);
    expect(warned.stderr).toContain('invalid-publisher');
    expect(warned.stderr).toContain('this dry run needs none');
  });

  it('burns its token on Ctrl-C, and still ends with 130', async () => {
    let uploads = 0;
    let interrupt: () => void = () => undefined;
    await using server = await startOidcServer({
      onUpload: () => {
        uploads++;
        interrupt();
        return new Promise(() => undefined);
      },
    });
    const run = await publish(server, ['--json'], {
      onOutput: (_, send) => {
        interrupt = () => send('SIGINT');
      },
    });
    expect(uploads).toBe(1);
    expect(run.code).toBe(130);
    expect(run.summary()).toMatchObject({ ok: false, exitCode: 130 });
    checkSecrets(server, run);
    expect(server.alive()).toEqual([]);
  });
});

describe('publish --attestations', () => {
  /** PyPI that takes no file without an attestation that passes, and a Sigstore beside it. */
  async function startServers() {
    const unchecked: { judge: (file: StoredFile) => string | undefined } = { judge: () => undefined };
    const pypi = await startOidcServer({ alsoJudge: (file) => unchecked.judge(file) });
    const sigstore = await startSigstoreServer({ claimsOf: pypi.claimsOf });
    unchecked.judge = ({ filename, sha256, fields }) => {
      const [field, ...more] = fields.filter(([name]) => name === 'attestations');
      if (field === undefined || more.length > 0) return 'no attestations';
      const [attestation, ...others] = JSON.parse(field[1]) as [object, ...object[]];
      if (others.length > 0) return 'Only a single attestation per file is supported.';
      return sigstore.judge(JSON.stringify(attestation), { filename, sha256 });
    };
    return {
      pypi,
      sigstore,
      env: { ...pypi.githubJob, ...sigstore.environment },
      async [Symbol.asyncDispose]() {
        await sigstore[Symbol.asyncDispose]();
        await pypi[Symbol.asyncDispose]();
      },
    };
  }

  it('signs every file before the first is sent, tells no secret, and signs none twice', async () => {
    await using servers = await startServers();
    const { pypi, sigstore, env } = servers;
    await using folder = await makeFolder();
    await mkdir(join(folder.path, 'dist'));
    for (const { filename, bytes } of [wheel, sdist])
      await writeFile(join(folder.path, 'dist', filename), bytes);
    const run = () =>
      runBin(['publish', '--repository-url', pypi.uploadUrl, '--attestations', '--verbose'], {
        cwd: folder.path,
        env: { HOME: folder.path, ...env },
      });
    pypi.faults.push({ kind: 'status', status: 400, filename: wheel.filename, body: 'not today', times: 1 });
    const first = await run();
    expect(first.code).toBe(1);
    checkSecrets(pypi, first);
    expect(first.stdout).toContain('--attestations');
    expect(sigstore.log).toHaveLength(4);
    const second = await run();
    expect(second.code).toBe(0);
    checkSecrets(pypi, second);
    expect([...pypi.files.keys()].sort()).toEqual([wheel.filename, sdist.filename].sort());
    expect(sigstore.log).toHaveLength(4);
  });

  it('sends nothing where one file cannot be signed', async () => {
    await using servers = await startServers();
    servers.sigstore.faults.push({ at: 'rekor', status: 400, body: 'the log is closed' });
    const run = await publish(servers.pypi, ['--attestations'], { env: servers.env });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('the log is closed');
    checkSecrets(servers.pypi, run);
    expect(servers.pypi.files.size).toBe(0);
    expect(servers.pypi.alive()).toEqual([]);
  });

  it('signs nothing in a dry run', async () => {
    await using servers = await startServers();
    const run = await publish(servers.pypi, ['--attestations', '--dry-run'], { env: servers.env });
    expect(run.code).toBe(0);
    expect(servers.sigstore.log).toEqual([]);
    const withToken = await publish(servers.pypi, ['--attestations', '--dry-run', '--token', 'x'], {});
    expect(withToken.code).toBe(0);
    expect(withToken.stderr).toContain('attestations are for trusted publishers');
  });

  it.each([
    ['a password is used', ['--token', 'pypi-of-old-days'], /a password \(from flag\) is used/],
    ['trusted publishing is left out', ['--trusted-publishing', 'never'], /this run is none at/],
  ])('is refused where %s, before anything is sent', async (_, args, said) => {
    await using servers = await startServers();
    const run = await publish(servers.pypi, ['--attestations', ...args], { env: servers.env });
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(said);
    expect(run.stderr).toContain('hint:');
    expect(servers.pypi.log).toEqual([]);
  });
});
