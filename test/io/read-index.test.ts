import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { createHttp } from '../../src/io/http.ts';
import { folderOf, parseIndex, placesOf, projectPlace } from '../../src/io/index-place.ts';
import { readIndex, type ReadIndexOptions } from '../../src/io/read-index.ts';
import type { Retry } from '../../src/io/retry.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import { Secret, type Credentials } from '../../src/model/secret.ts';
import { makeFolder } from '../make-distribution.ts';
import { drip, endless, gzipBomb, redirect, silent, truncated } from '../servers/hostile-server.ts';
import { inTurn, locked, page, startIndexServer, type Handler, type Route } from '../servers/index-server.ts';

const http = createHttp({ environment: {}, headersTimeoutMs: 300, bodyTimeoutMs: 300 });
afterAll(() => http.close());

const a = 'numpy-1.0-py3-none-any.whl';
const b = 'numpy-2.0-py3-none-any.whl';
const other = 'scipy-1.0-py3-none-any.whl';
const filesPage = page([{ url: a }, { url: b }]);
const rootPage = page([{ url: 'numpy/' }, { url: 'scipy/' }]);

/** Reads the index at a path of a server that answers these routes. */
async function read(routes: Record<string, Route>, path: string, options: Partial<ReadIndexOptions> = {}) {
  await using server = await startIndexServer(routes);
  const { links } = await readIndex(`${server.origin}${path}`, {
    project: 'numpy',
    http,
    baseDelayMs: 1,
    ...options,
  });
  return {
    names: links.map(({ filename }) => filename),
    urls: links.map(({ url }) => url.replace(server.origin, '')),
    paths: server.paths(),
    visits: server.visits,
  };
}

async function failureOf(promise: Promise<unknown>): Promise<WheelhouseError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof WheelhouseError)) throw new Error(`not a WheelhouseError: ${String(thrown)}`);
  return thrown;
}

const status =
  (code: number): Handler =>
  (_, response) =>
    void response.writeHead(code).end('<html><body>sorry</body></html>');
const json =
  (body: unknown): Handler =>
  (_, response) =>
    void response
      .writeHead(200, { 'content-type': 'application/vnd.pypi.simple.v1+json' })
      .end(JSON.stringify(body));

