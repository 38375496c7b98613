import { describe, expect, it } from 'vitest';
import { createHttp } from '../../../src/io/http.ts';
import { sleep } from '../../../src/io/retry.ts';
import { Secret } from '../../../src/model/secret.ts';
import { openBuildkite } from '../../../src/registry/buildkite.ts';
import { makeFolder, makeSdist, makeWheel } from '../../make-distribution.ts';
import { json } from '../../servers/buildkite-rules.ts';
import {
  buildkitePlace,
  startBuildkiteServer,
  type BuildkiteServer,
} from '../../servers/buildkite-server.ts';
import { eventsOf, outcomesOf, publishTo, resultOf, type PublishTo } from '../publications.ts';

const release = { project: 'tiny-project', version: '1.0' };
const pure = makeWheel(release);
const linux = makeWheel({ ...release, tag: 'cp312-cp312-manylinux_2_17_x86_64' });
const sdist = await makeSdist(release);
const all = [pure, linux, sdist];
const changed = makeWheel({ ...release, module: 'version = "changed"\n' });
const token = { kind: 'bearer' as const, token: new Secret('bkua_0123456789abcdef') };

function publishAll(
  server: BuildkiteServer,
  folder: string,
  directLimitBytes?: number,
  options: PublishTo = {},
) {
  const limit = directLimitBytes === undefined ? {} : { directLimitBytes };
  const open = () =>
    Promise.resolve(
      openBuildkite({
        ...buildkitePlace,
        ...limit,
        credentials: token,
        proxyUrl: server.url,
        http: createHttp(),
      }),
    );
  return publishTo({ uploadUrl: server.url }, folder, { target: { open }, ...options });
}

/** Every file is there once, with the bytes that were to be sent. */
function expectComplete(server: BuildkiteServer) {
  expect(new Map(server.files.map(({ filename, sha256 }) => [filename, sha256]))).toEqual(
    new Map(all.map(({ filename, sha256 }) => [filename, sha256])),
  );
  expect(server.files).toHaveLength(all.length);
}

const ways = [
  ['directly', undefined],
  ['by way of the store', 0],
] as const;

describe.each(ways)('publishing to Buildkite %s', (_, limit) => {
  it.each([
    ['names and digests', 'digests'],
    ['names', 'names'],
    ['nothing', 'none'],
  ] as const)('sends everything once, the sdist last, where the index tells %s', async (_, index) => {
    await using server = await startBuildkiteServer({ index });
    await using dist = await makeFolder(all);
    const done = await publishAll(server, dist.path, limit);
    expect(done.error).toBeUndefined();
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 3 } });
    expect(done.summary?.artifacts.map(({ reason }) => reason)).toEqual([undefined, undefined, undefined]);
    expectComplete(server);
    expect(server.files[0]?.filename).toBe(sdist.filename);
    const again = await publishAll(server, dist.path, limit);
    expect(again.summary).toMatchObject({ ok: true, counts: { 'already-there': 3 } });
    expect(server.count('upload')).toBe(3);
    expect(done.waits).toEqual([]);
  });

  it('does not send again what landed although its answer was lost', async () => {
    await using server = await startBuildkiteServer();
    await using dist = await makeFolder(all);
    server.faults.push({ of: 'upload', lostAnswer: true });
    const done = await publishAll(server, dist.path, limit);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 3 } });
    expect(server.count('upload')).toBe(3);
    expectComplete(server);
  });

  it.each([
    ['500', { status: 500 }],
    ['502 with a page', { status: 502, body: '<html><title>Bad Gateway</title></html>' }],
    ['408', { status: 408 }],
  ])('tries again after a %s', async (_, answer) => {
    await using server = await startBuildkiteServer();
    await using dist = await makeFolder(all);
    server.faults.push({ of: 'upload', answer }, { of: 'upload', answer });
    const done = await publishAll(server, dist.path, limit);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 3 } });
    expectComplete(server);
  });

  it('takes what it lost track of for its own, though the list is behind and the answer says it is there', async () => {
    await using server = await startBuildkiteServer({ duplicate: 'taken' });
    await using dist = await makeFolder([pure]);
    const behind = { of: 'list', answer: json(200, { items: [], links: {} }) } as const;
    // One name, two spellings: asked before, after the lost answer, and after the claim.
    server.faults.push(...Array.from({ length: 6 }, () => behind), { of: 'upload', lostAnswer: true });
    const done = await publishAll(server, dist.path, limit);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 1 } });
    expect(server.count('upload')).toBe(2);
    expect(server.files).toHaveLength(1);
  });

  it('fails a file that Buildkite keeps with other bytes, and holds the sdist back', async () => {
    await using server = await startBuildkiteServer({
      tamper: (content) => (content.equals(linux.bytes) ? Buffer.concat([content, content]) : content),
    });
    await using dist = await makeFolder(all);
    const done = await publishAll(server, dist.path, limit);
    expect(outcomesOf(done)).toEqual({
      [pure.filename]: 'published',
      [linux.filename]: 'failed',
      [sdist.filename]: 'failed',
    });
    expect(resultOf(done, linux.filename)?.reason).toContain(
      'Buildkite has stored other bytes than were sent',
    );
  });

  it.each(['digests', 'names', 'none'] as const)(
    'passes other bytes over with --skip-existing, with an index of %s',
    async (index) => {
      await using server = await startBuildkiteServer({ index, duplicate: 'taken' });
      await using before = await makeFolder([changed]);
      await using dist = await makeFolder(all);
      await publishAll(server, before.path, limit);
      const done = await publishAll(server, dist.path, limit, { skipExisting: true });
      expect(done.summary).toMatchObject({ ok: true, counts: { published: 2, 'already-there': 1 } });
      expect(resultOf(done, pure.filename)?.reason).toBe('other bytes are there, and stay');
    },
  );
});

