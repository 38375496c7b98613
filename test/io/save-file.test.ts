import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { mkdir, readdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { createHashes } from '../../src/io/hash-file.ts';
import { createHttp } from '../../src/io/http.ts';
import { contentTag, findParts, partPath } from '../../src/io/part-name.ts';
import type { Retry } from '../../src/io/retry.ts';
import { saveFile, type SaveOptions } from '../../src/io/save-file.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import { hashNames, type HashName } from '../../src/model/digest.ts';
import { makeFolder, sha256Of } from '../make-distribution.ts';
import { drip, endless, redirect, silent, stuck, truncated } from '../servers/hostile-server.ts';
import {
  file,
  inTurn,
  locked,
  startIndexServer,
  type Handler,
  type IndexServer,
} from '../servers/index-server.ts';

const http = createHttp({ environment: {}, headersTimeoutMs: 2000, bodyTimeoutMs: 400 });
afterAll(() => http.close());

const name = 'numpy-1.0-cp312-cp312-linux_x86_64.whl';
const bytes = randomBytes(3 * 1024 * 1024 + 123);
const sha256 = sha256Of(bytes);
const failing =
  (status: number): Handler =>
  (_, response) =>
    void response.writeHead(status).end();

interface Place {
  readonly server: IndexServer;
  readonly folder: string;
  readonly path: string;
  /** Saves from `/a`, unless told otherwise. */
  readonly save: (options?: Partial<SaveOptions>) => ReturnType<typeof saveFile>;
  readonly files: () => Promise<string[]>;
}

/** A server that answers `/a` (and `/b`, …), and an empty folder. */
async function withPlace(handlers: readonly Handler[], act: (place: Place) => Promise<void>): Promise<void> {
  const paths = handlers.map((_, n) => `/${'abc'[n] ?? ''}`);
  await using server = await startIndexServer(
    Object.fromEntries(handlers.map((handler, n) => [paths[n] ?? '', handler])),
  );
  await using folder = await makeFolder();
  const path = join(folder.path, name);
  const links = paths.map((at) => ({ url: `${server.origin}${at}` }));
  await act({
    server,
    folder: folder.path,
    path,
    save: (options) => saveFile({ links, path, hashes: { sha256 }, http, baseDelayMs: 1, ...options }),
    files: () => readdir(folder.path),
  });
}

async function failureOf(promise: Promise<unknown>): Promise<WheelhouseError> {
  const thrown: unknown = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof WheelhouseError)) throw new Error(`not a WheelhouseError: ${String(thrown)}`);
  return thrown;
}

/** Of a file; comparing the bytes themselves would take minutes. */
const digestOf = async (path: string) => sha256Of(await readFile(path));

/** Aborts a save as soon as something has arrived, and leaves what it leaves. */
async function interrupted({ save }: Place, options: Partial<SaveOptions> = {}): Promise<void> {
  const controller = new AbortController();
  const saved = save({ ...options, signal: controller.signal, onProgress: () => controller.abort() });
  expect(await failureOf(saved)).toMatchObject({ code: 'ABORTED' });
}

const ranges = ({ visits }: IndexServer) => visits.map(({ headers }) => headers.range);

/** Sends the first bytes of what `file` would send, then hangs up; the next time everything. */
const broken = (sentBytes: number, headers: Record<string, string> = { etag: '"v1"' }): Handler =>
  inTurn(truncated(bytes, sentBytes, headers), file(bytes, headers));

