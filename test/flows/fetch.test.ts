import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FetchOptions } from '../../src/flows/fetch.ts';
import { Secret, type Credentials } from '../../src/model/secret.ts';
import { makeFolder, makeSdist, makeWheel, sha256Of } from '../make-distribution.ts';
import { endless, redirect, truncated } from '../servers/hostile-server.ts';
import {
  file,
  inTurn,
  locked,
  page,
  startIndexServer,
  type Handler,
  type Route,
} from '../servers/index-server.ts';
import { fetchFrom, type Fetched } from './fetches.ts';

const linux = makeWheel({ project: 'proof', version: '1.0', tag: 'cp312-cp312-manylinux_2_28_x86_64' });
const windows = makeWheel({ project: 'proof', version: '1.0', tag: 'cp312-cp312-win_amd64' });
const older = makeWheel({ project: 'proof', version: '0.9', tag: 'cp311-cp311-win_amd64' });
const sdist = await makeSdist({ project: 'proof', version: '1.0' });
const forged = { ...linux, bytes: Buffer.from('something else') };
const all = [linux, windows, older, sdist];

interface File {
  readonly filename: string;
  readonly bytes: Buffer;
}

/** The routes of a flat page in `/<name>/` and its files. */
function wheelhouse(name: string, files: readonly File[], { hashed = true } = {}): Record<string, Route> {
  const links = files.map(({ filename, bytes }) => ({
    url: filename,
    ...(hashed ? { sha256: sha256Of(bytes) } : {}),
  }));
  return {
    [`/${name}/`]: page(links),
    ...Object.fromEntries(files.map(({ filename, bytes }) => [`/${name}/${filename}`, bytes])),
  };
}

/** Fetches from the named wheelhouses of one server into a folder that begins with these files. */
async function fetched(
  routes: Record<string, Route>,
  names: readonly string[],
  options: Partial<FetchOptions> = {},
  before: readonly File[] = [],
) {
  await using server = await startIndexServer(routes);
  await using folder = await makeFolder(before);
  const localFolder = join(folder.path, 'dist');
  if (before.length > 0) {
    await mkdir(localFolder);
    for (const { filename, bytes } of before) await writeFile(join(localFolder, filename), bytes);
  }
  const result = await fetchFrom(
    names.map((name) => `${server.origin}/${name}/`),
    { localFolder, ...options },
  );
  const files: Record<string, string> = {};
  for (const name of await readdir(localFolder).catch(() => []))
    files[name] = sha256Of(await readFile(join(localFolder, name)));
  return { ...result, files, paths: server.paths(), visits: server.visits, origin: server.origin };
}

const contents = (files: readonly File[]) =>
  Object.fromEntries(files.map(({ filename, bytes }) => [filename, sha256Of(bytes)]));
const status =
  (code: number): Handler =>
  (_, response) =>
    void response.writeHead(code).end();
const eventsOf = ({ events }: Fetched, name: string) => events.filter(({ event }) => event === name);

