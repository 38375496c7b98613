import { describe, expect, it } from 'vitest';
import { planUpload } from '../../src/flows/upload/plan.ts';
import { carryOut } from '../../src/flows/upload/steps.ts';
import { prune } from '../../src/flows/prune.ts';
import { yank } from '../../src/flows/yank.ts';
import { parseDistributionFilename } from '../../src/model/filename.ts';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory } from '../../src/storage/drivers/memory.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { converge } from '../../src/wheelhouse/converge.ts';
import { sidecarKey } from '../../src/wheelhouse/layout.ts';
import { emptyMetadataFile } from '../../src/wheelhouse/metadata-file.ts';
import { readMetadata } from '../../src/wheelhouse/read-metadata.ts';
import type { NewArtifact } from '../../src/wheelhouse/new-artifact.ts';
import { makeTwins, uploadFiles } from '../flows/uploads.ts';
import { makeWheel, sha256Of, type MadeDistribution } from '../make-distribution.ts';
import { brokenPromises, flatDigests, pagesOf } from '../wheelhouse/stored.ts';
import { Scheduler, type Turn } from './scheduler.ts';

const seeds = Array.from({ length: 25 }, (_, seed) => seed);
const [twin, otherTwin] = makeTwins();
const builds = [twin, otherTwin, makeWheel({ project: 'pkg', version: '1.1.dev0', requiresPython: '>=3.9' })];
const old = makeWheel({ project: 'pkg', version: '1.0' });
const [first, second, elsewhere] = [
  makeWheel({ project: 'pkg', version: '2.0' }),
  makeWheel({ project: 'pkg', version: '3.0' }),
  makeWheel({ project: 'other', version: '1.0' }),
];

function toNew({ filename, bytes, sha256, metadata }: MadeDistribution, uploaded: string): NewArtifact {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(parsed.reason);
  return {
    filename,
    distribution: parsed.value,
    sizeBytes: bytes.length,
    sha256,
    source: bytesSource(bytes),
    body: { uploaded, metadataSha256: sha256Of(metadata) },
    sidecar: Buffer.from(metadata),
  };
}

/** An upload without its folder: a file that is read would make steps that no seed decides. */
function upload(...files: MadeDistribution[]) {
  return async ({ container, waiting }: Turn) => {
    const metadataRead = await readMetadata(container);
    const known = metadataRead.file ?? emptyMetadataFile;
    const artifacts = files.map((made) => toNew(made, '2026-11-29T10:00:00.000Z'));
    const steps = planUpload(artifacts, known.artifacts);
    return carryOut(container, steps, metadataRead, { container, maxWorkers: 2, waiting });
  };
}

const missing = (store: MemoryStore) => brokenPromises(store).filter((told) => told.includes('not there'));

/** What the pages would be, had nobody been in anyone's way. */
async function undisturbed(store: MemoryStore): Promise<Record<string, string>> {
  const copy = new MemoryStore();
  const pages = pagesOf(store);
  for (const { key, bytes } of store.listed(''))
    if (!(key in pages)) copy.put(key, bytes, { contentType: 'text/plain' });
  await converge(openMemory({ store: copy }), { sleep: () => Promise.resolve() });
  return pagesOf(copy);
}

describe.each(seeds)('in the order of seed %i', (seed) => {
  it('uploads of one project and of two lose nothing, one of them killed or not', async () => {
    const store = new MemoryStore();
    await uploadFiles(openMemory({ store }), [old]);
    const scheduler = new Scheduler(seed, { store });
    const killedAfter = seed % 2 === 0 ? Infinity : 1 + Math.floor(scheduler.random() * 40);
    const one = scheduler.add(upload(first));
    void scheduler.add(upload(second, elsewhere), killedAfter);
    const marked = scheduler.add(({ container, waiting }) =>
      yank({ container, files: [old.filename], waiting }),
    );
    void scheduler.add(({ container, waiting }) => prune({ container, keepDev: 1, waiting }));
    await scheduler.run(() => expect(missing(store)).toEqual([]));
    expect(await one).toMatchObject([{ outcome: 'uploaded' }]);
    expect(await marked).toMatchObject({ ok: true });

    if (killedAfter < Infinity) await uploadFiles(openMemory({ store }), [second, elsewhere]);
    const all = [old, first, second, elsewhere];
    expect(flatDigests(store)).toEqual(
      Object.fromEntries(all.map(({ filename, sha256 }) => [filename, sha256])),
    );
    expect(brokenPromises(store)).toEqual([]);
    expect(pagesOf(store)['simple/pkg/index.html']).toContain('data-yanked');
    const pages = await undisturbed(store);
    for (const key of Object.keys(pages))
      if (key !== 'metadata.json') expect(pagesOf(store)[key]).toBe(pages[key]);
  });

  it('of two or three builds of one name, the one that is there is the one that is listed', async () => {
    const store = new MemoryStore();
    await uploadFiles(openMemory({ store }), [twin]);
    const scheduler = new Scheduler(seed, { store });
    const chosen = builds.slice(seed % 2);
    const results = chosen.map((made) => scheduler.add(upload(made)));
    await scheduler.run(() => expect(missing(store)).toEqual([]));
    const there = store.get(twin.filename)?.bytes;
    const winner = chosen.findIndex(({ bytes }) => there?.equals(bytes) === true);
    expect(flatDigests(store)).toEqual({ [twin.filename]: sha256Of(there!) });
    expect(brokenPromises(store)).toEqual([]);
    expect(store.get(sidecarKey(twin.filename))?.bytes.toString()).toBe(chosen[winner]?.metadata);
    expect(await results[winner]).toMatchObject([
      { outcome: expect.stringMatching(/uploaded|unchanged/) as string },
    ]);
  });
});
