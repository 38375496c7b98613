import { describe, expect, it } from 'vitest';
import { readCertificates } from '../../src/listing/render-flat.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory, type MemoryCall, type MemoryContainer } from '../../src/storage/drivers/memory.ts';
import { converge, type ConvergeOptions } from '../../src/wheelhouse/converge.ts';
import { markKey, recordKey, type Layout } from '../../src/wheelhouse/layout.ts';
import { rebuild } from '../../src/wheelhouse/rebuild.ts';
import { sha256Of } from '../make-distribution.ts';
import { brokenPromises, flatDigests, linksOf, pagesOf, put, putArtifact, putMark } from './stored.ts';

const [one, two, other] = [
  'pkg-1.0-py3-none-any.whl',
  'pkg-2.0-py3-none-any.whl',
  'other-1.0.tar.gz',
] as const;
const quick: ConvergeOptions = { sleep: () => Promise.resolve(), random: () => 0 };
const operations = (container: MemoryContainer, operation: MemoryCall['operation'], from = 0): string[] =>
  container.calls.slice(from).flatMap((call) => (call.operation === operation ? [call.key] : []));

/** A container with two projects whose pages are right. */
async function filled(store = new MemoryStore()): Promise<MemoryContainer> {
  const container = openMemory({ store });
  await putArtifact(container, one, { uploaded: '2026-01-01T00:00:00Z', metadata: 'Name: pkg\n' });
  await putArtifact(container, other, { uploaded: '2026-01-02T00:00:00Z', requiresPython: '>=3.9' });
  await converge(container, { ...quick, projects: ['pkg', 'other'] });
  return container;
}

/** What the pages would be, had nothing ever gone wrong. */
async function undisturbed(store: MemoryStore): Promise<Record<string, string>> {
  const copy = new MemoryStore();
  for (const { key, bytes, contentType = '' } of store.listed('')) {
    if (!(key in pagesOf(store)) || key === 'metadata.json') copy.put(key, bytes, { contentType });
  }
  await rebuild(openMemory({ store: copy }), quick);
  return withoutTags(pagesOf(copy));
}

/** Tags of the store itself are no content: the same mark has another one in a copy. */
function withoutTags(pages: Record<string, string>): Record<string, string> {
  const text = pages['metadata.json']?.replace(/"yanked-tag":"[^,}]*"/g, '"yanked-tag":""') ?? '';
  return { ...pages, 'metadata.json': text };
}