describe('fetch', () => {
  it('downloads every artifact of a project, verified, into a folder that it makes', async () => {
    const run = await fetched(wheelhouse('a', all), ['a']);
    expect(run.files).toEqual(contents(all));
    expect(run.summary).toMatchObject({ command: 'fetch', ok: true, exitCode: 0, counts: { downloaded: 4 } });
    expect(run.result(linux.filename)).toEqual({
      filename: linux.filename,
      outcome: 'downloaded',
      sha256: linux.sha256,
      size: linux.bytes.length,
    });
  });

  it('asks once for the page, and once for each file', async () => {
    const run = await fetched(wheelhouse('a', all), ['a']);
    expect([...run.paths].sort()).toEqual(['/a/', ...all.map(({ filename }) => `/a/${filename}`)].sort());
  });

  it('tells the plan, the progress and each artifact, in that order', async () => {
    const run = await fetched(wheelhouse('a', all), ['a']);
    expect(run.events[0]).toMatchObject({ event: 'plan', command: 'fetch', dryRun: false });
    expect(eventsOf(run, 'artifact')).toHaveLength(4);
    const progress = run.events.findIndex(
      (event) => event.event === 'progress' && event.filename === linux.filename,
    );
    const done = run.events.findIndex(
      (event) => event.event === 'artifact' && event.filename === linux.filename,
    );
    expect(progress).toBeGreaterThan(0);
    expect(done).toBeGreaterThan(progress);
    expect(run.events.map(({ event }) => event)).not.toContain('summary');
  });

  it.each<[string, Partial<FetchOptions>, readonly File[]]>([
    ['one version', { version: '1.0' }, [linux, windows, sdist]],
    ['the same version, written otherwise', { version: '1.0.0' }, [linux, windows, sdist]],
    ['no sdist', { version: '1.0', sdists: false }, [linux, windows]],
    ['included', { include: ['*win*'] }, [windows, older]],
    ['not excluded', { exclude: ['*win*', '*.tar.gz'] }, [linux]],
    ['for a Python', { python: 'cp311', sdists: false }, [older]],
    ['for a platform', { platform: 'win_amd64', sdists: false }, [windows, older]],
  ])('takes what is wanted: %s', async (_, options, expected) => {
    const run = await fetched(wheelhouse('a', all), ['a'], options);
    expect(run.files).toEqual(contents(expected));
  });

  it('takes only the project’s', async () => {
    const others = [
      makeWheel({ project: 'proof-tools', version: '1.0' }),
      makeWheel({ project: 'proofread', version: '1.0' }),
    ];
    expect((await fetched(wheelhouse('a', [...all, ...others]), ['a'])).files).toEqual(contents(all));
  });

  it('takes the original’s index, too: no hashes, any case, and a page without end tags’ quotes', async () => {
    const html = `<HTML><BODY><A HREF='${linux.filename}'>x</A><br><a href=${sdist.filename}>y</a></BODY></HTML>`;
    const run = await fetched({ ...wheelhouse('a', all), '/a/': html }, ['a']);
    expect(run.files).toEqual(contents([linux, sdist]));
  });

  it('works from a page of this machine', async () => {
    await using site = await makeFolder(all);
    await writeFile(join(site.path, 'index.html'), page(all.map(({ filename }) => ({ url: filename }))));
    const localFolder = join(site.path, 'dist');
    for (const index of [site.path, join(site.path, 'index.html')]) {
      const run = await fetchFrom([index], { localFolder });
      expect(run.summary?.ok).toBe(true);
    }
    expect((await readdir(localFolder)).sort()).toEqual(all.map(({ filename }) => filename).sort());
  });
});

describe('fetch again', () => {
  it('keeps what has the right hash, and asks for the page only', async () => {
    const run = await fetched(wheelhouse('a', all), ['a'], {}, all);
    expect(run.summary).toMatchObject({ ok: true, counts: { kept: 4 } });
    expect(run.paths).toEqual(['/a/']);
    expect(run.result(linux.filename)).toMatchObject({ sha256: linux.sha256, size: linux.bytes.length });
  });

  it('replaces what has a wrong one', async () => {
    const run = await fetched(wheelhouse('a', all), ['a'], {}, [forged, windows]);
    expect(run.files).toEqual(contents(all));
    expect(run.summary?.counts).toEqual({ downloaded: 3, kept: 1 });
  });

  it('leaves a local file as it was when the download fails', async () => {
    const routes = { ...wheelhouse('a', [linux]), [`/a/${linux.filename}`]: status(404) };
    const run = await fetched(routes, ['a'], {}, [forged]);
    expect(run.summary).toMatchObject({ ok: false, exitCode: 1, counts: { failed: 1 } });
    expect(run.files).toEqual(contents([forged]));
  });

  it('downloads again what nothing proves', async () => {
    const run = await fetched(wheelhouse('a', [linux], { hashed: false }), ['a'], {}, [forged]);
    expect(run.files).toEqual(contents([linux]));
    expect(run.summary?.counts).toEqual({ downloaded: 1 });
  });

  it('goes on with what an interruption left', async () => {
    const large = makeWheel({ project: 'proof', version: '1.0', module: 'x = 1\n' });
    const bytes = Buffer.alloc(3_000_000, 'abc');
    const routes = wheelhouse('a', [{ ...large, bytes }]);
    await using server = await startIndexServer(routes);
    await using folder = await makeFolder();
    const controller = new AbortController();
    const options = { localFolder: folder.path, project: 'proof' };
    const first = await fetchFrom([`${server.origin}/a/`], {
      ...options,
      signal: controller.signal,
      onEvent: ({ event }) => {
        if (event === 'progress') controller.abort();
      },
    });
    expect(first.error).toMatchObject({ code: 'ABORTED', exitCode: 130 });
    const left = await readdir(folder.path);
    expect(left).toEqual([expect.stringMatching(/^\..*\.part$/)]);
    const second = await fetchFrom([`${server.origin}/a/`], options);
    expect(second.result(large.filename)).toMatchObject({
      outcome: 'downloaded',
      sha256: sha256Of(bytes),
      reason: 'resumed',
    });
    expect(await readdir(folder.path)).toEqual([large.filename]);
    expect(server.visits.at(-1)?.headers.range).toMatch(/^bytes=[1-9]\d*-$/);
  });
});

