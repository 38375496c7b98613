import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { upload } from '../../src/flows/upload.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory, type MemoryCall, type MemoryContainer } from '../../src/storage/drivers/memory.ts';
import { classify, markKey, recordKey, recordPrefix, sidecarKey } from '../../src/wheelhouse/layout.ts';
import { parseRecord, renderRecord } from '../../src/wheelhouse/record.ts';
import { rebuild } from '../../src/wheelhouse/rebuild.ts';
import { makeFolder, makeSdist, makeWheel, sha256Of, type MadeDistribution } from '../make-distribution.ts';
import { brokenPromises, flatDigests, pagesOf, put, putMark } from '../wheelhouse/stored.ts';
import { makeTwins, makeWheels, uploadFiles } from './uploads.ts';

const wheel = makeWheel({ project: 'pkg', version: '1.0', requiresPython: '>=3.9' });
const changed = makeWheel({
  project: 'pkg',
  version: '1.0',
  requiresPython: '>=3.9',
  module: 'changed = 1\n',
});
const dev = makeWheel({ project: 'pkg', version: '1.1.dev0' });
const changedDev = makeWheel({ project: 'pkg', version: '1.1.dev0', module: 'changed = True  # longer\n' });
const sdist = await makeSdist({ project: 'pkg', version: '1.0' });
const other = makeWheel({ project: 'Other.Project', version: '2.0' });

const keyOf = (made: MadeDistribution) => recordKey(made.filename, made.sha256, made.bytes.length);
const digestsOf = (...made: MadeDistribution[]) =>
  Object.fromEntries(made.map(({ filename, sha256 }) => [filename, sha256]));
const countOf = (container: MemoryContainer, operation: MemoryCall['operation'], from = 0) =>
  container.calls.slice(from).filter((call) => call.operation === operation).length;
const keysOf = (container: MemoryContainer, operation: MemoryCall['operation'], from = 0) =>
  container.calls.slice(from).flatMap((call) => (call.operation === operation ? [call.key] : []));