describe('converge', () => {
  it('writes every page of a new container, metadata.json first and the flat page last', async () => {
    const container = openMemory();
    const sha256 = await putArtifact(container, one, { metadata: 'Name: pkg\n' });
    const from = container.calls.length;
    const { written, unchanged, files } = await converge(container, { ...quick, projects: ['pkg'] });
    const expected = [
      'metadata.json',
      'simple/pkg/index.html',
      'simple/pkg/',
      'simple/v1+json/pkg/index.json',
      'simple/index.html',
      'simple/',
      'simple/v1+json/index.json',
      'index.html',
    ];
    expect(operations(container, 'write', from)).toEqual(expected);
    expect(written).toEqual(expected);
    expect(unchanged).toBe(0);
    expect(operations(container, 'list', from)).toEqual(['']);
    expect([...files]).toMatchObject([{ filename: one, sha256, metadataSha256: sha256Of('Name: pkg\n') }]);
    expect(brokenPromises(container.store)).toEqual([]);
    for (const key of expected)
      expect(linksOf(key, pagesOf(container.store)[key] ?? '').has(one)).toBe(/pkg|^index/.test(key));
  });

  it('reads every page that it may write before it lists', async () => {
    const container = await filled();
    const from = container.calls.length;
    await putArtifact(container, two);
    await converge(container, { ...quick, projects: ['pkg'] });
    const calls = container.calls.slice(from);
    const listed = calls.findIndex(({ operation }) => operation === 'list');
    for (const [i, { operation, key }] of calls.entries()) {
      if (operation !== 'write' || i < listed) continue;
      expect(calls.slice(0, listed).some((call) => call.operation === 'read' && call.key === key)).toBe(true);
    }
  });

  it('writes nothing when all is right', async () => {
    const container = await filled();
    const from = container.calls.length;
    const { written, unchanged } = await converge(container, { ...quick, projects: ['pkg'] });
    expect(written).toEqual([]);
    expect(unchanged).toBe(11);
    expect(operations(container, 'write', from)).toEqual([]);
    expect(operations(container, 'list', from)).toHaveLength(1);
  });

  it('leaves the pages of other projects alone, unread', async () => {
    const container = await filled();
    const from = container.calls.length;
    await putArtifact(container, two);
    const { written } = await converge(container, { ...quick, projects: ['pkg'] });
    expect(written.filter((key) => key.includes('other'))).toEqual([]);
    expect(operations(container, 'read', from).filter((key) => key.includes('other'))).toEqual([]);
    expect(written).not.toContain('simple/index.html');
  });

  it.each<[string, (container: MemoryContainer) => Promise<void>]>([
    [
      'an artifact that came without its pages',
      (container) => putArtifact(container, two).then(() => undefined),
    ],
    ['a new project', (container) => putArtifact(container, 'third-1.0.tar.gz').then(() => undefined)],
    ['a page that is missing', (container) => container.delete('simple/other/index.html')],
    ['a slash page that is missing', (container) => container.delete('simple/other/')],
    ['a page that somebody cut short', (container) => put(container, 'simple/v1+json/pkg/index.json', '{}')],
    ['a flat page that is missing', (container) => container.delete('index.html')],
    ['a root page that is missing', (container) => container.delete('simple/index.html')],
    [
      'no pages at all',
      async (container) => {
        for (const key of Object.keys(pagesOf(container.store))) await container.delete(key);
      },
    ],
    ['a metadata.json that is missing', (container) => container.delete('metadata.json')],
    ['an artifact that somebody deleted', (container) => container.delete(one)],
    ['an artifact that was pruned', (container) => putMark(container, one, 'pruned')],
    ['an artifact that was yanked', (container) => putMark(container, one, 'yanked', 'broken')],
    [
      'an artifact that was overwritten',
      async (container) => {
        await putArtifact(container, one, {
          uploaded: '2026-03-01T00:00:00Z',
          content: 'other bytes, other size',
        });
      },
    ],
  ])('repairs, without being told where: %s', async (_, disturb) => {
    const container = await filled();
    await disturb(container);
    await converge(container, quick);
    expect(withoutTags(pagesOf(container.store))).toEqual(await undisturbed(container.store));
    expect(brokenPromises(container.store)).toEqual([]);
    expect((await converge(container, quick)).written).toEqual([]);
  });

  it('removes the pages of a project without files, after no page links to them', async () => {
    const container = await filled();
    await container.delete(other);
    const from = container.calls.length;
    const { written } = await converge(container, { ...quick, projects: ['other'] });
    const calls = container.calls.slice(from).map(({ operation, key }) => `${operation} ${key}`);
    expect(calls.indexOf('write simple/other/index.html')).toBeGreaterThan(-1);
    expect(calls.indexOf('delete simple/other/index.html')).toBeGreaterThan(
      calls.indexOf('write index.html'),
    );
    expect(written).toContain('simple/other/index.html');
    expect(Object.keys(pagesOf(container.store)).filter((key) => key.includes('other'))).toEqual([]);
    expect(pagesOf(container.store)['simple/index.html']).not.toContain('other');
  });

  it('keeps pages of a project that another tool put under simple/', async () => {
    const container = await filled();
    await put(
      container,
      'simple/theirs/index.html',
      '<a href="https://example.org/theirs-1.0.tar.gz">theirs</a>',
    );
    await converge(container, quick);
    expect(pagesOf(container.store)['simple/theirs/index.html']).toContain('example.org');
  });

  it('reads the record bodies that metadata.json lacks, and no other', async () => {
    const container = await filled();
    const sha256 = await putArtifact(container, two, { requiresPython: '>=3.12' });
    const from = container.calls.length;
    const { files } = await converge(container, { ...quick, projects: ['pkg'] });
    const reads = operations(container, 'read', from).filter((key) => key.startsWith('.wheelhouse/'));
    expect(reads).toEqual([recordKey(two, sha256, container.store.get(two)!.sizeBytes)]);
    expect(files.get(two)?.requiresPython).toBe('>=3.12');
  });

  it('reads a yank mark once, and not again until it changes', async () => {
    const container = await filled();
    await putMark(container, one, 'yanked', 'broken');
    const read = async () => {
      const from = container.calls.length;
      const { files } = await converge(container, quick);
      const marks = operations(container, 'read', from).filter((key) => key === markKey(one, 'yanked'));
      return [marks.length, files.get(one)?.yanked];
    };
    // The first turn finds out which pages to touch, the second begins anew.
    expect(await read()).toEqual([2, 'broken']);
    expect(await read()).toEqual([0, 'broken']);
    await putMark(container, one, 'yanked', 'worse');
    expect((await read())[1]).toBe('worse');
    await container.delete(markKey(one, 'yanked'));
    expect(await read()).toEqual([0, undefined]);
  });

  it.each<[Layout | 'none', string[]]>([
    ['flat', ['index.html', 'metadata.json']],
    ['none', ['metadata.json']],
    [
      'simple',
      [
        'metadata.json',
        'simple/',
        'simple/index.html',
        'simple/pkg/',
        'simple/pkg/index.html',
        'simple/v1+json/index.json',
        'simple/v1+json/pkg/index.json',
      ],
    ],
  ])('makes the pages of the layout %s', async (layout, expected) => {
    const container = openMemory();
    await putArtifact(container, one);
    await converge(container, { ...quick, layout, projects: ['pkg'] });
    expect(Object.keys(pagesOf(container.store)).sort()).toEqual(expected);
  });

  it.each<[Layout]>([['flat'], ['simple']])(
    'keeps all pages right that are there, with the layout %s',
    async (layout) => {
      const container = await filled();
      await putArtifact(container, two);
      await converge(container, { ...quick, layout });
      expect(pagesOf(container.store)).toEqual(await undisturbed(container.store));
    },
  );

  it("leaves another's index.html alone with the layout simple", async () => {
    const container = openMemory();
    await put(container, 'index.html', '<h1>Welcome</h1>');
    await putArtifact(container, one);
    await converge(container, { ...quick, layout: 'simple', projects: ['pkg'] });
    expect(pagesOf(container.store)['index.html']).toBe('<h1>Welcome</h1>');
  });
});

