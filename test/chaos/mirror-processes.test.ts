import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFolder } from '../../src/storage/drivers/folder.ts';
import { rebuild } from '../../src/wheelhouse/rebuild.ts';
import { simpleIndex } from '../flows/mirrors.ts';
import { makeFolder, makeWheel, type MadeDistribution } from '../make-distribution.ts';
import { startIndexServer, type IndexServer } from '../servers/index-server.ts';
import { makeScratchFolder } from '../storage/scratch-folder.ts';
import { linksOf } from '../wheelhouse/stored.ts';
import { compile } from './compile.ts';
import { findBroken, readPages } from './watched-folder.ts';

const rounds = 10;
const kills = 8;

let scratch: Awaited<ReturnType<typeof makeScratchFolder>>;
let program: string;
beforeAll(async () => {
  scratch = await makeScratchFolder();
  // What the compiled program imports is found from where it lies.
  const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));
  await symlink(packages, join(scratch.path, 'node_modules'), 'junction');
  program = await compile(
    fileURLToPath(new URL('mirror-or-upload.ts', import.meta.url)),
    join(scratch.path, 'program'),
  );
  await mkdir(join(scratch.path, 'spool'));
}, 300_000);
afterAll(() => scratch.remove());

function start(...args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaints = '';
  child.stdout.on('data', (text: Buffer) => (said += text.toString()));
  child.stderr.on('data', (text: Buffer) => (complaints = (complaints + text.toString()).slice(0, 2000)));
  return {
    ended: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string),
    isRunning: () => child.exitCode === null && child.signalCode === null,
    kill: () => child.kill('SIGKILL'),
    said: () => said,
    complaints: () => complaints,
  };
}

const spool = () => join(scratch.path, 'spool');
const startMirror = (root: string, server: IndexServer) =>
  start('mirror', root, spool(), `${server.origin}/simple/`);

/** Digests by file name: what the pages give, and what they should. */
async function flatPage(root: string): Promise<Record<string, string | undefined>> {
  const pages = await readPages(root);
  const links = [...linksOf('index.html', pages.get('index.html') ?? '')];
  return Object.fromEntries(links.filter(([key]) => key.endsWith('.whl')));
}
const digestsOf = (wheels: readonly MadeDistribution[]) =>
  Object.fromEntries(wheels.map(({ filename, sha256 }) => [filename, sha256]));

it(`two mirrors and four uploads at once, ${rounds} rounds: all there, and no page ever misleads`, async () => {
  for (let round = 0; round < rounds; round++) {
    const root = join(scratch.path, `race-${round}`);
    const shared = Array.from({ length: 6 }, (_, i) => makeWheel({ project: 'shared', version: `1.${i}` }));
    const single = [makeWheel({ project: 'mirrored', version: '1.0' })];
    await using server = await startIndexServer(simpleIndex({ shared, mirrored: single }));
    const uploads: MadeDistribution[][] = Array.from({ length: 4 }, (_, n) => [
      shared[n]!, // the mirrors bring the same
      makeWheel({ project: 'shared', version: `2.${n}` }),
      makeWheel({ project: `own${n}`, version: '1.0' }),
    ]);
    const folders = [];
    for (const wheels of uploads) folders.push(await makeFolder(wheels));
    const runs = [
      startMirror(root, server),
      ...folders.map(({ path }) => start('upload', root, path)),
      startMirror(root, server),
    ];
    while (runs.some(({ isRunning }) => isRunning())) {
      expect(await findBroken(root)).toEqual([]);
      await delay(5);
    }
    expect(runs.map(({ complaints }) => complaints()).join('')).toBe('');
    expect(await Promise.all(runs.map(({ ended }) => ended))).toEqual(runs.map(() => 0));
    expect(await flatPage(root)).toEqual(digestsOf([...shared, ...single, ...uploads.flat()]));
    expect(await findBroken(root, { digests: true })).toEqual([]);
    // Nobody has left anything to do.
    const before = await readPages(root);
    expect(await startMirror(root, server).ended).toBe(0);
    expect(await readPages(root)).toEqual(before);
    for (const folder of folders) await folder[Symbol.asyncDispose]();
  }
  expect(await readdir(spool())).toEqual([]);
}, 300_000);

it(`killed ${kills} times at any moment, it goes on where it was, and sweeps what it has left`, async () => {
  const root = join(scratch.path, 'killed');
  const wheels = Array.from({ length: 60 }, (_, i) => makeWheel({ project: `p${i % 3}`, version: `1.${i}` }));
  const projects = Object.fromEntries(
    [0, 1, 2].map((n) => [`p${n}`, wheels.filter((_, i) => i % 3 === n)] as const),
  );
  await using server = await startIndexServer(simpleIndex(projects));
  let killed = 0;
  for (let n = 0; n < kills; n++) {
    const run = startMirror(root, server);
    // Some downloads into the copying.
    const asked = () => server.paths().filter((path) => path.startsWith('/files/')).length;
    const moment = asked() + 1 + Math.floor(Math.random() * 10);
    while (run.isRunning() && asked() < moment) await delay(1);
    await delay(Math.random() * 10);
    run.kill();
    if ((await run.ended) === 'SIGKILL') killed += 1;
    expect(await findBroken(root)).toEqual([]);
  }
  expect(killed).toBeGreaterThan(2);
  server.visits.length = 0;
  const last = startMirror(root, server);
  expect([await last.ended, last.complaints()]).toEqual([0, '']);
  expect(await readdir(spool())).toEqual([]);
  await rebuild(openFolder(root));
  expect(await flatPage(root)).toEqual(digestsOf(wheels));
  expect(await findBroken(root, { digests: true })).toEqual([]);
  // What came whole before a kill was not sent again.
  const copied = server.paths().filter((path) => path.startsWith('/files/'));
  expect(copied.length).toBeLessThan(wheels.length);
}, 300_000);