describe('fetch from several indexes', () => {
  it('puts the release together', async () => {
    const routes = { ...wheelhouse('a', [linux]), ...wheelhouse('b', [windows, sdist]) };
    expect((await fetched(routes, ['a', 'b'])).files).toEqual(contents([linux, windows, sdist]));
  });

  it('takes what both have once, from either', async () => {
    const routes = { ...wheelhouse('a', [linux]), ...wheelhouse('b', [linux]) };
    const run = await fetched(routes, ['a', 'b']);
    expect(run.files).toEqual(contents([linux]));
    expect(run.paths.filter((path) => path.endsWith('.whl'))).toEqual([`/a/${linux.filename}`]);
    const fallback = await fetched({ ...routes, [`/a/${linux.filename}`]: status(404) }, ['a', 'b']);
    expect(fallback.files).toEqual(contents([linux]));
    expect(eventsOf(fallback, 'retry')).toHaveLength(1);
  });

  it('reads an index that is given twice once', async () => {
    const run = await fetched(wheelhouse('a', [linux]), ['a', 'a']);
    expect(run.paths).toEqual(['/a/', `/a/${linux.filename}`]);
  });

  it('writes nothing of a name about which they disagree, and the rest', async () => {
    const routes = { ...wheelhouse('a', [linux, windows]), ...wheelhouse('b', [forged, sdist]) };
    const run = await fetched(routes, ['a', 'b']);
    expect(run.summary).toMatchObject({ ok: false, exitCode: 1, counts: { conflict: 1, downloaded: 2 } });
    expect(run.files).toEqual(contents([windows, sdist]));
    expect(run.result(linux.filename)).toMatchObject({ outcome: 'conflict', sha256: null });
    expect(run.result(linux.filename)?.reason).toContain(`${run.origin}/a/ and ${run.origin}/b/`);
    expect(run.paths).not.toContain(`/a/${linux.filename}`);
  });

  it('leaves a local file alone about which they disagree', async () => {
    const routes = { ...wheelhouse('a', [linux]), ...wheelhouse('b', [forged]) };
    const run = await fetched(routes, ['a', 'b'], {}, [linux]);
    expect(run.outcomes).toEqual({ [linux.filename]: 'conflict' });
    expect(run.files).toEqual(contents([linux]));
  });

  it('holds the bytes of one that gives no hash to the hash of another', async () => {
    const routes = { ...wheelhouse('a', [forged], { hashed: false }), ...wheelhouse('b', [linux]) };
    expect((await fetched(routes, ['a', 'b'])).files).toEqual(contents([linux]));
    const alone = await fetched({ ...routes, [`/b/${linux.filename}`]: status(404) }, ['a', 'b']);
    expect(alone.summary).toMatchObject({ ok: false, counts: { failed: 1 } });
    expect(alone.files).toEqual({});
  });

  it('believes the first where none gives a hash, and says so', async () => {
    const routes = {
      ...wheelhouse('a', [linux], { hashed: false }),
      ...wheelhouse('b', [forged], { hashed: false }),
    };
    const run = await fetched(routes, ['a', 'b']);
    expect(run.files).toEqual(contents([linux]));
    expect(eventsOf(run, 'warning')[0]).toMatchObject({ message: expect.stringContaining('/b/') as string });
    const failing = await fetched({ ...routes, [`/a/${linux.filename}`]: status(404) }, ['a', 'b']);
    expect(failing.outcomes).toEqual({ [linux.filename]: 'failed' });
    expect(failing.files).toEqual({});
  });

  it.each([404, 403, 500])('downloads nothing if one of them answers %i, and names it', async (code) => {
    const routes = { ...wheelhouse('a', [linux]), '/b/': status(code) };
    const run = await fetched(routes, ['a', 'b']);
    expect(run.error?.exitCode).toBe(1);
    expect(run.error?.message).toContain(`${run.origin}/b/`);
    expect(run.error?.hint).toBeDefined();
    expect(run.files).toEqual({});
    expect(run.events.map(({ event }) => event)).not.toContain('plan');
  });

  it('names all that fail', async () => {
    const routes = { ...wheelhouse('a', [linux]), '/b/': status(404), '/c/': status(403) };
    const run = await fetched(routes, ['a', 'b', 'c']);
    expect(run.error).toMatchObject({ code: 'INCOMPLETE', exitCode: 1 });
    expect(run.error?.message).toMatch(/^2 of 3 indexes cannot be read: /);
    expect(run.error?.errors.map(({ code }) => code)).toEqual(['NOT_FOUND', 'FORBIDDEN']);
  });

  it('does not mind one that does not know the project', async () => {
    const routes = { ...wheelhouse('a', [linux]) };
    const run = await fetched(routes, ['a', 'simple']);
    expect(run.files).toEqual(contents([linux]));
  });
});

