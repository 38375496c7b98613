import { describe, expect, it } from 'vitest';
import { unyank, yank, type YankOptions } from '../../src/flows/yank.ts';
import { parseListing } from '../../src/listing/parse.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory } from '../../src/storage/drivers/memory.ts';
import { markKey } from '../../src/wheelhouse/layout.ts';
import { rebuild } from '../../src/wheelhouse/rebuild.ts';
import { makeWheel } from '../make-distribution.ts';
import { pagesOf, putMark } from '../wheelhouse/stored.ts';
import { pruneContainer } from './prunes.ts';
import { uploadFiles } from './uploads.ts';

const good = makeWheel({ project: 'pkg', version: '1.0' });
const broken = makeWheel({ project: 'pkg', version: '1.1' });
const waiting = { sleep: () => Promise.resolve(), random: () => 0 };

async function filled(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await uploadFiles(openMemory({ store }), [good, broken]);
  return store;
}

const act = (store: MemoryStore, options: Partial<YankOptions> = {}) =>
  yank({ container: openMemory({ store }), files: [broken.filename], waiting, ...options });
const back = (store: MemoryStore) =>
  unyank({ container: openMemory({ store }), files: [broken.filename], waiting });

/** What each page says of the broken wheel. */
function yankedIn(store: MemoryStore): unknown[] {
  const pages = pagesOf(store);
  return ['index.html', 'simple/pkg/index.html', 'simple/pkg/', 'simple/v1+json/pkg/index.json'].map(
    (key) => {
      const contentType = key.endsWith('json') ? 'application/vnd.pypi.simple.v1+json' : 'text/html';
      const { links } = parseListing(pages[key]!, { url: `https://wheels.test/${key}`, contentType });
      expect(links.find(({ filename }) => filename === good.filename)?.yanked).toBeUndefined();
      return links.find(({ filename }) => filename === broken.filename)?.yanked;
    },
  );
}
const everywhere = (yanked: unknown) => [yanked, yanked, yanked, yanked];

