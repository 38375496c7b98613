// Whatever an index or a server does: nothing is written outside the folder, no secret gets out, and it ends.
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { FetchOptions } from '../../../src/flows/fetch.ts';
import { Secret } from '../../../src/model/secret.ts';
import { makeFolder, makeWheel, sha256Of } from '../../make-distribution.ts';
import {
  drip,
  endless,
  gibberish,
  gzipBomb,
  headerFlood,
  redirect,
  silent,
  stuck,
  truncated,
} from '../../servers/hostile-server.ts';
import {
  file,
  locked,
  page,
  startIndexServer,
  type Handler,
  type Route,
} from '../../servers/index-server.ts';
import { fetchFrom } from '../fetches.ts';

const good = makeWheel({ project: 'proof', version: '1.0' });
const bad = 'proof-1.0-cp312-cp312-win_amd64.whl';

/**
 * Fetches `/a/` of a server into a folder that lies deep in another, and tells every file that is then anywhere in
 * there; the secret is known to the run, and has to be in nothing that it says.
 */
async function attack(routes: Record<string, Route>, options: Partial<FetchOptions> = {}) {
  await using server = await startIndexServer({ [`/a/${good.filename}`]: file(good.bytes), ...routes });
  await using sandbox = await makeFolder();
  const localFolder = join(sandbox.path, 'one', 'two', 'dist');
  const run = await fetchFrom([`${server.origin.replace('//', '//user:s3cret@')}/a/`], {
    localFolder,
    ...options,
  });
  const entries = await readdir(sandbox.path, { recursive: true, withFileTypes: true });
  const written = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(localFolder, join(entry.parentPath, entry.name)));
  for (const name of written) expect(name).toMatch(/^[^/\\]+$/);
  expect(run.said).not.toContain('s3cret');
  expect(run.said).not.toContain(Buffer.from('user:s3cret').toString('base64'));
  return { ...run, artifacts: written.filter((name) => !name.startsWith('.')), visits: server.visits };
}

/** The page of the good wheel, and of another link. */
const pageWith = (url: string, sha256?: string) =>
  page([
    { url: good.filename, sha256: good.sha256 },
    { url, ...(sha256 === undefined ? {} : { sha256 }) },
  ]);

