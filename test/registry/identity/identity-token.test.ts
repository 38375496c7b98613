import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../../src/model/errors.ts';
import { findIdentityProvider } from '../../../src/registry/identity/identity-token.ts';
import { runTokenCommand } from '../../../src/registry/identity/token-command.ts';
import { makeFolder } from '../../make-distribution.ts';
import { startOidcServer } from '../../servers/oidc-server.ts';
import { installProgram } from './fake-program.ts';

describe('the CI system that gives identity tokens', () => {
  it.each<[Record<string, string>, string | undefined]>([
    [{}, undefined],
    [{ CI: 'true', TRAVIS: 'true' }, undefined],
    [{ GITHUB_ACTIONS: '' }, undefined],
    [{ GITHUB_ACTIONS: 'true' }, 'GitHub Actions'],
    [{ GITLAB_CI: 'true' }, 'GitLab CI'],
    [{ CIRCLECI: 'true' }, 'CircleCI'],
    [{ BUILDKITE: 'true' }, 'Buildkite'],
  ])('of %j is %s', (env, name) => {
    expect(findIdentityProvider(env)?.name).toBe(name);
  });

  it.each([
    [{}],
    [{ ACTIONS_ID_TOKEN_REQUEST_URL: 'https://pipelines.example/token' }],
    [{ ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' }],
    [{ ACTIONS_ID_TOKEN_REQUEST_URL: '', ACTIONS_ID_TOKEN_REQUEST_TOKEN: '' }],
    [{ ACTIONS_ID_TOKEN_REQUEST_URL: 'no URL', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' }],
  ])('is GitHub, but the job has only %j: each request says so', async (variables) => {
    const provider = findIdentityProvider({ GITHUB_ACTIONS: 'true', ...variables });
    expect(provider?.problem?.code).toBe('CONFIG');
    await expect(provider?.request('pypi')).rejects.toBe(provider?.problem);
  });

  it('is GitHub, which takes the bearer token of the job only', async () => {
    await using server = await startOidcServer();
    const wrong = { ...server.githubJob, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'stolen-from-elsewhere' };
    const refused: unknown = await findIdentityProvider(wrong)
      ?.request('pypi')
      .catch((thrown: unknown) => thrown);
    expect(refused).toMatchObject({ code: 'UNAUTHORIZED', status: 401 });
    expect(JSON.stringify(refused) + String(refused)).not.toContain('stolen');
    const token = await findIdentityProvider(server.githubJob)?.request('pypi');
    expect(server.secrets).toContain(token?.reveal());
  });

  it.each([
    ['pypi', 'PYPI_ID_TOKEN'],
    ['testpypi', 'TESTPYPI_ID_TOKEN'],
    ['sigstore', 'SIGSTORE_ID_TOKEN'],
    ['http://test.audience', 'HTTP___TEST_AUDIENCE_ID_TOKEN'],
    ['1st', '_ST_ID_TOKEN'],
  ])('is GitLab: the token for %s is %s', async (audience, variable) => {
    const env = { GITLAB_CI: 'true', [variable]: 'a.b.c' };
    expect((await findIdentityProvider(env)?.request(audience))?.reveal()).toBe('a.b.c');
    await expect(findIdentityProvider(env)?.request('another')).rejects.toMatchObject({ code: 'CONFIG' });
  });

  const program = 'console.log(`${Buffer.from(JSON.stringify(args)).toString("base64url")}`)';
  it.each([
    ['CIRCLECI', 'circleci', ['run', 'oidc', 'get', '--root-issuer', '--claims', '{"aud":"pypi"}']],
    ['BUILDKITE', 'buildkite-agent', ['oidc', 'request-token', '--audience', 'pypi']],
  ])('is that of %s, which is asked by %s', async (variable, name, args) => {
    await using folder = await makeFolder();
    const env = { [variable]: 'true', ...(await installProgram(folder.path, name, program)) };
    const token = await findIdentityProvider(env)?.request('pypi');
    expect(JSON.parse(Buffer.from(token?.reveal() ?? '', 'base64url').toString())).toEqual(args);
  });
});

describe('a program that prints a token', () => {
  const run = async (body: string, timeoutMs = 30_000, signal?: AbortSignal) => {
    await using folder = await makeFolder();
    const env = await installProgram(folder.path, 'tell', body);
    return await runTokenCommand('tell', ['x'], { env, timeoutMs, signal }).then(
      (token) => token.reveal(),
      (thrown: unknown) => thrown as WheelhouseError,
    );
  };

  it('is believed when it prints one word', async () => {
    expect(await run('console.log("  a.b.c  ")')).toBe('a.b.c');
  });

  it.each([
    ['prints nothing', '', 30_000, 'UNAUTHORIZED', 'tell printed no token'],
    ['prints two words', 'console.log("a b")', 30_000, 'UNAUTHORIZED', 'tell printed no token'],
    [
      'fails with a word',
      'console.error("usage\\nfatal: no agent"); console.log("half"); process.exit(3)',
      30_000,
      'UNAUTHORIZED',
      'tell gives no identity token: fatal: no agent',
    ],
    [
      'fails',
      'process.exit(3)',
      30_000,
      'UNAUTHORIZED',
      'tell gives no identity token: it ended with status 3',
    ],
    ['hangs', 'setInterval(() => {}, 1000)', 100, 'TIMEOUT', 'tell printed no token within 0.1 s'],
  ])('is told for what it does: it %s', async (_, body, timeoutMs, code, message) => {
    const error = await run(body, timeoutMs);
    expect(error).toBeInstanceOf(WheelhouseError);
    expect(error).toMatchObject({ code, message });
  });

  it('is missed by name, and ends with the run', async () => {
    await using folder = await makeFolder();
    const missing = runTokenCommand('not-there', [], { env: { PATH: folder.path } });
    await expect(missing).rejects.toMatchObject({
      code: 'CONFIG',
      message: 'there is no program not-there to ask for an identity token',
    });
    expect(await run('setInterval(() => {}, 1000)', 30_000, AbortSignal.abort())).toMatchObject({
      code: 'ABORTED',
    });
  });
});
