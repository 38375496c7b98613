import { describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel } from '../../make-distribution.ts';
import { startPypiServer, type Fault } from '../../servers/pypi-server.ts';
import { startRecordingServer } from '../../servers/recording-server.ts';
import { eventsOf, outcomesOf, publishTo, resultOf } from '../publications.ts';

const release = { project: 'tiny-project', version: '1.0' };
const pure = makeWheel(release);
const linux = makeWheel({ ...release, tag: 'cp312-cp312-manylinux_2_17_x86_64' });
const mac = makeWheel({ ...release, tag: 'cp312-cp312-macosx_11_0_arm64' });
const sdist = await makeSdist(release);
const all = [pure, linux, mac, sdist];
const repair = (url: string, folder: string) =>
  `wheelhouse publish --repository-url ${url} --local-folder ${folder} --project tiny_project --version 1.0`;

describe.each(['pypi', 'gitlab', 'pypiserver'] as const)('a registry like %s', (mode) => {
  it('is asked whether a file landed whose answer was lost, and it is not sent again', async () => {
    await using server = await startPypiServer({ mode });
    await using dist = await makeFolder(all);
    server.faults.push({ kind: 'lost-answer', times: 1, filename: linux.filename });
    const done = await publishTo(server, dist.path);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 4 } });
    const sent = server.requests.filter(({ filename }) => filename === linux.filename);
    expect(sent).toHaveLength(1);
    expect(eventsOf(done, 'retry')).toMatchObject([{ what: linux.filename, attempt: 1 }]);
  });

  it('may be behind with its index when it is asked: the second answer decides', async () => {
    await using server = await startPypiServer({ mode, index: 'html' });
    await using dist = await makeFolder([linux]);
    server.faults.push({ kind: 'lost-answer', times: 1 }, { kind: 'stale-index', times: 6 });
    const done = await publishTo(server, dist.path);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 1 } });
    expect(server.requests.filter(({ kind }) => kind === 'upload')).toHaveLength(2);
  });
});

describe('an index without digests', () => {
  it('that lists a name only after an answer was lost shows that the file landed', async () => {
    await using server = await startPypiServer({ mode: 'pypiserver', index: 'html-without-digests' });
    await using dist = await makeFolder([linux]);
    server.faults.push({ kind: 'lost-answer', times: 5 });
    const done = await publishTo(server, dist.path);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 1 } });
    expect(server.requests.filter(({ kind }) => kind === 'upload')).toHaveLength(1);
  });
});

describe('a registry without an index', () => {
  it('that loses every answer is not said to lack the file', async () => {
    await using server = await startPypiServer({ mode: 'pypiserver', index: 'none' });
    await using dist = await makeFolder([linux]);
    server.faults.push({ kind: 'lost-answer', times: 5 });
    const done = await publishTo(server, dist.path);
    expect(done.summary).toMatchObject({ ok: false, counts: { failed: 1 } });
    expect(resultOf(done, linux.filename)?.reason).toMatch(/; it may have arrived all the same$/);
  });
});

describe('a registry without an index that has the name, after an attempt that failed', () => {
  it('is not believed to have our bytes: they may be those of another build', async () => {
    await using server = await startPypiServer({ mode: 'pypiserver', index: 'none' });
    await using dist = await makeFolder([linux]);
    await publishTo(server, dist.path);
    const rebuilt = makeWheel({ ...release, tag: 'cp312-cp312-manylinux_2_17_x86_64', module: 'new = 1' });
    await using again = await makeFolder([rebuilt]);
    server.faults.push({ kind: 'status', status: 503, times: 1 });
    const done = await publishTo(server, again.path);
    expect(done.summary).toMatchObject({ ok: false, counts: { failed: 1 } });
    expect(resultOf(done, linux.filename)?.reason).toMatch(
      /has no index to ask; it may be what an earlier attempt sent; --skip-existing passes it over$/,
    );
  });
});

