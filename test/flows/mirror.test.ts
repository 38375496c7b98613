import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { readContainerLinks } from '../../src/flows/fetch/container.ts';
import type { MirrorOptions } from '../../src/flows/mirror/options.ts';
import { yank } from '../../src/flows/yank.ts';
import { openPageCache } from '../../src/io/page-cache.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import { Secret } from '../../src/model/secret.ts';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory } from '../../src/storage/drivers/memory.ts';
import { makeFolder, makeSdist, makeWheel, sha256Of } from '../make-distribution.ts';
import {
  file,
  inTurn,
  locked,
  page,
  startIndexServer,
  versioned,
  type Handler,
} from '../servers/index-server.ts';
import { brokenPromises, flatDigests, putMark } from '../wheelhouse/stored.ts';
import { mirrorTime, mirrorTo, simpleIndex } from './mirrors.ts';
import { makeTwins, uploadFiles } from './uploads.ts';

const one = [
  makeWheel({ project: 'one', version: '1.0', requiresPython: '>=3.9' }),
  makeWheel({ project: 'one', version: '1.1' }),
  await makeSdist({ project: 'one', version: '1.1', requiresPython: '>=3.10' }),
];
const two = [makeWheel({ project: 'two', version: '2.0+local.1', tag: 'cp312-cp312-win_amd64' })];
const all = [...one, ...two];
const [old, recent, sdist] = one as [(typeof one)[0], (typeof one)[0], (typeof one)[0]];
const digests = (files: readonly { filename: string; sha256: string }[]) =>
  Object.fromEntries(files.map(({ filename, sha256 }) => [filename, sha256]));

