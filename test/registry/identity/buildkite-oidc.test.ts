import { describe, expect, it } from 'vitest';
import { buildkiteOidc, isBuildkiteJob } from '../../../src/registry/identity/buildkite-oidc.ts';
import { findBuildkiteToken } from '../../../src/registry/identity/buildkite-token.ts';
import { makeFolder } from '../../make-distribution.ts';
import { claimsOf, installAgent } from './fake-agent.ts';
import { installProgram } from './fake-program.ts';

const place = { organization: 'my-organization', registry: 'my-python-packages' };

describe('a job of Buildkite', () => {
  it.each([
    [{ BUILDKITE: 'true' }, true],
    [{ BUILDKITE: 'false' }, false],
    [{ BUILDKITE_AGENT_ACCESS_TOKEN: 'x' }, false],
    [{}, false],
  ])('is recognised: %o', (env, expected) => {
    expect(isBuildkiteJob(env)).toBe(expected);
  });

  it('has a token for the registry, and for nothing else, without being told', async () => {
    await using folder = await makeFolder();
    const env = { ...(await installAgent(folder.path)), BUILDKITE: 'true' };
    const guarded: string[] = [];
    const { source, origin } = findBuildkiteToken({
      ...place,
      env,
      onToken: (token) => guarded.push(token.reveal()),
    });
    expect(origin).toBe('this Buildkite job (OIDC)');
    expect(await source.current()).toMatchObject({ kind: 'bearer' });
    const claims = claimsOf(guarded[0] ?? '');
    expect(claims).toMatchObject({
      aud: 'https://packages.buildkite.com/my-organization/my-python-packages',
    });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(300);
  });

  it('gets a new one before the last one ends', async () => {
    await using folder = await makeFolder();
    const env = await installAgent(folder.path, 'process.hrtime.bigint().toString()');
    let nowMs = 0;
    const tokens: string[] = [];
    const source = buildkiteOidc({
      ...place,
      env,
      now: () => nowMs,
      onToken: (token) => tokens.push(token.reveal()),
    });
    for (const at of [0, 239_999, 240_000, 479_000, 480_000]) {
      nowMs = at;
      await source.current();
    }
    expect(new Set(tokens).size).toBe(3);
    await source.close();
  });

  it.each([
    ['which is not there', undefined, /there is no program buildkite-agent/],
    ['which says nothing', 'process.exit(1)', /it ended with status 1$/],
    [
      'which says why',
      'console.error("2026-11-27 10:00:00 INFO  starting\\n2026-11-27 10:00:01 \\x1b[31mFATAL\\x1b[0m 401 Unauthorized\\n"); process.exit(1)',
      /FATAL.* 401 Unauthorized$/,
    ],
    ['which gives nothing', '', /printed no token$/],
    ['which gives something else', 'console.log("usage: ...")', /printed no token$/],
  ])('is told what is the matter with its agent, %s', async (_, body, why) => {
    await using folder = await makeFolder();
    const env =
      body === undefined ? { PATH: folder.path } : await installProgram(folder.path, 'buildkite-agent', body);
    const error: unknown = await buildkiteOidc({ ...place, env })
      .current()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(why) as string,
      hint: expect.stringContaining('BUILDKITE_API_TOKEN') as string,
    });
    expect((error as Error).message).toMatch(
      /^this Buildkite job has no token for the registry: [^\p{Cc}]+$/u,
    );
  });

  it('ends at once with its signal', async () => {
    await using folder = await makeFolder();
    const env = await installProgram(folder.path, 'buildkite-agent', 'setInterval(() => {}, 1000)');
    const abort = new AbortController();
    const token = buildkiteOidc({ ...place, env }).current(abort.signal);
    abort.abort();
    await expect(token).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