describe('saveFile', () => {
  it('saves a file, verified, and nothing beside it', () =>
    withPlace([file(bytes)], async ({ save, path, files }) => {
      const saved = await save({ sizeBytes: bytes.length });
      expect(saved).toEqual({ sha256, sizeBytes: bytes.length, resumed: false });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(await files()).toEqual([name]);
    }));

  it('saves what nothing proves, and says what it is', () =>
    withPlace([file(bytes)], async ({ save, path, files }) => {
      expect(await save({ hashes: {} })).toMatchObject({ sha256 });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(await files()).toEqual([name]);
    }));

  it('saves an empty file', () =>
    withPlace([file(Buffer.alloc(0))], async ({ save, path }) => {
      const saved = await save({ hashes: { sha256: sha256Of('') }, sizeBytes: 0 });
      expect(saved.sizeBytes).toBe(0);
      expect(await digestOf(path)).toBe(sha256Of(Buffer.alloc(0)));
    }));

  it('saves a file whose name leaves no room for an addition', () =>
    withPlace([file(bytes)], async ({ save, folder, files }) => {
      const long = `a-1-${'x'.repeat(255 - 20)}-none-any.whl`.slice(-255);
      await save({ path: join(folder, long) });
      expect(await files()).toEqual([long]);
    }));

  it('asks for the bytes as they are, and keeps them so', () => {
    const packed = gzipSync(bytes);
    return withPlace([file(packed, { 'content-encoding': 'gzip' })], async ({ save, path, server }) => {
      await save({ hashes: { sha256: sha256Of(packed) } });
      expect(await digestOf(path)).toBe(sha256Of(packed));
      expect(server.visits[0]?.headers['accept-encoding']).toBe('identity');
    });
  });

  it('tells how far it is', () =>
    withPlace([file(bytes)], async ({ save }) => {
      const told: number[] = [];
      await save({
        onProgress: (done, total) => {
          told.push(done);
          expect(total).toBe(bytes.length);
        },
      });
      expect(told.at(-1)).toBe(bytes.length);
      expect(told.length).toBeGreaterThan(3);
      expect(told).toEqual([...told].sort((a, b) => a - b));
    }));

  it('replaces a file only when it has a better one', () =>
    withPlace([inTurn(file(Buffer.from('wrong')), file(bytes))], async ({ save, path }) => {
      await writeFile(path, 'old');
      await failureOf(save());
      expect(await readFile(path, 'utf8')).toBe('old');
      await save();
      expect(await digestOf(path)).toBe(sha256Of(bytes));
    }));

  it('follows a redirect to the file', () =>
    withPlace([redirect('/b'), file(bytes)], async ({ save, server, files }) => {
      await save({ links: [{ url: `${server.origin}/a` }] });
      expect(await files()).toEqual([name]);
    }));

  it('sends credentials', () =>
    withPlace([locked('user:pass', file(bytes))], async ({ save, server, files }) => {
      const url = `${server.origin}/a`;
      expect((await failureOf(save({ links: [{ url }] }))).code).toBe('UNAUTHORIZED');
      await save({ links: [{ url: url.replace('//', '//user:pass@') }] });
      expect(await files()).toEqual([name]);
    }));

  it('copies a file of this machine', () =>
    withPlace([], async ({ save, folder, path }) => {
      const original = join(folder, 'original');
      await writeFile(original, bytes);
      await save({ links: [{ url: pathToFileURL(original).href }] });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      const missing = save({ links: [{ url: pathToFileURL(join(folder, 'no')).href }] });
      expect((await failureOf(missing)).code).toBe('FILE_SYSTEM');
    }));

  it('reads by another way than the URL', () =>
    withPlace([], async ({ save, path }) => {
      const open = () => Promise.resolve({ body: Readable.from([bytes]), startBytes: 0 });
      await save({ links: [{ url: 's3://bucket/key', open }] });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
    }));
});