describe('a metadata.json that is not readable', () => {
  it('is told, and written anew from the records', async () => {
    const container = await filled();
    const before = pagesOf(container.store);
    await put(container, 'metadata.json', before['metadata.json']!.slice(0, 60));
    const events: WheelhouseEvent[] = [];
    await converge(container, { ...quick, onEvent: (event) => events.push(event) });
    expect(events).toMatchObject([{ event: 'warning' }]);
    expect(pagesOf(container.store)).toEqual(before);
  });

  it('still leaves the objects listed whose digest only it held', async () => {
    const container = await filled();
    await put(container, two, 'from the Python tool');
    await put(container, 'metadata.json', '{"pkg-2.0-py3');
    await converge(container, quick);
    expect(flatDigests(container.store)).toHaveProperty([two], undefined);
    expect(flatDigests(container.store)[one]).toBeDefined();
  });
});

describe('a failed read is a failure, never an empty index', () => {
  const failures = [
    new WheelhouseError('FORBIDDEN', 'no', { status: 403 }),
    new WheelhouseError('SERVER_ERROR', 'broken', { status: 500 }),
    new WheelhouseError('TIMEOUT', 'slow'),
  ];
  const reads: [MemoryCall['operation'], string][] = [
    ['read', 'metadata.json'],
    ['read', 'index.html'],
    ['read', 'simple/pkg/index.html'],
    ['read', 'simple/v1+json/index.json'],
    ['list', ''],
  ];
  it.each(failures.flatMap((failure) => reads.map((read) => [failure.code, ...read, failure] as const)))(
    '%s at %s %j',
    async (code, operation, key, failure) => {
      const { store } = await filled();
      const before = pagesOf(store);
      await putArtifact(openMemory({ store }), two);
      const misbehave = (call: MemoryCall) =>
        call.operation === operation && call.key === key ? failure : undefined;
      const running = converge(openMemory({ store, misbehave }), { ...quick, projects: ['pkg'] });
      await expect(running).rejects.toMatchObject({ code });
      expect(pagesOf(store)).toEqual(before);
    },
  );
});

