import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { release } from '../../src/flows/release.ts';
import type { ReleaseOptions } from '../../src/flows/release/options.ts';
import { createHttp } from '../../src/io/http.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import type { Summary, WheelhouseEvent } from '../../src/model/events.ts';
import { Secret } from '../../src/model/secret.ts';
import { openUploadApi } from '../../src/registry/upload-api.ts';
import { makeFolder, makeSdist, makeWheel, type MadeDistribution } from '../make-distribution.ts';
import { page, startIndexServer, type IndexServer } from '../servers/index-server.ts';
import { startPypiServer, type PypiServer } from '../servers/pypi-server.ts';

const about = { project: 'tinyproject', version: '1.0' };
const linux = makeWheel({ ...about, tag: 'cp312-cp312-manylinux_2_28_x86_64' });
const windows = makeWheel({ ...about, tag: 'cp312-cp312-win_amd64' });
const sdist = await makeSdist(about);
const changed = makeWheel({ ...about, tag: 'cp312-cp312-win_amd64', module: 'version = "changed"\n' });
const whole = [linux, windows, sdist];

/** An index of these files; what is lost is listed, but cannot be had. */
function indexOf(files: readonly MadeDistribution[], { lost = '', digests = true } = {}) {
  return startIndexServer({
    '/': page(files.map(({ filename, sha256 }) => ({ url: `/${filename}`, ...(digests ? { sha256 } : {}) }))),
    ...Object.fromEntries(
      files.filter(({ filename }) => filename !== lost).map(({ filename, bytes }) => [`/${filename}`, bytes]),
    ),
  });
}

interface Released {
  readonly summary?: Summary;
  readonly error?: WheelhouseError;
  readonly events: readonly WheelhouseEvent[];
}

async function releaseFrom(
  indexes: readonly IndexServer[],
  server: PypiServer,
  localFolder: string,
  options: Partial<ReleaseOptions> = {},
): Promise<Released> {
  const events: WheelhouseEvent[] = [];
  try {
    const summary = await release({
      project: 'tinyproject',
      indexes: indexes.map(({ origin }) => `${origin}/`),
      localFolder,
      target: {
        open: () => Promise.resolve(openUploadApi({ url: server.uploadUrl, http: createHttp() })),
      },
      baseDelayMs: 1,
      retries: { baseDelayMs: 1 },
      sleep: () => Promise.resolve(),
      onEvent: (event) => events.push(event),
      ...options,
    });
    return { summary, events };
  } catch (thrown) {
    if (thrown instanceof WheelhouseError) return { error: thrown, events };
    throw thrown;
  }
}

const outcomes = ({ summary }: Released) =>
  Object.fromEntries((summary?.artifacts ?? []).map(({ filename, outcome }) => [filename, outcome]));
const plans = ({ events }: Released) => events.flatMap((event) => (event.event === 'plan' ? [event] : []));
const uploads = ({ requests }: PypiServer) => requests.filter(({ kind }) => kind === 'upload').length;

async function stored(server: PypiServer, files: readonly MadeDistribution[]) {
  await using dist = await makeFolder(files);
  const { publish } = await import('../../src/flows/publish.ts');
  await publish({
    target: openUploadApi({ url: server.uploadUrl, http: createHttp() }),
    localFolder: dist.path,
    verify: false,
  });
  server.requests.length = 0;
}