describe('upload', () => {
  it('stores artifact, sidecar and record in this order, then the pages', async () => {
    const container = openMemory();
    const summary = await uploadFiles(container, [wheel]);
    expect(summary).toMatchObject({
      ok: true,
      exitCode: 0,
      counts: { uploaded: 1 },
      url: container.publicUrl(),
    });
    expect(keysOf(container, 'write').slice(0, 4)).toEqual([
      wheel.filename,
      sidecarKey(wheel.filename),
      keyOf(wheel),
      'metadata.json',
    ]);
    expect(container.store.get(wheel.filename)?.bytes.equals(wheel.bytes)).toBe(true);
    expect(container.store.get(sidecarKey(wheel.filename))?.bytes.toString()).toBe(wheel.metadata);
    expect(parseRecord(container.store.get(keyOf(wheel))!.bytes.toString())).toEqual({
      uploaded: '2026-11-21T10:00:00.000Z',
      requiresPython: '>=3.9',
      metadataSha256: sha256Of(wheel.metadata),
    });
    expect(flatDigests(container.store)).toEqual(digestsOf(wheel));
    expect(brokenPromises(container.store)).toEqual([]);
  });

  it('names no index where nothing answers for one', async () => {
    const { nextSteps = [] } = await uploadFiles(openMemory({ acceptsSlashKeys: false }), [wheel]);
    expect(nextSteps.filter((line) => line.includes('--index-url'))).toEqual([]);
    expect(nextSteps.filter((line) => line.includes('--find-links'))).toHaveLength(2);
  });

  it('names no line that installs what is not there', async () => {
    const container = openMemory();
    await uploadFiles(container, [wheel]);
    const rival = makeWheel({ project: 'pkg', version: '1.0', module: 'changed = True\n' });
    const newer = makeWheel({ project: 'pkg', version: '2.0' });
    expect((await uploadFiles(container, [rival])).nextSteps).toEqual([]);
    const { ok, nextSteps = [] } = await uploadFiles(container, [rival, newer]);
    expect(ok).toBe(false);
    expect(nextSteps.filter((line) => line.endsWith(' pkg==2.0'))).toHaveLength(nextSteps.length);
    expect(nextSteps).not.toEqual([]);
  });

  it('warns of one distribution under two spellings', async () => {
    const container = openMemory();
    const warningsOf = async (...files: MadeDistribution[]) =>
      (await uploadFiles(container, files)).events.flatMap((event) =>
        event.event === 'warning' ? [event.message] : [],
      );
    expect(await warningsOf(wheel, sdist, other)).toEqual([]);
    const spelt = makeWheel({ project: 'Pkg', version: '1.0' });
    const expected = [expect.stringMatching(/^pkg-1\.0-.* and Pkg-1\.0-.* under two spellings/)];
    expect(await warningsOf(spelt)).toEqual(expected);
    expect(await warningsOf(other)).toEqual([]);
  });

  it('gives an sdist no sidecar, and knows its requires-python', async () => {
    const container = openMemory();
    const made = await makeSdist({ project: 'pkg', version: '3.0', requiresPython: '>=3.11' });
    await uploadFiles(container, [made]);
    expect(container.store.get(sidecarKey(made.filename))).toBeUndefined();
    expect(pagesOf(container.store)['simple/pkg/index.html']).toContain('data-requires-python="&gt;=3.11"');
  });

  it('tells the plan, what it passes over, each artifact, and the pages', async () => {
    const files = [wheel, other, { filename: 'notes.txt', bytes: 'x' }];
    const { events, nextSteps } = await uploadFiles(openMemory(), files);
    const kinds = events.map(({ event }) => event);
    expect(kinds.filter((kind) => kind !== 'progress')).toEqual([
      'passed-over',
      'plan',
      'detail',
      'artifact',
      'artifact',
      'pages',
    ]);
    expect(events.find(({ event }) => event === 'plan')).toMatchObject({
      command: 'upload',
      dryRun: false,
      target: 'memory://wheelhouse',
      steps: [{ action: 'send' }, { action: 'send' }],
    });
    const progress = events.filter(
      (event) => event.event === 'progress' && event.filename === wheel.filename,
    );
    expect(progress.at(-1)).toMatchObject({ doneBytes: wheel.bytes.length, totalBytes: wheel.bytes.length });
    expect(nextSteps?.some((line) => line.startsWith('pip install'))).toBe(true);
    expect(nextSteps?.some((line) => line.startsWith('uv pip install'))).toBe(true);
  });

  it('serves pages as HTML that is checked again soon, and artifacts for ever', async () => {
    const { store } = openMemory();
    const stamped = makeWheel({ project: 'pkg', version: '2.1.dev0+20260101000000.abc' });
    await uploadFiles(openMemory({ store }), [wheel, dev, stamped]);
    const headersOf = (key: string) => [store.get(key)?.contentType, store.get(key)?.cacheControl];
    const soon = 'max-age=60, must-revalidate';
    const forEver = 'max-age=31536000, immutable';
    expect(headersOf('index.html')).toEqual(['text/html; charset=utf-8', soon]);
    expect(headersOf('simple/pkg/')).toEqual(['text/html; charset=utf-8', soon]);
    expect(headersOf('simple/v1+json/pkg/index.json')).toEqual(['application/vnd.pypi.simple.v1+json', soon]);
    expect(headersOf('metadata.json')).toEqual(['application/json', soon]);
    expect(headersOf(wheel.filename)).toEqual(['application/octet-stream', forEver]);
    expect(headersOf(sidecarKey(wheel.filename))).toEqual(['text/plain; charset=utf-8', forEver]);
    expect(headersOf(dev.filename)).toEqual(['application/octet-stream', soon]);
    expect(headersOf(stamped.filename)).toEqual(['application/octet-stream', forEver]);
  });

  it('uploads the others when one archive is broken', async () => {
    const container = openMemory();
    const broken = { filename: 'broken-1.0-py3-none-any.whl', bytes: '<html>404</html>' };
    const summary = await uploadFiles(container, [broken, wheel]);
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: { uploaded: 1, failed: 1 } });
    expect(summary.artifacts[0]).toMatchObject({
      filename: broken.filename,
      outcome: 'failed',
      sha256: null,
    });
    expect(summary.artifacts[0]?.reason).toBeTruthy();
    expect(Object.keys(flatDigests(container.store))).toEqual([wheel.filename]);
  });

  it('has rightly nothing to do with an empty folder, and warns', async () => {
    const container = openMemory();
    const { ok, artifacts, events } = await uploadFiles(container, [{ filename: 'README.md', bytes: 'x' }]);
    expect([ok, artifacts]).toEqual([true, []]);
    expect(events.at(-1)).toMatchObject({ event: 'warning' });
    expect(container.calls).toEqual([]);
  });

  it('makes the container, opens it late, and closes what it has opened', async () => {
    const store = new MemoryStore({ exists: false });
    let closed = 0;
    const memory = openMemory({ store });
    const container = {
      open: () =>
        Promise.resolve({
          ...memory,
          close: () => {
            closed += 1;
            return Promise.resolve();
          },
        }),
    };
    await using folder = await makeFolder([wheel]);
    await upload({ container, localFolder: folder.path });
    expect([store.exists, closed]).toEqual([true, 1]);
  });

  it('keeps metadata.json right and writes no page with updateIndex off', async () => {
    const container = openMemory();
    const { nextSteps } = await uploadFiles(container, [wheel], { updateIndex: false });
    expect(Object.keys(pagesOf(container.store))).toEqual(['metadata.json']);
    expect(nextSteps).toEqual([]);
  });
});