describe('mirror', () => {
  it('copies all that a simple index leads to, and nothing again', async () => {
    await using server = await startIndexServer(simpleIndex({ one, two }));
    await using cache = await makeFolder();
    const store = new MemoryStore();
    const options = { cache: openPageCache(cache.path) };
    const first = await mirrorTo(store, [`${server.origin}/simple/`], options);
    expect(first.errors).toEqual([]);
    expect(first.summary).toMatchObject({ command: 'mirror', ok: true, exitCode: 0, counts: { copied: 4 } });
    expect(flatDigests(store)).toEqual(digests(all));
    expect(brokenPromises(store)).toEqual([]);

    server.visits.length = 0;
    const again = await mirrorTo(store, [`${server.origin}/simple/`], options);
    expect(again.summary).toMatchObject({ ok: true, counts: { unchanged: 4 } });
    // Pages only, and each says that it has not changed.
    expect(server.paths().sort()).toEqual(['/simple/', '/simple/one/', '/simple/two/']);
    expect(server.visits.every(({ headers }) => headers['if-none-match'] !== undefined)).toBe(true);
    expect(again.container.calls.filter(({ operation }) => operation === 'list')).toHaveLength(1);
    expect(again.container.calls.filter(({ operation }) => operation === 'write')).toEqual([]);
    // Nothing to say: no artifact, no page, an empty plan.
    expect(again.events.map(({ event }) => event)).toEqual(['plan']);
    expect(again.events[0]).toMatchObject({ steps: [] });
  });

  it('costs as many requests for a hundred files as for one', async () => {
    const many = Array.from({ length: 100 }, (_, i) => makeWheel({ project: 'many', version: `1.${i}` }));
    const requests = [];
    for (const files of [many.slice(0, 1), many]) {
      await using server = await startIndexServer(simpleIndex({ many: files }));
      const store = new MemoryStore();
      await mirrorTo(store, [`${server.origin}/simple/`]);
      server.visits.length = 0;
      const { container } = await mirrorTo(store, [`${server.origin}/simple/`]);
      requests.push([server.visits.length, container.calls.length]);
    }
    expect(requests[1]).toEqual(requests[0]);
  });

  it('looks at the container while it waits for the pages', async () => {
    const store = new MemoryStore();
    let tellListed: () => void;
    const listed = new Promise<void>((resolve) => (tellListed = resolve));
    const container = openMemory({
      store,
      misbehave: ({ operation }) => {
        if (operation === 'list') tellListed();
        return undefined;
      },
    });
    const routes = simpleIndex({ one });
    const answer = routes['/simple/one/'] as Handler;
    await using server = await startIndexServer({
      ...routes,
      '/simple/one/': async (request, response) => {
        await listed;
        await answer(request, response);
      },
    });
    const { summary } = await mirrorTo(store, [`${server.origin}/simple/`], { container });
    expect(summary).toMatchObject({ ok: true, counts: { copied: 3 } });
  });

  it('makes no container when no index can be read', async () => {
    await using server = await startIndexServer();
    const store = new MemoryStore({ exists: false });
    const { summary, container } = await mirrorTo(store, [`${server.origin}/simple/`]);
    expect(summary).toMatchObject({ ok: false, exitCode: 1 });
    expect(container.calls).toEqual([]);
  });

  it.each([
    ['was mistyped', { projects: ['oen'] }, false],
    ['has no version that is wanted', { projects: ['one'], versions: '>=7' }, true],
  ])('makes no container for a project that %s', async (_, options, ok) => {
    await using server = await startIndexServer(simpleIndex({ one }));
    const store = new MemoryStore({ exists: false });
    const { summary, errors } = await mirrorTo(store, [`${server.origin}/simple/`], options);
    expect(summary).toMatchObject({ ok, counts: {} });
    expect(summary.dryRun).toBeUndefined();
    expect(errors).toEqual(ok ? [] : ['no index lists a file of oen']);
    expect(store.exists).toBe(false);
    const later = await mirrorTo(store, [`${server.origin}/simple/`], { projects: ['one'] });
    expect(later.summary).toMatchObject({ ok: true, counts: { copied: 3 } });
    expect(store.exists).toBe(true);
  });

  it('fails with what is wrong with the container, and leaves nothing running', async () => {
    await using server = await startIndexServer(simpleIndex({ one, two }));
    const refused = new WheelhouseError('FORBIDDEN', 'not for you');
    const store = new MemoryStore();
    const container = openMemory({ store, misbehave: () => refused });
    await expect(mirrorTo(store, [`${server.origin}/simple/`], { container })).rejects.toBe(refused);
    const operations = container.calls.map(({ operation }) => operation);
    expect(new Set(operations)).toEqual(new Set(['read'])); // one look, and it goes no further
    expect(server.paths().sort()).toEqual(['/simple/', '/simple/one/', '/simple/two/']);
  });

  it('takes new files of a page that has changed', async () => {
    await using server = await startIndexServer(simpleIndex({ one: one.slice(0, 1), two }));
    await using cache = await makeFolder();
    const store = new MemoryStore();
    const options = { cache: openPageCache(cache.path) };
    await mirrorTo(store, [`${server.origin}/simple/`], options);
    Object.assign(server.routes, simpleIndex({ one, two }));
    const { summary } = await mirrorTo(store, [`${server.origin}/simple/`], options);
    expect(summary.counts).toEqual({ copied: 2, unchanged: 2 });
    expect(flatDigests(store)).toEqual(digests(all));
  });

  it.each<[string, Partial<MirrorOptions>, readonly { filename: string }[]]>([
    ['a project', { projects: ['Two'] }, two],
    ['versions', { versions: '>=1.1,<2' }, [recent, sdist]],
    ['the newest version of each project', { latest: 1 }, [recent, sdist, ...two]],
    ['no sdists', { sdists: false }, [old, recent, ...two]],
    ['a platform', { platform: 'macosx_11_0_arm64', projects: ['one', 'two'] }, one],
    ['globs', { include: ['one-*'], exclude: ['*.tar.gz'] }, [old, recent]],
  ])('takes only what is asked for: %s', async (_, options, expected) => {
    await using server = await startIndexServer(simpleIndex({ one, two }));
    const store = new MemoryStore();
    const { summary } = await mirrorTo(store, [`${server.origin}/simple/`], options);
    expect(summary.ok).toBe(true);
    expect(Object.keys(flatDigests(store)).sort()).toEqual(expected.map(({ filename }) => filename).sort());
  });

  it('asks for no page but those of the projects that are meant', async () => {
    await using server = await startIndexServer(simpleIndex({ one, two }));
    await mirrorTo(new MemoryStore(), [`${server.origin}/simple/`], { projects: ['two'] });
    expect(server.paths().filter((path) => path.startsWith('/simple'))).toEqual(['/simple/two/']);
  });

  it('reads a flat page of many projects once, and lists without hashes', async () => {
    const links = all.map(({ filename }) => ({ url: encodeURIComponent(filename) }));
    const files = Object.fromEntries(
      all.map(({ filename, bytes }) => [`/${encodeURIComponent(filename)}`, bytes]),
    );
    await using server = await startIndexServer({ '/': page(links), ...files });
    const store = new MemoryStore();
    const { summary } = await mirrorTo(store, [server.origin], { projects: ['one', 'two'] });
    expect(summary.counts).toEqual({ copied: 4 });
    expect(flatDigests(store)).toEqual(digests(all));
    server.visits.length = 0;
    expect((await mirrorTo(store, [server.origin])).summary.counts).toEqual({ unchanged: 4 });
    expect(server.paths()).toEqual(['/']);
  });

  it('merges several indexes, and goes on with another where one has lost the file', async () => {
    await using a = await startIndexServer(simpleIndex({ one: [old] }));
    await using b = await startIndexServer(simpleIndex({ one: [old, recent] }));
    a.routes[`/files/${old.filename}`] = (_, response) => void response.writeHead(404).end();
    const store = new MemoryStore();
    const { summary } = await mirrorTo(store, [`${a.origin}/simple/`, `${b.origin}/simple/`]);
    expect(summary).toMatchObject({ ok: true, counts: { copied: 2 } });
    expect(flatDigests(store)).toEqual(digests([old, recent]));
  });

  it('copies from a container by its own protocol', async () => {
    const source = new MemoryStore();
    await uploadFiles(openMemory({ store: source }), all);
    const store = new MemoryStore();
    const { summary } = await mirrorTo(store, ['s3://source'], {
      readContainerIndex: () => readContainerLinks(openMemory({ store: source })),
    });
    expect(summary).toMatchObject({ ok: true, counts: { copied: 4 } });
    expect(flatDigests(store)).toEqual(digests(all));
    // Also the dates: a mirror resolves by date as its source does.
    expect(store.get('metadata.json')?.bytes).toEqual(source.get('metadata.json')?.bytes);
  });

  it('keeps what a wheel says of itself, and the date and the yank that the index gives', async () => {
    const json = {
      meta: { 'api-version': '1.1' },
      name: 'one',
      files: [
        {
          filename: old.filename,
          url: `../../files/${old.filename}`,
          hashes: { sha256: old.sha256 },
          'requires-python': '>=2.7',
          'upload-time': '2020-02-03T04:05:06.789012Z',
          'core-metadata': { sha256: sha256Of(old.metadata) },
          yanked: 'breaks the build',
        },
        { filename: recent.filename, url: `../../files/${recent.filename}`, hashes: {} },
      ],
    };
    await using server = await startIndexServer({
      ...simpleIndex({ one }),
      '/simple/one/': versioned(JSON.stringify(json), 'application/vnd.pypi.simple.v1+json'),
    });
    const store = new MemoryStore();
    await mirrorTo(store, [`${server.origin}/simple/`]);
    expect(JSON.parse(store.get('metadata.json')?.bytes.toString() ?? '')).toMatchObject({
      [old.filename]: {
        uploaded: '2020-02-03T04:05:06.789Z',
        'requires-python': '>=3.9',
        'metadata-sha256': sha256Of(old.metadata),
        yanked: 'breaks the build',
      },
      [recent.filename]: { uploaded: mirrorTime.toISOString() },
    });
    expect(store.get(`${old.filename}.metadata`)?.bytes.toString()).toBe(old.metadata);
    // The sidecar is in the wheel: nobody has to be asked for it.
    expect(server.paths().filter((path) => path.endsWith('.metadata'))).toEqual([]);
  });

  it('follows the yanks of the source, and leaves those made here', async () => {
    await using server = await startIndexServer(simpleIndex({ one }));
    const store = new MemoryStore();
    const indexes = [`${server.origin}/simple/`];
    await mirrorTo(store, indexes);
    await putMark(openMemory({ store }), recent.filename, 'yanked', 'ours');
    const yankedPage = (attribute: string) => {
      const links = one.map(
        ({ filename, sha256 }) => `<a href="/files/${filename}#sha256=${sha256}" ${attribute}>x</a>`,
      );
      return `<html><body>${links.join('')}</body></html>`;
    };
    const yanks = () => {
      const known = JSON.parse(store.get('metadata.json')?.bytes.toString() ?? '') as Record<
        string,
        { yanked?: string }
      >;
      return one.map(({ filename }) => known[filename]?.yanked);
    };
    server.routes['/simple/one/'] = yankedPage('data-yanked="theirs"');
    const { summary } = await mirrorTo(store, indexes);
    expect(summary.counts).toEqual({ unchanged: 3 });
    expect(yanks()).toEqual(['theirs', 'ours', 'theirs']);
    expect(store.get('simple/one/index.html')?.bytes.toString()).toContain('data-yanked="theirs"');

    const again = await mirrorTo(store, indexes);
    expect(again.container.calls.some(({ operation }) => operation === 'write')).toBe(false);
    server.routes['/simple/one/'] = yankedPage('data-yanked="worse"');
    await mirrorTo(store, indexes);
    expect(yanks()).toEqual(['worse', 'ours', 'worse']);

    // One of them is made the container's own, as it is.
    await yank({ container: openMemory({ store }), files: [sdist.filename], reason: 'worse' });
    server.routes['/simple/one/'] = yankedPage('');
    const back = await mirrorTo(store, indexes);
    expect(back.events.find(({ event }) => event === 'plan')).toMatchObject({
      steps: [{ filename: old.filename, action: 'keep' }],
    });
    expect(yanks()).toEqual([undefined, 'ours', 'worse']);
    expect(store.get('simple/one/index.html')?.bytes.toString()).not.toContain(`data-yanked="theirs"`);
  });

  it('only says what it would do in a dry run', async () => {
    await using server = await startIndexServer(simpleIndex({ one, two }));
    const store = new MemoryStore();
    const { summary, events, container } = await mirrorTo(store, [`${server.origin}/simple/`], {
      dryRun: true,
    });
    expect(summary).toMatchObject({ ok: true, dryRun: true, counts: { copied: 4 } });
    expect(events.find(({ event }) => event === 'plan')).toMatchObject({
      dryRun: true,
      target: container.url,
    });
    expect(store.listed('')).toEqual([]);
    expect(server.paths().some((path) => path.startsWith('/files'))).toBe(false);
  });

  it('gives private indexes their credentials, and nobody else', async () => {
    const routes = simpleIndex({ one });
    const lock = (path: string) => {
      const route = routes[path];
      if (typeof route === 'function') return locked('me:sesame', route);
      return locked('me:sesame', file(route as Buffer));
    };
    await using server = await startIndexServer(
      Object.fromEntries(Object.keys(routes).map((path) => [path, lock(path)])),
    );
    await using open = await startIndexServer(simpleIndex({ two }));
    const store = new MemoryStore();
    const { summary } = await mirrorTo(store, [`${open.origin}/simple/`, `${server.origin}/simple/`], {
      username: 'me',
      secret: new Secret('sesame'),
    });
    expect(summary).toMatchObject({ ok: true, counts: { copied: 4 } });
    expect(open.visits.some(({ headers }) => headers.authorization !== undefined)).toBe(false);
  });
});