describe('a large file on its way through the store', () => {
  it.each(['form', 'store'] as const)('is sent anew when the answer of the %s is lost', async (of) => {
    await using server = await startBuildkiteServer();
    await using dist = await makeFolder(all);
    server.faults.push({ of, lostAnswer: true });
    const done = await publishAll(server, dist.path, 0);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 3 } });
    expectComplete(server);
  });

  it('is sent with a new form when the old one has expired', async () => {
    await using server = await startBuildkiteServer();
    await using dist = await makeFolder([pure]);
    const body = '<Error><Code>AccessDenied</Code><Message>Policy expired.</Message></Error>';
    server.faults.push({ of: 'store', answer: { status: 403, body } });
    const done = await publishAll(server, dist.path, 0);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 1 } });
    expect(server.count('form')).toBe(2);
  });

  it('that the store refuses stops no other', async () => {
    await using server = await startBuildkiteServer();
    await using dist = await makeFolder([pure, linux]);
    server.faults.push({ of: 'store', answer: { status: 403 } });
    const done = await publishAll(server, dist.path, 0, { maxWorkers: 1 });
    expect(done.summary?.counts).toEqual({ published: 1, failed: 1 });
  });
});

describe('the rate limits of Buildkite', () => {
  it.each(['organization', 'user'] as const)(
    'of the %s are met without a refusal by one worker',
    async (who) => {
      // One name, two spellings: the list takes two requests; each window has room for two more.
      await using server = await startBuildkiteServer({ [who]: { limit: 4, windowSeconds: 1 } });
      const wheels = Array.from({ length: 7 }, (_, n) =>
        makeWheel({ ...release, tag: `cp3${n}-cp3${n}-manylinux_2_17_x86_64` }),
      );
      await using dist = await makeFolder(wheels);
      const done = await publishAll(server, dist.path, undefined, { maxWorkers: 1, sleep, verify: false });
      expect(done.summary).toMatchObject({ ok: true, counts: { published: 7 } });
      expect(server.requests.filter(({ status }) => status === 429)).toEqual([]);
    },
  );

  it.each(['organization', 'user'] as const)('of the %s are waited for by all workers', async (who) => {
    await using server = await startBuildkiteServer({ [who]: { limit: 3, windowSeconds: 1 } });
    await using dist = await makeFolder(all);
    const done = await publishAll(server, dist.path, 0, { maxWorkers: 4, sleep });
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 3 } });
    expectComplete(server);
    for (const { reason } of eventsOf(done, 'retry')) expect(reason).toContain('429');
  });

  it('hold a release that has more files than a window has room for, but not for good', async () => {
    await using server = await startBuildkiteServer({
      organization: { limit: 25, windowSeconds: 2 },
      user: { limit: 10, windowSeconds: 1 },
    });
    const wheels = Array.from({ length: 30 }, (_, n) =>
      makeWheel({ ...release, tag: `cp3${n}-cp3${n}-manylinux_2_17_x86_64` }),
    );
    await using dist = await makeFolder(wheels);
    const done = await publishAll(server, dist.path, undefined, { maxWorkers: 8, sleep });
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 30 } });
    expect(server.files).toHaveLength(30);
  });

  it('that hold the list back are waited for before anything is sent', async () => {
    await using server = await startBuildkiteServer();
    await using dist = await makeFolder([pure]);
    const headers = { 'RateLimit-Remaining': '0', 'RateLimit-Reset': '1', 'RateLimit-User-Reset': '60' };
    server.faults.push({ of: 'list', answer: { status: 429, headers } });
    const done = await publishAll(server, dist.path);
    expect(done.summary?.ok).toBe(true);
    const [retry] = eventsOf(done, 'retry');
    expect(retry?.what).toBe('reading the index of tiny-project');
    expect(retry?.delayMs).toBeGreaterThanOrEqual(1000);
    expect(retry?.delayMs).toBeLessThan(60_000);
  });
});

