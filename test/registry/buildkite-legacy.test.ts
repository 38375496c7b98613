import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/io/http.ts';
import { Secret } from '../../src/model/secret.ts';
import { openBuildkiteLegacy } from '../../src/registry/buildkite-legacy.ts';
import { describeTarget } from '../conformance/target.ts';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { legacyPlace, startBuildkiteLegacyServer } from '../servers/buildkite-legacy-server.ts';
import { json } from '../servers/buildkite-rules.ts';
import { startRecordingServer } from '../servers/recording-server.ts';
import { publishable } from './artifacts.ts';

const password = 'a1b2c3d4e5f6a7b8';
const open = (url: string, secret = password) =>
  openBuildkiteLegacy({
    ...legacyPlace,
    credentials: { kind: 'basic', username: 'buildkite', password: new Secret(secret) },
    proxyUrl: url,
    http: createHttp(),
  });

describeTarget('of Buildkite Packages (legacy)', async () => {
  const server = await startBuildkiteLegacyServer({ credentials: `buildkite:${password}` });
  return {
    target: open(server.url),
    withWrongCredentials: open(server.url, 'wrong-and-secret'),
    wrongSecret: 'wrong-and-secret',
    stored: () => new Map(server.files.map(({ filename, sha256 }) => [filename, sha256])),
    uploads: () => server.count('upload'),
    loseNextAnswer: () => server.faults.push('lost-answer'),
    answerNextWith: (status, headers = {}) => server.faults.push({ status, headers }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
});

const wheel = makeWheel({ project: 'tiny', version: '1.0' });

describe('an upload on the wire', () => {
  it('is one part of one form', async () => {
    await using server = await startRecordingServer();
    await using folder = await makeFolder([wheel]);
    const target = open(server.url);
    await target.send(await publishable(wheel, folder.path));
    await target.close();
    expect(server.uploads).toMatchObject([
      {
        url: '/api/v1/repos/my-organization/my-python-packages/packages.json',
        headers: {
          authorization: `Basic ${Buffer.from(`buildkite:${password}`).toString('base64')}`,
          'content-length': String(server.uploads[0]?.body.length),
        },
        parts: [{ name: 'package[package_file]', filename: wheel.filename, content: wheel.bytes }],
      },
    ]);
  });

  it.each([
    [
      '{"filename":["has already been taken"]}',
      { status: 'already-there', message: 'filename has already been taken' },
    ],
    [
      '{"filename":["is invalid","is too long"],"version":["can\'t be blank"]}',
      "filename is invalid, filename is too long, version can't be blank",
    ],
    ['{"base":["The repository is full"]}', ': The repository is full'],
    ['{"package_file":["has a taken name"],"count":3}', 'package_file has a taken name'],
  ])('may be answered with what is wrong with which field: %s', async (body, expected) => {
    await using server = await startRecordingServer(() => ({
      status: 422,
      headers: { 'Content-Type': 'application/json' },
      body,
    }));
    await using folder = await makeFolder([wheel]);
    const target = open(server.url);
    const answer = target.send(await publishable(wheel, folder.path));
    if (typeof expected === 'string')
      await expect(answer).rejects.toMatchObject({
        code: 'REJECTED',
        status: 422,
        message: expect.stringContaining(expected) as string,
      });
    else expect(await answer).toEqual(expected);
    await target.close();
  });
});

describe('the target itself', () => {
  it('says where it is, and how it is named, without a secret', () => {
    const target = openBuildkiteLegacy({
      ...legacyPlace,
      credentials: { kind: 'basic', username: 'buildkite', password: new Secret(password) },
      http: createHttp(),
    });
    expect(target).toMatchObject({
      url: 'https://buildkitepackages.com/api/v1/repos/my-organization/my-python-packages/packages.json',
      indexUrl: 'https://buildkitepackages.com/my-organization/my-python-packages/pypi/simple/',
      flags: ['--buildkite-legacy', 'my-organization/my-python-packages'],
      rules: 'any',
    });
    expect(JSON.stringify(target)).not.toContain(password);
  });

  it.each([
    [401, 'UNAUTHORIZED', /-u/],
    [403, 'FORBIDDEN', /-u/],
    [404, 'NOT_AN_UPLOAD_URL', /--buildkite/],
  ])('says what to do about a %i', async (status, code, hint) => {
    await using server = await startBuildkiteLegacyServer();
    await using folder = await makeFolder([wheel]);
    server.faults.push(json(status, { error: 'no' }));
    const target = open(server.url);
    await expect(target.send(await publishable(wheel, folder.path))).rejects.toMatchObject({
      code,
      hint: expect.stringMatching(hint) as string,
    });
    await target.close();
  });
});