describe('readIndex finds the links of', () => {
  it.each<[string, Record<string, Route>, string, string[]]>([
    ['a flat page', { '/dist/': filesPage }, '/dist/', ['/dist/']],
    ['a flat page without its slash', { '/dist/': filesPage }, '/dist', ['/dist/']],
    ['a page that has a name', { '/dist/all.html': filesPage }, '/dist/all.html', ['/dist/all.html']],
    ['a page behind a query', { '/list': filesPage }, '/list?of=numpy', ['/list?of=numpy']],
    ['a page that is no folder', { '/dist': filesPage }, '/dist', ['/dist/', '/dist']],
    [
      'a store that has only index.html',
      { '/dist/index.html': filesPage },
      '/dist',
      ['/dist/', '/dist', '/dist/index.html'],
    ],
    [
      'a store that says 403 for what is not there',
      { '/dist/': status(403), '/dist/index.html': filesPage },
      '/dist/',
      ['/dist/', '/dist/index.html'],
    ],
    ['the root of a server', { '/': filesPage }, '', ['/']],
    [
      'a folder that redirects to itself',
      { '/dist': redirect('/dist/'), '/dist/': filesPage },
      '/dist',
      ['/dist/'],
    ],
    ['a simple index', { '/simple/numpy/': filesPage, '/simple/': rootPage }, '/simple/', ['/simple/numpy/']],
    ['a simple index without its slash', { '/simple/numpy/': filesPage }, '/simple', ['/simple/numpy/']],
    ['a simple index of devpi', { '/u/+simple/numpy/': filesPage }, '/u/+simple/', ['/u/+simple/numpy/']],
    ['a project’s page', { '/simple/numpy/': filesPage }, '/simple/numpy/', ['/simple/numpy/']],
    [
      'a project’s page without its slash',
      { '/simple/numpy/': filesPage },
      '/simple/numpy',
      ['/simple/numpy/'],
    ],
    [
      'a simple index of another name',
      { '/whl/': rootPage, '/whl/numpy/': filesPage },
      '/whl/',
      ['/whl/', '/whl/numpy/'],
    ],
    [
      'a listing of a wheelhouse',
      {
        '/w/': page([{ url: 'metadata.json' }, { url: 'simple/' }]),
        '/w/simple/': rootPage,
        '/w/simple/numpy/': filesPage,
      },
      '/w/',
      ['/w/', '/w/simple/', '/w/simple/numpy/'],
    ],
    ['a wheelhouse with both', { '/w/': page([{ url: a }, { url: b }, { url: 'simple/' }]) }, '/w/', ['/w/']],
    [
      'an index in JSON',
      {
        '/simple/numpy/': json({
          meta: { 'api-version': '1.1' },
          files: [a, b].map((filename) => ({ filename, url: filename, hashes: {} })),
        }),
      },
      '/simple/',
      ['/simple/numpy/'],
    ],
  ])('%s', async (_, routes, path, paths) => {
    const found = await read(routes, path);
    expect(found.names).toEqual([a, b]);
    expect(found.paths).toEqual(paths);
  });

  it('the project whatever its spelling', async () => {
    const routes = { '/simple/foo-bar-baz/': page([{ url: 'Foo_Bar.baz-1.0.tar.gz' }]) };
    const found = await read(routes, '/simple/', { project: 'Foo.Bar__baz' });
    expect(found.names).toEqual(['Foo_Bar.baz-1.0.tar.gz']);
  });

  it('relative to the page after redirects', async () => {
    const routes = { '/old/': redirect('/new/place/'), '/new/place/': filesPage };
    expect((await read(routes, '/old/')).urls).toEqual([`/new/place/${a}`, `/new/place/${b}`]);
  });

  it('everything on the page, not only the project', async () => {
    const found = await read({ '/': page([{ url: a }, { url: other }]) }, '/');
    expect(found.names).toEqual([a, other]);
  });

  it('the page itself without a project, and its folders', async () => {
    await using server = await startIndexServer({ '/simple/': rootPage });
    const listing = await readIndex(`${server.origin}/simple/`, { http });
    expect(listing.folders).toEqual(['numpy', 'scipy'].map((name) => `${server.origin}/simple/${name}/`));
    expect(server.paths()).toEqual(['/simple/']);
  });

  it('a hundred thousand of them', async () => {
    const links = Array.from({ length: 100_000 }, (_, n) => ({ url: `numpy-1.${n}-py3-none-any.whl` }));
    expect((await read({ '/': page(links) }, '/')).names).toHaveLength(100_000);
  });

  it('a compressed page', async () => {
    const route: Handler = (request, response) => {
      expect(request.headers['accept-encoding']).toBe('gzip');
      response.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' });
      response.end(gzipSync(filesPage));
    };
    expect((await read({ '/': route }, '/')).names).toEqual([a, b]);
  });

  it('a page that is asked for in the best form there is', async () => {
    const { visits } = await read({ '/': filesPage }, '/');
    expect(visits[0]?.headers.accept).toMatch(/^application\/vnd\.pypi\.simple\.v1\+json, .*text\/html/);
  });
});