describe('a second upload', () => {
  it('sends nothing again, even where metadata.json is lost', async () => {
    const container = openMemory();
    await uploadFiles(container, [wheel, sdist]);
    const before = pagesOf(container.store);
    expect(await uploadFiles(container, [wheel, sdist])).toMatchObject({ counts: { unchanged: 2 } });
    await container.delete('metadata.json');
    const from = container.calls.length;
    expect(await uploadFiles(container, [wheel, sdist])).toMatchObject({ counts: { unchanged: 2 } });
    expect(pagesOf(container.store)).toEqual(before);
    expect(keysOf(container, 'write', from).filter((key) => key !== 'metadata.json')).toEqual(
      [wheel.filename, sdist.filename].sort(),
    );
  });

  it.each<[string, MadeDistribution[], Parameters<typeof uploadFiles>[2], string, MadeDistribution]>([
    ['other bytes of a release are an error', [wheel, changed], {}, 'failed', wheel],
    ['other bytes of a release are skipped', [wheel, changed], { onConflict: 'skip' }, 'skipped', wheel],
    [
      'other bytes of a release overwrite',
      [wheel, changed],
      { onConflict: 'overwrite' },
      'uploaded',
      changed,
    ],
    ['other bytes of a dev build overwrite', [dev, changedDev], {}, 'uploaded', changedDev],
    [
      'other bytes of a dev build are an error on demand',
      [dev, changedDev],
      { onConflict: 'error' },
      'failed',
      dev,
    ],
  ])('%s', async (_, [first, second], options, outcome, winner) => {
    const container = openMemory();
    await uploadFiles(container, [first!]);
    const summary = await uploadFiles(container, [second!], options);
    expect(summary.artifacts).toMatchObject([{ outcome }]);
    expect(container.store.get(winner.filename)?.bytes.equals(winner.bytes)).toBe(true);
    expect(flatDigests(container.store)).toEqual(digestsOf(winner));
    expect(container.store.listed(recordPrefix(winner.filename)).map(({ key }) => key)).toEqual([
      keyOf(winner),
    ]);
    expect(brokenPromises(container.store)).toEqual([]);
  });

  it('changes to and fro between two builds of one name, by clocks that disagree', async () => {
    const container = openMemory();
    const dates = ['2026-11-21T10:00:00Z', '2026-11-21T09:00:00Z', '2026-11-21T08:00:00Z'];
    for (const [i, made] of [dev, changedDev, dev].entries()) {
      await uploadFiles(container, [made], { clock: () => new Date(dates[i]!) });
      expect(flatDigests(container.store)).toEqual(digestsOf(made));
    }
    const before = pagesOf(container.store);
    for (const key of Object.keys(before)) await container.delete(key);
    await rebuild(container);
    expect(pagesOf(container.store)).toEqual(before);
  });

  it('lifts the prune mark of an artifact that comes again', async () => {
    const container = openMemory();
    await uploadFiles(container, [wheel, other]);
    await putMark(container, wheel.filename, 'pruned');
    await uploadFiles(container, [other]);
    expect(flatDigests(container.store)).toEqual(digestsOf(other));
    expect(await uploadFiles(container, [wheel])).toMatchObject({ ok: true, counts: { unchanged: 1 } });
    expect(container.store.get(markKey(wheel.filename, 'pruned'))).toBeUndefined();
    expect(flatDigests(container.store)).toEqual(digestsOf(other, wheel));
  });

  it('sends after all what metadata.json claims and the container has not', async () => {
    const container = openMemory();
    await uploadFiles(container, [wheel, other]);
    await container.delete(wheel.filename);
    expect(await uploadFiles(container, [wheel, other])).toMatchObject({
      counts: { uploaded: 1, unchanged: 1 },
    });
    expect(flatDigests(container.store)).toEqual(digestsOf(wheel, other));
    expect(brokenPromises(container.store)).toEqual([]);
  });

  it.each([
    ['artifact only', (made: MadeDistribution) => [sidecarKey(made.filename), keyOf(made)]],
    ['artifact and sidecar', (made: MadeDistribution) => [keyOf(made)]],
  ])('completes what a killed upload has left: %s', async (_, missing) => {
    const container = openMemory();
    await uploadFiles(container, [wheel]);
    const before = pagesOf(container.store);
    for (const key of [...missing(wheel), ...Object.keys(before)]) await container.delete(key);
    expect(await uploadFiles(container, [wheel])).toMatchObject({ counts: { unchanged: 1 } });
    expect(pagesOf(container.store)).toEqual(before);
    expect(brokenPromises(container.store)).toEqual([]);
  });
});