describe('a mirror of a source that fails', () => {
  it.each<[string, RegExp, Handler]>([
    ['answers 500', /500|server error/i, (_, response) => void response.writeHead(500).end()],
    ['answers 404', /404|not found|there is no/i, (_, response) => void response.writeHead(404).end()],
    [
      'breaks off',
      /middle of the page/,
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html' }).end('<html><body><a href="one-'),
    ],
  ])('a page that %s: the rest is copied, and the run has failed', async (_, message, handler) => {
    await using server = await startIndexServer(simpleIndex({ one, two }));
    server.routes['/simple/one/'] = handler;
    const store = new MemoryStore();
    const { summary, errors } = await mirrorTo(store, [`${server.origin}/simple/`]);
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: { copied: 1 } });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(message);
    expect(errors[0]).toContain(server.origin);
    expect(flatDigests(store)).toEqual(digests(two));
  });

  it('an index that is away: the other one is copied, and the run has failed', async () => {
    await using server = await startIndexServer(simpleIndex({ two }));
    const store = new MemoryStore();
    const { summary, errors } = await mirrorTo(store, [
      'http://127.0.0.1:1/simple/',
      `${server.origin}/simple/`,
    ]);
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: { copied: 1 } });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain('http://127.0.0.1:1/simple/');
  });

  it('the only index is away: nothing is done', async () => {
    const store = new MemoryStore();
    const { summary, container } = await mirrorTo(store, ['http://127.0.0.1:1/simple/']);
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: {} });
    expect(container.calls).toEqual([]);
  });

  it('a project that nobody lists: the others are copied, and the run has failed', async () => {
    await using server = await startIndexServer(simpleIndex({ one }));
    const store = new MemoryStore();
    const { summary, errors } = await mirrorTo(store, [`${server.origin}/simple/`], {
      projects: ['one', 'three'],
    });
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: { copied: 3 } });
    expect(errors).toEqual(['no index lists a file of three']);
  });

  it('bad files: each is an outcome with its reason, the others are copied, nothing is left behind', async () => {
    const renamed = makeWheel({ project: 'one', version: '9.0' });
    const wrong = { ...makeWheel({ project: 'one', version: '3.0' }), sha256: 'f'.repeat(64) };
    const gone = makeWheel({ project: 'one', version: '4.0' });
    const liar = { ...renamed, filename: 'one-5.0-py3-none-any.whl' };
    await using server = await startIndexServer(simpleIndex({ one: [...one, wrong, gone, liar] }));
    server.routes[`/files/${gone.filename}`] = (_, response) => void response.writeHead(500).end();
    await using spool = await makeFolder();
    const store = new MemoryStore();
    const { summary, outcomes } = await mirrorTo(store, [`${server.origin}/simple/`], {
      spoolFolder: spool.path,
    });
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: { copied: 3, failed: 3 } });
    expect(outcomes).toMatchObject({
      [wrong.filename]: 'failed',
      [gone.filename]: 'failed',
      [liar.filename]: 'failed',
    });
    const reasonOf = ({ filename }: { filename: string }) =>
      summary.artifacts.find((artifact) => artifact.filename === filename)?.reason;
    expect(reasonOf(wrong)).toMatch(/not the file that the index names/);
    expect(reasonOf(gone)).toMatch(/500|server/i);
    expect(reasonOf(liar)).toMatch(/another name or version/);
    expect(flatDigests(store)).toEqual(digests(one));
    expect(store.listed('').some(({ key }) => key.includes('one-3.0'))).toBe(false);
    expect(await readdir(spool.path)).toEqual([]);
  });

  it('a download that breaks off is gone on with', async () => {
    const bytes = old.bytes;
    await using server = await startIndexServer(simpleIndex({ one: [old] }));
    server.routes[`/files/${old.filename}`] = inTurn(
      (_, response) => {
        response.writeHead(200, { 'content-length': bytes.length, etag: '"v1"' });
        response.write(bytes.subarray(0, 100), () => setTimeout(() => response.destroy(), 20));
      },
      file(bytes, { etag: '"v1"' }),
    );
    const store = new MemoryStore();
    const { summary } = await mirrorTo(store, [`${server.origin}/simple/`]);
    expect(summary).toMatchObject({ ok: true, counts: { copied: 1 } });
    expect(flatDigests(store)).toEqual(digests([old]));
  });
});

