import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openFolder } from '../../src/storage/drivers/folder.ts';
import { rebuild } from '../../src/wheelhouse/rebuild.ts';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { makeScratchFolder } from '../storage/scratch-folder.ts';
import { linksOf } from '../wheelhouse/stored.ts';
import { compile } from './compile.ts';
import { findBroken, readPages } from './watched-folder.ts';

const writers = 16;
const wheelsEach = 3;
const rounds = 3;
const kills = 50;

let scratch: Awaited<ReturnType<typeof makeScratchFolder>>;
let program: string;
beforeAll(async () => {
  scratch = await makeScratchFolder();
  // What the compiled program imports is found from where it lies.
  const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));
  await symlink(packages, join(scratch.path, 'node_modules'), 'junction');
  program = await compile(
    fileURLToPath(new URL('upload-writer.ts', import.meta.url)),
    join(scratch.path, 'program'),
  );
});
afterAll(() => scratch.remove());

interface Upload {
  /** Resolves to the exit code, or to the signal that ended it. */
  readonly ended: Promise<number | string>;
  readonly isRunning: () => boolean;
  readonly kill: () => void;
  /** How many events it has told so far. */
  readonly told: () => number;
  readonly complaints: () => string;
}

function startUpload(root: string, dist: string): Upload {
  const child = spawn(process.execPath, [program, root, dist], { stdio: ['ignore', 'pipe', 'pipe'] });
  let events = 0;
  let complaints = '';
  child.stdout.on('data', (text: Buffer) => (events += text.toString().split('\n').length - 1));
  child.stderr.on('data', (text: Buffer) => (complaints = (complaints + text.toString()).slice(0, 2000)));
  return {
    isRunning: () => child.exitCode === null && child.signalCode === null,
    ended: once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string),
    kill: () => child.kill('SIGKILL'),
    told: () => events,
    complaints: () => complaints,
  };
}

/** What the flat page, the JSON pages and metadata.json each say of every file: its digest. */
async function listedDigests(root: string): Promise<Record<string, Record<string, unknown>>> {
  const pages = await readPages(root);
  const sorted = (entries: Iterable<[string, unknown]>) =>
    Object.fromEntries(
      [...entries].filter(([key]) => key.endsWith('.whl')).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const ofProjects = (ending: string) =>
    sorted(
      [...pages]
        .filter(([key]) => key.startsWith('simple/') && key.endsWith(ending))
        .flatMap(([key, text]) => [...linksOf(key, text)]),
    );
  const metadata = JSON.parse(pages.get('metadata.json') ?? '{}') as Record<string, { sha256: string }>;
  return {
    flat: sorted(linksOf('index.html', pages.get('index.html') ?? '')),
    html: ofProjects('.html'),
    json: ofProjects('.json'),
    metadata: sorted(Object.entries(metadata).map(([name, { sha256 }]) => [name, sha256])),
  };
}

it(`${writers} processes upload ${wheelsEach} wheels each at once: every link and digest is there, and no page ever misleads`, async () => {
  for (let round = 0; round < rounds; round++) {
    const root = join(scratch.path, `race-${round}`);
    const uploads: Upload[] = [];
    const expected: [string, string][] = [];
    const folders = [];
    for (let writer = 0; writer < writers; writer++) {
      // Half of them share one project, the others have their own.
      const project = writer % 2 === 0 ? 'shared' : `own${writer}`;
      const wheels = Array.from({ length: wheelsEach }, (_, i) =>
        makeWheel({ project, version: `${writer}.${i}` }),
      );
      expected.push(...wheels.map(({ filename, sha256 }): [string, string] => [filename, sha256]));
      folders.push(await makeFolder(wheels));
    }
    for (const { path } of folders) uploads.push(startUpload(root, path));
    const all = Promise.all(uploads.map(({ ended }) => ended));
    let looks = 0;
    while (uploads.some(({ isRunning }) => isRunning())) {
      expect(await findBroken(root)).toEqual([]);
      looks += 1;
      await delay(1);
    }
    expect(uploads.map(({ complaints }) => complaints()).join('')).toBe('');
    expect(await all).toEqual(Array.from({ length: writers }, () => 0));
    expect(looks).toBeGreaterThan(3);
    const digests = Object.fromEntries(expected.sort(([a], [b]) => (a < b ? -1 : 1)));
    expect(Object.keys(digests)).toHaveLength(writers * wheelsEach);
    expect(await listedDigests(root)).toEqual({
      flat: digests,
      html: digests,
      json: digests,
      metadata: digests,
    });
    expect(await findBroken(root, { digests: true })).toEqual([]);
    for (const folder of folders) await folder[Symbol.asyncDispose]();
  }
}, 300_000);

it(`is killed ${kills} times at any moment: no page lists what is not there, and the next run repairs`, async () => {
  const root = join(scratch.path, 'killed');
  let killed = 0;
  for (let n = 0; n < kills; n++) {
    const wheels = [
      makeWheel({ project: 'shared', version: `1.${n}` }),
      makeWheel({ project: `own${n}`, version: '1.0' }),
      makeWheel({ project: 'shared', version: '2.0.dev0', module: `build = ${n}\n` }), // overwritten each time
    ];
    await using dist = await makeFolder(wheels);
    const upload = startUpload(root, dist.path);
    // From the plan on: before it nothing is written.
    const moment = Math.floor(Math.random() * 5);
    while (upload.isRunning() && upload.told() <= moment) await delay(1);
    await delay(Math.random() * 30);
    upload.kill();
    if ((await upload.ended) === 'SIGKILL') killed += 1;
    expect(await findBroken(root)).toEqual([]);
    if (n % 10 !== 9) continue;
    const repaired = startUpload(root, dist.path);
    expect([await repaired.ended, repaired.complaints()]).toEqual([0, '']);
    const { flat } = await listedDigests(root);
    expect(flat).toMatchObject(Object.fromEntries(wheels.map(({ filename, sha256 }) => [filename, sha256])));
    // Wheels whose upload was killed before its record have no digest until somebody reads them.
    await rebuild(openFolder(root));
    expect(await findBroken(root, { digests: true })).toEqual([]);
    const before = await readPages(root);
    for (const key of before.keys()) await openFolder(root).delete(key);
    await rebuild(openFolder(root));
    expect(await readPages(root)).toEqual(before);
  }
  expect(killed).toBeGreaterThan(kills / 2);
}, 300_000);