describe('a transient fault', () => {
  const faults: [name: string, fault: Omit<Fault, 'times'>][] = [
    ['a 500', { kind: 'status', status: 500 }],
    [
      'a 503 with a page of a proxy',
      { kind: 'status', status: 503, body: '<html><title>Backend down</title></html>' },
    ],
    ['a 408', { kind: 'status', status: 408 }],
    ['a connection closed in the middle', { kind: 'reset' }],
  ];
  it.each(faults)('is tried again: %s', async (_, fault) => {
    await using server = await startPypiServer();
    await using dist = await makeFolder(all);
    server.faults.push({ ...fault, times: 2 });
    const done = await publishTo(server, dist.path);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 4 } });
    expect(eventsOf(done, 'retry')).toHaveLength(2);
  });

  it('that does not go away fails its file only, and the sdist waits; the next run completes the release', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder(all);
    server.faults.push({ kind: 'status', status: 502, times: 5, filename: mac.filename });
    const done = await publishTo(server, dist.path);
    expect(done.summary).toMatchObject({ ok: false, exitCode: 1, counts: { published: 2, failed: 2 } });
    expect(resultOf(done, mac.filename)?.reason).toContain('answered 502');
    expect(resultOf(done, sdist.filename)?.reason).toMatch(/^not sent: it goes last/);
    expect(done.summary?.nextSteps).toEqual([repair(server.uploadUrl, dist.path)]);
    const again = await publishTo(server, dist.path);
    expect(again.summary).toMatchObject({ ok: true, counts: { 'already-there': 2, published: 2 } });
  });

  it('that hides a success to the end is found out by the verification', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([pure]);
    server.faults.push({ kind: 'lost-answer', times: 1 });
    const done = await publishTo(server, dist.path, { retries: { attempts: 1 } });
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 1 } });
  });

  it('of the index is tried again before anything is sent', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder(all);
    server.faults.push({ kind: 'index-status', status: 503, times: 2 });
    const done = await publishTo(server, dist.path);
    expect(done.summary?.ok).toBe(true);
    expect(eventsOf(done, 'retry').map(({ what }) => what)).toEqual(
      Array(2).fill('reading the index of tiny-project'),
    );
  });

  it('of the index that stays ends the run before anything is sent', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder(all);
    server.faults.push({ kind: 'index-status', status: 503, times: 5 });
    const { error } = await publishTo(server, dist.path);
    expect(error).toMatchObject({ code: 'SERVER_ERROR', status: 503 });
    expect(server.requests.filter(({ kind }) => kind === 'upload')).toEqual([]);
  });
});

describe('a rate limit', () => {
  it('holds all workers back for as long as it says', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder(all);
    server.faults.push({
      kind: 'status',
      status: 429,
      headers: { 'Retry-After': '1' },
      times: 1,
      filename: pure.filename,
    });
    const done = await publishTo(server, dist.path, { maxWorkers: 1 });
    expect(done.summary?.ok).toBe(true);
    expect(done.waits).toEqual([1000]);
    const [retry] = eventsOf(done, 'retry');
    expect(retry?.delayMs).toBeGreaterThanOrEqual(1000);
    expect(retry?.reason).toContain('429');
    // Nothing was stored, so there is nothing to ask the index about.
    expect(server.requests.filter(({ kind }) => kind === 'index')).toHaveLength(3);
  });
});

describe('a refusal', () => {
  it('of one file stops no other', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder(all);
    const message = 'Binary wheel has an unsupported platform tag';
    server.faults.push({
      kind: 'status',
      status: 400,
      statusText: message,
      times: 9,
      filename: mac.filename,
    });
    const done = await publishTo(server, dist.path);
    expect(outcomesOf(done)).toEqual({
      [pure.filename]: 'published',
      [linux.filename]: 'published',
      [mac.filename]: 'failed',
      [sdist.filename]: 'failed',
    });
    expect(resultOf(done, mac.filename)?.reason).toContain(message);
    expect(server.requests.filter(({ filename }) => filename === mac.filename)).toHaveLength(1);
  });

  it('says what to do about it', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder([pure]);
    const statusText =
      'This filename was previously used by a file that has since been deleted. Use a different version.';
    server.faults.push({ kind: 'status', status: 400, statusText, times: 1 });
    const done = await publishTo(server, dist.path);
    expect(resultOf(done, pure.filename)?.reason).toContain('publish a new version');
  });
});