describe('yank', () => {
  it.each([
    ['with a reason', 'breaks "import <pkg>" & more', 'breaks "import <pkg>" & more'],
    ['without one', undefined, true],
    ['with an empty one', '  ', true],
  ])('marks a file on every page: %s', async (_, reason, expected) => {
    const store = await filled();
    const summary = await act(store, reason === undefined ? {} : { reason });
    expect(summary).toMatchObject({
      command: 'yank',
      ok: true,
      artifacts: [{ filename: broken.filename, outcome: 'yanked', sha256: broken.sha256 }],
    });
    expect(yankedIn(store)).toEqual(everywhere(expected));
    expect(store.get(broken.filename)).toBeDefined();
  });

  it('survives whatever runs later', async () => {
    const store = await filled();
    await act(store, { reason: 'broken' });
    await uploadFiles(openMemory({ store }), [good, broken, makeWheel({ project: 'pkg', version: '1.2' })]);
    await pruneContainer(openMemory({ store }));
    for (const key of Object.keys(pagesOf(store))) store.delete(key);
    await rebuild(openMemory({ store }), waiting);
    expect(yankedIn(store)).toEqual(everywhere('broken'));
  });

  it('does nothing twice, and takes another reason', async () => {
    const store = await filled();
    await act(store, { reason: 'broken', clock: () => new Date('2026-01-01T00:00:00Z') });
    const before = store.listed('').map(({ key, tag }) => [key, tag]);
    expect((await act(store, { reason: 'broken' })).counts).toEqual({ unchanged: 1 });
    expect(store.listed('').map(({ key, tag }) => [key, tag])).toEqual(before);
    expect((await act(store, { reason: 'very broken' })).counts).toEqual({ yanked: 1 });
    expect(yankedIn(store)).toEqual(everywhere('very broken'));
  });

  it('keeps the earlier reason where none is given, file by file, and drops it for an empty one', async () => {
    const store = await filled();
    await act(store, { reason: 'broken' });
    expect((await act(store)).counts).toEqual({ unchanged: 1 });
    expect(yankedIn(store)).toEqual(everywhere('broken'));
    const both = { files: [broken.filename, good.filename] };
    expect((await act(store, both)).counts).toEqual({ unchanged: 1, yanked: 1 });
    await unyank({ container: openMemory({ store }), files: [good.filename], waiting });
    expect(yankedIn(store)).toEqual(everywhere('broken'));
    expect((await act(store, { reason: '' })).counts).toEqual({ yanked: 1 });
    expect(yankedIn(store)).toEqual(everywhere(true));
  });

  it('is taken back, once or more', async () => {
    const store = await filled();
    const pages = pagesOf(store);
    await act(store, { reason: 'broken' });
    expect((await back(store)).counts).toEqual({ unyanked: 1 });
    expect(store.get(markKey(broken.filename, 'yanked'))).toBeUndefined();
    expect(pagesOf(store)).toEqual(pages);
    expect((await back(store)).counts).toEqual({ unchanged: 1 });
  });

  it('takes paths by their names, and each file once', async () => {
    const store = await filled();
    const files = [`dist/${broken.filename}`, broken.filename];
    expect((await act(store, { files })).counts).toEqual({ yanked: 1 });
  });

  it.each([
    [
      'one',
      ['pkg-1.1-py3-none-ayn.whl', good.filename],
      `pkg-1.1-py3-none-ayn.whl is not in memory://wheelhouse; near it: ${broken.filename}, ${good.filename}`,
    ],
    [
      'several',
      ['a-1.0.tar.gz', 'b-1.0.tar.gz'],
      '2 files are not in memory://wheelhouse; nothing is changed',
    ],
    [
      'nothing near',
      ['zzz-9-cp312-cp312-win_amd64.whl'],
      'zzz-9-cp312-cp312-win_amd64.whl is not in memory://wheelhouse',
    ],
  ])('changes nothing when a file is not there: %s', async (_, files, message) => {
    const store = await filled();
    const before = store.listed('').map(({ key, tag }) => [key, tag]);
    await expect(act(store, { files })).rejects.toMatchObject({ code: 'NOT_FOUND', message });
    expect(store.listed('').map(({ key, tag }) => [key, tag])).toEqual(before);
  });

  it('does not know a file that is pruned', async () => {
    const store = await filled();
    await putMark(openMemory({ store }), broken.filename, 'pruned');
    await expect(act(store)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses a reason of several lines', async () => {
    await expect(act(await filled(), { reason: 'a\nb' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('waits for a listing that lags', async () => {
    let nowMs = 0;
    const store = new MemoryStore({ listingLagMs: 2500, clock: () => nowMs });
    const sleep = (delayMs: number) => {
      nowMs += delayMs;
      return Promise.resolve();
    };
    const container = openMemory({ store, conditionalWrites: false });
    await uploadFiles(container, [good, broken], { waiting: { sleep } });
    nowMs += 60_000;
    await yank({ container, files: [broken.filename], reason: 'broken', waiting: { sleep } });
    nowMs += 60_000; // or the test would not see the pages either
    expect(yankedIn(store)).toEqual(everywhere('broken'));
  });

  it('says so when the listing lags for long', async () => {
    const store = await filled();
    const misbehave = ({ operation, key }: { operation: string; key: string }) => {
      // Whatever is set is gone again.
      if (operation === 'list') store.delete(markKey(broken.filename, 'yanked'));
      return key === 'never' ? new WheelhouseError('NETWORK', 'never') : undefined;
    };
    const container = openMemory({ store, misbehave });
    await expect(yank({ container, files: [broken.filename], waiting })).rejects.toMatchObject({
      code: 'UNVERIFIED',
      hint: /wheelhouse index/,
    });
  });
});