describe('a server that repeats what it is told', () => {
  const secret = token.token.reveal();
  const echo = JSON.stringify({
    message: `no: Bearer ${secret}`,
    errors: [Buffer.from(secret).toString('base64')],
  });

  it.each(
    [400, 401, 403, 404, 409, 413, 422, 429, 500].flatMap((status) =>
      (['list', 'form', 'store', 'upload', 'index'] as const).map((of) => [status, of] as const),
    ),
  )('has nothing of it printed: a %i of the %s', async (status, of) => {
    await using server = await startBuildkiteServer();
    await using dist = await makeFolder([pure]);
    const answer = {
      status,
      headers: { 'Content-Type': 'application/json', 'Retry-After': '0', Link: `<x?${secret}>` },
      body: echo,
    };
    server.faults.push({ of, answer }, { of, answer }, { of, answer });
    const done = await publishAll(server, dist.path, 0, { retries: { attempts: 2, baseDelayMs: 1 } });
    const { events, summary, error } = done;
    const said = JSON.stringify([events, summary, error, error?.message, error?.hint]);
    expect(said).not.toContain(secret);
    expect(said).not.toContain(Buffer.from(secret).toString('base64'));
    expect(said).not.toContain('x-amz-signature');
  });
});

describe('a token that may not', () => {
  it('read is enough to publish with, and is told to be unverified', async () => {
    await using server = await startBuildkiteServer();
    await using dist = await makeFolder([pure]);
    server.faults.push(
      ...Array.from({ length: 2 }, () => ({ of: 'list' as const, answer: { status: 403 } })),
    );
    const done = await publishAll(server, dist.path);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 1 } });
    expect(resultOf(done, pure.filename)?.reason).toBe(
      'accepted; the registry has no index to verify it with',
    );
  });

  it('write ends the run at once', async () => {
    await using server = await startBuildkiteServer();
    await using dist = await makeFolder(all);
    server.faults.push({ of: 'upload', answer: json(403, { message: 'Forbidden' }) });
    const done = await publishAll(server, dist.path, undefined, { maxWorkers: 1 });
    expect(done.error).toMatchObject({
      code: 'FORBIDDEN',
      hint: expect.stringContaining('write_packages') as string,
    });
    expect(server.count('upload')).toBe(1);
  });

  it('be seen at all ends it before', async () => {
    await using server = await startBuildkiteServer({ token: 'bkua_another' });
    await using dist = await makeFolder(all);
    const done = await publishAll(server, dist.path);
    expect(done.error?.code).toBe('UNAUTHORIZED');
    expect(server.count('upload')).toBe(0);
  });
});
