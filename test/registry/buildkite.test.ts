import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashFile } from '../../src/io/hash-file.ts';
import { createHttp } from '../../src/io/http.ts';
import { Secret } from '../../src/model/secret.ts';
import { openBuildkite } from '../../src/registry/buildkite.ts';
import { describeTarget } from '../conformance/target.ts';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import {
  buildkitePlace,
  startBuildkiteServer,
  type BuildkiteServerOptions,
} from '../servers/buildkite-server.ts';
import { json, type Reply } from '../servers/buildkite-rules.ts';
import { imaginary, publishable } from './artifacts.ts';

const token = 'bkua_0123456789abcdef';
const bearer = (secret: string) => ({ kind: 'bearer' as const, token: new Secret(secret) });
const open = (url: string, secret = token, directLimitBytes?: number) =>
  openBuildkite({
    ...buildkitePlace,
    credentials: bearer(secret),
    proxyUrl: url,
    http: createHttp(),
    ...(directLimitBytes === undefined ? {} : { directLimitBytes }),
  });

const ways = [
  ['directly', undefined],
  ['by way of the store', 0],
] as const;

for (const [way, limit] of ways)
  for (const duplicate of [json(409, { message: 'Conflict' }), 'taken'] as const)
    describeTarget(`of Buildkite, uploading ${way}, duplicates ${JSON.stringify(duplicate)}`, async () => {
      const server = await startBuildkiteServer({ token, duplicate });
      return {
        target: open(server.url, token, limit),
        withWrongCredentials: open(server.url, 'bkua_wrong-and-secret', limit),
        wrongSecret: 'bkua_wrong-and-secret',
        stored: () => new Map(server.files.map(({ filename, sha256 }) => [filename, sha256])),
        uploads: () => server.count('upload'),
        loseNextAnswer: () => server.faults.push({ of: 'upload', lostAnswer: true }),
        answerNextWith: (status, headers = {}) =>
          server.faults.push({ of: 'upload', answer: { status, headers } }),
        [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
      };
    });

const release = { project: 'Tiny.Project', version: '1.0' };
const wheel = makeWheel(release);
const linux = makeWheel({ ...release, tag: 'cp312-cp312-manylinux_2_17_x86_64' });
const changed = makeWheel({ ...release, module: 'version = "changed"\n' });
const sdist = await makeSdist(release);

/** A server, a folder with everything, and a target, for one test. */
async function setUp(options: BuildkiteServerOptions = {}, directLimitBytes?: number) {
  const server = await startBuildkiteServer({ token, ...options });
  const folder = await makeFolder([wheel, linux, sdist]);
  const target = open(server.url, token, directLimitBytes);
  return {
    server,
    target,
    folder,
    artifact: (made = wheel) => publishable(made, folder.path),
    async [Symbol.asyncDispose]() {
      await target.close();
      await server[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

describe('an upload on the wire', () => {
  it('is one request with one part, for an ordinary file', async () => {
    await using under = await setUp();
    await under.target.send(await under.artifact());
    expect(under.server.requests).toMatchObject([
      {
        kind: 'upload',
        status: 200,
        authorization: `Bearer ${token}`,
        parts: [{ name: 'file', filename: wheel.filename, content: wheel.bytes }],
      },
    ]);
  });

  it('is a form, the file to the store without the token, and a word about it, for a large one', async () => {
    await using under = await setUp({}, wheel.bytes.length - 1);
    await under.target.send(await under.artifact());
    expect(under.server.requests.map(({ kind, status }) => `${kind} ${status}`)).toEqual([
      'form 200',
      'store 204',
      'upload 200',
    ]);
    const [form, store, upload] = under.server.requests;
    expect(form).toMatchObject({ authorization: `Bearer ${token}`, parts: [] });
    expect(store?.authorization).toBeUndefined();
    expect(store?.parts.at(-1)).toMatchObject({ name: 'file', filename: wheel.filename });
    expect(JSON.stringify(store?.parts.slice(0, -1).map(({ content }) => content.toString()))).not.toContain(
      token,
    );
    expect(upload?.parts.map(({ name, filename }) => [name, filename])).toEqual([['package_url', undefined]]);
    expect(under.server.files.map(({ sha256 }) => sha256)).toEqual([wheel.sha256]);
  });

  it.each(ways)('keeps a plus in a name: %s', async (_, limit) => {
    const local = makeWheel({ project: 'tiny', version: '1.0+cu118' });
    await using server = await startBuildkiteServer();
    await using folder = await makeFolder([local]);
    const target = open(server.url, token, limit);
    await target.send(await publishable(local, folder.path));
    expect([...((await target.known('tiny')) ?? [])]).toEqual([
      [local.filename, { filename: local.filename, hashes: { sha256: local.sha256 } }],
    ]);
    await target.close();
  });

  it.each([
    [64, ['upload']],
    [65, ['form', 'store', 'upload']],
  ])('of %i MiB is %o', async (mebibytes, kinds) => {
    await using under = await setUp();
    const path = join(under.folder.path, 'big');
    const sizeBytes = mebibytes * 1024 * 1024;
    await writeFile(path, '');
    await truncate(path, sizeBytes);
    const { sha256 } = (await hashFile(path, ['sha256'])).hashes;
    const artifact = imaginary('tiny-1.0-py3-none-any.whl', '', { path, sizeBytes, sha256 });
    const told: number[] = [];
    await under.target.send(artifact, { onProgress: (doneBytes) => told.push(doneBytes) });
    expect(under.server.requests.map(({ kind }) => kind)).toEqual(kinds);
    expect(told).toEqual([...told].sort((a, b) => a - b));
    expect(told.at(-1)).toBe(sizeBytes);
  });

  it('takes the short way up to the limit', async () => {
    await using under = await setUp({}, wheel.bytes.length);
    await under.target.send(await under.artifact());
    expect(under.server.requests.map(({ kind }) => kind)).toEqual(['upload']);
  });

  it.each(ways)('that has other bytes in the end is an error: %s', async (_, limit) => {
    await using under = await setUp({ tamper: (content) => Buffer.concat([content, content]) }, limit);
    await expect(under.target.send(await under.artifact())).rejects.toMatchObject({
      code: 'HASH_MISMATCH',
      transient: false,
      message: expect.stringContaining(under.server.files[0]?.sha256 ?? 'none') as string,
      hint: expect.stringContaining('https://buildkite.com/organizations/my-organization') as string,
    });
  });

  it('asks everybody to pause once a limit is used up', async () => {
    await using under = await setUp({ user: { limit: 2, windowSeconds: 40 } });
    expect(await under.target.send(await under.artifact())).toEqual({ status: 'accepted' });
    const second = await under.target.send(await under.artifact(linux));
    expect(second).toEqual({ status: 'accepted', pauseMs: expect.any(Number) as number });
    expect(second.pauseMs).toBeGreaterThan(0);
    expect(second.pauseMs).toBeLessThanOrEqual(40_000);
  });

  it.each(['organization', 'user'] as const)(
    'that is one too many for the %s waits its time',
    async (who) => {
      await using under = await setUp({ [who]: { limit: 0, windowSeconds: 40 } });
      const error: unknown = await under.target
        .send(await under.artifact())
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 'RATE_LIMITED', status: 429, transient: true });
      const { retryAfterMs } = error as { retryAfterMs: number };
      expect(retryAfterMs).toBeGreaterThan(0);
      // The other limit ends in a minute: it is not used up, and so not waited for.
      expect(retryAfterMs).toBeLessThanOrEqual(40_000);
    },
  );
});

describe('a store that refuses a large file', () => {
  const xml = (code: string, message: string) =>
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  it.each([
    [403, xml('AccessDenied', 'Invalid according to Policy: Policy expired.'), 'TIMEOUT', 'Policy expired'],
    [400, xml('RequestTimeout', 'Your socket connection timed out.'), 'TIMEOUT', 'timed out'],
    [403, xml('AccessDenied', 'Access Denied'), 'REJECTED', 'Access Denied'],
    [404, xml('NoSuchBucket', 'The bucket is gone'), 'REJECTED', 'The bucket is gone'],
    [307, '', 'REJECTED', 'answered 307'],
    [409, '', 'REJECTED', 'answered 409'],
    [413, '', 'TOO_LARGE', 'answered 413'],
    [400, xml('EntityTooLarge', 'Too much'), 'REJECTED', 'Too much'],
    [503, xml('SlowDown', 'Reduce your request rate.'), 'SERVER_ERROR', 'Reduce your request rate'],
  ])('%i %s: %s', async (status, body, code, said) => {
    await using under = await setUp({}, 0);
    under.server.faults.push({ of: 'store', answer: { status, body } });
    await expect(under.target.send(await under.artifact())).rejects.toMatchObject({
      code,
      status,
      message: expect.stringContaining(said) as string,
    });
    expect(under.server.count('upload')).toBe(0);
  });

  it('is not told to anybody with what it signed', async () => {
    await using under = await setUp({}, 0);
    const signature = 'f6d24942026ffe7ec32b5f57beb46a26';
    const data = { key: 'k/${filename}', 'x-amz-signature': signature };
    const form = { file_input: 'file', method: 'POST', url: `${under.server.url}store`, data };
    under.server.faults.push(
      { of: 'form', answer: json(200, { form }) },
      { of: 'store', answer: { status: 403, body: xml('SignatureDoesNotMatch', `not ${signature}`) } },
    );
    await expect(under.target.send(await under.artifact())).rejects.toMatchObject({
      message: expect.stringMatching(/answered 403: not \*\*\*$/) as string,
    });
  });

  it.each([
    ['no JSON', 'nothing', /gave no form/],
    ['no form', '{"uri":"s3://x"}', /gave no form/],
    ['no key', '{"form":{"file_input":"file","url":"https://s3.example.com","data":{}}}', /gave no form/],
    [
      'another method',
      '{"form":{"file_input":"file","method":"PUT","url":"https://s3.example.com","data":{"key":"k"}}}',
      /gave no form/,
    ],
    [
      'no web address',
      '{"form":{"file_input":"file","url":"ftp://s3.example.com","data":{"key":"k"}}}',
      /in the clear/,
    ],
  ])('cannot be reached with %s', async (_, body, message) => {
    await using under = await setUp({}, 0);
    under.server.faults.push({ of: 'form', answer: { status: 200, body } });
    await expect(under.target.send(await under.artifact())).rejects.toMatchObject({
      code: 'REJECTED',
      message: expect.stringMatching(message) as string,
    });
  });

  it.each([
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_AN_UPLOAD_URL'],
    [503, 'SERVER_ERROR'],
  ])('for which there was no form: %i', async (status, code) => {
    await using under = await setUp({}, 0);
    under.server.faults.push({ of: 'form', answer: { status } });
    await expect(under.target.send(await under.artifact())).rejects.toMatchObject({ code, status });
    expect(under.server.count('store')).toBe(0);
  });
});

describe('a refusal that may be about a duplicate', () => {
  it('is none where its bytes are listed', async () => {
    await using under = await setUp();
    await under.target.send(await under.artifact());
    expect(await under.target.send(await under.artifact())).toMatchObject({ status: 'already-there' });
    expect(under.server.count('list')).toBeGreaterThan(0);
  });

  it('is one where they are not', async () => {
    await using under = await setUp();
    await under.target.send(await under.artifact());
    await using other = await makeFolder([changed]);
    await expect(under.target.send(await publishable(changed, other.path))).rejects.toMatchObject({
      code: 'REJECTED',
      status: 422,
      message: expect.stringContaining('Validation failed') as string,
    });
  });

  it('keeps its words where the list cannot be read', async () => {
    await using under = await setUp();
    await under.target.send(await under.artifact());
    under.server.faults.push({ of: 'list', answer: { status: 500 } });
    await expect(under.target.send(await under.artifact())).rejects.toMatchObject({ status: 422 });
  });
});

describe('what a registry is known to have', () => {
  it.each([
    ['as the file name has it', (name: string) => name],
    ['as the metadata has it', () => 'Tiny.Project'],
    ['normalized', () => 'tiny-project'],
  ])('is found by the name %s', async (_, spell) => {
    await using under = await setUp({ spell });
    for (const made of [wheel, sdist]) await under.target.send(await under.artifact(made));
    const known = await under.target.known('Tiny.Project');
    expect([...(known?.keys() ?? [])].sort()).toEqual([wheel.filename, sdist.filename].sort());
  });

  it('is no other project', async () => {
    await using under = await setUp();
    await under.target.send(await under.artifact());
    expect(await under.target.known('tiny')).toEqual(new Map());
    expect(under.server.count('index')).toBe(0);
  });

  it('is read page by page', async () => {
    await using under = await setUp({ mostPerPage: 1 });
    for (const made of [wheel, linux, sdist]) await under.target.send(await under.artifact(made));
    expect((await under.target.known('Tiny.Project'))?.size).toBe(3);
    const searches = under.server.requests.filter(({ kind }) => kind === 'list').map(({ search }) => search);
    expect(searches[0]).toBe('?name=Tiny.Project&per_page=100');
    expect(searches.filter((search) => search.includes('after='))).toHaveLength(2);
  });

  it('has names and digests where the index gives names only', async () => {
    await using under = await setUp({ index: 'names' });
    await under.target.send(await under.artifact());
    const known = await under.target.known('Tiny.Project');
    expect(known?.get(wheel.filename)).toEqual({ filename: wheel.filename, hashes: {} });
    expect([...(known?.values() ?? [])].filter(({ nameless }) => nameless !== undefined)).toMatchObject([
      { hashes: { sha256: wheel.sha256 }, nameless: { version: '1.0' } },
    ]);
  });

  it.each([
    ['has no index', { index: 'none' } as const, undefined],
    ['has an index that fails', {}, { status: 503 }],
    ['has an index that does not know the token', {}, { status: 401 }],
  ])('has digests where it %s', async (_, options, answer) => {
    await using under = await setUp(options);
    await under.target.send(await under.artifact());
    if (answer !== undefined) under.server.faults.push({ of: 'index', answer });
    const known = await under.target.known('Tiny.Project');
    expect([...(known?.values() ?? [])]).toMatchObject([
      { hashes: { sha256: wheel.sha256 }, nameless: { version: '1.0' } },
    ]);
    await under.target.known('Tiny.Project');
    if (answer !== undefined) expect(under.server.count('index')).toBe(1);
  });

  it('is not known to a token that may only write', async () => {
    await using under = await setUp();
    under.server.faults.push({ of: 'list', answer: { status: 403 } });
    expect(await under.target.known('Tiny.Project')).toBeUndefined();
  });

  it.each([
    ['401', { status: 401 }, 'UNAUTHORIZED', /token/],
    ['404', { status: 404 }, 'NOT_FOUND', /ORG\/REGISTRY/],
    ['429', { status: 429, headers: { 'RateLimit-User-Reset': '7' } }, 'RATE_LIMITED'],
    ['500', { status: 500 }, 'SERVER_ERROR'],
    ['what is no JSON', { status: 200, body: '<html>' }, 'INVALID_LISTING'],
    ['what is no list', { status: 200, body: '{"items":{}}' }, 'INVALID_LISTING'],
    ['what are no packages', { status: 200, body: '{"items":[{"id":"1"}]}' }, 'INVALID_LISTING'],
    [
      'a next page elsewhere',
      { status: 200, body: '{"items":[],"links":{"next":"https://evil.example/"}}' },
      'INVALID_LISTING',
    ],
    [
      'a next page that is the same',
      {
        status: 200,
        body: '{"items":[],"links":{"next":"?name=Tiny.Project&per_page=100"}}',
      },
      'INVALID_LISTING',
    ],
  ] as [what: string, answer: Reply, code: string, hint?: RegExp][])(
    'is an error where the list answers %s',
    async (_, answer, code, hint) => {
      await using under = await setUp();
      under.server.faults.push({ of: 'list', answer });
      const hinted = hint === undefined ? {} : { hint: expect.stringMatching(hint) as string };
      await expect(under.target.known('Tiny.Project')).rejects.toMatchObject({ code, ...hinted });
    },
  );

  it('goes on where a header says so', async () => {
    await using under = await setUp();
    await under.target.send(await under.artifact());
    const next = `${under.server.url}v2/packages/organizations/my-organization/registries/my-python-packages/packages?name=Tiny_Project&page=2`;
    under.server.faults.push({
      of: 'list',
      answer: {
        status: 200,
        headers: { Link: `<${next}>; rel="next", <${next}>; rel="last"` },
        body: '{"items":[]}',
      },
    });
    expect((await under.target.known('nothing'))?.size).toBe(0);
    expect(under.server.requests.some(({ search }) => search === '?name=Tiny_Project&page=2')).toBe(true);
  });
});

describe('the target itself', () => {
  it('says where it is, and how it is named, without a secret', () => {
    const target = openBuildkite({ ...buildkitePlace, credentials: bearer(token), http: createHttp() });
    expect(target).toMatchObject({
      url: 'https://api.buildkite.com/v2/packages/organizations/my-organization/registries/my-python-packages/packages',
      indexUrl: 'https://packages.buildkite.com/my-organization/my-python-packages/pypi/simple/',
      indexLogin: 'buildkite:<read token>',
      flags: ['--buildkite', 'my-organization/my-python-packages'],
      rules: 'any',
    });
    expect(target.releaseUrl?.('tiny', '1.0')).toBe(
      'https://buildkite.com/organizations/my-organization/packages/registries/my-python-packages',
    );
    expect(JSON.stringify(target)).not.toContain(token);
  });
});