describe('fetch fails for', () => {
  it('a project that is nowhere', async () => {
    const run = await fetched(wheelhouse('a', all), ['a'], { project: 'nothing' });
    expect(run.error).toMatchObject({ code: 'NOT_FOUND', exitCode: 1 });
    expect(run.error?.message).toBe(`there is no file of nothing in ${run.origin}/a/`);
    expect(run.files).toEqual({});
  });

  it('a version that is nowhere, and names those that are', async () => {
    const routes = { ...wheelhouse('a', [linux]), ...wheelhouse('b', [older, sdist]) };
    const run = await fetched(routes, ['a', 'b'], { version: '2.0' });
    expect(run.error).toMatchObject({ code: 'NOT_FOUND', hint: 'versions that are there: 1.0, 0.9' });
  });

  it('filters that leave nothing', async () => {
    const run = await fetched(wheelhouse('a', all), ['a'], { version: '1.0', include: ['*.egg'] });
    expect(run.error).toMatchObject({ code: 'NOT_FOUND', hint: 'versions that are there: 1.0, 0.9' });
    expect(run.error?.message).toContain('filters');
  });

  it.each<[string, Partial<FetchOptions>]>([
    ['no index', { indexes: [] }],
    ['a project that is no name', { project: '../proof' }],
    ['a version that is none', { version: 'latest' }],
    ['an index that is none', { indexes: ['ftp://host/'] }],
    ['no workers', { maxWorkers: 0 }],
  ])('%s', async (_, options) => {
    const run = await fetched({}, ['a'], options);
    expect(run.error).toMatchObject({ code: 'USAGE', exitCode: 2 });
  });

  it('a file without a hash, where they are required, and takes the rest', async () => {
    const routes = { ...wheelhouse('a', [linux], { hashed: false }), ...wheelhouse('b', [windows]) };
    const run = await fetched(routes, ['a', 'b'], { requireHashes: true });
    expect(run.outcomes).toEqual({ [linux.filename]: 'failed', [windows.filename]: 'downloaded' });
    expect(run.files).toEqual(contents([windows]));
  });

  it('one file, and takes the rest', async () => {
    const routes = {
      ...wheelhouse('a', all),
      [`/a/${linux.filename}`]: Buffer.from('wrong'),
      [`/a/${windows.filename}`]: truncated(windows.bytes, 10),
    };
    const run = await fetched(routes, ['a']);
    expect(run.summary).toMatchObject({ ok: false, exitCode: 1, counts: { downloaded: 2, failed: 2 } });
    expect(run.result(linux.filename)?.reason).toContain('is not the file that the index names');
    // What was cut off may be gone on with: the hash will prove it.
    expect(
      Object.keys(run.files)
        .filter((name) => !name.startsWith('.'))
        .sort(),
    ).toEqual([older, sdist].map(({ filename }) => filename).sort());
  });
});

