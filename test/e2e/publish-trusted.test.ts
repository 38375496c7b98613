import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { startOidcServer, type OidcServer } from '../servers/oidc-server.ts';
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
