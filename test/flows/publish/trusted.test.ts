import { describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/io/http.ts';
import { findIdentityProvider } from '../../../src/registry/identity/identity-token.ts';
import { openTrustedPublishing } from '../../../src/registry/identity/trusted-publishing.ts';
import { openUploadApi } from '../../../src/registry/upload-api.ts';
import { makeFolder, makeSdist, makeWheel } from '../../make-distribution.ts';
import { startOidcServer, type OidcServer } from '../../servers/oidc-server.ts';
import { eventsOf, publishTo, type PublishTo } from '../publications.ts';

const release = { project: 'tiny', version: '1.0' };
const wheels = Array.from({ length: 11 }, (_, n) =>
  makeWheel({ ...release, tag: `cp3${n}-cp3${n}-manylinux_2_17_x86_64` }),
);
const sdist = await makeSdist(release);

/** Publishes as the trusted job that the environment describes, by the clock of the server. */
async function publishTrusted(
  server: OidcServer,
  folder: string,
  env = server.githubJob,
  options: PublishTo = {},
) {
  const target = {
    open: async () => {
      const http = createHttp();
      const provider = findIdentityProvider(env);
      if (provider === undefined) throw new Error('no CI system');
      const uploadUrl = new URL(server.uploadUrl);
      const onSecret = () => undefined;
      const { nowMs: now } = server;
      const retries = { baseDelayMs: 1 };
      const credentials = await openTrustedPublishing({ uploadUrl, provider, http, onSecret, now, retries });
      return openUploadApi({ url: uploadUrl, credentials, http });
    },
  };
  return publishTo(server, folder, { ...options, target });
}

const statusesOf = (server: OidcServer, line: string) =>
  server.log.filter((one) => one.startsWith(line)).map((one) => one.slice(line.length + 1));

describe('a release that takes longer than a token lives', () => {
  it.each([1, 4])('is published whole, with %i workers: tokens are renewed in time', async (maxWorkers) => {
    // Twelve files of 200 s each are 40 minutes; a token lives 15.
    await using server = await startOidcServer({ onUpload: () => server.pass(200) });
    await using dist = await makeFolder([...wheels, sdist]);
    const done = await publishTrusted(server, dist.path, server.githubJob, { maxWorkers });
    expect(done.error).toBeUndefined();
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 12 } });
    expect(statusesOf(server, 'POST /legacy/')).toEqual(Array<string>(12).fill('200'));
    const minted = statusesOf(server, 'POST /_/oidc/mint-token');
    expect(minted.length).toBeGreaterThanOrEqual(3);
    expect(new Set(minted)).toEqual(new Set(['200']));
    expect(eventsOf(done, 'retry')).toEqual([]);
    expect(server.alive()).toEqual([]);
  });

  it('stops where a job has no second identity, says why, and says how to go on', async () => {
    await using server = await startOidcServer({ onUpload: () => server.pass(200) });
    await using dist = await makeFolder([...wheels, sdist]);
    const job = () => ({ GITLAB_CI: 'true', PYPI_ID_TOKEN: server.identityFor('pypi') });
    const done = await publishTrusted(server, dist.path, job(), { maxWorkers: 1 });
    expect(done.summary).toMatchObject({ ok: false, exitCode: 1 });
    expect(done.summary?.counts.published).toBe(5);
    expect(eventsOf(done, 'warning').map(({ message }) => message)).toContainEqual(
      expect.stringContaining('GitLab CI gives a job only one identity'),
    );
    expect(done.summary?.nextSteps?.[0]).toContain('wheelhouse publish');
    expect(server.files.has(sdist.filename)).toBe(false);
    // Twice again, and it is all there; nothing is sent twice.
    await publishTrusted(server, dist.path, job(), { maxWorkers: 1 });
    const last = await publishTrusted(server, dist.path, job(), { maxWorkers: 1 });
    expect(last.summary).toMatchObject({ ok: true, counts: { 'already-there': 10, published: 2 } });
    expect(statusesOf(server, 'POST /legacy/')).toEqual(Array<string>(12).fill('200'));
  });
});

describe('a token of trusted publishing', () => {
  it('is burned after a failure', async () => {
    await using server = await startOidcServer();
    server.faults.push({ kind: 'status', status: 400, body: 'no', times: 20 });
    await using dist = await makeFolder(wheels);
    const done = await publishTrusted(server, dist.path);
    expect(done.summary).toMatchObject({ ok: false, counts: { failed: 11 } });
    expect(statusesOf(server, 'POST /_/oidc/burn-token')).toEqual(['202']);
    expect(server.alive()).toEqual([]);
  });

  it('is burned after an interruption', async () => {
    const interrupt = new AbortController();
    await using server = await startOidcServer({ onUpload: () => interrupt.abort() });
    await using dist = await makeFolder(wheels);
    const done = await publishTrusted(server, dist.path, server.githubJob, { signal: interrupt.signal });
    expect(done.error?.code).toBe('ABORTED');
    expect(statusesOf(server, 'POST /_/oidc/burn-token')).toEqual(['202']);
    expect(server.alive()).toEqual([]);
  });

  it('stops everything at once when the registry has burned it meanwhile', async () => {
    await using server = await startOidcServer();
    await using dist = await makeFolder(wheels);
    server.oidcFaults.push({ at: 'mint-token', status: 200, body: '{"token":"pypi-burned"}' });
    const done = await publishTrusted(server, dist.path, server.githubJob, { maxWorkers: 1 });
    expect(done.error?.code).toBe('FORBIDDEN');
    expect(statusesOf(server, 'POST /legacy/')).toEqual(['403']);
  });
});