describe('beside other writers', () => {
  it('starts again when it lost a race, and lists what the winner has added', async () => {
    const { store } = await filled();
    const rival = openMemory({ store });
    let raced = false;
    const container = openMemory({
      store,
      misbehave: async ({ operation, key }) => {
        if (raced || operation !== 'write' || key !== 'simple/pkg/index.html') return undefined;
        raced = true;
        await putArtifact(rival, 'pkg-3.0-py3-none-any.whl');
        await converge(rival, { ...quick, projects: ['pkg'] });
        return undefined;
      },
    });
    await putArtifact(container, two);
    await converge(container, { ...quick, projects: ['pkg'] });
    expect(raced).toBe(true);
    expect(Object.keys(flatDigests(store)).filter((name) => name.startsWith('pkg'))).toHaveLength(3);
    expect(pagesOf(store)).toEqual(await undisturbed(store));
  });

  it('with the layout simple, keeps the flat page right that another makes just then', async () => {
    const { store } = openMemory();
    const rival = openMemory({ store });
    let came = false;
    const container = openMemory({
      store,
      misbehave: async ({ operation }) => {
        if (came || operation !== 'list') return undefined;
        came = true;
        await put(rival, 'index.html', flat);
        return undefined;
      },
    });
    await putArtifact(rival, one);
    await converge(rival, { ...quick, projects: ['pkg'] });
    const flat = pagesOf(store)['index.html']!;
    await rival.delete('index.html');
    await putArtifact(container, two);
    await converge(container, { ...quick, layout: 'simple', projects: ['pkg'] });
    expect(Object.keys(flatDigests(store)).sort()).toEqual([one, two]);
    expect(pagesOf(store)).toEqual(await undisturbed(store));
  });

  it.each([
    'metadata.json',
    'simple/pkg/index.html',
    'simple/pkg/',
    'simple/v1+json/pkg/index.json',
    'index.html',
  ])('never replaces a newer page with an older one: delayed at the write of %s', async (delayedKey) => {
    const { store } = await filled();
    const rival = openMemory({ store });
    let raced = false;
    const container = openMemory({
      store,
      misbehave: async ({ operation, key }) => {
        if (raced || operation !== 'write' || key !== delayedKey) return undefined;
        raced = true;
        await putMark(rival, one, 'pruned');
        await converge(rival, { ...quick, projects: ['pkg'] });
        await rival.delete(one); // no page lists it any more
        return undefined;
      },
    });
    await putArtifact(container, two);
    await converge(container, { ...quick, projects: ['pkg'] });
    expect(raced).toBe(true);
    expect(Object.keys(flatDigests(store))).toEqual([other, two]);
    expect(brokenPromises(store)).toEqual([]);
  });

  it('writes no page from a listing that is older than a removed object is kept', async () => {
    const { store } = await filled();
    const rival = openMemory({ store });
    let nowMs = 0;
    let raced = false;
    const container = openMemory({
      store,
      misbehave: async ({ operation, key }) => {
        if (raced || operation !== 'read' || !key.startsWith('.wheelhouse/')) return undefined;
        raced = true;
        nowMs += 11 * 60_000; // as long as a suspended laptop likes
        await rival.delete(two);
        return undefined;
      },
    });
    await putArtifact(container, two); // no page has listed it, so no page changes when it goes
    await converge(container, { ...quick, projects: ['pkg'], now: () => nowMs });
    expect(raced).toBe(true);
    expect(brokenPromises(store)).toEqual([]);
    expect(Object.keys(flatDigests(store))).toEqual([other, one]);
  });

  it('heals a page of a project that came back while its page was being removed', async () => {
    const { store } = await filled();
    const rival = openMemory({ store });
    let came = false;
    const container = openMemory({
      store,
      misbehave: async ({ operation, key }) => {
        if (came || operation !== 'delete' || key !== 'simple/other/index.html') return undefined;
        came = true;
        await putArtifact(rival, 'other-2.0.tar.gz');
        await converge(rival, { ...quick, projects: ['other'] });
        return undefined;
      },
    });
    await container.delete(other);
    await converge(container, { ...quick, projects: ['other'] });
    expect(came).toBe(true);
    expect(pagesOf(store)).toEqual(await undisturbed(store));
    expect(Object.keys(flatDigests(store))).toContain('other-2.0.tar.gz');
  });

  it('waits longer after each lost race, and gives up at last with a hint', async () => {
    const { store } = await filled();
    await putArtifact(openMemory({ store }), two);
    const delays: number[] = [];
    const misbehave = ({ operation }: MemoryCall) =>
      operation === 'write' ? ('lose-race' as const) : undefined;
    const running = converge(openMemory({ store, misbehave }), {
      projects: ['pkg'],
      random: () => 1,
      sleep: (delayMs) => {
        delays.push(delayMs);
        return Promise.resolve();
      },
    });
    await expect(running).rejects.toMatchObject({ code: 'PRECONDITION_FAILED', hint: /again/ });
    expect(delays.slice(0, 4)).toEqual([100, 200, 400, 800]);
    expect(Math.max(...delays)).toBe(3000);
    expect(delays.length).toBeGreaterThan(100);
  });

  it('takes a write whose answer was lost for what it is: done', async () => {
    const { store } = await filled();
    await putArtifact(openMemory({ store }), two);
    let lost = 0;
    const misbehave = ({ operation, key }: MemoryCall) =>
      operation === 'write' && key === 'index.html' && lost++ === 0 ? ('lose-answer' as const) : undefined;
    const events: WheelhouseEvent[] = [];
    await converge(openMemory({ store, misbehave }), {
      ...quick,
      projects: ['pkg'],
      onEvent: (e) => events.push(e),
    });
    expect(events).toMatchObject([{ event: 'retry' }]);
    expect(lost).toBe(1);
    expect(pagesOf(store)).toEqual(await undisturbed(store));
  });

  it('ends at once when it is interrupted', async () => {
    const { store } = await filled();
    await putArtifact(openMemory({ store }), two);
    const stop = new AbortController();
    const misbehave = ({ operation }: MemoryCall) => {
      if (operation === 'write') stop.abort();
      return undefined;
    };
    const running = converge(openMemory({ store, misbehave }), {
      ...quick,
      projects: ['pkg'],
      signal: stop.signal,
    });
    await expect(running).rejects.toMatchObject({ code: 'ABORTED', exitCode: 130 });
    expect(brokenPromises(store)).toEqual([]);
  });
});