describe('release', () => {
  it('fetches from all indexes and publishes exactly those files', async () => {
    await using one = await indexOf([linux, sdist]);
    await using two = await indexOf([windows]);
    await using server = await startPypiServer();
    const stray = makeWheel({ ...about, tag: 'cp313-cp313-win_amd64' });
    await using dist = await makeFolder([stray]);
    const done = await releaseFrom([one, two], server, dist.path);
    expect(done.error).toBeUndefined();
    expect(done.summary).toMatchObject({
      command: 'release',
      ok: true,
      exitCode: 0,
      counts: { published: 3 },
    });
    expect([...server.files.keys()].sort()).toEqual(whole.map(({ filename }) => filename).sort());
    for (const { filename, sha256 } of whole) expect(server.files.get(filename)?.sha256).toBe(sha256);
    expect(plans(done).map(({ command }) => command)).toEqual(['fetch', 'publish']);
    expect(done.events.some((event) => event.event === 'artifact' && event.outcome === 'downloaded')).toBe(
      true,
    );
  });

  it('does nothing twice', async () => {
    await using index = await indexOf(whole);
    await using server = await startPypiServer();
    await using dist = await makeFolder();
    await releaseFrom([index], server, dist.path);
    server.requests.length = 0;
    index.visits.length = 0;
    const again = await releaseFrom([index], server, dist.path);
    expect(again.summary).toMatchObject({ ok: true, exitCode: 0, counts: { 'already-there': 3 } });
    expect(index.paths()).toEqual(['/']);
    expect(uploads(server)).toBe(0);
  });

  it.each([
    ['none is', []],
    ['one is', [linux]],
  ])('downloads and sends nothing in a dry run, and shows both plans: %s there', async (_, there) => {
    await using index = await indexOf(whole);
    await using server = await startPypiServer();
    await stored(server, [windows]);
    await using dist = await makeFolder(there);
    const done = await releaseFrom([index], server, dist.path, { dryRun: true });
    expect(done.summary).toMatchObject({
      ok: true,
      dryRun: true,
      counts: { published: 2, 'already-there': 1 },
    });
    expect(
      plans(done).map(({ command, steps }) => [command, steps.map(({ action }) => action).sort()]),
    ).toEqual([
      ['fetch', [...Array<string>(3 - there.length).fill('download'), ...there.map(() => 'keep')]],
      ['publish', ['keep', 'send', 'send']],
    ]);
    expect(await readdir(dist.path)).toEqual(there.map(({ filename }) => filename));
    expect(index.paths()).toEqual(['/']);
    expect(uploads(server)).toBe(0);
  });

  it('looks into the files in a dry run, once they are there', async () => {
    const broken = { ...linux, bytes: Buffer.from('PK nothing') };
    await using index = await indexOf([sdist]);
    await using server = await startPypiServer();
    await using dist = await makeFolder([sdist]);
    const fine = await releaseFrom([index], server, dist.path, { dryRun: true });
    expect(fine.summary).toMatchObject({ ok: true, dryRun: true, counts: { published: 1 } });
    const { sha256Of } = await import('../make-distribution.ts');
    await using bad = await indexOf([{ ...broken, sha256: sha256Of(broken.bytes) }]);
    await using there = await makeFolder([broken]);
    const refused = await releaseFrom([bad], server, there.path, { dryRun: true });
    expect(refused.error).toMatchObject({ code: 'INCOMPLETE' });
    expect(uploads(server)).toBe(0);
  });

  it('sends nothing when a file cannot be fetched, and says what completes the release', async () => {
    await using index = await indexOf(whole, { lost: windows.filename });
    await using server = await startPypiServer();
    await using dist = await makeFolder();
    const done = await releaseFrom([index], server, dist.path, { version: '1.0', exclude: ['*.zip'] });
    expect(done.summary).toMatchObject({ command: 'release', ok: false, exitCode: 1 });
    expect(outcomes(done)[windows.filename]).toBe('failed');
    expect(done.summary?.nextSteps).toEqual([
      `wheelhouse release tinyproject ${index.origin}/ --version 1.0 --repository-url ${server.uploadUrl} --local-folder ${dist.path} --exclude '*.zip'`,
    ]);
    expect(uploads(server)).toBe(0);
    // The same command, once the file is there.
    index.routes[`/${windows.filename}`] = windows.bytes;
    const completed = await releaseFrom([index], server, dist.path, { version: '1.0' });
    expect(completed.summary).toMatchObject({ ok: true, counts: { published: 3 } });
  });

  it('downloads nothing when two indexes disagree', async () => {
    await using one = await indexOf(whole);
    await using two = await indexOf([changed]);
    await using server = await startPypiServer();
    await using dist = await makeFolder();
    const done = await releaseFrom([one, two], server, dist.path);
    expect(done.summary).toMatchObject({ ok: false, exitCode: 1 });
    expect(outcomes(done)).toEqual({
      [windows.filename]: 'conflict',
      [linux.filename]: 'failed',
      [sdist.filename]: 'failed',
    });
    expect(await readdir(dist.path)).toEqual([]);
    expect(uploads(server)).toBe(0);
  });

  it.each([
    ['without a download, where the indexes give digests', true],
    ['after the download, where they do not', false],
  ])('sends nothing when the registry has other bytes: %s', async (_, digests) => {
    await using index = await indexOf(whole, { digests });
    await using server = await startPypiServer({ mode: 'pypiserver' });
    await stored(server, [changed]);
    await using dist = await makeFolder();
    const foreseen = await releaseFrom([index], server, dist.path, { dryRun: true });
    expect(foreseen.summary?.exitCode).toBe(digests ? 1 : 0);
    const done = await releaseFrom([index], server, dist.path);
    expect(done.summary).toMatchObject({ ok: false, exitCode: 1 });
    expect(outcomes(done)[windows.filename]).toBe('conflict');
    expect(await readdir(dist.path)).toHaveLength(digests ? 0 : 3);
    expect(uploads(server)).toBe(0);
    const passedOver = await releaseFrom([index], server, dist.path, { skipExisting: true });
    expect(passedOver.summary).toMatchObject({ ok: true, counts: { published: 2, 'already-there': 1 } });
  });

  it('names what no index lists before anything is downloaded', async () => {
    await using index = await indexOf(whole);
    await using server = await startPypiServer();
    await using dist = await makeFolder();
    const done = await releaseFrom([index], server, dist.path, { expect: 'sdist cp31{2,3,4}-win_amd64' });
    expect(done.error).toMatchObject({ code: 'INCOMPLETE', exitCode: 1 });
    expect(done.error?.errors.map(({ message }) => message)).toEqual([
      'tinyproject 1.0: there is no wheel for cp313-win_amd64, which is expected',
      'tinyproject 1.0: there is no wheel for cp314-win_amd64, which is expected',
    ]);
    expect(await readdir(dist.path)).toEqual([]);
    expect(uploads(server)).toBe(0);
  });

  it('is of one version', async () => {
    await using index = await indexOf([...whole, makeWheel({ ...about, version: '0.9' })]);
    await using server = await startPypiServer();
    await using dist = await makeFolder();
    const refused = await releaseFrom([index], server, dist.path);
    expect(refused.error).toMatchObject({
      code: 'USAGE',
      message: 'the indexes have 2 versions of tinyproject: 1.0, 0.9',
    });
    const done = await releaseFrom([index], server, dist.path, { version: '1.0' });
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 3 } });
  });

  it('never shows a login of one side to the other', async () => {
    await using index = await indexOf([linux]);
    await using server = await startPypiServer({ user: ['anna', 'hunter22'] });
    await using dist = await makeFolder();
    const target = openUploadApi({
      url: server.uploadUrl,
      credentials: { kind: 'basic', username: 'anna', password: new Secret('hunter22') },
      http: createHttp(),
    });
    const done = await releaseFrom([index], server, dist.path, {
      target,
      username: 'reader',
      secret: new Secret('correct-horse'),
    });
    await target.close();
    expect(done.summary).toMatchObject({ ok: true });
    const basic = (login: string) => `Basic ${Buffer.from(login).toString('base64')}`;
    expect(new Set(index.visits.map(({ headers }) => headers.authorization))).toEqual(
      new Set([basic('reader:correct-horse')]),
    );
    expect(new Set(server.requests.map(({ authorization }) => authorization))).toEqual(
      new Set([basic('anna:hunter22')]),
    );
  });

  it('leaves the files of other releases alone', async () => {
    await using index = await indexOf(whole);
    await using server = await startPypiServer();
    await using dist = await makeFolder([makeWheel({ project: 'other', version: '3.0' })]);
    await mkdir(join(dist.path, 'folder'));
    await writeFile(join(dist.path, 'notes.txt'), 'text');
    const done = await releaseFrom([index], server, dist.path);
    expect(done.summary).toMatchObject({ ok: true, counts: { published: 3 } });
    expect(await readdir(dist.path)).toContain('other-3.0-py3-none-any.whl');
  });
});
