import { afterAll, describe, expect, it } from 'vitest';
import { createHttp } from '../../src/io/http.ts';
import { readProjects, type ReadProjectsOptions } from '../../src/io/read-projects.ts';
import { inTurn, locked, page, startIndexServer, type Route } from '../servers/index-server.ts';

const http = createHttp({ environment: {}, headersTimeoutMs: 1000, bodyTimeoutMs: 1000 });
afterAll(() => http.close());

const a = 'a-1.0-py3-none-any.whl';
const b = 'b-1.0.tar.gz';
const pageA = page([{ url: a }]);
const pageB = page([{ url: b }]);
const root = page([{ url: 'a/' }, { url: 'b/' }]);
const broken: Route = (_, response) => void response.writeHead(500).end();

async function read(routes: Record<string, Route>, path: string, options: Partial<ReadProjectsOptions> = {}) {
  await using server = await startIndexServer(routes);
  const { links, silent, failures } = await readProjects(`${server.origin}${path}`, {
    http,
    baseDelayMs: 1,
    ...options,
  });
  return {
    names: links.map(({ filename }) => filename).sort(),
    silent: [...silent].sort(),
    failed: [...failures.keys()].sort(),
    paths: server.paths().sort(),
  };
}

describe('readProjects', () => {
  it.each<[string, Record<string, Route>, string, Partial<ReadProjectsOptions>, string[], string[]]>([
    [
      'the root of a simple index',
      { '/simple/': root, '/simple/a/': pageA, '/simple/b/': pageB },
      '/simple/',
      {},
      [a, b],
      ['/simple/', '/simple/a/', '/simple/b/'],
    ],
    [
      'the root of a store without folders',
      {
        '/wheels/': page([{ url: 'a/index.html' }, { url: 'b/index.html' }]),
        '/wheels/a/index.html': pageA,
        '/wheels/b/index.html': pageB,
      },
      '/wheels/',
      {},
      [a, b, 'index.html', 'index.html'],
      ['/wheels/', '/wheels/a/', '/wheels/a/index.html', '/wheels/b/', '/wheels/b/index.html'],
    ],
    [
      'one project of a simple index',
      { '/simple/a/': pageA },
      '/simple/',
      { projects: ['A'] },
      [a],
      ['/simple/a/'],
    ],
    [
      'the same project twice',
      { '/simple/a/': pageA },
      '/simple/',
      { projects: ['a', 'A'] },
      [a],
      ['/simple/a/'],
    ],
    ['a flat page', { '/': page([{ url: a }, { url: b }, { url: 'sub/' }]) }, '/', {}, [a, b], ['/']],
    [
      'a flat page for several projects, once',
      { '/': page([{ url: a }, { url: b }]) },
      '/',
      { projects: ['a', 'b'] },
      [a, b],
      ['/'],
    ],
    [
      'a wheelhouse without a flat page',
      { '/': page([{ url: 'simple/' }]), '/simple/': root, '/simple/a/': pageA, '/simple/b/': pageB },
      '/',
      {},
      [a, b],
      ['/', '/simple/', '/simple/a/', '/simple/b/'],
    ],
    [
      'the same for two projects: the root once',
      { '/': page([{ url: 'simple/' }]), '/simple/': root, '/simple/a/': pageA, '/simple/b/': pageB },
      '/',
      { projects: ['a', 'b'] },
      [a, b],
      ['/', '/simple/', '/simple/a/', '/simple/b/'],
    ],
    [
      'a folder of folders',
      {
        '/': page([{ url: 'a/' }, { url: 'b/' }, { url: '.hidden/' }, { url: '../' }]),
        '/a/': pageA,
        '/b/': pageB,
      },
      '/',
      {},
      [a, b],
      ['/', '/a/', '/b/'],
    ],
    [
      'no page elsewhere',
      {
        '/x/': page([{ url: 'a/' }, { url: '/other/' }, { url: 'https://example.invalid/b/' }]),
        '/x/a/': pageA,
        '/other/': pageB,
      },
      '/x/',
      {},
      [a],
      ['/x/', '/x/a/'],
    ],
    [
      'a folder and a page for what is not on the page',
      { '/': page([{ url: a }, { url: 'b/' }]), '/b/': pageB },
      '/',
      { projects: ['a', 'b'] },
      [a, b],
      ['/', '/b/'],
    ],
  ])('reads %s', async (_, routes, path, options, names, paths) => {
    expect(await read(routes, path, options)).toEqual({ names, paths, silent: [], failed: [] });
  });

  it('says which projects are silent', async () => {
    const routes = { '/simple/': root, '/simple/a/': pageA, '/simple/b/': page([]) };
    expect(await read(routes, '/simple/')).toMatchObject({ names: [a], silent: ['b'], failed: [] });
    expect(await read(routes, '/simple/', { projects: ['a', 'b', 'c'] })).toMatchObject({
      names: [a],
      silent: ['b', 'c'],
    });
  });

  it.each<[string, Partial<ReadProjectsOptions>]>([
    ['all', {}],
    ['those that are asked for', { projects: ['a', 'b'] }],
  ])('of %s, a page that cannot be read is a failure beside the others', async (_, options) => {
    const routes = { '/simple/': root, '/simple/a/': pageA, '/simple/b/': broken };
    expect(await read(routes, '/simple/', options)).toMatchObject({ names: [a], silent: [], failed: ['b'] });
  });

  it('a page that the root leads to and that is not there is a failure, not an empty project', async () => {
    expect(await read({ '/simple/': root, '/simple/a/': pageA }, '/simple/')).toMatchObject({
      names: [a],
      failed: ['b'],
    });
  });

  it('reads a page that fails for a moment again', async () => {
    const shaky = inTurn(
      (_, response) => void response.writeHead(503).end(),
      (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(pageB),
    );
    expect(
      await read({ '/simple/': root, '/simple/a/': pageA, '/simple/b/': shaky }, '/simple/'),
    ).toMatchObject({ names: [a, b], failed: [] });
  });

  it.each<[string, Partial<ReadProjectsOptions>]>([
    ['all', {}],
    ['one', { projects: ['x'] }],
  ])('looks for %s in no folders without end', async (_, options) => {
    const deep = Array.from({ length: 9 }, (_level, i) => `/${'x/'.repeat(i)}`);
    const routes = Object.fromEntries(deep.map((path) => [path, page([{ url: 'x/' }])]));
    expect((await read(routes, '/', options)).paths).toEqual(deep.slice(0, 3));
  });

  it.each<[string, Record<string, Route>, string]>([
    ['the root is not there', {}, 'NOT_FOUND'],
    ['the root is broken', { '/simple/': broken }, 'SERVER_ERROR'],
    [
      'nothing below it can be read',
      { '/simple/': root, '/simple/a/': broken, '/simple/b/': broken },
      'SERVER_ERROR',
    ],
    [
      'the pages below it ask who it is',
      { '/simple/': root, '/simple/a/': pageA, '/simple/b/': locked('me:x', () => undefined) },
      'UNAUTHORIZED',
    ],
  ])('throws when %s', async (_, routes, code) => {
    await expect(read(routes, '/simple/')).rejects.toMatchObject({ code });
  });

  it('reads no more pages at once than it may', async () => {
    let open = 0;
    let most = 0;
    const slow: Route = async (_, response) => {
      most = Math.max(most, ++open);
      await new Promise((resolve) => setTimeout(resolve, 20));
      open -= 1;
      response.writeHead(200, { 'content-type': 'text/html' }).end(page([]));
    };
    const names = Array.from({ length: 9 }, (_, i) => `p${i}`);
    const routes = Object.fromEntries(names.map((name): [string, Route] => [`/simple/${name}/`, slow]));
    const { silent } = await read(
      { ...routes, '/simple/': page(names.map((name) => ({ url: `${name}/` }))) },
      '/simple/',
      { maxWorkers: 3 },
    );
    expect(silent).toEqual(names);
    expect(most).toBeLessThanOrEqual(3);
  });
});
