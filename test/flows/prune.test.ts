import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory, type MemoryCall } from '../../src/storage/drivers/memory.ts';
import { markKey, recordPrefix } from '../../src/wheelhouse/layout.ts';
import { makeSdist, makeWheel, sha256Of } from '../make-distribution.ts';
import { brokenPromises, flatDigests, putArtifact, putMark } from '../wheelhouse/stored.ts';
import { makeClock, objectsOf, pruneContainer } from './prunes.ts';
import { uploadFiles } from './uploads.ts';

const nights = Array.from({ length: 3 }, (_, night) =>
  makeWheel({ project: 'pkg', version: `1.0.dev0+2026010${night + 1}000000.abc` }),
);
const [first, second, third] = nights as [MadeWheel, MadeWheel, MadeWheel];
type MadeWheel = ReturnType<typeof makeWheel>;
const release = makeWheel({ project: 'pkg', version: '0.9' });
const sdist = await makeSdist({ project: 'pkg', version: '1.0.dev0' });
const all = [...nights, release, sdist];

async function filled(): Promise<{ store: MemoryStore; time: ReturnType<typeof makeClock> }> {
  const store = new MemoryStore();
  await uploadFiles(openMemory({ store }), all);
  return { store, time: makeClock() };
}

const outcomes = ({ artifacts }: { artifacts: readonly { filename: string; outcome: string }[] }) =>
  artifacts.map(({ filename, outcome }) => `${outcome} ${filename}`);
const traces = (store: MemoryStore, filename: string) =>
  store.listed('').filter(({ key }) => key.startsWith(filename) || key.startsWith(recordPrefix(filename)));

