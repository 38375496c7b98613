import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/io/http.ts';
import { Secret } from '../../src/model/secret.ts';
import { toCredentialsSource } from '../../src/registry/identity/credentials-source.ts';
import { flagsOf, indexUrlsFor, releasePageOf, rulesOf } from '../../src/registry/known-registries.ts';
import { openRegistryIndex } from '../../src/registry/registry-index.ts';
import { listen } from '../servers/listen.ts';

describe('where a registry has its index', () => {
  const cases: [uploadUrl: string, indexes: string[], rules: string][] = [
    ['https://upload.pypi.org/legacy/', ['https://pypi.org/simple/'], 'pypi'],
    ['https://test.pypi.org/legacy/', ['https://test.pypi.org/simple/'], 'pypi'],
    [
      'https://g.example/api/v4/projects/7/packages/pypi',
      ['https://g.example/api/v4/projects/7/packages/pypi/simple/'],
      'gitlab',
    ],
    [
      'https://g.example/api/v4/projects/group%2Fsub%2Fp/packages/pypi/',
      ['https://g.example/api/v4/projects/group%2Fsub%2Fp/packages/pypi/simple/'],
      'gitlab',
    ],
    ['http://localhost:8080', ['http://localhost:8080/simple/'], 'any'],
    ['http://localhost:8080/', ['http://localhost:8080/simple/'], 'any'],
    [
      'https://devpi.example/alice/dev/',
      ['https://devpi.example/alice/dev/simple/', 'https://devpi.example/alice/dev/+simple/'],
      'any',
    ],
    [
      'https://nexus.example/repository/pypi-hosted/',
      [
        'https://nexus.example/repository/pypi-hosted/simple/',
        'https://nexus.example/repository/pypi-hosted/+simple/',
      ],
      'any',
    ],
    [
      'https://x.jfrog.io/artifactory/api/pypi/local',
      ['https://x.jfrog.io/artifactory/api/pypi/local/simple/'],
      'any',
    ],
    [
      'https://gitea.example/api/packages/owner/pypi',
      ['https://gitea.example/api/packages/owner/pypi/simple/'],
      'any',
    ],
    [
      'https://pkgs.dev.azure.com/o/_packaging/feed/pypi/upload/',
      [
        'https://pkgs.dev.azure.com/o/_packaging/feed/pypi/simple/',
        'https://pkgs.dev.azure.com/o/_packaging/feed/pypi/upload/simple/',
      ],
      'any',
    ],
    [
      'http://127.0.0.1:3000/legacy/',
      ['http://127.0.0.1:3000/simple/', 'http://127.0.0.1:3000/legacy/simple/'],
      'any',
    ],
    ['https://example.com/pypi/simple/', ['https://example.com/pypi/simple/'], 'any'],
  ];
  it.each(cases)('%s', (uploadUrl, indexes, rules) => {
    expect(indexUrlsFor(new URL(uploadUrl)).map(({ href }) => href)).toEqual(indexes);
    expect(rulesOf(new URL(uploadUrl))).toBe(rules);
  });

  it('and how it is named, and where its releases are', () => {
    expect(flagsOf(new URL('https://upload.pypi.org/legacy/'))).toEqual([]);
    expect(flagsOf(new URL('https://test.pypi.org/legacy/'))).toEqual(['--repository', 'testpypi']);
    expect(flagsOf(new URL('http://localhost:8080'))).toEqual(['--repository-url', 'http://localhost:8080/']);
    const page = (url: string) => releasePageOf(new URL(url), 'Tiny_Project', '1.0');
    expect(page('https://upload.pypi.org/legacy/')).toBe('https://pypi.org/project/tiny-project/1.0/');
    expect(page('https://test.pypi.org/legacy/')).toBe('https://test.pypi.org/project/tiny-project/1.0/');
    expect(page('http://localhost:8080')).toBeUndefined();
  });
});

type Answer = readonly [status: number, headers?: Readonly<Record<string, string>>, body?: string];
const credentials = toCredentialsSource({
  kind: 'basic',
  username: 'alice',
  password: new Secret('s3cret'),
});
const file = 'tiny-1.0-py3-none-any.whl';
const digest = 'a'.repeat(64);
const page = `<a href="../../files/${file}#sha256=${digest}">${file}</a>`;
const files = new Map([[file, { filename: file, hashes: { sha256: digest } }]]);