describe('the folder', () => {
  const site = wheelhouse('a', [linux]);

  it('may be a link to one', async () => {
    await using server = await startIndexServer(site);
    await using folder = await makeFolder();
    await mkdir(join(folder.path, 'real'));
    await symlink(join(folder.path, 'real'), join(folder.path, 'dist'));
    const run = await fetchFrom([`${server.origin}/a/`], { localFolder: join(folder.path, 'dist') });
    expect(run.summary?.ok).toBe(true);
    expect(await readdir(join(folder.path, 'real'))).toEqual([linux.filename]);
  });

  it.each<[string, (path: string) => Promise<unknown>]>([
    ['a file', (path) => writeFile(path, '')],
    ['a link that leads nowhere', (path) => symlink('/nowhere/at/all', path)],
    ['below a file', (path) => writeFile(join(path, '..', 'x'), '')],
  ])('fails in one line where it is %s', async (what, make) => {
    await using server = await startIndexServer(site);
    await using folder = await makeFolder();
    const path = what === 'below a file' ? join(folder.path, 'x', 'dist') : join(folder.path, 'dist');
    await make(what === 'below a file' ? join(folder.path, 'dist') : path);
    const run = await fetchFrom([`${server.origin}/a/`], { localFolder: path });
    expect(run.error).toMatchObject({ code: 'FILE_SYSTEM', exitCode: 1 });
    expect(run.error?.message).toMatch(/^cannot [^\n]+$/);
  });

  it('is not left through a link or a folder of an artifact’s name', async () => {
    await using server = await startIndexServer(wheelhouse('a', [linux, windows, sdist]));
    await using folder = await makeFolder();
    const dist = join(folder.path, 'dist');
    const victim = join(folder.path, 'victim');
    await writeFile(victim, 'untouched');
    await mkdir(join(dist, windows.filename), { recursive: true });
    await symlink(victim, join(dist, linux.filename));
    const run = await fetchFrom([`${server.origin}/a/`], { localFolder: dist });
    expect(run.outcomes).toEqual({
      [linux.filename]: 'failed',
      [windows.filename]: 'failed',
      [sdist.filename]: 'downloaded',
    });
    expect(await readFile(victim, 'utf8')).toBe('untouched');
    expect((await lstat(join(dist, linux.filename))).isSymbolicLink()).toBe(true);
  });

  it('takes no two names that differ only in case', async () => {
    const upper = { ...forged, filename: linux.filename.replace('proof', 'Proof') };
    const run = await fetched(wheelhouse('a', [linux, upper, sdist]), ['a']);
    expect(run.files).toEqual(contents([sdist]));
    expect(run.summary?.counts).toEqual({ conflict: 2, downloaded: 1 });
  });
});

describe('a dry run', () => {
  it('makes the same plan, and writes nothing', async () => {
    const routes = { ...wheelhouse('a', all), ...wheelhouse('b', [forged]) };
    const dry = await fetched(routes, ['a', 'b'], { dryRun: true });
    const wet = await fetched(routes, ['a', 'b']);
    const planOf = (run: Fetched & { origin: string }) =>
      JSON.stringify(eventsOf(run, 'plan'))
        .replaceAll(run.origin, '')
        .replace(/"target":"[^"]*"/, '');
    expect(planOf(dry)).toBe(planOf(wet).replace('"dryRun":false', '"dryRun":true'));
    expect(dry.summary).toMatchObject({ dryRun: true, counts: wet.summary?.counts ?? {} });
    expect(dry.outcomes).toEqual(wet.outcomes);
    expect(dry.files).toEqual({});
    expect(dry.paths).toEqual(['/a/', '/b/']);
    expect(eventsOf(dry, 'artifact')).toEqual([]);
  });
});

