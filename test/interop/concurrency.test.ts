import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parseListing } from '../../src/listing/parse.ts';
import { makeWheel } from '../make-distribution.ts';
import type { MadeDistribution } from '../make-distribution.ts';
import { executable, runBin } from './commands.ts';

// Proof: however many write at once, and whenever one is killed, no page is ever wrong and the last one is right.

const writers = 16;
const rounds = 20;
const kills = 50;

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wheelhouse-concurrency-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** Two wheels of a project that all writers share and one of the writer's own, in a folder of its own. */
async function fillDist(writer: number): Promise<{ folder: string; wheels: MadeDistribution[] }> {
  const wheels = [
    makeWheel({ project: 'shared', version: `1.${writer}`, requiresPython: '>=3.9' }),
    makeWheel({ project: 'shared', version: '2.0', tag: `cp311-cp311-macosx_${writer + 11}_0_arm64` }),
    makeWheel({ project: `own-${writer}`, version: '1.0' }),
  ];
  const folder = join(root, `dist-${writer}`);
  await mkdir(folder, { recursive: true });
  for (const { filename, bytes } of wheels) await writeFile(join(folder, filename), bytes);
  return { folder, wheels };
}

/** Every page of a container as it is now: its path from the container's root, and its text. */
async function readPages(container: string): Promise<Map<string, string>> {
  const pages = new Map<string, string>();
  for (const entry of await readdir(container, { recursive: true, withFileTypes: true }).catch(() => [])) {
    const path = relative(container, join(entry.parentPath, entry.name)).split(sep).join('/');
    if (!entry.isFile() || !/(^|\/)(index\.(html|json)|metadata\.json)$/.test(path)) continue;
    const text = await readFile(join(container, path), 'utf8').catch(() => undefined);
    if (text !== undefined) pages.set(path, text);
  }
  return pages;
}

/** What is wrong with the pages that a reader sees now: half a page, or a link to a file that is not there. */
async function findFaults(container: string): Promise<string[]> {
  const faults: string[] = [];
  for (const [path, text] of await readPages(container)) {
    const whole = path.endsWith('.json') ? isJson(text) : /<\/html>\s*$/.test(text);
    if (!whole) faults.push(`${path} is no whole page: ${text.slice(-80)}`);
    else
      for (const name of filesListedBy(path, text)) {
        if (!existsSync(join(container, name))) faults.push(`${path} lists ${name}, which is not there`);
      }
  }
  return faults;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function filesListedBy(path: string, text: string): string[] {
  if (path === 'metadata.json') return Object.keys(JSON.parse(text) as object);
  const contentType = path.endsWith('.json') ? 'application/vnd.pypi.simple.v1+json' : 'text/html';
  const { links } = parseListing(text, { url: `http://localhost/${path}`, contentType });
  return links.map(({ filename }) => filename);
}

/** Links and digests of the flat page and of all project pages. */
async function digestsOnPages(container: string) {
  const flat = new Map<string, string>();
  const simple = new Map<string, string>();
  for (const [path, text] of await readPages(container)) {
    if (!path.endsWith('.html')) continue;
    const { links } = parseListing(text, { url: `http://localhost/${path}`, contentType: 'text/html' });
    for (const { filename, hashes } of links) {
      (path === 'index.html' ? flat : simple).set(filename, hashes['sha256'] ?? 'none');
    }
  }
  return { flat, simple };
}

async function upload(folder: string, container: string): Promise<string> {
  const { status, stderr } = await runBin(['upload', container, '--local-folder', folder, '--quiet']);
  return status === 0 ? '' : `${status ?? 'killed'}: ${stderr}`;
}

it(`${writers} processes upload 3 wheels each at once, ${rounds} times: ${writers * 3} links with digests`, async () => {
  const dists = await Promise.all(Array.from({ length: writers }, (_, writer) => fillDist(writer)));
  const wheels = dists.flatMap((dist) => dist.wheels);
  const expected = new Map(wheels.map(({ filename, sha256 }) => [filename, sha256]));
  expect(expected.size).toBe(writers * 3);
  let reads = 0;
  for (let round = 0; round < rounds; round += 1) {
    const container = join(root, `round-${round}`);
    const written = new AbortController();
    const faults: string[] = [];
    const reader = (async () => {
      while (!written.signal.aborted) {
        faults.push(...(await findFaults(container)));
        reads += 1;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const failures = await Promise.all(dists.map(({ folder }) => upload(folder, container)));
    written.abort();
    await reader;
    expect(failures.filter(Boolean), `round ${round}`).toEqual([]);
    expect(faults, `round ${round}`).toEqual([]);
    const { flat, simple } = await digestsOnPages(container);
    expect(flat, `flat page of round ${round}`).toEqual(expected);
    expect(simple, `project pages of round ${round}`).toEqual(expected);
    await rm(container, { recursive: true });
  }
  expect(reads).toBeGreaterThan(rounds);
});

/** The pages with every date blanked, and every fingerprint of a page that has dates: all that two runs may differ in. */
async function undatedPages(container: string): Promise<Map<string, string>> {
  const date = /\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z| UTC)?)?/g;
  const pages = await readPages(container);
  const digest = /data-page="[0-9a-f]+-/g;
  const undated = (text: string) => text.replace(date, 'DATE').replace(digest, 'DIGEST');
  return new Map([...pages].sort().map(([path, text]) => [path, undated(text)]));
}

/** Starts an upload, kills it with SIGKILL after a while, and tells whether it was still running then. */
async function killUpload(folder: string, container: string, afterMs: number): Promise<boolean> {
  const args = [executable, 'upload', container, '--local-folder', folder];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const ended = new Promise<NodeJS.Signals | null>((resolve) =>
    child.on('close', (_status, signal) => resolve(signal)),
  );
  const timer = setTimeout(() => child.kill('SIGKILL'), afterMs);
  const signal = await ended;
  clearTimeout(timer);
  return signal === 'SIGKILL';
}

/** Runs an upload that must succeed, and gives its wall time. */
async function timeUpload(folder: string, container: string): Promise<number> {
  const start = performance.now();
  expect(await upload(folder, container)).toBe('');
  return performance.now() - start;
}

it(`is killed at ${kills} random moments: no page lists what is not there, the next run repairs`, async () => {
  const before = await fillDist(writers);
  const { folder } = await fillDist(writers + 1);
  const seed = async (container: string) => expect(await upload(before.folder, container)).toBe('');

  const undisturbed = join(root, 'undisturbed');
  await seed(undisturbed);
  let wholeMs = await timeUpload(folder, undisturbed);
  const expected = await undatedPages(undisturbed);
  expect(expected.size).toBeGreaterThan(4);

  let killed = 0;
  for (let attempt = 0; killed < kills; attempt += 1) {
    expect(attempt, 'uploads end before they can be killed').toBeLessThan(kills * 4);
    const container = join(root, `killed-${attempt}`);
    await seed(container);
    const afterMs = wholeMs * Math.random();
    if (await killUpload(folder, container, afterMs)) killed += 1;
    const when = `killed after ${afterMs.toFixed(0)} of ${wholeMs.toFixed(0)} ms`;
    expect(await findFaults(container), when).toEqual([]);
    wholeMs = await timeUpload(folder, container);
    expect(await findFaults(container), when).toEqual([]);
    expect(await undatedPages(container), when).toEqual(expected);
    await rm(container, { recursive: true });
  }
});