describe('a mirror into a container that has something', () => {
  it('keeps what is there with the same digest, whoever has brought it', async () => {
    await using server = await startIndexServer(simpleIndex({ one, two }));
    const store = new MemoryStore();
    await uploadFiles(openMemory({ store }), [old, ...two]);
    const { outcomes } = await mirrorTo(store, [`${server.origin}/simple/`]);
    expect(outcomes).toEqual({
      [old.filename]: 'unchanged',
      [recent.filename]: 'copied',
      [sdist.filename]: 'copied',
      [two[0]!.filename]: 'unchanged',
    });
    expect(server.paths()).not.toContain(`/files/${old.filename}`);
  });

  it('refuses other bytes of a release without reading them, and overwrites a dev build', async () => {
    const nightly = makeWheel({ project: 'one', version: '2.0.dev0', module: 'night = 1\n' });
    const newer = makeWheel({ project: 'one', version: '2.0.dev0', module: 'night = 2  # longer\n' });
    const changed = makeWheel({ project: 'one', version: '1.0', module: 'x = 1\n' });
    const store = new MemoryStore();
    await uploadFiles(openMemory({ store }), [old, nightly]);
    await using server = await startIndexServer(simpleIndex({ one: [changed, newer] }));
    const { summary, outcomes } = await mirrorTo(store, [`${server.origin}/simple/`]);
    expect(summary).toMatchObject({ ok: false, exitCode: 1 });
    expect(outcomes).toEqual({ [changed.filename]: 'failed', [newer.filename]: 'copied' });
    expect(server.paths()).not.toContain(`/files/${changed.filename}`);
    expect(flatDigests(store)).toEqual(digests([old, newer]));
    // The record of the old bytes is gone with them.
    expect(store.listed(`.wheelhouse/v1/${newer.filename}/`)).toHaveLength(1);

    const forced = await mirrorTo(store, [`${server.origin}/simple/`], { onConflict: 'overwrite' });
    expect(forced.summary).toMatchObject({ ok: true, counts: { copied: 1, unchanged: 1 } });
    expect(flatDigests(store)).toEqual(digests([changed, newer]));
    expect(brokenPromises(store)).toEqual([]);
  });

  it('leaves no record beside the bytes of an upload that came in between', async () => {
    const [copied, uploaded] = makeTwins();
    await using server = await startIndexServer(simpleIndex({ pkg: [copied] }));
    const store = new MemoryStore();
    let met = false;
    const container = openMemory({
      store,
      misbehave: async ({ operation, key }) => {
        if (met || operation !== 'write' || !key.includes(copied.sha256)) return undefined;
        met = true;
        await uploadFiles(openMemory({ store }), [uploaded]); // its clock is behind
        return undefined;
      },
    });
    const { summary } = await mirrorTo(store, [`${server.origin}/simple/`], { container });
    expect(summary.artifacts).toMatchObject([{ outcome: 'failed', reason: /overwritten by another upload/ }]);
    expect(flatDigests(store)).toEqual(digests([uploaded]));
    expect(brokenPromises(store)).toEqual([]);
  });

  it('lists again what was marked as pruned, without page or file in between', async () => {
    await using server = await startIndexServer(simpleIndex({ one }));
    const store = new MemoryStore();
    await mirrorTo(store, [`${server.origin}/simple/`]);
    await putMark(openMemory({ store }), old.filename, 'pruned', 'gone');
    const { summary } = await mirrorTo(store, [`${server.origin}/simple/`]);
    expect(summary.ok).toBe(true);
    expect(flatDigests(store)).toEqual(digests(one));
  });
});