describe('verification', () => {
  const digests = async () => {
    const hashes = await createHashes(hashNames);
    hashes.update(bytes);
    return hashes.digest();
  };

  it.each(hashNames)('holds the file to %s', async (hash: HashName) => {
    const right = (await digests())[hash];
    await withPlace([file(bytes)], async ({ save, files, server }) => {
      const wrong = right.replace(/^./, (first) => (first === '0' ? '1' : '0'));
      const failure = await failureOf(save({ hashes: { [hash]: wrong } }));
      expect(failure).toMatchObject({ code: 'HASH_MISMATCH', transient: false });
      expect(failure.message).toContain(name);
      expect(failure.message).toContain(right);
      expect(await files()).toEqual([]);
      expect(server.visits).toHaveLength(1);
      await save({ hashes: { [hash]: right.toUpperCase() } });
      expect(await files()).toEqual([name]);
    });
  });

  it('holds it to all of them', async () => {
    const right = await digests();
    await withPlace([file(bytes)], async ({ save, files }) => {
      await save({ hashes: right });
      const failure = await failureOf(save({ hashes: { ...right, md5: right.sha1.slice(0, 32) } }));
      expect(failure.message).toContain('md5');
      expect(await files()).toEqual([name]);
    });
  });

  it('passes over hashes that it does not know', () =>
    withPlace([file(bytes)], async ({ save }) => {
      await expect(save({ hashes: { sha256, whirlpool: 'abc', constructor: 'x' } })).resolves.toBeDefined();
    }));

  it('takes a digest of the wrong form for a wrong one', () =>
    withPlace([file(bytes)], async ({ save, files }) => {
      expect((await failureOf(save({ hashes: { sha256: '' } }))).code).toBe('HASH_MISMATCH');
      expect(await files()).toEqual([]);
    }));

  it.each([
    ['more', bytes.length - 1, false],
    ['less', bytes.length + 1, true],
  ])('refuses a file that has %s bytes than the index says', (_, sizeBytes, transient) =>
    withPlace([file(bytes)], async ({ save, files }) => {
      const failure = await failureOf(save({ sizeBytes }));
      expect(failure).toMatchObject({ code: 'TRUNCATED', transient });
      expect(await files()).toEqual([]);
    }),
  );

  it.each<[string, Handler]>([
    ['longer than the index says', endless()],
    ['announced as longer than the index says', endless(1e12)],
  ])('ends a file that is %s, at once and for good', (_, handler) =>
    withPlace([handler], async ({ save, files, server }) => {
      const failure = await failureOf(save({ hashes: {}, sizeBytes: 100_000 }));
      expect(failure).toMatchObject({ code: 'TRUNCATED', transient: false });
      expect(server.visits).toHaveLength(1);
      expect(await files()).toEqual([]);
    }),
  );

  it.each<[string, Handler]>([
    ['silent', silent],
    ['stuck', stuck],
    ['dripping', drip({ 'content-length': 1e6 })],
  ])('gives up on a server that is %s', (_, handler) =>
    withPlace([handler], async ({ save, files }) => {
      const impatient = createHttp({ environment: {}, headersTimeoutMs: 100, bodyTimeoutMs: 50 });
      const failure = await failureOf(save({ hashes: {}, http: impatient }));
      expect(failure.code).toBe('TIMEOUT');
      expect(await files()).toEqual([]);
      await impatient.close();
    }),
  );
});

describe('the target', () => {
  it.each<[string, (path: string) => Promise<unknown>, string]>([
    ['a symbolic link', (path) => symlink(join(path, '..', 'victim'), path), 'a symbolic link'],
    ['a link that leads nowhere', (path) => symlink('/nowhere/at/all', path), 'a symbolic link'],
    ['a folder', (path) => mkdir(path), 'a folder'],
  ])('is not replaced where there is %s', (_, make, what) =>
    withPlace([file(bytes)], async ({ save, folder, path, server }) => {
      await writeFile(join(folder, 'victim'), 'untouched');
      await make(path);
      const failure = await failureOf(save());
      expect(failure).toMatchObject({ code: 'FILE_SYSTEM' });
      expect(failure.message).toContain(what);
      expect(failure.hint).toBeDefined();
      expect(await readFile(join(folder, 'victim'), 'utf8')).toBe('untouched');
      expect(server.visits).toEqual([]);
    }),
  );

  it('may be taken while the download goes on: then the part stays', () =>
    withPlace([file(bytes)], async ({ save, path, files }) => {
      const failure = await failureOf(save({ onProgress: () => mkdirSync(path, { recursive: true }) }));
      expect(failure.code).toBe('FILE_SYSTEM');
      const [part = '', taken] = (await files()).sort();
      expect(part).toBe(basename(partPath(path, contentTag(path, `sha256=${sha256}`), 'free')));
      expect(taken).toBe(name);
    }));

  it.each(['missing', 'a-file'])('fails in one line where its folder is %s', (parent) =>
    withPlace([file(bytes)], async ({ save, folder }) => {
      await writeFile(join(folder, 'a-file'), '');
      const failure = await failureOf(save({ path: join(folder, parent, name) }));
      expect(failure.code).toBe('FILE_SYSTEM');
      expect(failure.message).toMatch(/^cannot write .*: [^\n]*$/);
    }),
  );
});