describe('a dry run', () => {
  it('makes the same plan and writes nothing, not even the container', async () => {
    const store = new MemoryStore({ exists: false });
    const dry = await uploadFiles(openMemory({ store }), [wheel, sdist], { dryRun: true });
    expect(dry).toMatchObject({ ok: true, dryRun: true, counts: { uploaded: 2 } });
    expect(store.exists).toBe(false);
    const real = await uploadFiles(openMemory({ store }), [wheel, sdist]);
    const stepsOf = ({ events }: typeof dry) =>
      events.flatMap((event) => (event.event === 'plan' ? event.steps : []));
    expect(stepsOf(dry)).toEqual(stepsOf(real));
    const container = openMemory({ store });
    const again = await uploadFiles(container, [changed, sdist, dev], { dryRun: true });
    expect(again).toMatchObject({ ok: false, exitCode: 1, counts: { failed: 1, unchanged: 1, uploaded: 1 } });
    expect(container.calls.map(({ operation }) => operation)).toEqual(['read', 'list']);
  });

  it('fails where the container cannot be read', async () => {
    const misbehave = () => new WheelhouseError('FORBIDDEN', 'no');
    const running = uploadFiles(openMemory({ misbehave }), [wheel], { dryRun: true });
    await expect(running).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

describe('what goes wrong on the way', () => {
  it('fails an artifact that changes while it is sent, and stores nothing of it', async () => {
    await using folder = await makeFolder([wheel, other]);
    const path = join(folder.path, wheel.filename);
    const container = openMemory({
      misbehave: async ({ operation, key }) => {
        if (operation === 'write' && key === wheel.filename)
          await writeFile(path, Buffer.alloc(wheel.bytes.length));
        return undefined;
      },
    });
    const summary = await upload({ container, localFolder: folder.path });
    expect(summary.counts).toEqual({ failed: 1, uploaded: 1 });
    expect(summary.artifacts.find(({ outcome }) => outcome === 'failed')?.reason).toMatch(/changed/);
    expect(container.store.get(wheel.filename)).toBeUndefined();
    expect(container.store.listed(recordPrefix(wheel.filename))).toEqual([]);
  });

  it('sends the bytes that were hashed when the file grows meanwhile', async () => {
    await using folder = await makeFolder([wheel]);
    const container = openMemory({
      misbehave: async ({ operation, key }) => {
        if (operation === 'write' && key === wheel.filename) await appendFile(join(folder.path, key), 'more');
        return undefined;
      },
    });
    await upload({ container, localFolder: folder.path });
    expect(flatDigests(container.store)).toEqual(digestsOf(wheel));
    expect(brokenPromises(container.store)).toEqual([]);
  });

  it.each([wheel.filename, sidecarKey(wheel.filename), keyOf(wheel)])(
    'does not send again what has landed when the answer is lost: %s',
    async (lostKey) => {
      let lost = 0;
      const container = openMemory({
        misbehave: ({ operation, key }) =>
          operation === 'write' && key === lostKey && lost++ === 0 ? 'lose-answer' : undefined,
      });
      const { events, counts } = await uploadFiles(container, [wheel]);
      expect(lost).toBeGreaterThan(0);
      expect(Object.values(counts)).toEqual([1]);
      expect(keysOf(container, 'write').filter((key) => key === wheel.filename)).toHaveLength(1);
      expect(events.some(({ event }) => event === 'retry')).toBe(true);
      expect(flatDigests(container.store)).toEqual(digestsOf(wheel));
      expect(brokenPromises(container.store)).toEqual([]);
    },
  );

  it('uploads the others when one artifact cannot be stored', async () => {
    const refused = new WheelhouseError('REJECTED', 'no such name here');
    const container = openMemory({
      misbehave: ({ operation, key }) =>
        operation === 'write' && key === wheel.filename ? refused : undefined,
    });
    const summary = await uploadFiles(container, [wheel, other]);
    expect(summary).toMatchObject({ ok: false, counts: { failed: 1, uploaded: 1 } });
    expect(flatDigests(container.store)).toEqual(digestsOf(other));
  });

  it.each(['UNAUTHORIZED', 'FORBIDDEN'] as const)(
    'ends at once, and once, when the store says %s',
    async (code) => {
      const container = openMemory({
        misbehave: ({ operation }) =>
          operation === 'write' ? new WheelhouseError(code, 'wrong credentials') : undefined,
      });
      await expect(uploadFiles(container, makeWheels(20))).rejects.toMatchObject({ code });
      expect(countOf(container, 'write')).toBeLessThanOrEqual(4);
    },
  );

  it('ends when it is interrupted, with every page in order', async () => {
    const stop = new AbortController();
    const store = new MemoryStore();
    await uploadFiles(openMemory({ store }), [other]);
    const container = openMemory({
      store,
      misbehave: ({ operation, key }) => {
        if (operation === 'write' && key === keyOf(wheel)) stop.abort();
        return undefined;
      },
    });
    const running = uploadFiles(container, [wheel, dev, sdist], { signal: stop.signal });
    await expect(running).rejects.toMatchObject({ code: 'ABORTED', exitCode: 130 });
    expect(brokenPromises(store)).toEqual([]);
    await uploadFiles(openMemory({ store }), [wheel, dev, sdist]);
    expect(flatDigests(store)).toEqual(digestsOf(other, wheel, dev, sdist));
  });
});

describe('two uploads of one name', () => {
  /** Runs `second` when the first is about to write `key`. */
  function meeting(store: MemoryStore, key: string, second: () => Promise<unknown>): MemoryContainer {
    let met = false;
    return openMemory({
      store,
      misbehave: async (call) => {
        if (met || call.operation !== 'write' || call.key !== key) return undefined;
        met = true;
        await second();
        return undefined;
      },
    });
  }

  it('of the same bytes are both content', async () => {
    for (const key of [wheel.filename, sidecarKey(wheel.filename), keyOf(wheel), 'metadata.json']) {
      const store = new MemoryStore();
      const rival = async () => expect((await uploadFiles(openMemory({ store }), [wheel])).ok).toBe(true);
      expect((await uploadFiles(meeting(store, key, rival), [wheel])).ok).toBe(true);
      expect(flatDigests(store)).toEqual(digestsOf(wheel));
      expect(brokenPromises(store)).toEqual([]);
    }
  });

  it('of other bytes: the first one wins where overwriting is an error', async () => {
    const store = new MemoryStore();
    const rival = () => uploadFiles(openMemory({ store }), [changed]);
    const summary = await uploadFiles(meeting(store, wheel.filename, rival), [wheel]);
    expect(summary.artifacts).toMatchObject([{ outcome: 'failed', reason: /other bytes/ }]);
    expect(flatDigests(store)).toEqual(digestsOf(changed));
  });

  it.each(['artifact', 'sidecar', 'record', 'pages'])(
    'of other bytes, overwriting: one wins whole, met at the %s',
    async (at) => {
      const store = new MemoryStore();
      await uploadFiles(openMemory({ store }), [
        makeWheel({ project: 'pkg', version: '1.1.dev0', module: 'v = 0\n' }),
      ]);
      const keys: Record<string, string> = {
        artifact: dev.filename,
        sidecar: sidecarKey(dev.filename),
        record: keyOf(dev),
        pages: 'metadata.json',
      };
      const rival = () => uploadFiles(openMemory({ store }), [changedDev]);
      const summary = await uploadFiles(meeting(store, keys[at] ?? '', rival), [dev]);
      const winner = [dev, changedDev].find(({ bytes }) => store.get(dev.filename)?.bytes.equals(bytes));
      expect(summary.ok).toBe(winner === dev);
      if (winner !== dev) expect(summary.artifacts[0]?.reason).toMatch(/overwritten by another upload/);
      expect(flatDigests(store)).toEqual(digestsOf(winner!));
      expect(brokenPromises(store)).toEqual([]);
    },
  );

  it('of other bytes that are as many: the record of the one that was overwritten does not outlive it', async () => {
    const store = new MemoryStore();
    const [first, second] = makeTwins();
    const rival = async () => expect((await uploadFiles(openMemory({ store }), [second])).ok).toBe(true);
    const summary = await uploadFiles(meeting(store, keyOf(first), rival), [first], {
      clock: () => new Date('2026-11-21T10:05:00Z'), // ahead of its rival's
    });
    expect(summary.artifacts).toMatchObject([{ outcome: 'failed', reason: /overwritten by another upload/ }]);
    expect(flatDigests(store)).toEqual(digestsOf(second));
    expect(brokenPromises(store)).toEqual([]);
    expect(store.get(keyOf(first))).toBeUndefined();
  });

  it('of which the other one died after its record: the bytes that are there have the last word', async () => {
    const store = new MemoryStore();
    const [first, second] = makeTwins();
    const late = async () => {
      const body = renderRecord({ uploaded: '2026-11-21T10:05:00Z' });
      await put(openMemory({ store }), keyOf(second), body);
    };
    const summary = await uploadFiles(meeting(store, keyOf(first), late), [first]);
    expect(summary).toMatchObject({ ok: true, artifacts: [{ outcome: 'uploaded' }] });
    expect(flatDigests(store)).toEqual(digestsOf(first));
    expect(brokenPromises(store)).toEqual([]);
  });

  it('of which the other one comes back after the pages: its record is no longer one that was replaced', async () => {
    const store = new MemoryStore();
    const [first, second] = makeTwins();
    await uploadFiles(openMemory({ store }), [first]);
    let [listed, met] = [false, false];
    const container = openMemory({
      store,
      misbehave: async ({ operation, key }) => {
        listed ||= operation === 'write' && key === 'index.html';
        if (met || !listed || ![first.filename, keyOf(first)].includes(key)) return undefined;
        met = true;
        expect((await uploadFiles(openMemory({ store }), [first])).ok).toBe(true);
        return undefined;
      },
    });
    await uploadFiles(container, [second]);
    expect(met).toBe(true);
    expect(store.get(keyOf(first))).toBeDefined();
    expect(flatDigests(store)).toEqual(digestsOf(first));
  });

  it.each([1, 2])(
    'of which others have taken back the record %i times: it is written again',
    async (times) => {
      const store = new MemoryStore();
      await uploadFiles(openMemory({ store }), [changedDev]);
      let n = 0;
      const misbehave = ({ operation, key }: MemoryCall) => {
        if (operation === 'list' && key === '' && ++n <= times) store.delete(keyOf(dev));
        return undefined;
      };
      const summary = await uploadFiles(openMemory({ store, misbehave }), [dev]);
      expect(summary).toMatchObject({ ok: true, artifacts: [{ outcome: 'uploaded' }] });
      const records = store.listed(recordPrefix(dev.filename)).map(({ key }) => key);
      expect(records).toEqual([keyOf(dev)]);
      expect(flatDigests(store)).toEqual(digestsOf(dev));
    },
  );
});

describe('the costs', () => {
  it('of one more wheel among 10,000: one listing, and a constant number of other requests', async () => {
    const store = new MemoryStore();
    const entries: Record<string, { sha256: string; size: number }> = {};
    for (let i = 0; i < 10_000; i++) {
      const filename = `pkg${i % 40}-1.${i}.tar.gz`;
      store.put(filename, Buffer.from('x'), { contentType: '' });
      entries[filename] = { sha256: sha256Of('x'), size: 1 };
      store.put(recordKey(filename, sha256Of('x'), 1), Buffer.from('{}'), { contentType: '' });
    }
    store.put('metadata.json', Buffer.from(JSON.stringify(entries)), { contentType: '' });
    await rebuild(openMemory({ store }));
    const container = openMemory({ store });
    await uploadFiles(container, [wheel]);
    expect(keysOf(container, 'list')).toEqual(['']);
    expect(countOf(container, 'write')).toBe(3 + 1 + 3 + 3 + 1); // wheel, metadata.json, project, roots, flat page
    expect(countOf(container, 'read')).toBe(1 + 3 + 3 + 1);
    expect(countOf(container, 'stat') + countOf(container, 'delete')).toBe(0);
  });

  it('of 400 new wheels: three writes each, and a constant', async () => {
    const container = openMemory();
    await uploadFiles(container, makeWheels(400));
    expect(countOf(container, 'write')).toBe(3 * 400 + 8);
    expect(container.calls.length - countOf(container, 'write')).toBeLessThan(12);
  });

  it('of 400 unchanged wheels: a constant', async () => {
    const wheels = makeWheels(400);
    const container = openMemory();
    await uploadFiles(container, wheels);
    const from = container.calls.length;
    expect(await uploadFiles(container, wheels)).toMatchObject({ counts: { unchanged: 400 } });
    expect(container.calls.length - from).toBeLessThan(12);
    expect(countOf(container, 'write', from)).toBe(0);
    expect(countOf(container, 'list', from)).toBe(1);
  });

  it('never more workers than were asked for', async () => {
    let running = 0;
    let most = 0;
    const container = openMemory({
      misbehave: async ({ operation, key }) => {
        if (operation !== 'write' || classify(key).kind !== 'artifact') return undefined;
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
        return undefined;
      },
    });
    await uploadFiles(container, makeWheels(12), { maxWorkers: 3 });
    expect(most).toBe(3);
  });

  it('sends the bytes of some while the records of others wait for the store', async () => {
    const begun: string[] = [];
    let onAllBegun: (() => void) | undefined;
    const allBegun = new Promise<void>((resolve) => (onAllBegun = resolve));
    const container = openMemory({
      misbehave: async ({ operation, key }) => {
        if (operation !== 'write') return undefined;
        const { kind } = classify(key);
        if (kind === 'artifact' && begun.push(key) === 4) onAllBegun?.();
        if (kind === 'record') await allBegun; // for ever, if the records took the turns of artifacts
        return undefined;
      },
    });
    const summary = await uploadFiles(container, makeWheels(4), { maxWorkers: 2 });
    expect(summary).toMatchObject({ ok: true, counts: { uploaded: 4 } });
  });

  it('of one worker one after the other', async () => {
    const keys: string[] = [];
    const container = openMemory({
      misbehave: ({ operation, key }) => {
        if (operation === 'write') keys.push(classify(key).kind);
        return undefined;
      },
    });
    await uploadFiles(container, makeWheels(2), { maxWorkers: 1 });
    const each = ['artifact', 'sidecar', 'record'];
    expect(keys.slice(0, 6)).toEqual([...each, ...each]);
  });
});

describe('a container that the Python tool filled', () => {
  const legacy = ['pkg-0.9-py2.py3-none-any.whl', 'pkg-0.9.tar.gz', 'pkg-0.9.win32-py2.7.exe'];

  /** As wheelhouse-uploader 0.10 leaves it: objects, metadata.json, one page. No record, no sidecar. */
  async function leftBehind(): Promise<MemoryContainer> {
    const container = openMemory();
    const entries: Record<string, unknown> = {};
    let page = '<html><body><p>\n';
    for (const filename of [...legacy, 'notes.txt']) {
      await put(container, filename, `legacy ${filename}`);
      entries[filename] = { sha256: sha256Of(`legacy ${filename}`), size: `legacy ${filename}`.length };
      page += `<li><a href="${filename}#sha256=${sha256Of(`legacy ${filename}`)}">${filename}</a></li>\n`;
    }
    await put(container, 'index.html', `${page}</p></body></html>\n`);
    await put(container, 'metadata.json', JSON.stringify(entries));
    return container;
  }

  it('is adopted and extended: every digest stays, foreign things stay', async () => {
    const container = await leftBehind();
    expect(await uploadFiles(container, [wheel])).toMatchObject({ ok: true });
    const expected = Object.fromEntries(legacy.map((name) => [name, sha256Of(`legacy ${name}`)]));
    expect(flatDigests(container.store)).toEqual({ ...expected, ...digestsOf(wheel) });
    const metadata = JSON.parse(pagesOf(container.store)['metadata.json']!) as Record<
      string,
      { sha256: string }
    >;
    expect(metadata['notes.txt']).toEqual({ sha256: sha256Of('legacy notes.txt'), size: 16 });
    for (const [name, sha256] of Object.entries(expected)) expect(metadata[name]?.sha256).toBe(sha256);
    expect(container.store.get('notes.txt')).toBeDefined();
    expect(pagesOf(container.store)['index.html']).not.toContain('notes.txt');
    expect(brokenPromises(container.store)).toEqual([]);
    expect(keysOf(container, 'read').filter((key) => legacy.includes(key))).toEqual([]);
  });

  it('stays right when the Python tool writes to it afterwards', async () => {
    const container = await leftBehind();
    await uploadFiles(container, [wheel]);
    const metadata = JSON.parse(pagesOf(container.store)['metadata.json']!) as Record<string, unknown>;
    await put(container, other.filename, other.bytes);
    const entry = { sha256: other.sha256, size: other.bytes.length };
    await put(container, 'metadata.json', JSON.stringify({ ...metadata, [other.filename]: entry }));
    await put(
      container,
      'index.html',
      `<html><body><p>\n<li><a href="${other.filename}">x</a></li></p></body></html>`,
    );
    await uploadFiles(container, [dev]);
    expect(flatDigests(container.store)).toMatchObject(digestsOf(wheel, dev, other));
    expect(brokenPromises(container.store)).toEqual([]);
  });
});

describe('a store without conditional writes', () => {
  it('gets every artifact listed, though listings lag and pages are overwritten', async () => {
    let nowMs = 0;
    const store = new MemoryStore({ listingLagMs: 300, clock: () => nowMs });
    const sleep = async (delayMs: number) => {
      await new Promise((resolve) => setImmediate(resolve));
      nowMs += delayMs;
    };
    const groups = Array.from({ length: 4 }, (_, i) => makeWheels(2, `project${i}`));
    await Promise.all(
      groups.map((wheels) =>
        uploadFiles(openMemory({ store, conditionalWrites: false }), wheels, { waiting: { sleep } }),
      ),
    );
    nowMs += 1000;
    expect(flatDigests(store)).toEqual(digestsOf(...groups.flat()));
    expect(brokenPromises(store)).toEqual([]);
  });

  it('lets two uploads of the same bytes agree, whichever has written the record', async () => {
    const store = new MemoryStore();
    let written = 0;
    let both = (): void => undefined;
    const together = new Promise<undefined>((resolve) => (both = () => resolve(undefined)));
    const open = () =>
      openMemory({
        store,
        conditionalWrites: false,
        misbehave: ({ operation, key }) => {
          if (operation !== 'write' || key !== keyOf(wheel)) return undefined;
          if (++written === 2) both();
          return together;
        },
      });
    const times = ['2026-11-21T10:00:00Z', '2026-11-21T10:00:01Z'];
    let waits = 0;
    const sleep = async () => {
      if (++waits > 40) throw new WheelhouseError('ABORTED', 'they put each other right for ever');
      await new Promise((resolve) => setImmediate(resolve));
    };
    const summaries = await Promise.all(
      times.map((time) => uploadFiles(open(), [wheel], { clock: () => new Date(time), waiting: { sleep } })),
    );
    expect(summaries).toMatchObject([{ ok: true }, { ok: true }]);
    expect(flatDigests(store)).toEqual(digestsOf(wheel));
    expect(brokenPromises(store)).toEqual([]);
  });

  it('never overwrites a release: the store is asked first', async () => {
    const container = openMemory({ conditionalWrites: false });
    const waiting = { sleep: () => Promise.resolve() };
    await uploadFiles(container, [wheel], { waiting });
    await container.delete('metadata.json');
    const summary = await uploadFiles(container, [changed], { waiting });
    expect(summary.artifacts).toMatchObject([{ outcome: 'failed' }]);
    expect(container.store.get(wheel.filename)?.bytes.equals(wheel.bytes)).toBe(true);
  });
});