describe('a name that is a path', () => {
  const anything: Handler = (_, response) => void response.end('evil');
  const name = bad;

  it.each([
    `../${name}`,
    `../../../../${name}`,
    `..%2F..%2F${name}`,
    `..%2f..%2f${name}`,
    `..%252F..%252F${name}`,
    `..%5C..%5C${name}`,
    `..%255C${name}`,
    `..\\..\\${name}`,
    `.%2e/${name}`,
    `%2e%2e/${name}`,
    `%2e%2e%2f${name}`,
    `%252e%252e%252f${name}`,
    `%c0%ae%c0%ae%c0%af${name}`,
    `%e0%80%af${name}`,
    `..;/${name}`,
    `..%00/${name}`,
    `${name}%00.txt`,
    `%2Fetc%2F${name}`,
    `/etc/${name}`,
    `//etc/${name}`,
    `C:%5C${name}`,
    `C:${name}`,
    `%5C%5Chost%5Cshare%5C${name}`,
    `file:///tmp/${name}`,
    `${name}/..`,
    `${name}/../../${name}`,
    `${name}%2F..%2F..%2F..%2Fescaped-1.0.tar.gz`,
    `proof-1.0%2F..%2F..%2Fx.tar.gz`,
    `proof-1.0/../../x-1.0.tar.gz`,
    `proof-..-py3-none-any.whl`,
    `proof-1.0-py3-none-..%2F..%2Fany.whl`,
    `%EF%BC%8F${name}`,
    `%E2%88%95..%E2%88%95${name}`,
    `..&#47;..&#x2f;${name}`,
    `&period;&period;&sol;${name}`,
    `.${name}`,
    `-${name}`,
    `~/${name}`,
    `$(touch pwned)${name}`,
    `proof-1.0%0A-py3-none-any.whl`,
    `proof-1.0%1B%5B31m-py3-none-any.whl`,
    `proof-1.0%E2%80%AE-py3-none-any.whl`,
    `con.proof-1.0.tar.gz`,
    `nul-1.0.tar.gz`,
    `proof-1.0.tar.gz.`,
    `proof-1.0.tar.gz%20`,
    `proof-1.0.tar.gz:stream`,
    `proof-${'1'.repeat(300)}-py3-none-any.whl`,
  ])('%s', async (url) => {
    await using server = await startIndexServer();
    await using sandbox = await makeFolder();
    const localFolder = join(sandbox.path, 'one', 'two', 'dist');
    // Every path answers: what counts is only where the bytes go.
    const routes = new Proxy<Record<string, Route>>(
      {},
      {
        get: (_, path) =>
          path === '/a/' ? pageWith(url) : path === `/a/${good.filename}` ? good.bytes : anything,
      },
    );
    Object.setPrototypeOf(server.routes, routes);
    const run = await fetchFrom([`${server.origin}/a/`], { localFolder });
    expect(run.outcomes[good.filename]).toBe('downloaded');
    const entries = await readdir(sandbox.path, { recursive: true, withFileTypes: true });
    const written = entries.filter((entry) => !entry.isDirectory());
    for (const entry of written) {
      expect(entry.parentPath).toBe(localFolder);
      expect(entry.name).toMatch(/^proof-[0-9][\w.+-]*\.(?:whl|tar\.gz)$/);
    }
    expect(sha256Of(await readFile(join(localFolder, good.filename)))).toBe(good.sha256);
  });

  it.each(['../x-1.0.tar.gz', '/etc/proof-1.0.tar.gz', '..', 'a/b-1.0.tar.gz', 'proof-1.0\0.tar.gz', ''])(
    'in JSON: %j',
    async (filename) => {
      const body = JSON.stringify({
        meta: { 'api-version': '1.0' },
        files: [
          { filename: good.filename, url: good.filename, hashes: { sha256: good.sha256 } },
          { filename, url: 'proof-1.0.tar.gz', hashes: {} },
        ],
      });
      const run = await attack({
        '/a/': (_, response) => void response.end(body),
        '/a/proof-1.0.tar.gz': 'evil',
      });
      expect(run.artifacts).toEqual([good.filename]);
    },
  );

  it('in a header is nobody’s concern', async () => {
    const named: Handler = (_, response) => {
      response.writeHead(200, { 'content-disposition': 'attachment; filename="../../../evil.whl"' });
      response.end(good.bytes);
    };
    const run = await attack({ '/a/': page([{ url: good.filename }]), [`/a/${good.filename}`]: named });
    expect(run.artifacts).toEqual([good.filename]);
  });

  it('behind a redirect neither', async () => {
    const run = await attack({
      '/a/': page([{ url: good.filename }]),
      [`/a/${good.filename}`]: redirect('/b/..%2F..%2Fevil.whl'),
      '/b/..%2F..%2Fevil.whl': good.bytes,
    });
    expect(run.artifacts).toEqual([good.filename]);
  });
});

