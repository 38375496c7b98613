import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { serveFolder } from '../servers/static-server.ts';
import { executable, runCommand } from './commands.ts';
import { writeLargeWheel } from './large-wheel.ts';
import { startVersityGw } from './servers/versitygw.ts';
import { openStore, s3Store } from './stores.ts';

// Proof: memory stays flat. A wheel of 2 GB goes up, to a folder and to S3, comes down, is mirrored and published, and
// the pages of 10,000 artifacts are written, each within bare Node + 100 MB; those of 100,000 within + 120 MB.

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

type Variables = Readonly<Record<string, string>>;

/** The peak of the resident memory of one Node process that must succeed. */
async function peakBytesOf(args: readonly string[], variables: Variables = {}): Promise<number> {
  const peakFile = join(root, 'peak');
  const preload = new URL('peak-memory.js', import.meta.url).href;
  const env = { ...variables, NODE_OPTIONS: `--import=${preload}`, PEAK_FILE: peakFile };
  const finished = await runCommand(process.execPath, args, { env });
  expect(finished.status, `${finished.command}\n${finished.stdout}\n${finished.stderr}`).toBe(0);
  return Number(await readFile(peakFile, 'utf8'));
}

async function expectFlat(
  what: string,
  args: readonly string[],
  { variables, mostBytes = allowanceBytes }: { variables?: Variables; mostBytes?: number } = {},
): Promise<void> {
  const peakBytes = await peakBytesOf([executable, ...args], variables);
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(0)} MB`;
  console.log(`${what}: peak ${megabytes(peakBytes)}, bare Node ${megabytes(bareBytes)}`);
  expect(peakBytes).toBeLessThan(bareBytes + mostBytes);
}

/** Artifacts of 100 projects, each with its record; nothing is derived from them yet. */
function stockContainer(folder: string, count: number): void {
  for (let number = 0; number < count; number++) {
    const name = `many_${number % 100}-1.${number}-py3-none-any.whl`;
    const bytes = Buffer.from(`the content of ${name}`);
    const records = join(folder, '.wheelhouse', 'v1', name);
    mkdirSync(records, { recursive: true });
    writeFileSync(join(folder, name), bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(records, `${sha256}-${bytes.length}`), '{"uploaded":"2026-11-20T09:12:44.000Z"}\n');
  }
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
  await expectFlat('upload 2 GB', ['upload', container, '--local-folder', dist]);
  expect((await stat(join(container, filename))).size).toBe(sizeBytes);
});

it('uploads to S3', async () => {
  await using server = await startVersityGw();
  const place = ['s3://memory', '--endpoint', server.endpoint, '--region', server.region];
  const variables = { AWS_ACCESS_KEY_ID: server.username, AWS_SECRET_ACCESS_KEY: server.secret };
  await expectFlat('upload 2 GB to S3', ['upload', ...place, '--local-folder', dist], { variables });
  const there = await openStore(s3Store(server), 's3://memory');
  expect((await there.stat(filename))?.sizeBytes).toBe(sizeBytes);
  await there.close();
});

it('fetches over HTTP', async () => {
  await using server = await serveFolder(container);
  const fetched = join(root, 'fetched');
  await expectFlat('fetch 2 GB', [
    'fetch',
    project,
    server.url,
    '--require-hashes',
    '--local-folder',
    fetched,
  ]);
  expect((await stat(join(fetched, filename))).size).toBe(sizeBytes);
});

it('mirrors', async () => {
  await using server = await serveFolder(container);
  const copy = join(root, 'copy');
  await expectFlat('mirror 2 GB', ['mirror', server.url, '--to', copy]);
  expect((await stat(join(copy, filename))).size).toBe(sizeBytes);
});

it('publishes', async () => {
  await using sink = await startSink();
  await expectFlat('publish 2 GB', [
    ...['publish', '--repository-url', sink.url, '--local-folder', dist, '--no-verify'],
    ...['--username', 'someone', '--password', 'anything'],
  ]);
  expect(sink.received).toHaveLength(1);
  expect(sink.received[0]).toBeGreaterThan(sizeBytes);
});

it.each([
  [10_000, allowanceBytes],
  [100_000, 120_000_000],
])('writes the pages of %d artifacts', async (count, mostBytes) => {
  const many = join(root, `many-${count}`);
  stockContainer(many, count);
  await expectFlat(`index ${count.toLocaleString('en')} artifacts`, ['index', many], { mostBytes });
  const page = await readFile(join(many, 'simple', 'many-7', 'index.html'), 'utf8');
  expect(page.match(/<a href="/g)).toHaveLength(count / 100);
});