/** A server of these answers by path, and an index that reads from it. */
async function serve(answers: Readonly<Record<string, Answer>>, { upload = '/legacy/', checkUrl = '' } = {}) {
  const seen: { path: string; authorized: boolean }[] = [];
  const cacheControls = new Set<string | undefined>();
  const server = await listen((request, response) => {
    const { url = '' } = request;
    seen.push({ path: url, authorized: request.headers.authorization !== undefined });
    cacheControls.add(request.headers['cache-control']);
    const [status, headers = {}, body = ''] = answers[url] ?? [404];
    const located = Object.entries(headers).map(([name, value]) => [
      name,
      value.replace('ORIGIN', server.origin),
    ]);
    response.writeHead(status, Object.fromEntries(located) as Record<string, string>).end(body);
    return Promise.resolve();
  });
  const http = createHttp();
  const doubts: string[] = [];
  const index = openRegistryIndex({
    onDoubt: (message) => doubts.push(message.replaceAll(server.origin, 'ORIGIN')),
    uploadUrl: new URL(upload, server.origin),
    checkUrl: checkUrl === '' ? undefined : checkUrl.replace('ORIGIN', server.origin),
    credentials,
    http,
  });
  return {
    index,
    seen,
    doubts,
    cacheControls,
    origin: server.origin,
    async [Symbol.asyncDispose]() {
      await http.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

describe('the files that a registry has', () => {
  const html = { 'Content-Type': 'text/html' };
  const json = { 'Content-Type': 'application/vnd.pypi.simple.v1+json' };
  const jsonPage = JSON.stringify({
    meta: { 'api-version': '1.0' },
    name: 'tiny',
    files: [{ filename: file, url: `/f/${file}`, hashes: { sha256: digest } }],
  });
  const cases: [
    what: string,
    answers: Record<string, Answer>,
    known: unknown,
    options?: { upload?: string; checkUrl?: string },
  ][] = [
    ['come from HTML', { '/simple/tiny/': [200, html, page] }, files],
    ['come from JSON', { '/simple/tiny/': [200, json, jsonPage] }, files],
    ['may be below the upload URL', { '/legacy/simple/tiny/': [200, html, page] }, files],
    [
      "may be under devpi's +simple",
      { '/alice/dev/+simple/tiny/': [200, html, page] },
      files,
      { upload: '/alice/dev/' },
    ],
    [
      'may be behind a redirect within the host',
      { '/simple/tiny/': [301, { Location: '/pep503/tiny/' }], '/pep503/tiny/': [200, html, page] },
      files,
    ],
    ['are none while the project is not there', { '/simple/': [200, html, ''] }, new Map()],
    [
      'are none when the project was removed',
      { '/simple/tiny/': [410], '/simple/': [200, html, ''] },
      new Map(),
    ],
    [
      'are none when the registry forwards to PyPI',
      { '/simple/tiny/': [302, { Location: 'https://pypi.org/simple/tiny/' }], '/simple/': [200, html, ''] },
      new Map(),
    ],
    [
      'are none on GitLab, whose index is where it is',
      {},
      new Map(),
      { upload: '/api/v4/projects/7/packages/pypi' },
    ],
    ['cannot be known without an index', {}, undefined],
    ['cannot be known when only writing is allowed', { '/simple/tiny/': [403] }, undefined],
    ['come from a given index', { '/idx/tiny/': [200, html, page] }, files, { checkUrl: 'ORIGIN/idx' }],
    [
      'come from a given index with its slash',
      { '/idx/simple/tiny/': [200, html, page] },
      files,
      { checkUrl: 'ORIGIN/idx/simple/' },
    ],
    [
      'come from a given project page',
      { '/simple/tiny/': [200, html, page] },
      files,
      { checkUrl: 'ORIGIN/simple/other/' },
    ],
    [
      'come from a given index with a query',
      { '/idx/tiny/?key=1': [200, html, page] },
      files,
      { checkUrl: 'ORIGIN/idx/?key=1' },
    ],
    ['are none in a given index', {}, new Map(), { checkUrl: 'ORIGIN/idx/' }],
  ];
  it.each<[what: string, answers: Record<string, Answer>, checkUrl: string, doubts: string[]]>([
    [
      'nothing is there',
      {},
      'ORIGIN/idx/',
      ['there is neither Tiny nor a list of projects at ORIGIN/idx/ (404)'],
    ],
    ['only a list is there', { '/idx/': [200, html, ''] }, 'ORIGIN/idx/', []],
    ['the list is not for us', { '/idx/': [403] }, 'ORIGIN/idx/', []],
    ['the project is there', { '/idx/tiny/': [200, html, page] }, 'ORIGIN/idx/', []],
    ['the index is derived', {}, '', []],
  ])('are doubted once, of a given index, where %s', async (_, answers, checkUrl, doubts) => {
    await using server = await serve(answers, { checkUrl });
    await server.index.known('Tiny');
    const asked = server.seen.length;
    expect(asked).toBeLessThanOrEqual(checkUrl === '' ? 4 : 2);
    await server.index.known('Tiny');
    expect(server.doubts).toEqual(doubts);
    if (checkUrl !== '') expect(server.seen).toHaveLength(asked + 1);
  });

  it.each(cases)('%s', async (_, answers, known, options) => {
    await using server = await serve(answers, options);
    expect(await server.index.known('Tiny')).toEqual(known);
    expect([...server.cacheControls]).toEqual(['no-cache']); // what a CDN has kept knows nothing of a release
  });

  const failures: [what: string, answers: Record<string, Answer>, error: object][] = [
    ['401', { '/simple/tiny/': [401] }, { code: 'UNAUTHORIZED' }],
    ['503', { '/simple/tiny/': [503] }, { code: 'SERVER_ERROR', transient: true }],
    [
      'a redirect to https',
      { '/simple/tiny/': [301, { Location: 'https://127.0.0.1/simple/tiny/' }] },
      { code: 'REDIRECTED' },
    ],
    [
      'redirects in a circle',
      { '/simple/tiny/': [302, { Location: '/simple/tiny/' }] },
      { code: 'REDIRECTED' },
    ],
    ['broken JSON', { '/simple/tiny/': [200, json, '{'] }, { code: 'INVALID_LISTING' }],
  ];
  it.each(failures)('are an error after %s', async (_, answers, error) => {
    await using server = await serve(answers);
    await expect(server.index.known('tiny')).rejects.toMatchObject(error);
  });

  it('are asked for once where the place is known, and with the credentials of the same origin', async () => {
    await using server = await serve(
      { '/alice/dev/+simple/tiny/': [200, html, page] },
      { upload: '/alice/dev/' },
    );
    await server.index.known('tiny');
    expect(server.index.url).toBe(`${server.origin}/alice/dev/+simple/`);
    server.seen.length = 0;
    await server.index.known('tiny');
    expect(server.seen).toEqual([{ path: '/alice/dev/+simple/tiny/', authorized: true }]);
  });

  it('are asked for without the credentials where the index is another origin', async () => {
    await using index = await serve({ '/simple/tiny/': [200, html, page] });
    await using registry = await serve({}, { checkUrl: `${index.origin}/simple/` });
    expect(await registry.index.known('tiny')).toEqual(files);
    expect(index.seen).toEqual([{ path: '/simple/tiny/', authorized: false }]);
  });

  it('need a login of their own where the index is another origin and private', async () => {
    await using index = await serve({ '/simple/tiny/': [401] });
    await using registry = await serve({}, { checkUrl: `${index.origin}/simple/` });
    const asked = registry.index.known('tiny');
    await expect(asked).rejects.toMatchObject({
      code: 'UNAUTHORIZED',
      hint: expect.stringContaining('--check-url') as string,
    });
  });

  it('are asked for with the user info of a given index, which is not printed', async () => {
    await using index = await serve({ '/simple/tiny/': [200, html, page] });
    await using registry = await serve(
      {},
      { checkUrl: `${index.origin.replace('://', '://bob:pw@')}/simple/` },
    );
    await registry.index.known('tiny');
    expect(index.seen).toEqual([{ path: '/simple/tiny/', authorized: true }]);
    expect(registry.index.url).toBe(`${index.origin}/simple/`);
  });

  it('merge digests of a name that is listed twice', async () => {
    const twice = `<a href="/a/${file}">x</a>${page}`;
    await using server = await serve({ '/simple/tiny/': [200, html, twice] });
    expect(await server.index.known('tiny')).toEqual(files);
  });

  it('are not asked for at what is no URL', () => {
    const options = { uploadUrl: new URL('http://localhost/'), credentials, http: createHttp() };
    expect(() => openRegistryIndex({ ...options, checkUrl: 'simple' })).toThrow(
      'the check URL is no http or https URL',
    );
  });
});
