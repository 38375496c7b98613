import { describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/io/http.ts';
import { WheelhouseError } from '../../../src/model/errors.ts';
import type { WheelhouseEvent } from '../../../src/model/events.ts';
import type { Credentials } from '../../../src/model/secret.ts';
import { findIdentityProvider } from '../../../src/registry/identity/identity-token.ts';
import {
  mayTrustPublishers,
  openTrustedPublishing,
} from '../../../src/registry/identity/trusted-publishing.ts';
import { startOidcServer, type OidcFault, type OidcServer } from '../../servers/oidc-server.ts';

const gitlabJob = (server: OidcServer): Record<string, string> => ({
  GITLAB_CI: 'true',
  PYPI_ID_TOKEN: server.identityFor('pypi'),
});

/** Opens trusted publishing of a server as the job that the environment describes. */
async function open(
  server: OidcServer,
  env: Readonly<Record<string, string>> = server.githubJob,
  timeoutMs = 30_000,
) {
  const events: WheelhouseEvent[] = [];
  const guarded: string[] = [];
  const provider = findIdentityProvider(env);
  if (provider === undefined) throw new Error('no CI system');
  const http = createHttp();
  const close = async () => {
    await source?.close();
    await http.close();
  };
  const source = await openTrustedPublishing({
    uploadUrl: new URL(server.uploadUrl),
    provider,
    http,
    onSecret: (secret, kind) => guarded.push(`${kind} ${secret.reveal()}`),
    onEvent: (event) => events.push(event),
    retries: { attempts: 3, baseDelayMs: 1 },
    now: server.nowMs,
    timeoutMs,
  }).catch(async (thrown: unknown) => {
    await http.close();
    throw thrown;
  });
  return {
    source,
    current: async () => reveal(await source?.current()),
    events,
    guarded,
    kinds: () => events.map(({ event }) => event),
    [Symbol.asyncDispose]: close,
  };
}

const reveal = (credentials: Credentials | undefined) =>
  credentials?.kind === 'basic' ? [credentials.username, credentials.password.reveal()] : [];

const failure = async (opening: Promise<unknown>): Promise<WheelhouseError> => {
  const thrown: unknown = await opening.catch((error: unknown) => error);
  if (!(thrown instanceof WheelhouseError)) throw new Error(`no WheelhouseError: ${String(thrown)}`);
  return thrown;
};

describe('trusted publishing', () => {
  it('trades the identity of a GitHub job for a token, which it burns at the end', async () => {
    await using server = await startOidcServer();
    {
      await using opened = await open(server);
      expect(await opened.current()).toEqual(['__token__', server.alive()[0]]);
      expect(await opened.current()).toEqual(['__token__', server.alive()[0]]);
      expect(server.alive()).toHaveLength(1);
    }
    expect(server.alive()).toEqual([]);
    expect(server.log).toEqual([
      'GET /_/oidc/audience 200',
      'GET /idtoken 200',
      'POST /_/oidc/mint-token 200',
      'POST /_/oidc/burn-token 202',
    ]);
  });

  it('asks for the audience that the registry names', async () => {
    await using server = await startOidcServer({ audience: 'testpypi' });
    await using opened = await open(server);
    expect(await opened.current()).toHaveLength(2);
    const env = { GITLAB_CI: 'true', TESTPYPI_ID_TOKEN: server.identityFor('testpypi') };
    await using ofGitlab = await open(server, env);
    expect(await ofGitlab.current()).toHaveLength(2);
  });

  it('tells every secret before it is sent on', async () => {
    await using server = await startOidcServer();
    await using opened = await open(server);
    const [, identity, token] = server.secrets;
    expect(opened.guarded).toEqual([`identity ${identity ?? ''}`, `token ${token ?? ''}`]);
  });

  it.each([
    ['told', true],
    ['not told', false],
  ])('renews a token five minutes before its end, %s, with another identity', async (_, tellExpires) => {
    await using server = await startOidcServer({ tellExpires });
    await using opened = await open(server);
    const [first] = server.alive();
    server.pass(599);
    expect(await opened.current()).toEqual(['__token__', first]);
    server.pass(2);
    expect(await opened.current()).toEqual(['__token__', server.alive()[1]]);
    expect(server.alive()).toHaveLength(2);
    await opened.source?.close();
    expect(server.alive()).toEqual([]);
  });

  it('goes by the end that the registry tells, and by its clock', async () => {
    await using server = await startOidcServer({ tokenLifetime: 400 });
    server.pass(86_400 * 365); // its clock is a year ahead of ours
    await using opened = await open(server);
    const [first] = server.alive();
    server.pass(199);
    expect(await opened.current()).toEqual(['__token__', first]);
    server.pass(2);
    expect(await opened.current()).toEqual(['__token__', server.alive()[1]]);
  });

  it('says that a GitLab job cannot have a second token, but uses the first to its end', async () => {
    await using server = await startOidcServer();
    await using opened = await open(server, gitlabJob(server));
    const first = await opened.current();
    server.pass(899);
    expect(await opened.current()).toEqual(first);
    server.pass(1);
    const { code, message, hint } = await failure(opened.current());
    expect(code).toBe('UNAUTHORIZED');
    expect(message).toContain('GitLab CI gives a job only one identity');
    expect(hint).toContain('run the job again');
    expect(server.log.filter((line) => line.startsWith('POST'))).toEqual(['POST /_/oidc/mint-token 200']);
  });
});

describe('where trusted publishing does not work', () => {
  it.each([403, 404])(
    'a registry answers %i to the question for its audience: there is none',
    async (status) => {
      await using server = await startOidcServer();
      server.oidcFaults.push({ at: 'audience', status });
      await using opened = await open(server);
      expect(opened.source).toBeUndefined();
      expect(server.log).toEqual([`GET /_/oidc/audience ${status}`]);
    },
  );

  it('a GitHub job lacks the permission: it says so before anything is asked', async () => {
    await using server = await startOidcServer();
    const { code, message, hint } = await failure(open(server, { GITHUB_ACTIONS: 'true' }));
    expect(code).toBe('CONFIG');
    expect(message).toBe('GitHub Actions gives this job no identity token: id-token: write is missing');
    expect(hint).toContain('permissions: id-token: write');
    expect(server.log).toEqual([]);
  });

  it('a GitLab job declares no token', async () => {
    await using server = await startOidcServer();
    const { code, message, hint } = await failure(open(server, { GITLAB_CI: 'true' }));
    expect(code).toBe('CONFIG');
    expect(message).toContain('PYPI_ID_TOKEN is not set');
    expect(hint).toContain('id_tokens: PYPI_ID_TOKEN: aud: pypi');
  });

  it('nobody has registered this job: it says who the job is', async () => {
    await using server = await startOidcServer({ registered: false });
    const { code, status, message, hint } = await failure(open(server));
    expect([code, status]).toEqual(['UNAUTHORIZED', 422]);
    expect(message).toContain('invalid-publisher: valid token, but no corresponding publisher');
    expect(message).toContain('this job is repository octo/tiny, workflow_ref octo/tiny/.github/workflows/');
    expect(message).not.toContain('\n');
    expect(hint).toContain('https://docs.pypi.org/trusted-publishers/');
  });

  it.each([
    ['an identity for another', 'pypi', (server: OidcServer) => server.identityFor('npm'), 'invalid-token'],
    [
      'an identity that has ended',
      'pypi',
      (server: OidcServer) => server.identityFor('pypi', 0),
      'invalid-token',
    ],
    ['no identity at all', 'pypi', () => 'nonsense', 'invalid-token'],
  ])('the registry refuses %s', async (_, audience, identity, code) => {
    await using server = await startOidcServer({ audience });
    const error = await failure(open(server, { GITLAB_CI: 'true', PYPI_ID_TOKEN: identity(server) }));
    expect(error.message).toContain(code);
    expect(error.transient).toBe(false);
    expect(server.log.filter((line) => line.startsWith('POST'))).toHaveLength(1);
  });

  it('an identity was used before', async () => {
    await using server = await startOidcServer();
    const env = gitlabJob(server);
    await using opened = await open(server, env);
    expect(opened.source).toBeDefined();
    const { message, hint } = await failure(open(server, env));
    expect(message).toContain('invalid-reuse-token');
    expect(hint).toContain('serves once');
  });

  const html = { headers: { 'Content-Type': 'text/html' }, body: '<html>Log in</html>' };
  it.each<[string, OidcFault, Partial<WheelhouseError>]>([
    ['a page as audience', { at: 'audience', status: 200, ...html }, { code: 'REJECTED' }],
    ['no audience', { at: 'audience', status: 200, body: '{}' }, { code: 'REJECTED' }],
    [
      'an audience with a line break',
      { at: 'audience', status: 200, body: '{"audience":"a\\nb"}' },
      { code: 'REJECTED' },
    ],
    ['a page as identity', { at: 'identity', status: 200, ...html }, { code: 'REJECTED' }],
    [
      'an identity that is a number',
      { at: 'identity', status: 200, body: '{"value":7}' },
      { code: 'REJECTED' },
    ],
    ['403 from GitHub', { at: 'identity', status: 403 }, { code: 'FORBIDDEN', status: 403 }],
    [
      'a redirect from GitHub',
      { at: 'identity', status: 302, headers: { Location: 'https://example.com/' } },
      { code: 'REDIRECTED' },
    ],
    ['a page as token', { at: 'mint-token', status: 200, ...html }, { code: 'REJECTED' }],
    ['no token', { at: 'mint-token', status: 200, body: '{"success":true}' }, { code: 'REJECTED' }],
    [
      'a token of two lines',
      { at: 'mint-token', status: 200, body: '{"token":"a\\r\\nb"}' },
      { code: 'REJECTED' },
    ],
    ['a list', { at: 'mint-token', status: 200, body: '[]' }, { code: 'REJECTED' }],
    ['404 to an identity', { at: 'mint-token', status: 404 }, { code: 'NOT_FOUND' }],
    [
      'a redirect of the identity',
      { at: 'mint-token', status: 307, headers: { Location: 'https://example.com/' } },
      { code: 'REDIRECTED' },
    ],
    ['422 without a word', { at: 'mint-token', status: 422 }, { code: 'UNAUTHORIZED' }],
    ['422 with a page', { at: 'mint-token', status: 422, ...html }, { code: 'UNAUTHORIZED' }],
    [
      '422 with nonsense',
      { at: 'mint-token', status: 422, body: '{"errors":[null,{"code":7}]}' },
      { code: 'UNAUTHORIZED' },
    ],
  ])('an answer is none: %s', async (_, fault, expected) => {
    await using server = await startOidcServer();
    server.oidcFaults.push(fault);
    const error = await failure(open(server));
    expect(error).toMatchObject({ ...expected, transient: false });
    expect(error.message).not.toMatch(/\n|<html>/);
    for (const secret of server.secrets) expect(`${error.message} ${error.hint ?? ''}`).not.toContain(secret);
    expect(server.alive()).toEqual([]);
  });

  it('the registry repeats the identity in its refusal: that is masked', async () => {
    await using server = await startOidcServer();
    const identity = server.identityFor('pypi');
    const body = JSON.stringify({ errors: [{ code: 'invalid-token', description: `no good: ${identity}` }] });
    server.oidcFaults.push({ at: 'mint-token', status: 422, body });
    const { message } = await failure(open(server, { GITLAB_CI: 'true', PYPI_ID_TOKEN: identity }));
    expect(message).toContain('invalid-token: no good: ***');
  });

  it('the registry repeats a token in its status line: that is masked', async () => {
    await using server = await startOidcServer();
    const statusText = 'no good: TOKEN';
    for (let n = 0; n < 3; n++) server.oidcFaults.push({ at: 'mint-token', status: 503, statusText });
    const { message } = await failure(open(server));
    expect(message).toContain('503 no good: ***');
    server.oidcFaults.push({ at: 'burn-token', status: 400, statusText });
    const opened = await open(server);
    await opened[Symbol.asyncDispose]();
    expect(JSON.stringify(opened.events)).toContain('400 no good: ***');
  });
});

describe('what may go away by itself', () => {
  it.each<OidcFault>([
    { at: 'audience', status: 503 },
    { at: 'audience', status: 0 },
    { at: 'identity', status: 500 },
    { at: 'identity', status: 0 },
    { at: 'mint-token', status: 502 },
    { at: 'mint-token', status: 429 },
    { at: 'mint-token', status: 0 },
    { at: 'mint-token', status: 0, carriedOut: true },
  ])('is tried again: $at answers $status', async (fault) => {
    await using server = await startOidcServer();
    server.oidcFaults.push(fault);
    await using opened = await open(server);
    expect(await opened.current()).toHaveLength(2);
    expect(opened.kinds()).toEqual(['retry', 'detail']);
    // No identity token was shown twice: the server would have refused it.
    expect(server.log.filter((line) => line.endsWith(' 422'))).toEqual([]);
  });

  it('is given up in the end', async () => {
    await using server = await startOidcServer();
    for (let n = 0; n < 3; n++) server.oidcFaults.push({ at: 'mint-token', status: 503 });
    expect(await failure(open(server))).toMatchObject({ code: 'SERVER_ERROR', status: 503 });
  });

  it.each(['audience', 'mint-token'] as const)('does not wait for ever: %s', async (at) => {
    await using server = await startOidcServer();
    for (let n = 0; n < 3; n++) server.oidcFaults.push({ at, status: -1 });
    expect(await failure(open(server, server.githubJob, 20))).toMatchObject({ code: 'TIMEOUT' });
  });

  it('does not end a run whose token still holds', async () => {
    await using server = await startOidcServer();
    await using opened = await open(server);
    const first = await opened.current();
    server.pass(700);
    for (let n = 0; n < 3; n++) server.oidcFaults.push({ at: 'mint-token', status: 503 });
    expect(await opened.current()).toEqual(first);
    expect(await opened.current()).not.toEqual(first);
  });
});

describe('a token that cannot be burned', () => {
  it.each([
    [1, 503, []],
    [3, 503, ['warning']],
    [1, 404, ['warning']],
  ])('is a warning, not a failure: %i times %i', async (times, status, told) => {
    await using server = await startOidcServer();
    const opened = await open(server);
    for (let n = 0; n < times; n++) server.oidcFaults.push({ at: 'burn-token', status });
    await opened[Symbol.asyncDispose]();
    expect(opened.kinds().filter((kind) => kind === 'warning')).toEqual(told);
    expect(JSON.stringify(opened.events)).not.toContain('pypi-');
  });

  it('is not waited for', async () => {
    await using server = await startOidcServer();
    const opened = await open(server, server.githubJob, 1500);
    for (let n = 0; n < 3; n++) server.oidcFaults.push({ at: 'burn-token', status: -1 });
    await opened[Symbol.asyncDispose]();
    expect(opened.kinds().at(-1)).toBe('warning');
  });

  it('is not tried to burn when it has ended', async () => {
    await using server = await startOidcServer();
    const opened = await open(server);
    server.pass(900);
    await opened[Symbol.asyncDispose]();
    expect(server.log.at(-1)).toBe('POST /_/oidc/mint-token 200');
  });
});

describe('a registry is asked for trusted publishing', () => {
  it.each([
    ['https://upload.pypi.org/legacy/', true],
    ['https://test.pypi.org/legacy/', true],
    ['http://127.0.0.1:8080/legacy/', true],
    ['http://localhost/legacy/', true],
    ['http://[::1]:1/', true],
    ['https://pypi.org.example.com/legacy/', false],
    ['https://registry.example.com/legacy/', false],
    ['https://127.example.com/', false],
  ])('only where no other can be meant: %s', (url, may) => {
    expect(mayTrustPublishers(new URL(url))).toBe(may);
  });
});