describe('private indexes', () => {
  const secret = new Secret('s3cret');
  const lockAll = (routes: Record<string, Route>): Record<string, Route> =>
    Object.fromEntries(
      Object.entries(routes).map(([path, route]) => {
        const handler: Handler =
          typeof route === 'string'
            ? (_, response) => void response.end(route)
            : typeof route === 'function'
              ? route
              : file(route);
        return [path, locked('user:s3cret', handler)];
      }),
    );
  const site = lockAll(wheelhouse('a', [linux, sdist]));

  it.each<[string, Partial<FetchOptions>]>([
    ['options', { username: 'user', secret }],
    ['netrc', { credentialsFor: (): Credentials => ({ kind: 'basic', username: 'user', password: secret }) }],
    [
      'options before netrc',
      {
        username: 'user',
        secret,
        credentialsFor: () => ({ kind: 'basic', username: 'x', password: new Secret('y') }),
      },
    ],
  ])('are read with the credentials of %s, page and files', async (_, options) => {
    const run = await fetched(site, ['a'], options);
    expect(run.files).toEqual(contents([linux, sdist]));
    expect(run.said).not.toContain('s3cret');
  });

  it('are read with those of their URL', async () => {
    await using server = await startIndexServer(site);
    await using folder = await makeFolder();
    const index = `${server.origin.replace('//', '//user:s3cret@')}/a/?token=t0ken`;
    server.routes['/a/?token=t0ken'] = site['/a/'] ?? '';
    const run = await fetchFrom([index], { localFolder: folder.path });
    expect((await readdir(folder.path)).sort()).toEqual([linux.filename, sdist.filename].sort());
    expect(run.said).not.toMatch(/s3cret|t0ken/);
  });

  it('end the run at once without them', async () => {
    const run = await fetched(site, ['a']);
    expect(run.error).toMatchObject({ code: 'UNAUTHORIZED', exitCode: 1 });
    expect(run.error?.hint).toMatch(/no login was given for it/);
    expect(run.paths).toEqual(['/a/']);
  });

  it('end the run at once with wrong ones, and do not say that there were none', async () => {
    const run = await fetched(site, ['a'], { username: 'user', secret: new Secret('wr0ng') });
    expect(run.error).toMatchObject({ code: 'UNAUTHORIZED', exitCode: 1 });
    expect(run.error?.hint).toMatch(/^check the user name/);
    expect(run.said).not.toContain('wr0ng');
  });

  it('among others get them only when they ask, and the others never', async () => {
    await using open = await startIndexServer(wheelhouse('b', [windows]));
    await using closed = await startIndexServer(site);
    await using folder = await makeFolder();
    const run = await fetchFrom([`${open.origin}/b/`, `${closed.origin}/a/`], {
      localFolder: folder.path,
      username: 'user',
      secret,
    });
    expect(run.summary?.counts).toEqual({ downloaded: 3 });
    expect(open.visits.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
  });

  it('do not give them to files that lie elsewhere, or behind a redirect', async () => {
    await using elsewhere = await startIndexServer({
      [`/${linux.filename}`]: linux.bytes,
      [`/${sdist.filename}`]: sdist.bytes,
    });
    await using closed = await startIndexServer();
    closed.routes['/a/'] = locked('user:s3cret', (_, response) => {
      response.end(
        page([
          { url: `${elsewhere.origin}/${linux.filename}`, sha256: linux.sha256 },
          { url: sdist.filename, sha256: sdist.sha256 },
        ]),
      );
    });
    closed.routes[`/a/${sdist.filename}`] = locked(
      'user:s3cret',
      redirect(`${elsewhere.origin}/${sdist.filename}`),
    );
    await using folder = await makeFolder();
    const asked: string[] = [];
    const run = await fetchFrom([`${closed.origin}/a/`], {
      localFolder: folder.path,
      credentialsFor: (url) => {
        asked.push(url.origin);
        return { kind: 'basic', username: 'user', password: secret };
      },
    });
    expect(run.summary?.counts).toEqual({ downloaded: 2 });
    expect(elsewhere.visits).toHaveLength(2);
    for (const { headers } of elsewhere.visits) expect(headers.authorization).toBeUndefined();
    expect(new Set(asked)).toEqual(new Set([closed.origin]));
  });
});

describe('interruption and workers', () => {
  it('ends a run at once', async () => {
    const routes = { ...wheelhouse('a', all), [`/a/${linux.filename}`]: endless(1e10) };
    const run = await fetched(routes, ['a'], { signal: AbortSignal.timeout(200) });
    expect(run.error).toMatchObject({ code: 'ABORTED' });
    for (const name of Object.keys(run.files)) expect(name).not.toBe(linux.filename);
  });

  it('keeps to the number of workers', async () => {
    let atOnce = 0;
    let most = 0;
    const counted =
      (bytes: Buffer): Handler =>
      (_, response) => {
        most = Math.max(most, ++atOnce);
        setTimeout(() => {
          atOnce -= 1;
          response.end(bytes);
        }, 20);
      };
    const routes = {
      ...wheelhouse('a', all),
      ...Object.fromEntries(all.map(({ filename, bytes }) => [`/a/${filename}`, counted(bytes)])),
    };
    const run = await fetched(routes, ['a'], { maxWorkers: 2 });
    expect(run.files).toEqual(contents(all));
    expect(most).toBe(2);
  });

  it('tries again what fails for a moment, and tells it', async () => {
    const routes = {
      ...wheelhouse('a', [linux]),
      [`/a/${linux.filename}`]: inTurn(status(503), status(429), file(linux.bytes)),
    };
    const run = await fetched(routes, ['a']);
    expect(run.files).toEqual(contents([linux]));
    expect(eventsOf(run, 'retry').map((event) => 'what' in event && event.what)).toEqual([
      linux.filename,
      linux.filename,
    ]);
  });
});
