import { readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createHttp } from '../../src/io/http.ts';
import { conditionalHeaders, openPageCache, pageValidators } from '../../src/io/page-cache.ts';
import { readListing, type PageOptions } from '../../src/io/read-page.ts';
import { makeFolder } from '../make-distribution.ts';
import { page, startIndexServer, versioned, type Handler } from '../servers/index-server.ts';

const http = createHttp({ environment: {}, headersTimeoutMs: 1000, bodyTimeoutMs: 1000 });
afterAll(() => http.close());

const text = page([{ url: 'a-1.0-py3-none-any.whl' }, { url: 'below/' }]);
const changed = page([{ url: 'a-2.0-py3-none-any.whl' }]);

async function readAt(url: string, folder: string, options: Partial<PageOptions> = {}) {
  const { links, folders } = await readListing(new URL(url), {
    http,
    cache: openPageCache(folder),
    baseDelayMs: 1,
    ...options,
  });
  return { names: links.map(({ filename }) => filename), folders };
}

describe('a page that was read before', () => {
  it('is neither sent nor parsed again while its ETag holds', async () => {
    await using folder = await makeFolder();
    await using server = await startIndexServer({ '/simple/a/': versioned(text) });
    const url = `${server.origin}/simple/a/`;
    const first = await readAt(url, folder.path);
    expect(await readAt(url, folder.path)).toEqual(first);
    expect(first.names).toEqual(['a-1.0-py3-none-any.whl']);
    expect(server.visits.map(({ headers }) => headers['if-none-match'] !== undefined)).toEqual([false, true]);
    server.routes['/simple/a/'] = versioned(changed);
    expect((await readAt(url, folder.path)).names).toEqual(['a-2.0-py3-none-any.whl']);
    server.routes['/simple/a/'] = versioned(text);
    expect(await readAt(url, folder.path)).toEqual(first);
  });

  it('by its date, where the server has no ETag', async () => {
    await using folder = await makeFolder();
    const dated: Handler = (request, response) => {
      const changedAt = 'Mon, 02 Nov 2026 10:00:00 GMT';
      if (request.headers['if-modified-since'] === changedAt) response.writeHead(304).end();
      else response.writeHead(200, { 'content-type': 'text/html', 'last-modified': changedAt }).end(text);
    };
    await using server = await startIndexServer({ '/': dated });
    const first = await readAt(server.origin, folder.path);
    expect(await readAt(server.origin, folder.path)).toEqual(first);
    expect(server.visits.at(-1)?.headers['if-modified-since']).toBe('Mon, 02 Nov 2026 10:00:00 GMT');
  });

  it('is removed when no run has asked for it in 90 days, and nothing else is', async () => {
    await using folder = await makeFolder();
    await using server = await startIndexServer({ '/a/': versioned(text), '/b/': versioned(text) });
    await readAt(`${server.origin}/a/`, folder.path);
    await readAt(`${server.origin}/b/`, folder.path);
    const [one = '', other = ''] = await readdir(folder.path);
    await writeFile(join(folder.path, 'notes.json'), '{}');
    await writeFile(join(folder.path, `${one}.0123abcd.part`), '{');
    const days = (count: number) => new Date(Date.now() - count * 24 * 60 * 60 * 1000);
    for (const name of [one, 'notes.json', `${one}.0123abcd.part`])
      await utimes(join(folder.path, name), days(91), days(91));
    await utimes(join(folder.path, other), days(89), days(89));
    server.routes['/c/'] = versioned(text);
    await readAt(`${server.origin}/c/`, folder.path);
    const left = await readdir(folder.path);
    expect(left).not.toContain(one);
    expect(left).not.toContain(`${one}.0123abcd.part`);
    expect(left).toEqual(expect.arrayContaining([other, 'notes.json']));
    expect(left).toHaveLength(3);
  });

  it('stays as long as runs ask for it, though it does not change', async () => {
    await using folder = await makeFolder();
    await using server = await startIndexServer({ '/a/': versioned(text) });
    await readAt(`${server.origin}/a/`, folder.path);
    const [file = ''] = await readdir(folder.path);
    const old = new Date('2026-01-01T00:00:00Z');
    await utimes(join(folder.path, file), old, old);
    await readAt(`${server.origin}/a/`, folder.path);
    expect((await stat(join(folder.path, file))).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  });

  it('is kept where it was redirected to: relative links stay what they were', async () => {
    await using folder = await makeFolder();
    await using server = await startIndexServer({
      '/old/': (_, response) => void response.writeHead(302, { location: '/new/place/' }).end(),
      '/new/place/': versioned(text),
    });
    const first = await readAt(`${server.origin}/old/`, folder.path);
    expect(first.folders).toEqual([`${server.origin}/new/place/below/`]);
    expect(await readAt(`${server.origin}/old/`, folder.path)).toEqual(first);
    expect(server.visits.filter(({ url }) => url === '/new/place/')).toHaveLength(2);
  });

  it.each<[string, Handler]>([
    ['breaks off', versioned('<html><body><a href="a-1')],
    ['is no index', versioned('{"a": 1}', 'application/json')],
    ['has nothing that tells its versions', (_, response) => void response.writeHead(200).end(text)],
  ])('is not kept if it %s', async (_, handler) => {
    await using folder = await makeFolder();
    await using server = await startIndexServer({ '/': handler });
    await readAt(server.origin, folder.path).catch(() => undefined);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it.each(['', '{', '{}', 'null', '{"at": "x", "page": null}', '{"at": "x", "page": {"links": 1}}'])(
    'is read in full when what was kept is damaged: %j',
    async (damage) => {
      await using folder = await makeFolder();
      await using server = await startIndexServer({ '/': versioned(text) });
      const first = await readAt(server.origin, folder.path);
      const [name = ''] = await readdir(folder.path);
      await writeFile(join(folder.path, name), damage);
      expect(await readAt(server.origin, folder.path)).toEqual(first);
      expect(server.visits.at(-1)?.headers['if-none-match']).toBeUndefined();
    },
  );

  it('does no harm when it cannot be kept', async () => {
    await using folder = await makeFolder([{ filename: 'file', bytes: '' }]);
    await using server = await startIndexServer({ '/': versioned(text) });
    const read = await readAt(server.origin, join(folder.path, 'file', 'below'));
    expect(read.names).toEqual(['a-1.0-py3-none-any.whl']);
  });

  it.runIf(process.platform !== 'win32')(
    'is for its owner only: a private index may be among them',
    async () => {
      await using folder = await makeFolder();
      await using server = await startIndexServer({ '/': versioned(text) });
      await readAt(server.origin, join(folder.path, 'pages'));
      const [name = ''] = await readdir(join(folder.path, 'pages'));
      expect((await stat(join(folder.path, 'pages', name))).mode & 0o077).toBe(0);
      expect((await stat(join(folder.path, 'pages'))).mode & 0o077).toBe(0);
    },
  );

  it('an answer of 304 that nobody asked for is an error, not an empty page', async () => {
    await using folder = await makeFolder();
    await using server = await startIndexServer({ '/': (_, response) => void response.writeHead(304).end() });
    await expect(readAt(server.origin, folder.path)).rejects.toMatchObject({ name: 'WheelhouseError' });
  });
});

describe('what tells the versions of a page', () => {
  it.each<[string, Record<string, string>, Record<string, string>]>([
    [
      'an ETag',
      { etag: '"abc"', 'last-modified': 'Mon, 02 Nov 2026 10:00:00 GMT' },
      { 'if-none-match': '"abc"' },
    ],
    ['a weak ETag: the same links', { etag: 'W/"abc"' }, { 'if-none-match': 'W/"abc"' }],
    ['no ETag at all', { etag: 'abc' }, {}],
    [
      'a date that is over',
      { 'last-modified': 'Mon, 02 Nov 2026 10:00:00 GMT', date: 'Mon, 02 Nov 2026 10:00:01 GMT' },
      { 'if-modified-since': 'Mon, 02 Nov 2026 10:00:00 GMT' },
    ],
    [
      'a date within whose second it may change again',
      { 'last-modified': 'Mon, 02 Nov 2026 10:00:00 GMT', date: 'Mon, 02 Nov 2026 10:00:00 GMT' },
      {},
    ],
    ['a date that nothing can be compared with', { 'last-modified': 'Mon, 02 Nov 2026 10:00:00 GMT' }, {}],
    ['nothing', {}, {}],
  ])('%s', (_, headers, expected) => {
    expect(conditionalHeaders(pageValidators({ get: (name) => headers[name] }))).toEqual(expected);
  });
});
