import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveFolder } from '../servers/static-server.ts';
import { executable, runCommand } from './commands.ts';
import { writeLargeWheel } from './large-wheel.ts';

// Proof: memory stays flat. A wheel of 2 GB goes up, comes down and is published within bare Node + 100 MB.

const allowanceBytes = 100_000_000;
const payloadBytes = 2 * 1024 ** 3;
const project = 'large';

let root: string;
let dist: string;
let container: string;
let filename: string;
let sizeBytes: number;
let bareBytes: number;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wheelhouse-memory-'));
  dist = join(root, 'dist');
  container = join(root, 'wheelhouse');
  await mkdir(dist);
  filename = await writeLargeWheel(dist, project, payloadBytes);
  sizeBytes = (await stat(join(dist, filename))).size;
  bareBytes = await peakBytesOf(['-e', '0']);
});
afterAll(() => rm(root, { recursive: true, force: true }));

/** The peak of the resident memory of one Node process that must succeed. */
async function peakBytesOf(args: readonly string[]): Promise<number> {
  const peakFile = join(root, 'peak');
  const preload = new URL('peak-memory.js', import.meta.url).href;
  const env = { NODE_OPTIONS: `--import=${preload}`, PEAK_FILE: peakFile };
  const finished = await runCommand(process.execPath, args, { env });
  expect(finished.status, `${finished.command}\n${finished.stdout}\n${finished.stderr}`).toBe(0);
  return Number(await readFile(peakFile, 'utf8'));
}

async function expectFlat(verb: string, args: readonly string[]): Promise<void> {
  const peakBytes = await peakBytesOf([executable, ...args]);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(`${verb} 2 GB: peak ${megabytes(peakBytes)}, bare Node ${megabytes(bareBytes)}`);
  expect(peakBytes).toBeLessThan(bareBytes + allowanceBytes);
}

/** Takes uploads and throws their bytes away; knows no project. */
async function startSink() {
  const received: number[] = [];
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      if (request.method === 'POST') received.push(bytes);
      response.writeHead(request.method === 'POST' ? 200 : 404).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    received,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

it('uploads to a folder', async () => {
  await expectFlat('upload', ['upload', container, '--local-folder', dist]);
  expect((await stat(join(container, filename))).size).toBe(sizeBytes);
});

it('fetches over HTTP', async () => {
  await using server = await serveFolder(container);
  const fetched = join(root, 'fetched');
  await expectFlat('fetch', ['fetch', project, server.url, '--require-hashes', '--local-folder', fetched]);
  expect((await stat(join(fetched, filename))).size).toBe(sizeBytes);
});

it('publishes', async () => {
  await using sink = await startSink();
  await expectFlat('publish', [
    ...['publish', '--repository-url', sink.url, '--local-folder', dist, '--no-verify'],
    ...['--username', 'someone', '--password', 'anything'],
  ]);
  expect(sink.received).toHaveLength(1);
  expect(sink.received[0]).toBeGreaterThan(sizeBytes);
});