describe('refused credentials', () => {
  const user = ['__token__', 'glpat-right'] as const;
  const wrong = ['__token__', 'glpat-wrong-secret'] as const;

  it.each(['pypi', 'gitlab', 'pypiserver', 'nexus', 'artifactory'] as const)(
    'end the run at once, never tried again (%s)',
    async (mode) => {
      await using server = await startPypiServer({ mode, user });
      await using dist = await makeFolder(all);
      const done = await publishTo(server, dist.path, { user: wrong, maxWorkers: 1 });
      expect(done.error?.code).toMatch(/^(?:UNAUTHORIZED|FORBIDDEN)$/);
      expect(done.error?.message).toMatch(/refused the credentials \(40[13]\)/);
      expect(done.error?.message).not.toContain('\n');
      // A private index says so before anything is sent.
      const uploads = server.requests.filter(({ kind }) => kind === 'upload');
      expect(uploads).toHaveLength(mode === 'pypi' || mode === 'pypiserver' ? 1 : 0);
      expect(done.error?.hint).toBeDefined();
      expect(eventsOf(done, 'retry')).toEqual([]);
      expect(server.files.size).toBe(0);
    },
  );

  it('after a part of the release are told beside what was published', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder(all);
    server.faults.push({ kind: 'status', status: 403, times: 1, filename: linux.filename });
    const done = await publishTo(server, dist.path, { maxWorkers: 1 });
    expect(done.summary).toMatchObject({ ok: false, exitCode: 1 });
    const reasons = done.summary?.artifacts.map(({ outcome, reason }) => `${outcome} ${reason ?? ''}`);
    expect(reasons?.filter((line) => line.startsWith('failed')).length).toBeGreaterThan(0);
    expect(reasons?.some((line) => /^failed not sent: .*refused the credentials/.test(line))).toBe(true);
    expect(eventsOf(done, 'warning')).toMatchObject([
      { message: expect.stringContaining('refused the credentials') as string },
    ]);
    expect(done.summary?.nextSteps).toEqual([repair(server.uploadUrl, dist.path)]);
    const sent = server.requests.filter(({ kind }) => kind === 'upload').length;
    expect(server.files.size).toBe(sent - 1);
    expect(eventsOf(done, 'artifact')).toHaveLength(4);
  });

  it('are never printed, whatever the registry echoes', async () => {
    const echo = (authorization = '') =>
      `no: ${authorization} ${Buffer.from(authorization.slice(6), 'base64').toString()}`;
    const answers = [400, 401, 403, 404, 405, 409, 413, 429, 500] as const;
    for (const status of answers) {
      await using server = await startRecordingServer(({ headers }) => ({
        status,
        statusText: echo(headers.authorization).slice(0, 150),
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ message: echo(headers.authorization) }),
      }));
      await using dist = await makeFolder([pure]);
      const done = await publishTo({ uploadUrl: server.url }, dist.path, {
        user: wrong,
        retries: { attempts: 2, baseDelayMs: 1 },
        maxWorkers: 1,
      });
      const said = JSON.stringify([
        done.events,
        done.summary,
        done.error,
        done.error?.message,
        done.error?.hint,
      ]);
      expect(said).toContain('***');
      expect(said).not.toContain(wrong[1]);
      expect(said).not.toContain(Buffer.from(wrong.join(':')).toString('base64'));
    }
  });
});

describe('a URL that takes no uploads', () => {
  it('ends the run at once and says what it looks like', async () => {
    await using server = await startPypiServer();
    await using dist = await makeFolder(all);
    const { error } = await publishTo(server, dist.path, { url: server.indexUrl, maxWorkers: 1 });
    expect(error).toMatchObject({ code: 'NOT_AN_UPLOAD_URL', status: 405 });
    expect(error?.hint).toContain('looks like a simple index');
    expect(server.requests.filter(({ status }) => status === 405)).toHaveLength(1);
  });
});

describe('an interruption', () => {
  it('ends the run, says how far it came, and the next run goes on', async () => {
    const interrupt = new AbortController();
    await using server = await startPypiServer({
      onUpload: (filename) => {
        if (filename === sdist.filename) interrupt.abort();
      },
    });
    await using dist = await makeFolder(all);
    const done = await publishTo(server, dist.path, { signal: interrupt.signal });
    expect(done.error?.code).toBe('ABORTED');
    const notices = eventsOf(done, 'notice').map(({ message }) => message);
    expect(notices.filter((message) => /^accepted .* \([123] of 4\)$/.test(message))).toHaveLength(3);
    expect(notices.at(-1)).toBe('3 of 4 files were accepted; the same command sends only what is missing');
    const accepted = { outcome: 'published', reason: 'accepted; not verified', said: true };
    expect(eventsOf(done, 'artifact')).toMatchObject([accepted, accepted, accepted]);
    const again = await publishTo(server, dist.path);
    expect(again.summary).toMatchObject({ ok: true, exitCode: 0 });
  });
});