describe('readIndex follows a store’s listing', () => {
  const bucket = (names: readonly string[], next?: string) =>
    `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${names
      .map((name) => `<Contents><Key>w/${name}</Key><Size>5</Size></Contents>`)
      .join('')}<IsTruncated>${String(next !== undefined)}</IsTruncated>${
      next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`
    }</ListBucketResult>`;
  const xml = (body: string): Handler => {
    return (_, response) => void response.writeHead(200, { 'content-type': 'application/xml' }).end(body);
  };

  it('from page to page', async () => {
    const pages: Handler = (request, response) => {
      const token = new URL(request.url ?? '', 'http://x').searchParams.get('continuation-token');
      const body =
        token === null ? bucket([a], 'one') : token === 'one' ? bucket([other], 'two') : bucket([b]);
      return xml(body)(request, response);
    };
    const found = await read({ '/': pages }, '/?list-type=2&prefix=w/');
    expect(found.names).toEqual([a, other, b]);
    expect(found.paths).toHaveLength(3);
  });

  it.each([
    ['to itself', () => 'same'],
    ['to ever new pages', (n: number) => `token${n}`],
  ])('but not %s for ever', async (_, token) => {
    let n = 0;
    const pages: Handler = (request, response) => xml(bucket([a], token(n++)))(request, response);
    const failure = await failureOf(read({ '/': pages }, '/?list-type=2'));
    expect(failure.code).toBe('INVALID_LISTING');
    expect(failure.message).toContain('goes on without end');
  });

  it('and takes a page that fails for a failure', async () => {
    const pages = inTurn(xml(bucket([a], 'one')), status(500));
    expect((await failureOf(read({ '/': pages }, '/?list-type=2'))).code).toBe('SERVER_ERROR');
  });
});

describe('readIndex takes for empty', () => {
  it.each<[string, Record<string, Route>, string]>([
    ['a simple index that does not know the project', {}, '/simple/'],
    ['a project without files', { '/simple/numpy/': page([]) }, '/simple/'],
    ['a root page that links to a project that is gone', { '/whl/': rootPage }, '/whl/'],
    ['an empty page', { '/dist/': page([]) }, '/dist/'],
  ])('%s', async (_, routes, path) => {
    expect((await read(routes, path)).names).toEqual([]);
  });
});

describe('readIndex never takes a failure for an empty index', () => {
  const cut = `<!DOCTYPE html><html><body><a href="${a}">${a}</a><a hr`;

  it.each<[string, Record<string, Route>, string, string]>([
    ['a page that is not there', {}, '/dist/', 'NOT_FOUND'],
    ['a page that is gone', { '/dist/': status(410) }, '/dist/', 'NOT_FOUND'],
    ['a forbidden page', { '/dist/': status(403), '/dist/index.html': status(403) }, '/dist/', 'FORBIDDEN'],
    ['a forbidden project', { '/simple/numpy/': status(403) }, '/simple/', 'FORBIDDEN'],
    ['a locked page', { '/dist/': locked('u:p', status(200)) }, '/dist/', 'UNAUTHORIZED'],
    ['a locked project', { '/simple/numpy/': status(401) }, '/simple/', 'UNAUTHORIZED'],
    ['a broken server', { '/simple/numpy/': status(500) }, '/simple/', 'SERVER_ERROR'],
    ['a busy server', { '/dist/': status(503) }, '/dist/', 'SERVER_ERROR'],
    ['a server that counts', { '/dist/': status(429) }, '/dist/', 'RATE_LIMITED'],
    ['an answer without a page', { '/dist/': status(204) }, '/dist/', 'REJECTED'],
    ['a redirect without end', { '/dist/': redirect('/dist/') }, '/dist/', 'REDIRECTED'],
    ['a page that is cut off', { '/dist/': cut }, '/dist/', 'TRUNCATED'],
    ['a page that breaks off', { '/dist/': truncated(Buffer.from(filesPage), 80) }, '/dist/', 'TRUNCATED'],
    [
      'JSON that is cut off',
      { '/dist/': (_, response) => void response.end('{"meta": {}, "files": [{"filename": "a') },
      '/dist/',
      'INVALID_LISTING',
    ],
    [
      'JSON that is no index',
      { '/dist/': json({ message: 'no such project' }) },
      '/dist/',
      'INVALID_LISTING',
    ],
    ['a file', { [`/${a}`]: Buffer.from('PK\x03\x04\0\0\0\0') }, `/${a}`, 'INVALID_LISTING'],
    ['silence', { '/dist/': silent }, '/dist/', 'TIMEOUT'],
    ['a page that drips', { '/dist/': drip({ 'content-type': 'text/html' }) }, '/dist/', 'TIMEOUT'],
    ['a page without end', { '/dist/': endless() }, '/dist/', 'TOO_LARGE'],
    ['a bomb', { '/dist/': gzipBomb(30_000_000) }, '/dist/', 'TOO_LARGE'],
  ])('%s', async (_, routes, path, code) => {
    const failure = await failureOf(read(routes, path, { maxBytes: 5_000_000 }));
    expect(failure.code).toBe(code);
    expect(failure.message).not.toContain('\n');
  });

  it('a page that is lively, but takes for ever', async () => {
    const lively: Handler = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' });
      const timer = setInterval(() => response.write(' '.repeat(2000)), 20);
      response.on('close', () => clearInterval(timer));
    };
    const failure = await failureOf(read({ '/dist/': lively }, '/dist/', { timeoutMs: 400 }));
    expect(failure.code).toBe('TIMEOUT');
    expect(failure.message).toContain('took longer than 0.4 s');
  });

  it('a server that fails once is asked again', async () => {
    const retries: Retry[] = [];
    const routes = { '/dist/': inTurn(status(503), (_, response) => void response.end(filesPage)) };
    const found = await read(routes, '/dist/', { onRetry: (one) => retries.push(one) });
    expect(found.names).toEqual([a, b]);
    expect(retries).toHaveLength(1);
    expect(retries[0]?.what).toMatch(/\/dist\/$/);
  });

  it('an abort', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    const failure = await failureOf(read({ '/dist/': silent }, '/dist/', { signal: controller.signal }));
    expect(failure.code).toBe('ABORTED');
  });
});

describe('readIndex with credentials', () => {
  const credentials: Credentials = { kind: 'basic', username: 'user', password: new Secret('s3cret') };
  const open: Handler = (_, response) => void response.end(filesPage);

  it('sends them to the index', async () => {
    const found = await read({ '/simple/numpy/': locked('user:s3cret', open) }, '/simple/', { credentials });
    expect(found.names).toEqual([a, b]);
  });

  it('lifts them out of the URL', async () => {
    await using server = await startIndexServer({ '/dist/': locked('user:s3cret', open) });
    const { links, url } = await readIndex(`${server.origin.replace('//', '//user:s3cret@')}/dist/`, {
      http,
    });
    expect(links).toHaveLength(2);
    expect(JSON.stringify({ links, url })).not.toContain('s3cret');
  });

  it('does not send them to a folder elsewhere', async () => {
    await using elsewhere = await startIndexServer({ '/numpy/': filesPage });
    const routes = { '/whl/': page([{ url: `${elsewhere.origin}/numpy/` }]) };
    expect((await read(routes, '/whl/', { credentials })).names).toEqual([a, b]);
    expect(elsewhere.visits[0]?.headers.authorization).toBeUndefined();
  });

  it('is not sent on to another host, whose files may be anybody’s', async () => {
    await using elsewhere = await startIndexServer({ '/numpy/': filesPage });
    const routes = { '/simple/numpy/': redirect(`${elsewhere.origin}/numpy/`) };
    const failure = await failureOf(read(routes, '/simple/', { credentials }));
    expect(failure.code).toBe('REDIRECTED');
    expect(elsewhere.visits).toEqual([]);
    expect((await read(routes, '/simple/')).names).toEqual([a, b]);
  });

  it('asks for them by origin where none are given', async () => {
    const asked: string[] = [];
    const credentialsFor = (url: URL) => {
      asked.push(url.pathname);
      return credentials;
    };
    const routes = { '/dist/': locked('user:s3cret', open) };
    expect((await read(routes, '/dist/', { credentialsFor })).names).toEqual([a, b]);
    expect(asked).toEqual(['/dist/']);
  });
});

describe('readIndex of this machine', () => {
  it.each(['index.html', '', '.'])('reads a folder’s %j', async (name) => {
    await using folder = await makeFolder([{ filename: 'index.html', bytes: filesPage }]);
    const { links } = await readIndex(join(folder.path, name), { http, project: 'numpy' });
    expect(links.map(({ url }) => url)).toEqual(
      [a, b].map((file) => pathToFileURL(join(folder.path, file)).href),
    );
  });

  it('reads a file: URL, with or without its slash', async () => {
    await using folder = await makeFolder([{ filename: 'index.html', bytes: filesPage }]);
    const { href } = pathToFileURL(folder.path);
    for (const url of [href, `${href}/`, `${href}/index.html`])
      expect((await readIndex(url, { http })).links).toHaveLength(2);
  });

  it('descends into a simple index', async () => {
    await using folder = await makeFolder();
    await mkdir(join(folder.path, 'simple', 'numpy'), { recursive: true });
    await writeFile(join(folder.path, 'simple', 'index.html'), rootPage);
    await writeFile(join(folder.path, 'simple', 'numpy', 'index.html'), page([{ url: `../../${a}` }]));
    const { links } = await readIndex(join(folder.path, 'simple'), { http, project: 'numpy' });
    expect(links.map(({ url }) => url)).toEqual([pathToFileURL(join(folder.path, a)).href]);
  });

  it.each([
    ['no/such/page', 'NOT_FOUND'],
    ['.', 'NOT_FOUND'],
  ])('fails for %s', async (name, code) => {
    await using folder = await makeFolder();
    const failure = await failureOf(readIndex(join(folder.path, name), { http, project: 'numpy' }));
    expect(failure.code).toBe(code);
  });

  it('has no say for a page from elsewhere', async () => {
    await using folder = await makeFolder([{ filename: a, bytes: 'secret' }]);
    const here = pathToFileURL(folder.path).href;
    const evil = page([{ url: `${here}/${a}` }, { url: `${here}/numpy/` }, { url: b }]);
    expect((await read({ '/dist/': evil }, '/dist/')).names).toEqual([b]);
    const based = evil.replace('<body>', `<base href="${here}/"><body>`);
    expect((await read({ '/dist/': based, '/dist/index.html': based }, '/dist/')).names).toEqual([]);
  });
});

describe('the place of an index', () => {
  it.each([
    ['https://h/a', ['https://h/a/', 'https://h/a', 'https://h/a/index.html']],
    ['https://h/a/', ['https://h/a/', 'https://h/a/index.html']],
    ['https://h/a.html', ['https://h/a.html']],
    ['https://h/a?b=c', ['https://h/a?b=c']],
    [
      'https://h/releases/expanded_assets/v1.0',
      [
        'https://h/releases/expanded_assets/v1.0/',
        'https://h/releases/expanded_assets/v1.0',
        'https://h/releases/expanded_assets/v1.0/index.html',
      ],
    ],
  ])('%s may answer at %o', (url, places) => {
    expect(placesOf(new URL(url)).map(({ href }) => href)).toEqual(places);
  });

  it.each([
    ['https://h/simple', 'https://h/simple/foo-bar/'],
    ['https://h/simple/', 'https://h/simple/foo-bar/'],
    ['https://h/root/pypi/+simple/', 'https://h/root/pypi/+simple/foo-bar/'],
    ['https://h/simple/?a=b', 'https://h/simple/foo-bar/?a=b'],
    ['https://h/simple/foo/', undefined],
    ['https://h/notsimple/', undefined],
  ])('%s has the project at %s', (url, expected) => {
    expect(projectPlace(new URL(url), 'Foo_Bar')?.href).toBe(expected);
  });

  it.each([
    [['https://h/x/Foo.Bar/', 'https://h/x/simple/'], 'https://h/x/Foo.Bar/'],
    [['https://h/x/simple/'], 'https://h/x/simple/'],
    [['https://h/x/foo/', 'https://h/x/%E0%A4%A/'], undefined],
  ])('among %o is %s', (folders, expected) => {
    expect(folderOf(folders, 'foo-bar')?.href).toBe(expected);
  });

  it.each([
    ['https://[', 'an index is no valid URL'],
    ['https://user:s3cret@[', 'an index is no valid URL'],
    ['file://host/share', 'file:'],
    ['s3://bucket/x', 's3: is no kind of page'],
    ['ftp://user:s3cret@host/', 'ftp: is no kind of page'],
  ])('%s is refused', (index, message) => {
    expect(() => parseIndex(index)).toThrow(message);
    expect(() => parseIndex(index)).not.toThrow('s3cret');
  });
});
