import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { simpleIndex } from '../flows/mirrors.ts';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { startIndexServer } from '../servers/index-server.ts';
import { startS3Server } from '../servers/s3-server.ts';
import { runBin } from './run-bin.ts';

const one = [
  makeWheel({ project: 'one', version: '1.0' }),
  await makeSdist({ project: 'one', version: '1.0' }),
];
const two = [makeWheel({ project: 'two', version: '2.0' })];

/** A folder for the mirror, its cache and its temporary files. */
async function openPlace() {
  const folder = await makeFolder();
  for (const name of ['tmp', 'cache']) await mkdir(join(folder.path, name));
  const env = { TMPDIR: join(folder.path, 'tmp'), XDG_CACHE_HOME: join(folder.path, 'cache') };
  return {
    ...folder,
    run: (args: readonly string[]) => runBin(['mirror', ...args], { cwd: folder.path, env }),
    env,
  };
}

const artifactsIn = async (folder: string) =>
  (await readdir(folder)).filter((name) => /\.(?:whl|gz)$/.test(name)).sort();

describe('mirror', () => {
  it('fills a folder, and then reads no more than the pages', async () => {
    await using server = await startIndexServer(simpleIndex({ one, two }));
    await using place = await openPlace();
    const args = [`${server.origin}/simple/`, '--to', './mirror'];
    const first = await place.run([...args, '--json']);
    expect(first.stderr).toBe('');
    expect(first.code).toBe(0);
    expect(first.summary()).toMatchObject({ command: 'mirror', ok: true, counts: { copied: 3 } });
    expect(await artifactsIn(join(place.path, 'mirror'))).toEqual(
      [...one, ...two].map(({ filename }) => filename).sort(),
    );

    server.visits.length = 0;
    const again = await place.run([...args, '--json']);
    expect(again.summary()).toMatchObject({ ok: true, counts: { unchanged: 3 } });
    expect(server.visits.map(({ headers }) => headers['if-none-match'] !== undefined)).toEqual([
      true,
      true,
      true,
    ]);
    expect(await readdir(join(place.path, 'tmp'))).toEqual([]);
  });

  it('says nothing to cron when nothing has changed, and one line when something has', async () => {
    await using server = await startIndexServer(simpleIndex({ one }));
    await using place = await openPlace();
    const args = [`${server.origin}/simple/`, '--to', './mirror', '--quiet'];
    const first = await place.run(args);
    expect([first.stdout, first.stderr]).toEqual(['', 'mirror: 2 copied\n']);
    const again = await place.run(args);
    expect([again.code, again.stdout, again.stderr]).toEqual([0, '', '']);
    Object.assign(server.routes, simpleIndex({ one, two }));
    expect((await place.run(args)).stderr).toMatch(
      /^mirror: (?:2 unchanged, 1 copied|1 copied, 2 unchanged)\n$/,
    );
    server.routes['/simple/two/'] = (_, response) => void response.writeHead(404).end();
    const failed = await place.run(args);
    expect([failed.code, failed.stdout]).toEqual([1, '']);
    expect(failed.stderr).toMatch(/^error: .*two.*404/);
  });

  it('takes several projects, specifiers and counts', async () => {
    const versions = ['1.0', '1.1', '1.2', '2.0rc1'].map((version) =>
      makeWheel({ project: 'many', version }),
    );
    await using server = await startIndexServer(simpleIndex({ one, two, many: versions }));
    await using place = await openPlace();
    const run = await place.run([
      `${server.origin}/simple/`,
      ...['--to', 'mirror', '--project', 'many', '--project', 'two'],
      ...['--versions', '>=1.1', '--latest', '1', '--json'],
    ]);
    expect(run.code).toBe(2); // a bare name is a container of the original's default store
    const right = await place.run([
      `${server.origin}/simple/`,
      ...['--to', './mirror', '--project', 'many', '--project', 'two'],
      ...['--versions', '>=1.1', '--latest', '1', '--json'],
    ]);
    expect(right.summary()).toMatchObject({ ok: true, counts: { copied: 2 } });
    expect(await artifactsIn(join(place.path, 'mirror'))).toEqual(
      [versions[2]!, two[0]!].map(({ filename }) => filename),
    );
  });

  it('removes with --delete, by force where a project is gone as a whole', async () => {
    await using server = await startIndexServer(simpleIndex({ one, two }));
    await using place = await openPlace();
    const args = [`${server.origin}/simple/`, '--to', './mirror', '--delete'];
    await place.run(args);
    Object.assign(server.routes, simpleIndex({ one: one.slice(0, 1) }));
    const held = await place.run(args);
    expect(held.code).toBe(1);
    expect(held.stdout).toContain(`remove    ${one[1]!.filename}`);
    expect(held.stderr).toMatch(/error: nothing of two is removed[^\n]*\nhint: [^\n]*--force/);
    expect(held.stderr).toMatch(/mirror: [^\n]*1 removed/);
    const forced = await place.run([...args, '--force', '--json']);
    expect(forced.summary()).toMatchObject({ ok: true, counts: { removed: 1, unchanged: 1 } });
  });

  it('mirrors a folder and a wheelhouse, and a wheelhouse of that', async () => {
    await using place = await openPlace();
    await mkdir(join(place.path, 'dist'));
    for (const { filename, bytes } of one) await writeFile(join(place.path, 'dist', filename), bytes);
    expect((await place.run(['./dist', '--to', './first', '--json'])).summary()).toMatchObject({
      counts: { copied: 2 },
    });
    expect((await place.run(['./first', '--to', './second', '--json'])).summary()).toMatchObject({
      counts: { copied: 2 },
    });
    expect((await place.run(['./first', './dist', '--to', './second', '--json'])).summary()).toMatchObject({
      ok: true,
      counts: { unchanged: 2 },
    });
  });

  it('copies from one bucket to another of the same store, with the same login', async () => {
    await using store = await startS3Server({ username: 'me', secret: 'sesame-sesame' });
    await using place = await openPlace();
    await mkdir(join(place.path, 'dist'));
    for (const { filename, bytes } of one) await writeFile(join(place.path, 'dist', filename), bytes);
    const env = {
      ...place.env,
      WHEELHOUSE_UPLOADER_ENDPOINT: store.origin,
      WHEELHOUSE_UPLOADER_USERNAME: 'me',
      WHEELHOUSE_UPLOADER_SECRET: 'sesame-sesame',
    };
    const run = (args: readonly string[]) => runBin([...args, '--json'], { cwd: place.path, env });
    const uploaded = await run(['upload', 's3://from/wheels']);
    expect(uploaded.code, uploaded.stderr).toBe(0);
    const mirror = ['mirror', 's3://from/wheels', '--to', 's3://onto/wheels'];
    const first = await run(mirror);
    expect(first.summary(), first.stdout).toMatchObject({ ok: true, counts: { copied: 2 } });
    expect((await run(mirror)).summary()).toMatchObject({ ok: true, counts: { unchanged: 2 } });
    const dates = (bucket: string) => store.buckets.get(bucket)?.get('wheels/metadata.json')?.bytes;
    expect(dates('onto')).toEqual(dates('from'));
    expect(first.stdout + first.stderr).not.toContain('sesame');
  });

  it.each<[string, string[], RegExp]>([
    ['no index', ['--to', './mirror'], /missing required argument 'index'/],
    ['no container', ['./dist'], /required option '--to <container>' not specified/],
    ['a bad specifier', ['./dist', '--to', './mirror', '--versions', '1.0'], /is no version clause/],
    ['a bad count', ['./dist', '--to', './mirror', '--latest', 'all'], /must be a whole number/],
    [
      'a container without its secret',
      ['./dist', '--to', 's3://bucket', '--username', 'me'],
      /secret of the store is missing/,
    ],
  ])('%s: exit 2', async (_, args, message) => {
    await using place = await openPlace();
    const run = await place.run(args);
    expect(run.code).toBe(2);
    expect(run.stderr).toMatch(message);
    expect(run.stderr).not.toMatch(/\n\s+at /);
  });

  it('interrupted, it leaves no temporary file, and is gone on with', async () => {
    const routes = simpleIndex({ one });
    await using server = await startIndexServer(routes);
    const slow = one[0]!;
    server.routes[`/files/${slow.filename}`] = (_, response) => {
      response.writeHead(200, { 'content-length': slow.bytes.length });
      response.write(slow.bytes.subarray(0, 10));
    };
    await using place = await openPlace();
    const args = ['mirror', `${server.origin}/simple/`, '--to', './mirror', '--json'];
    let interrupted = false;
    const run = await runBin(args, {
      cwd: place.path,
      env: place.env,
      onOutput: (said, interrupt) => {
        if (interrupted || !said.includes('"event":"plan"')) return;
        interrupted = true;
        setTimeout(interrupt, 300);
      },
    });
    expect(run.code).toBe(130);
    expect(run.summary()).toMatchObject({ command: 'mirror', ok: false, exitCode: 130 });
    expect(await readdir(join(place.path, 'tmp'))).toEqual([]);
    Object.assign(server.routes, simpleIndex({ one }));
    expect((await place.run(args.slice(1))).summary()).toMatchObject({ ok: true, artifacts: [{}, {}] });
    expect(await artifactsIn(join(place.path, 'mirror'))).toHaveLength(2);
  });
});