describe('a file', () => {
  const other = Buffer.from('other bytes');
  const sha256 = sha256Of('the right bytes');

  it.each<[string, Handler]>([
    ['with a wrong hash', file(other)],
    ['that is cut off', truncated(other, 4)],
    ['that is longer than announced', endless(other.length)],
    ['that never begins', silent],
    ['that gets stuck', stuck],
    ['that drips', drip()],
    ['that drips towards an end', drip({ 'content-length': 10_000 })],
    ['that redirects to itself', redirect(`/a/${bad}`)],
    ['that redirects to a file of this machine', redirect('file:///etc/passwd')],
    ['that redirects to nowhere', redirect('http://host.invalid/')],
    ['with a flood of headers', headerFlood],
    ['of no protocol', gibberish],
    ['that is a bomb', gzipBomb(50_000_000, 'application/zip')],
    ['that is a page', (_, response) => void response.end('<html>please log in</html>')],
  ])('%s is not there in the end, and the others are', async (_, handler) => {
    const run = await attack({ '/a/': pageWith(bad, sha256), [`/a/${bad}`]: handler });
    expect(run.outcomes).toEqual({ [good.filename]: 'downloaded', [bad]: 'failed' });
    expect(run.artifacts).toEqual([good.filename]);
    expect(run.result(bad)?.reason).toMatch(/^[^\n]+$/);
  });

  it.each<[string, Handler]>([
    ['without end', endless()],
    ['without end, announced', endless(1e15)],
  ])('%s ends where the index says that it does', async (_, handler) => {
    const body = JSON.stringify({
      meta: { 'api-version': '1.1' },
      files: [{ filename: bad, url: bad, size: 1_000_000, hashes: { sha256 } }],
    });
    const run = await attack({
      '/a/': (_request, response) => void response.end(body),
      [`/a/${bad}`]: handler,
    });
    expect(run.outcomes).toEqual({ [bad]: 'failed' });
    expect(run.visits.filter(({ url }) => url.endsWith('.whl'))).toHaveLength(1);
  });

  it('that nothing announces is not unpacked: its bytes are what was sent', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, ' '));
    const run = await attack({ '/a/': page([{ url: bad }]), [`/a/${bad}`]: gzipBomb(50_000_000, 'x/y') });
    expect(run.result(bad)).toMatchObject({ outcome: 'downloaded', size: bomb.length });
  });
});

describe('a page', () => {
  it.each<[string, Route]>([
    ['that never begins', silent],
    ['that gets stuck', stuck],
    ['that drips', drip({ 'content-type': 'text/html' })],
    ['that breaks off', truncated(Buffer.from(pageWith(bad)), 60)],
    ['that is cut off', pageWith(bad).slice(0, 120)],
    ['that redirects to itself', redirect('/a/')],
    ['that redirects to a file of this machine', redirect('file:///etc/')],
    ['with a flood of headers', headerFlood],
    ['of no protocol', gibberish],
    ['that is a bomb', gzipBomb(400_000_000)],
    ['that is JSON of another kind', (_, response) => void response.end('{"files": 5}')],
    ['that is a file', good.bytes],
  ])('%s ends the run, and nothing is written', async (_, route) => {
    const run = await attack({ '/a/': route });
    expect(run.error).toBeDefined();
    expect(run.error?.message).toMatch(/^[^\n]+$/);
    expect(run.artifacts).toEqual([]);
  });

  it('full of markup in names tells none of it', async () => {
    const html = `<html><body>
      <a href="${good.filename}#sha256=${good.sha256}"><script>alert(1)</script></a>
      <a href="proof-1.0-<img src=x onerror=alert(1)>.whl">x</a>
      <a href="proof-1.0-%3Cscript%3Ealert(1)%3C%2Fscript%3E-py3-none-any.whl">y</a>
      <a href="javascript:alert(1)//proof-1.0.tar.gz">z</a>
      <a href="data:text/html,proof-1.0.tar.gz">d</a>
      <a href="${'x'.repeat(1_000_000)}/proof-1.0.tar.gz">long</a>
      <a href>none</a><a href="">empty</a><a href="http://[/proof-2.0.tar.gz">bad</a>
      </body></html>`;
    const run = await attack({ '/a/': html, [`/a/${'x'.repeat(1_000_000)}/proof-1.0.tar.gz`]: 'x' });
    expect(run.outcomes[good.filename]).toBe('downloaded');
    expect(run.artifacts).toContain(good.filename);
    expect(run.said).not.toMatch(/<script|<img|onerror/);
  });

  it('of a hundred thousand links is read', async () => {
    const links = Array.from({ length: 100_000 }, (_, n) => ({
      url: `proof-2.${n}-py3-none-any.whl`,
      sha256: good.sha256,
    }));
    const run = await attack(
      { '/a/': page([...links, { url: good.filename, sha256: good.sha256 }]) },
      { version: '1.0' },
    );
    expect(run.artifacts).toEqual([good.filename]);
  });

  it('of a hundred thousand links to one name is read', async () => {
    const links = Array.from({ length: 100_000 }, (_, n) => ({
      url: `${n}/${good.filename}`,
      sha256: good.sha256,
    }));
    const run = await attack({ '/a/': page(links), [`/a/0/${good.filename}`]: good.bytes });
    expect(run.artifacts).toEqual([good.filename]);
  });
});