describe('without conditional writes', () => {
  /** A store whose listing lags; the clock goes on only while somebody waits. */
  function lagging(listingLagMs: number) {
    let nowMs = 1_000_000;
    const store = new MemoryStore({ listingLagMs, clock: () => nowMs });
    const sleep = (delayMs: number) => {
      nowMs += delayMs;
      return Promise.resolve();
    };
    return { store, sleep, open: () => openMemory({ store, conditionalWrites: false }) };
  }

  it('looks again after success, at 0.4 and at 1.2 seconds', async () => {
    const { open } = lagging(0);
    const container = open();
    const sha256 = await putArtifact(container, one);
    const delays: number[] = [];
    const sleep = (delayMs: number) => Promise.resolve(void delays.push(delayMs));
    const { written } = await converge(container, { projects: ['pkg'], sleep });
    expect(delays).toEqual([400, 800]);
    expect(written).toHaveLength(8);
    expect(flatDigests(container.store)).toEqual({ [one]: sha256 });
  });

  it('leaves the pages of others to their writers, and mends them once nothing changes any more', async () => {
    const { open, store } = lagging(0);
    const container = open();
    await putArtifact(container, one);
    await putArtifact(container, other); // its writer has died, or is about to write its pages
    let waitedMs = 0;
    const sleep = (delayMs: number) => {
      const isMended = store.get('simple/other/index.html') !== undefined;
      expect(isMended, `after ${waitedMs} ms`).toBe(waitedMs >= 1200);
      expect(readCertificates(pagesOf(store)['index.html']!).has('other')).toBe(isMended);
      waitedMs += delayMs;
      return Promise.resolve();
    };
    await converge(container, { projects: ['pkg'], sleep });
    expect(waitedMs).toBe(2400);
    expect(pagesOf(store)).toEqual(await undisturbed(store));
  });

  it('lists its own artifact even though the listing does not show it yet', async () => {
    const { open, sleep, store } = lagging(60_000);
    const container = open();
    const body = { uploaded: '2026-01-01T00:00:00Z' };
    const sha256 = await putArtifact(container, one, body);
    const own = new Map([[one, { sha256, sizeBytes: store.get(one)!.sizeBytes, body }]]);
    await converge(container, { projects: ['pkg'], own, sleep });
    expect(flatDigests(store)).toEqual({ [one]: sha256 });
    // The next writer, just as blind, keeps what metadata.json lists and the store confirms.
    const second = open();
    const sha256OfTwo = await putArtifact(second, two, body);
    const ownOfTwo = new Map([[two, { sha256: sha256OfTwo, sizeBytes: store.get(two)!.sizeBytes, body }]]);
    await converge(second, { projects: ['pkg'], own: ownOfTwo, sleep });
    expect(flatDigests(store)).toEqual({ [one]: sha256, [two]: sha256OfTwo });
    expect(brokenPromises(store)).toEqual([]);
  });

  it('does not bring back what was removed', async () => {
    const { open, sleep, store } = lagging(0);
    const container = open();
    await putArtifact(container, one);
    await putArtifact(container, two);
    await converge(container, { projects: ['pkg'], sleep });
    await container.delete(one);
    await converge(container, { projects: ['pkg'], sleep });
    expect(Object.keys(flatDigests(store))).toEqual([two]);
  });

  it('notices that an older page has replaced its own, and writes again', async () => {
    const { open, store, sleep } = lagging(0);
    const container = open();
    await putArtifact(container, one);
    await converge(container, { projects: ['pkg'], sleep });
    const stale = pagesOf(store)['index.html']!;
    await putArtifact(container, two);
    let looks = 0;
    const disturbing = async (delayMs: number) => {
      await sleep(delayMs);
      if (looks++ === 0) await put(container, 'index.html', stale);
    };
    await converge(container, { projects: ['pkg'], sleep: disturbing });
    expect(Object.keys(flatDigests(store))).toHaveLength(2);
  });
});

