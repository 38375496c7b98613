import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../../src/model/errors.ts';
import { findBuildkiteToken } from '../../../src/registry/identity/buildkite-token.ts';

const place = { organization: 'my-organization', registry: 'my-python-packages' };

/** The token and where it was found, or the error. */
async function find(token: string | undefined, env: Record<string, string>) {
  const guarded: string[] = [];
  try {
    const found = findBuildkiteToken({
      ...place,
      token,
      env,
      onToken: (secret) => guarded.push(secret.reveal()),
    });
    const credentials = await found.source.current();
    const value = credentials?.kind === 'bearer' ? credentials.token.reveal() : undefined;
    return { value, origin: found.origin, guarded };
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError)) throw thrown;
    return { error: thrown, guarded };
  }
}

describe('the token for a registry of Buildkite', () => {
  const all = {
    WHEELHOUSE_UPLOADER_TOKEN: 'own',
    BUILDKITE_API_TOKEN: 'buildkite',
    REGISTRY_WRITE_TOKEN: 'curl',
  };
  it.each<
    [what: string, flag: string | undefined, env: Record<string, string>, value: string, origin: string]
  >([
    ['the flag before all else', 'flag', all, 'flag', '--token'],
    ["this tool's variable", undefined, all, 'own', 'WHEELHOUSE_UPLOADER_TOKEN'],
    [
      "that of Buildkite's tools",
      undefined,
      { ...all, WHEELHOUSE_UPLOADER_TOKEN: '' },
      'buildkite',
      'BUILDKITE_API_TOKEN',
    ],
    ['that of the curl line', '', { REGISTRY_WRITE_TOKEN: 'curl' }, 'curl', 'REGISTRY_WRITE_TOKEN'],
    ['one with a line break after it', 'flag\n', {}, 'flag', '--token'],
    [
      'one in a job, before its own',
      undefined,
      { BUILDKITE: 'true', BUILDKITE_API_TOKEN: 'b' },
      'b',
      'BUILDKITE_API_TOKEN',
    ],
  ])('is %s', async (_, flag, env, value, origin) => {
    expect(await find(flag, env)).toEqual({ value, origin, guarded: [value] });
  });

  it.each<[what: string, flag: string | undefined, env: Record<string, string>]>([
    ['nowhere', undefined, {}],
    ['empty', '', { BUILDKITE_API_TOKEN: '', REGISTRY_WRITE_TOKEN: '  ' }],
    ["another registry's", undefined, { TWINE_PASSWORD: 'pypi-1', WHEELHOUSE_UPLOADER_PASSWORD: 'p' }],
    ['outside a job', undefined, { BUILDKITE: 'false' }],
  ])('is missing: %s', async (_, flag, env) => {
    const { error, guarded } = await find(flag, env);
    expect(error).toMatchObject({ code: 'CONFIG', exitCode: 2 });
    expect(error?.message).toBe('there is no token for my-organization/my-python-packages at Buildkite');
    expect(error?.hint).toContain('BUILDKITE_API_TOKEN');
    expect(guarded).toEqual([]);
  });

  it.each(['two words', 'line\nbreak', '“quoted”', 'nul\0'])('is no token: %o', async (token) => {
    const { error, guarded } = await find(token, {});
    expect(error).toMatchObject({
      code: 'CONFIG',
      message: 'the token of --token has characters that no token has',
    });
    expect(guarded).toEqual([token]);
  });
});