describe('credentials', () => {
  const secret = new Secret('s3cret');
  const seesNone = (headers: object) => {
    expect(JSON.stringify(headers)).not.toContain(Buffer.from('user:s3cret').toString('base64'));
    expect(JSON.stringify(headers)).not.toContain('s3cret');
  };

  it('do not leak to whoever a page or a server names', async () => {
    await using thief = await startIndexServer({
      '/x/proof-1.0.tar.gz': 'stolen',
      [`/x/${bad}`]: 'stolen',
      '/x/proof/': page([]),
    });
    const lock = (handler: Handler) => locked('user:s3cret', handler);
    const html = page([
      { url: `${thief.origin}/x/proof-1.0.tar.gz` },
      { url: `${thief.origin.replace('//', '//mallory:own@')}/x/proof-1.0.zip` },
      { url: bad },
      { url: `//${new URL(thief.origin).host}/x/proof-1.1.tar.gz` },
    ]).replace('<body>', `<body><a href="${thief.origin}/x/proof/">proof</a>`);
    const run = await attack({
      '/a/': lock((_, response) => void response.end(html)),
      [`/a/${bad}`]: lock(redirect(`${thief.origin}/x/${bad}`)),
    });
    expect(thief.visits.length).toBeGreaterThan(2);
    for (const { headers } of thief.visits) seesNone({ ...headers, host: '' });
    expect(run.visits[0]?.headers.authorization).toBeDefined();
  });

  it('do not leak through the place of the page’s links', async () => {
    await using thief = await startIndexServer({ [`/${good.filename}`]: good.bytes });
    const html = page([{ url: good.filename }]).replace('<body>', `<base href="${thief.origin}/"><body>`);
    const run = await attack({ '/a/': locked('user:s3cret', (_, response) => void response.end(html)) });
    expect(run.artifacts).toEqual([good.filename]);
    for (const { headers } of thief.visits) seesNone(headers);
  });

  it('do not leak when every answer is a redirect elsewhere', async () => {
    await using thief = await startIndexServer({ '/a/': page([{ url: good.filename }]) });
    const run = await attack({ '/a/': redirect(`${thief.origin}/a/`) });
    expect(run.error?.code).toBe('REDIRECTED');
    expect(thief.visits).toEqual([]);
  });

  it('do not leak in the message of any failure', async () => {
    for (const code of [400, 401, 403, 404, 409, 429, 500, 503]) {
      const echo: Handler = (request, response) => {
        const heard = String(request.headers.authorization).replace(/^Basic /, '');
        response.statusMessage = `No, ${heard}, ${Buffer.from(heard, 'base64').toString()}`;
        response.writeHead(code).end(heard);
      };
      const run = await attack({ '/a/': pageWith(bad), [`/a/${bad}`]: echo }, { username: 'user', secret });
      expect(run.outcomes[bad]).toBe('failed');
      expect(run.result(bad)?.reason).toContain('No, ***');
    }
  });

  it('do not leak in the message of a redirect', async () => {
    const echo: Handler = (request, response) => {
      const heard = String(request.headers.authorization).replace(/^Basic /, '');
      response.writeHead(302, { location: `ftp://host/${heard}/${Buffer.from(heard, 'base64').toString()}` });
      response.end();
    };
    expect((await attack({ '/a/': echo })).error?.code).toBe('REDIRECTED');
    const elsewhere: Handler = (request, response) => {
      const heard = String(request.headers.authorization).replace(/^Basic /, '');
      response.writeHead(302, { location: `http://host.invalid/${heard}` }).end();
    };
    expect((await attack({ '/a/': elsewhere })).error?.code).toBe('REDIRECTED');
  });
});