describe('rebuild', () => {
  it('makes the same bytes again after everything derived was deleted', async () => {
    const container = await filled();
    await putMark(container, one, 'yanked', 'broken');
    await put(container, two, 'an object that has no record');
    await put(container, 'notes.txt', 'foreign');
    const first = await rebuild(container, quick);
    expect([...first.recorded]).toEqual([[two, sha256Of('an object that has no record')]]);
    const before = pagesOf(container.store);
    for (const key of Object.keys(before)) await container.delete(key);
    const second = await rebuild(container, quick);
    expect(second.recorded.size).toBe(0);
    expect(pagesOf(container.store)).toEqual(before);
    expect(flatDigests(container.store)[two]).toBe(sha256Of('an object that has no record'));
  });

  it('gives a record to the digests that only metadata.json holds, without reading the objects', async () => {
    const container = openMemory();
    await put(container, one, 'bytes');
    const sha256 = sha256Of('bytes');
    await put(container, 'metadata.json', JSON.stringify({ [one]: { sha256, size: 5 } }));
    const from = container.calls.length;
    await rebuild(container, quick);
    expect(operations(container, 'read', from)).not.toContain(one);
    expect(container.store.get(recordKey(one, sha256, 5))).toBeDefined();
    expect(flatDigests(container.store)).toEqual({ [one]: sha256 });
  });

  it.each([true, false])(
    'leaves the record alone that an upload has written meanwhile (conditional writes: %s)',
    async (conditionalWrites) => {
      const { store } = openMemory();
      const body = { uploaded: '2026-01-01T00:00:00Z', requiresPython: '>=3.9' };
      const container = openMemory({
        store,
        conditionalWrites,
        misbehave: async ({ operation, key }) => {
          if (operation === 'read' && key === one) await putArtifact(openMemory({ store }), one, body);
          return undefined;
        },
      });
      await put(container, one, `bytes of ${one}`);
      const { files } = await rebuild(container, quick);
      expect([...files]).toMatchObject([body]);
    },
  );

  it('finds a page of the right size with wrong content', async () => {
    const container = await filled();
    const before = pagesOf(container.store);
    const page = before['simple/other/index.html']!;
    await put(container, 'simple/other/index.html', page.replace(/sha256=./, 'sha256=x'));
    expect((await converge(container, quick)).written).toEqual([]);
    expect((await rebuild(container, quick)).written).toEqual(['simple/other/index.html']);
    expect(pagesOf(container.store)).toEqual(before);
  });
});

describe('the costs', () => {
  it('stay linear: 100,000 artifacts converge in seconds, with one listing', async () => {
    const store = new MemoryStore();
    const count = 100_000;
    const digest = 'd'.repeat(64);
    const entries: Record<string, { sha256: string; size: number }> = {};
    for (let i = 0; i < count; i++) {
      const filename = `pkg${i % 50}-1.${i}-cp312-cp312-manylinux_2_28_x86_64.whl`;
      store.put(filename, Buffer.from('x'), { contentType: '' });
      store.put(recordKey(filename, digest, 1), Buffer.from('{}'), { contentType: '' });
      entries[filename] = { sha256: digest, size: 1 };
    }
    store.put('metadata.json', Buffer.from(JSON.stringify(entries)), { contentType: '' });
    const container = openMemory({ store });
    const projects = Array.from({ length: 50 }, (_, i) => `pkg${i}`);
    const { files } = await converge(container, { ...quick, projects });
    expect(files).toHaveLength(count);
    expect(operations(container, 'list')).toHaveLength(1);
    expect(operations(container, 'read').filter((key) => key.startsWith('.wheelhouse'))).toEqual([]);
    expect(container.calls.length).toBeLessThan(320);
  }, 60_000);
});