it('warns of a page that lists nothing, which is perhaps no index', async () => {
  await using server = await startIndexServer({ '/project/': '<a href="/login">Sign in</a>' });
  const { summary, events } = await mirrorTo(new MemoryStore(), [`${server.origin}/project/`]);
  expect(summary).toMatchObject({ ok: true, exitCode: 0 });
  expect(events).toContainEqual({
    event: 'warning',
    message: `${server.origin}/project/ lists no distribution, and no project that has one`,
    hint: 'check that it is the right page',
  });
});

it.each<[string, Partial<MirrorOptions>, RegExp]>([
  ['a requirement', { projects: ['numpy>=2'] }, /no name of a project/],
  ['no index', { indexes: [] }, /no index/],
  ['a bad URL', { indexes: ['http://'] }, /no valid URL/],
  ['a bad name', { projects: ['-'] }, /no name of a project/],
  ['a bad specifier', { versions: '1.0' }, /--versions: 1\.0 is no version clause/],
  ['a bad count', { latest: 0 }, /no number of versions/],
  ['no workers', { maxWorkers: 0 }, /no number of workers/],
])('is used wrongly: %s', async (_, options, message) => {
  await expect(mirrorTo(new MemoryStore(), ['./dist'], options)).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(message) as string,
  });
});
