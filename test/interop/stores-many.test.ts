import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pLimit from 'p-limit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/storage/container.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { recordKey } from '../../src/wheelhouse/layout.ts';
import { rebuild } from '../../src/wheelhouse/rebuild.ts';
import { makeFolder, makeWheel, sha256Of } from '../make-distribution.ts';
import { startFaultProxy } from '../servers/fault-proxy.ts';
import { runBinForSummary } from './commands.ts';
import { openStore, storeEnvironment, stores, type RunningStore } from './stores.ts';

// Proof: one more wheel costs one listing and as many requests in a large wheelhouse as in a small one.

/** Artifact and record of each make 10,000 objects. */
const manyWheels = 5000;
const projects = 20;

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'wheelhouse-many-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** So many wheels with their records and pages, as earlier uploads would have left them. */
async function fill(container: Container, count: number): Promise<void> {
  await container.create();
  const known: Record<string, { sha256: string; size: number }> = {};
  const limit = pLimit(32);
  const put = (key: string, content: string) =>
    limit(() => container.write(key, bytesSource(content), { contentType: 'application/octet-stream' }));
  const writes = Array.from({ length: count }, async (_, i) => {
    const filename = `many${i % projects}-1.${i}-py3-none-any.whl`;
    const sha256 = sha256Of(filename);
    known[filename] = { sha256, size: filename.length };
    await put(filename, filename);
    await put(recordKey(filename, sha256, filename.length), '{}\n');
  });
  await Promise.all(writes);
  await put('metadata.json', JSON.stringify(known));
  await rebuild(container);
}

// The others take minutes to be filled; a store with conditional writes and one without are enough.
const quick = stores.filter(({ name }) => ['VersityGW', 'OpenStack Swift'].includes(name));

describe.each(quick)('$name', ({ start, isListing, pageSize }) => {
  let store: RunningStore;
  beforeAll(async () => {
    store = await start();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  /** Uploads one more wheel, and gives the number of requests: of the listing, and all others. */
  async function addOne(count: number) {
    const url = store.freshContainer();
    const container = await openStore(store, url);
    await fill(container, count);
    await container.close();
    await using dist = await makeFolder([makeWheel({ project: 'many0', version: '2.0' })]);
    await using proxy = await startFaultProxy(store.origin);
    const run = await runBinForSummary(['upload', url, '--local-folder', dist.path], {
      env: storeEnvironment(store, proxy.origin),
    });
    expect(run.summary, run.stderr).toMatchObject({ ok: true, counts: { uploaded: 1 } });
    const { length: listing } = proxy.requests.filter((request) => isListing(request));
    return { listing, others: proxy.requests.length - listing };
  }

  it(`costs no more requests among ${manyWheels * 2} objects than among few, but for the pages of the listing`, async () => {
    const few = await addOne(projects);
    const many = await addOne(manyWheels);
    expect(many.others).toBe(few.others);
    expect(few.others).toBeLessThan(60);
    // The artifacts, their records, and some pages.
    const pagesOfListing = Math.ceil((manyWheels * 2 + 100) / pageSize);
    expect(many.listing).toBeLessThanOrEqual(few.listing * pagesOfListing);
  });
});