describe('a broken download', () => {
  it('goes on where it broke, provided that the file is still the same', () =>
    withPlace([broken(1_000_000)], async ({ save, path, server }) => {
      const retries: Retry[] = [];
      expect(await save({ onRetry: (one) => retries.push(one) })).toMatchObject({ resumed: false });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(ranges(server)).toEqual([undefined, 'bytes=1000000-']);
      expect(server.visits[1]?.headers['if-range']).toBe('"v1"');
      expect(retries).toMatchObject([{ what: name, attempt: 1 }]);
    }));

  it('goes on without a hash too, by the version alone', () =>
    withPlace([broken(1_000_000)], async ({ save, path, server }) => {
      await save({ hashes: {} });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(ranges(server)).toEqual([undefined, 'bytes=1000000-']);
    }));

  it('goes on without a version, by the hash alone', () =>
    withPlace([broken(1_000_000, { etag: 'W/"weak"' })], async ({ save, path, server }) => {
      await save();
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(ranges(server)).toEqual([undefined, 'bytes=1000000-']);
      expect(server.visits[1]?.headers['if-range']).toBeUndefined();
    }));

  it('starts anew where neither would prove it', () =>
    withPlace([broken(1_000_000, { etag: 'W/"weak"' })], async ({ save, path, server }) => {
      await save({ hashes: {} });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(ranges(server)).toEqual([undefined, undefined]);
    }));

  it('takes the new file whole when it has changed in between', () => {
    const newer = randomBytes(2_000_000);
    const changing = inTurn(truncated(bytes, 1_000_000, { etag: '"v1"' }), file(newer, { etag: '"v2"' }));
    return withPlace([changing], async ({ save, path, files }) => {
      expect(await save({ hashes: {} })).toMatchObject({ sha256: sha256Of(newer) });
      expect(await digestOf(path)).toBe(sha256Of(newer));
      expect(await files()).toEqual([name]);
    });
  });

  it.each<[string, Handler]>([
    ['ignores the range', (_, response) => void response.writeHead(200, { etag: '"v1"' }).end(bytes)],
    ['cannot satisfy it', inTurn(failing(416), (_, response) => void response.writeHead(200).end(bytes))],
    [
      'answers another range',
      inTurn(
        (_, response) => {
          response.writeHead(206, { 'content-range': `bytes 5-${bytes.length - 1}/${bytes.length}` });
          response.end(bytes.subarray(5));
        },
        (_, response) => void response.writeHead(200).end(bytes),
      ),
    ],
    [
      'lies about the range',
      inTurn(
        (_, response) => {
          response.writeHead(206, { 'content-range': `bytes 1000000-${bytes.length - 1}/${bytes.length}` });
          response.end(bytes.subarray(0, bytes.length - 1_000_000));
        },
        (_, response) => void response.writeHead(200).end(bytes),
      ),
    ],
  ])('is whole in the end when the server %s', (_, then) =>
    withPlace(
      [inTurn(truncated(bytes, 1_000_000, { etag: '"v1"' }), then)],
      async ({ save, path, files }) => {
        await save();
        expect(await digestOf(path)).toBe(sha256Of(bytes));
        expect(await files()).toEqual([name]);
      },
    ),
  );

  it('is refused when a range comes that nobody asked for', () => {
    const partial: Handler = (_, response) => {
      response.writeHead(206, { 'content-range': `bytes 0-9/${bytes.length}` }).end(bytes.subarray(0, 10));
    };
    return withPlace([partial], async ({ save, files }) => {
      expect((await failureOf(save({ hashes: {} }))).code).toBe('REJECTED');
      expect(await files()).toEqual([]);
    });
  });

  it('is tried again for as long as it makes progress', () => {
    const large = randomBytes(12 * 1024 * 1024);
    const stepBytes = 1_200_000;
    const bad: Handler = (request, response) => {
      const start = Number(/\d+/.exec(request.headers.range ?? '0')?.[0]);
      const rest = large.subarray(start);
      response.writeHead(start === 0 ? 200 : 206, {
        etag: '"v1"',
        'content-length': rest.length,
        ...(start === 0 ? {} : { 'content-range': `bytes ${start}-${large.length - 1}/${large.length}` }),
      });
      if (rest.length <= stepBytes) response.end(rest);
      else response.write(rest.subarray(0, stepBytes), () => setTimeout(() => response.destroy(), 5));
    };
    return withPlace([bad], async ({ save, path, server }) => {
      await save({ hashes: { sha256: sha256Of(large) } });
      expect(await digestOf(path)).toBe(sha256Of(large));
      expect(server.visits.length).toBeGreaterThan(9);
    });
  });

  it('is given up when it makes none', () =>
    withPlace([truncated(bytes, 0)], async ({ save, server, files }) => {
      expect((await failureOf(save())).code).toBe('TRUNCATED');
      expect(server.visits).toHaveLength(5);
      expect(await files()).toEqual([]);
    }));

  it.each([429, 500, 503])('is tried again after a %i', (status) =>
    withPlace([inTurn(failing(status), file(bytes))], async ({ save, files }) => {
      await save();
      expect(await files()).toEqual([name]);
    }),
  );

  it.each<[number, string]>([
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [204, 'REJECTED'],
  ])('is not tried again after a %i', (status, code) =>
    withPlace([failing(status)], async ({ save, server, files }) => {
      expect((await failureOf(save())).code).toBe(code);
      expect(server.visits).toHaveLength(1);
      expect(await files()).toEqual([]);
    }),
  );
});