describe('prune', () => {
  it('takes old dev builds off the pages at once, and removes their objects after the grace period', async () => {
    const { store, time } = await filled();
    const container = openMemory({ store });
    const run = () => pruneContainer(container, { clock: time.clock });
    expect(outcomes(await run())).toEqual([`pruned ${first.filename}`, `pruned ${second.filename}`]);
    expect(Object.keys(flatDigests(store)).sort()).toEqual(
      [third, release, sdist].map(({ filename }) => filename).sort(),
    );
    for (const key of objectsOf(first)) expect(store.get(key)).toBeDefined();

    time.passMinutes(14);
    expect(outcomes(await run())).toEqual([`pending ${first.filename}`, `pending ${second.filename}`]);
    for (const key of objectsOf(first)) expect(store.get(key)).toBeDefined();

    time.passMinutes(1);
    const summary = await run();
    expect(outcomes(summary)).toEqual([`removed ${first.filename}`, `removed ${second.filename}`]);
    expect(summary).toMatchObject({ ok: true, exitCode: 0, counts: { removed: 2 } });
    expect(summary.artifacts[0]).toMatchObject({ sha256: first.sha256, size: first.bytes.length });
    expect([first, second].flatMap(({ filename }) => traces(store, filename))).toEqual([]);
    for (const made of [third, release])
      for (const key of objectsOf(made)) expect(store.get(key)).toBeDefined();
    expect(brokenPromises(store)).toEqual([]);
    expect(outcomes(await run())).toEqual([]);
  });

  it('lists once when nothing is to be done, and reads no artifact, record or project page', async () => {
    const { store } = await filled();
    const idle = openMemory({ store });
    await pruneContainer(idle, { keepDev: 5 });
    expect(idle.calls.map(({ operation, key }) => `${operation} ${key}`)).toEqual([
      'read metadata.json',
      'read index.html',
      'read simple/index.html',
      'read simple/',
      'read simple/v1+json/index.json',
      'list ',
    ]);
  });

  it('starts the grace period when the pages are right, not when a killed run has set its mark', async () => {
    const { store, time } = await filled();
    const dead = new WheelhouseError('FORBIDDEN', 'the process is dead');
    let marked = false;
    const dying = openMemory({
      store,
      misbehave: ({ operation, key }) => {
        if (marked) return dead;
        marked = operation === 'write' && key === markKey(second.filename, 'pruned');
        return undefined;
      },
    });
    await expect(pruneContainer(dying, { clock: time.clock })).rejects.toThrow('dead');
    expect(flatDigests(store)).toHaveProperty([second.filename]);
    time.passMinutes(60);
    const container = openMemory({ store });
    expect(outcomes(await pruneContainer(container, { clock: time.clock }))).toEqual([
      `pruned ${first.filename}`,
      `pruned ${second.filename}`,
    ]);
    expect(flatDigests(store)).not.toHaveProperty([second.filename]);
    expect(store.get(second.filename)).toBeDefined();
  });

  it('starts it again for what a page has listed once more', async () => {
    const { store, time } = await filled();
    const run = () => pruneContainer(openMemory({ store }), { clock: time.clock });
    await run();
    let raced = false;
    const uploading = openMemory({
      store,
      misbehave: async ({ operation, key }) => {
        if (raced || operation !== 'write' || key !== 'metadata.json') return undefined;
        raced = true;
        // The upload has listed; this run finds its mark gone, sets another, and all pages right without it.
        expect(outcomes(await run())).toContain(`pruned ${first.filename}`);
        return undefined;
      },
    });
    expect(await uploadFiles(uploading, [first], { clock: time.clock })).toMatchObject({ ok: true });
    expect(flatDigests(store)).toHaveProperty([first.filename]);

    time.passMinutes(16);
    expect(outcomes(await run())).toContain(`pruned ${first.filename}`);
    expect(flatDigests(store)).not.toHaveProperty([first.filename]);
    for (const key of objectsOf(first)) expect(store.get(key)).toBeDefined();
    time.passMinutes(15);
    expect(outcomes(await run())).toEqual([`removed ${first.filename}`]);
    expect(traces(store, first.filename)).toEqual([]);
  });

  it('plans the same in a dry run, and changes nothing', async () => {
    const { store } = await filled();
    const before = store.listed('').map(({ key, tag }) => [key, tag]);
    const { artifacts, dryRun, events } = await pruneContainer(openMemory({ store }), { dryRun: true });
    expect(store.listed('').map(({ key, tag }) => [key, tag])).toEqual(before);
    expect([dryRun, outcomes({ artifacts })]).toEqual([
      true,
      [`pruned ${first.filename}`, `pruned ${second.filename}`],
    ]);
    expect(events).toMatchObject([
      { event: 'plan', command: 'prune', dryRun: true, steps: [{ action: 'remove' }, { action: 'remove' }] },
    ]);
  });

  it.each([
    ['nothing is marked yet', 0],
    ['the grace period runs', 14],
    ['the grace period is over', 16],
  ])('foresees in a dry run what is next: %s', async (_, minutes) => {
    const { store, time } = await filled();
    const container = openMemory({ store });
    if (minutes > 0) await pruneContainer(container, { clock: time.clock, keepDev: 2 });
    time.passMinutes(minutes);
    const before = store.listed('').map(({ key, tag }) => [key, tag]);
    const dry = await pruneContainer(container, { clock: time.clock, dryRun: true });
    expect(store.listed('').map(({ key, tag }) => [key, tag])).toEqual(before);
    const real = await pruneContainer(container, { clock: time.clock });
    expect(dry.artifacts).toEqual(real.artifacts);
    expect(dry.counts).toEqual(real.counts);
  });

  it('removes the yank mark too', async () => {
    const { store, time } = await filled();
    const container = openMemory({ store });
    await putMark(container, first.filename, 'yanked', 'broken');
    await pruneContainer(container, { clock: time.clock });
    time.passMinutes(16);
    await pruneContainer(container, { clock: time.clock });
    expect(traces(store, first.filename)).toEqual([]);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses to keep %d', async (keepDev) => {
    await expect(pruneContainer(openMemory(), { keepDev })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('fails for what could not be removed, and does the rest', async () => {
    const { store, time } = await filled();
    await pruneContainer(openMemory({ store }), { clock: time.clock });
    time.passMinutes(16);
    const misbehave = ({ operation, key }: { operation: string; key: string }) =>
      operation === 'delete' && key === first.filename ? new WheelhouseError('FORBIDDEN', 'no') : undefined;
    const summary = await pruneContainer(openMemory({ store, misbehave }), { clock: time.clock });
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: { failed: 1, removed: 1 } });
    expect(summary.artifacts[0]).toMatchObject({
      filename: first.filename,
      reason: 'it could not be removed: no',
    });
    expect(brokenPromises(store)).toEqual([]);
    time.passMinutes(5);
    expect(outcomes(await pruneContainer(openMemory({ store }), { clock: time.clock }))).toEqual([
      `removed ${first.filename}`,
    ]);
  });

  it('keeps the mark for some time where a listing may show what is long gone', async () => {
    const { store, time } = await filled();
    const container = openMemory({ store, conditionalWrites: false });
    const run = () => pruneContainer(container, { clock: time.clock });
    await run();
    time.passMinutes(16);
    expect(outcomes(await run())).toEqual([`removed ${first.filename}`, `removed ${second.filename}`]);
    expect(traces(store, first.filename).map(({ key }) => key)).toEqual([markKey(first.filename, 'pruned')]);
    time.passMinutes(5);
    expect(outcomes(await run())).toEqual([]);
    time.passMinutes(11);
    expect(outcomes(await run())).toEqual([]);
    expect(traces(store, first.filename)).toEqual([]);
  });

  it('leaves bytes that come after it has listed', async () => {
    const { store, time } = await filled();
    await pruneContainer(openMemory({ store }), { clock: time.clock });
    time.passMinutes(16);
    const newer = { content: 'new bytes', metadata: 'new metadata' };
    let came = false;
    const misbehave = async ({ operation, key }: MemoryCall) => {
      if (came || operation !== 'write' || key !== markKey(first.filename, 'pruned')) return undefined;
      came = true;
      await putArtifact(openMemory({ store }), first.filename, newer); // by a tool that knows nothing of marks
      return undefined;
    };
    const summary = await pruneContainer(openMemory({ store, misbehave }), { clock: time.clock, keepDev: 3 });
    expect(came).toBe(true);
    expect(outcomes(summary)).not.toContain(`removed ${first.filename}`);
    expect(store.get(first.filename)?.bytes.toString()).toBe(newer.content);
    expect(flatDigests(store)).toHaveProperty([first.filename], sha256Of(newer.content));
    expect(brokenPromises(store)).toEqual([]);
  });

  it('deletes nothing more once an upload may take it for dead', async () => {
    const { store, time } = await filled();
    await pruneContainer(openMemory({ store }), { clock: time.clock, keepDev: 2 });
    time.passMinutes(16);
    const deleted: string[] = [];
    const misbehave = ({ operation, key }: MemoryCall) => {
      if (operation !== 'delete') return undefined;
      deleted.push(key);
      time.passMinutes(1); // as long as a suspended machine likes
      return undefined;
    };
    const summary = await pruneContainer(openMemory({ store, misbehave }), { clock: time.clock, keepDev: 2 });
    expect(outcomes(summary)).toEqual([`pending ${first.filename}`]);
    expect(deleted).toEqual([first.filename]);
    time.passMinutes(5);
    const again = await pruneContainer(openMemory({ store }), { clock: time.clock, keepDev: 2 });
    expect(again).toMatchObject({ ok: true });
    expect(traces(store, first.filename)).toEqual([]);
  });

  it('leaves bytes that have come under the name, and lists them', async () => {
    const { store, time } = await filled();
    const container = openMemory({ store });
    const newer = makeWheel({
      project: 'pkg',
      version: '1.0.dev0+20260101000000.abc',
      module: 'x = 1  # new\n',
    });
    await pruneContainer(container, { clock: time.clock });
    time.passMinutes(16);
    // An upload that was killed once it had written its record.
    const dead = new WheelhouseError('FORBIDDEN', 'the process is dead');
    let recorded = false;
    const misbehave = ({ operation, key }: { operation: string; key: string }) => {
      if (recorded) return dead;
      recorded = operation === 'write' && key === objectsOf(newer)[2];
      return undefined;
    };
    await expect(uploadFiles(openMemory({ store, misbehave }), [newer])).rejects.toThrow('dead');
    await pruneContainer(container, { clock: time.clock, keepDev: 3 });
    expect(flatDigests(store)).toHaveProperty([newer.filename]);
    expect(store.get(newer.filename)!.bytes.equals(newer.bytes)).toBe(true);
    expect(store.get(markKey(newer.filename, 'pruned'))).toBeUndefined();
    expect(store.get(second.filename)).toBeUndefined();
  });
});