describe('mirrors', () => {
  it.each<[string, Handler]>([
    ['is missing', failing(404)],
    ['fails', failing(500)],
    ['has other bytes', file(Buffer.from('other'))],
    ['has the right number of other bytes', file(randomBytes(bytes.length))],
    ['breaks off', truncated(bytes, 500_000)],
  ])('stand in for one that %s', (_, first) =>
    withPlace([first, file(bytes)], async ({ save, path, files }) => {
      const retries: Retry[] = [];
      await save({ onRetry: (one) => retries.push(one) });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(await files()).toEqual([name]);
      expect(retries.at(-1)?.reason).toMatch(/; on to a mirror$/);
    }),
  );

  it('go on where another one broke, if a hash will prove it', () =>
    withPlace([truncated(bytes, 1_000_000), file(bytes)], async ({ save, path, server }) => {
      await save();
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(server.visits.at(-1)).toMatchObject({ url: '/b', headers: { range: 'bytes=1000000-' } });
    }));

  it('start anew without a hash, even if their version tags are alike', () =>
    withPlace(
      [truncated(Buffer.alloc(bytes.length), 1_000_000, { etag: '"v1"' }), file(bytes, { etag: '"v1"' })],
      async ({ save, path }) => {
        await save({ hashes: {} });
        expect(await digestOf(path)).toBe(sha256Of(bytes));
      },
    ));

  it('fail together, and say all of it', () =>
    withPlace([failing(404), failing(403), file(Buffer.from('other'))], async ({ save, files }) => {
      const failure = await failureOf(save());
      expect(failure.code).toBe('NOT_FOUND');
      expect(failure.message).toMatch(/^none of the 3 links to .* works: .*404/);
      expect(failure.errors.map(({ code }) => code)).toEqual(['NOT_FOUND', 'FORBIDDEN', 'HASH_MISMATCH']);
      expect(await files()).toEqual([]);
    }));

  it('are not asked when the fault is here', () =>
    withPlace([file(bytes), file(bytes)], async ({ save, folder, server }) => {
      expect((await failureOf(save({ path: join(folder, 'no', name), parts: [] }))).code).toBe('FILE_SYSTEM');
      expect(server.visits.length).toBeLessThanOrEqual(1);
    }));

  it('may be none', () =>
    withPlace([], async ({ save }) => {
      expect((await failureOf(save())).code).toBe('NOT_FOUND');
    }));
});

describe('an interrupted download', () => {
  it('leaves a part that is no artifact, and that the next run goes on with', () =>
    withPlace([file(bytes)], async (place) => {
      const { save, path, files, folder, server } = place;
      await interrupted(place);
      const [part = '', ...others] = await files();
      expect(others).toEqual([]);
      expect(part).toMatch(/^\..*\.part$/);
      expect(await findParts(folder)).toEqual([part]);
      const { length } = await readFile(join(folder, part));
      expect(await save()).toMatchObject({ resumed: true, sha256 });
      expect(ranges(server)).toEqual([undefined, `bytes=${length}-`]);
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(await files()).toEqual([name]);
    }));

  it('is gone on with by the version alone where there is no hash', () =>
    withPlace([file(bytes)], async (place) => {
      const { save, path, files, server } = place;
      await interrupted(place, { hashes: {} });
      expect(await save({ hashes: {} })).toMatchObject({ resumed: true, sha256 });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(await files()).toEqual([name]);
      expect(server.visits.at(-1)?.headers['if-range']).toBeDefined();
    }));

  it('is left alone when the file has changed, and cleared away', () => {
    const newer = randomBytes(2_000_000);
    return withPlace([file(bytes)], async (place) => {
      const { save, path, files, server } = place;
      await interrupted(place, { hashes: {} });
      server.routes['/a'] = file(newer);
      expect(await save({ hashes: {} })).toMatchObject({ resumed: false, sha256: sha256Of(newer) });
      expect(await digestOf(path)).toBe(sha256Of(newer));
      expect(await files()).toEqual([name]);
    });
  });

  it('is thrown away where nothing could prove it', () =>
    withPlace([file(bytes, { etag: '' })], async (place) => {
      await interrupted(place, { hashes: {} });
      expect(await place.files()).toEqual([]);
    }));

  it('is begun anew when the part has been damaged', () =>
    withPlace([file(bytes)], async (place) => {
      const { save, path, files, folder } = place;
      await interrupted(place);
      const [part = ''] = await files();
      await writeFile(join(folder, part), Buffer.alloc(700_000));
      expect(await save()).toMatchObject({ resumed: false, sha256 });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
    }));

  it.each([bytes.length, bytes.length + 5])('is complete, or too long, with %i bytes', (length) =>
    withPlace([file(bytes)], async ({ save, path, server }) => {
      const part = partPath(path, contentTag(path, `sha256=${sha256}`), 'free');
      await writeFile(part, Buffer.concat([bytes, Buffer.alloc(5)]).subarray(0, length));
      await save({ sizeBytes: bytes.length });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(server.visits).toHaveLength(length === bytes.length ? 0 : 1);
    }),
  );

  it('is complete where nobody knows the size', () =>
    withPlace([file(bytes)], async ({ save, path }) => {
      await writeFile(partPath(path, contentTag(path, `sha256=${sha256}`), 'free'), bytes);
      await save();
      expect(await digestOf(path)).toBe(sha256Of(bytes));
    }));
});

describe('several at once', () => {
  it('do not disturb each other', () =>
    withPlace([file(bytes)], async ({ save, path, files }) => {
      await Promise.all(Array.from({ length: 8 }, () => save()));
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(await files()).toEqual([name]);
    }));

  it('do not disturb each other over one part', () =>
    withPlace([file(bytes)], async (place) => {
      await interrupted(place);
      const saved = await Promise.all(Array.from({ length: 4 }, () => place.save()));
      expect(await digestOf(place.path)).toBe(sha256Of(bytes));
      expect(saved.filter(({ resumed }) => resumed)).toHaveLength(1);
      expect(await place.files()).toEqual([name]);
    }));

  const tag = (path: string) => contentTag(path, `sha256=${sha256}`);
  const ownedBy = (path: string, host: string, pid: number) =>
    join(path, '..', `.${name}.${tag(path)}.${host}-${pid}-abcdef.part`);
  const thisHost = (path: string) =>
    /\.([0-9a-f]{6})-\d+-[0-9a-f]{6}\.part$/.exec(partPath(path, 'x', 'own'))?.[1] ?? '';
  const hourAgo = new Date(Date.now() - 3_600_000);
  /** A number that no process has: above what Linux, macOS and Windows give. */
  const deadPid = 2 ** 30;

  it.each([
    ['of a dead process', (path: string) => ownedBy(path, thisHost(path), deadPid), undefined, true],
    ['of a live one', (path: string) => ownedBy(path, thisHost(path), process.ppid), undefined, false],
    [
      'of a live one that stands still',
      (path: string) => ownedBy(path, thisHost(path), process.ppid),
      hourAgo,
      true,
    ],
    ['of another machine', (path: string) => ownedBy(path, 'abcdef', deadPid), undefined, false],
    ['of another machine, long ago', (path: string) => ownedBy(path, 'abcdef', deadPid), hourAgo, true],
  ])('a part %s', (_, where, changed, taken) =>
    withPlace([file(bytes)], async ({ save, path, files }) => {
      const part = where(path);
      await writeFile(part, bytes.subarray(0, 1_000_000));
      if (changed !== undefined) await utimes(part, changed, changed);
      expect(await save()).toMatchObject({ resumed: taken });
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(await files()).toHaveLength(taken ? 1 : 2);
    }),
  );

  it('take no link for a part', () =>
    withPlace([file(bytes)], async ({ save, path, folder }) => {
      const victim = join(folder, 'victim');
      await writeFile(victim, 'untouched');
      await symlink(victim, partPath(path, tag(path), 'free'));
      await save();
      expect(await digestOf(path)).toBe(sha256Of(bytes));
      expect(await readFile(victim, 'utf8')).toBe('untouched');
    }));

  it('stop at once, all of them', () =>
    withPlace([endless(1e9)], async ({ save, files }) => {
      const controller = new AbortController();
      const saves = Array.from({ length: 4 }, () => failureOf(save({ signal: controller.signal })));
      await once(AbortSignal.timeout(50), 'abort');
      controller.abort();
      for (const failure of await Promise.all(saves)) expect(failure.code).toBe('ABORTED');
      for (const left of await files()) expect(left).toMatch(/^\..*\.part$/);
    }));
});

it('names parts by their content', () => {
  expect(contentTag('/x/a.whl', 'sha256=1')).toBe(contentTag('/y/a.whl', 'sha256=1'));
  expect(contentTag('/x/a.whl', 'sha256=1')).not.toBe(contentTag('/x/b.whl', 'sha256=1'));
  expect(contentTag('/x/a.whl', 'sha256=1')).not.toBe(contentTag('/x/a.whl', 'sha256=2'));
});
