import { describe, expect, it } from 'vitest';
import { checkIndex, rebuildIndex, type RebuildIndexOptions } from '../../src/flows/index-container.ts';
import type { Disagreement, IndexOutcome, Summary, WheelhouseEvent } from '../../src/model/events.ts';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory, type MemoryContainer } from '../../src/storage/drivers/memory.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { classify, markKey, recordKey, recordPrefix, sidecarKey } from '../../src/wheelhouse/layout.ts';
import { makeSdist, makeWheel, sha256Of } from '../make-distribution.ts';
import { brokenPromises, flatDigests, pagesOf, put, putArtifact } from '../wheelhouse/stored.ts';
import { makeClock } from './prunes.ts';
import { uploadFiles } from './uploads.ts';

const wheel = makeWheel({ project: 'pkg', version: '1.0', requiresPython: '>=3.9' });
const second = makeWheel({ project: 'pkg', version: '2.0' });
const dev = makeWheel({ project: 'pkg', version: '2.1.dev0' });
const other = await makeSdist({ project: 'other', version: '1.0' });
const all = [wheel, second, dev, other];
const keyOf = (made: { filename: string; sha256: string; bytes: Buffer }) =>
  recordKey(made.filename, made.sha256, made.bytes.length);

/** A container whose clock moves with every write, as a real one's does. */
async function filled({ stepMs = 1000 } = {}): Promise<MemoryContainer> {
  let nowMs = Date.parse('2026-01-01T00:00:00Z');
  const container = openMemory({ store: new MemoryStore({ clock: () => (nowMs += stepMs) }) });
  await uploadFiles(container, all, { stamp: false, maxWorkers: 1 });
  return container;
}

type Told = Summary<IndexOutcome> & { found: Disagreement[]; events: WheelhouseEvent[] };

async function run(
  act: typeof checkIndex | typeof rebuildIndex,
  container: MemoryContainer,
  options: Partial<RebuildIndexOptions> = {},
): Promise<Told> {
  const events: WheelhouseEvent[] = [];
  const waiting = { sleep: () => Promise.resolve(), random: () => 0 };
  const summary = await act({ container, waiting, onEvent: (event) => events.push(event), ...options });
  const found = events.flatMap((event) => (event.event === 'disagreement' ? [event] : []));
  return { ...summary, found, events };
}

const stateOf = ({ store }: MemoryContainer) =>
  store.listed('').map(({ key, tag, bytes, contentType }) => ({ key, tag, bytes, contentType }));
const damages: readonly {
  damage: string;
  /** Code and key of every disagreement. */
  told: readonly `${Disagreement['code']} ${string}`[];
  /** What `index` cannot repair, and tells. */
  left?: readonly string[];
  /** Foreign objects only: nothing is wrong for the repair. */
  harmless?: true;
  harm: (container: MemoryContainer) => Promise<unknown>;
}[] = [
  {
    damage: 'a missing object',
    told: [
      `missing-object ${keyOf(second)}`,
      'missing-object index.html',
      'missing-object simple/pkg/',
      'missing-object simple/pkg/index.html',
      'missing-object simple/v1+json/pkg/index.json',
      'stale-page metadata.json',
    ],
    harm: (container) => container.delete(second.filename),
  },
  {
    damage: 'a missing record',
    told: [`missing-record ${second.filename}`],
    harm: (container) => container.delete(keyOf(second)),
  },
  {
    damage: 'a missing record, and no metadata.json',
    told: [
      `missing-record ${second.filename}`,
      'missing-page metadata.json',
      'stale-page index.html',
      'stale-page simple/pkg/',
      'stale-page simple/pkg/index.html',
      'stale-page simple/v1+json/pkg/index.json',
    ],
    harm: async (container) => {
      await container.delete(keyOf(second));
      await container.delete('metadata.json');
    },
  },
  {
    damage: 'a wrong digest in metadata.json',
    told: [`wrong-digest ${second.filename}`, 'stale-page metadata.json'],
    harm: (container) => edit(container, 'metadata.json', second.sha256, sha256Of('something else')),
  },
  {
    damage: 'a wrong digest in a page',
    told: ['wrong-digest simple/pkg/index.html'],
    harm: (container) =>
      edit(container, 'simple/pkg/index.html', `#sha256=${second.sha256}`, `#sha256=${sha256Of('x')}`),
  },
  {
    damage: 'bytes of another digest',
    told: [`wrong-digest ${second.filename}`],
    left: [`wrong-digest ${second.filename}`],
    harm: (container) => put(container, second.filename, Buffer.alloc(second.bytes.length)),
  },
  {
    damage: 'a release of another size',
    told: [
      'stale-page index.html',
      'stale-page metadata.json',
      `wrong-size ${second.filename}`,
      'stale-page simple/pkg/',
      'stale-page simple/pkg/index.html',
      'stale-page simple/v1+json/pkg/index.json',
    ],
    left: [`wrong-size ${second.filename}`],
    harm: (container) => put(container, second.filename, second.bytes.subarray(0, 100)),
  },
  {
    damage: 'an overwrite of a dev build that was killed before its record',
    told: [
      'stale-page index.html',
      'stale-page metadata.json',
      `wrong-size ${dev.filename}`,
      'stale-page simple/pkg/',
      'stale-page simple/pkg/index.html',
      'stale-page simple/v1+json/pkg/index.json',
    ],
    harm: (container) => put(container, dev.filename, 'another build'),
  },
  {
    damage: 'such an overwrite by as many bytes',
    told: [`wrong-digest ${dev.filename}`],
    harm: (container) => put(container, dev.filename, Buffer.alloc(dev.bytes.length)),
  },
  {
    damage: 'two records of a dev build that are not of its bytes',
    told: [`several-records ${dev.filename}`],
    harm: async (container) => {
      await put(container, dev.filename, Buffer.alloc(dev.bytes.length));
      await put(container, recordKey(dev.filename, sha256Of('x'), dev.bytes.length), '{}');
    },
  },
  {
    damage: 'two records of one size',
    told: [`several-records ${second.filename}`],
    harm: (container) =>
      put(
        container,
        recordKey(second.filename, sha256Of('x'), second.bytes.length),
        '{"uploaded":"2020-01-01T00:00:00Z"}',
      ),
  },
  {
    damage: 'a record that an overwrite has left',
    told: [`leftover-record ${second.filename}`],
    harm: (container) => put(container, recordKey(second.filename, sha256Of('x'), 7), '{}'),
  },
  {
    damage: 'a stale page',
    told: ['stale-page simple/pkg/index.html'],
    harm: (container) => edit(container, 'simple/pkg/index.html', /<a .*2\.0.*\n/, ''),
  },
  {
    damage: 'half a page',
    told: ['half-page simple/v1+json/pkg/index.json'],
    harm: (container) => edit(container, 'simple/v1+json/pkg/index.json', /.{100}\s*$/s, ''),
  },
  {
    damage: 'half a flat page',
    told: ['half-page index.html'],
    harm: (container) => edit(container, 'index.html', /.{100}\s*$/s, ''),
  },
  {
    damage: 'half of metadata.json',
    told: ['half-page metadata.json'],
    harm: (container) => edit(container, 'metadata.json', /.{100}\s*$/s, ''),
  },
  {
    damage: 'foreign files',
    told: ['foreign-object .wheelhouse/v2/what', 'foreign-object README.md', 'foreign-object pkg-1.0.whl'],
    left: ['foreign-object .wheelhouse/v2/what', 'foreign-object README.md', 'foreign-object pkg-1.0.whl'],
    harmless: true,
    harm: async (container) => {
      for (const key of ['README.md', 'pkg-1.0.whl', '.wheelhouse/v2/what']) await put(container, key, 'x');
    },
  },
  {
    damage: 'deleted derived files',
    told: [
      'missing-page index.html',
      'missing-page metadata.json',
      ...['', 'index.html', 'other/', 'other/index.html', 'pkg/', 'pkg/index.html'].map(
        (name) => `missing-page simple/${name}` as const,
      ),
      ...['index.json', 'other/index.json', 'pkg/index.json'].map(
        (name) => `missing-page simple/v1+json/${name}` as const,
      ),
    ],
    harm: async (container) => {
      for (const key of Object.keys(pagesOf(container.store))) await container.delete(key);
    },
  },
  {
    damage: 'wrong content types',
    told: ['wrong-content-type index.html', 'wrong-content-type simple/v1+json/pkg/index.json'],
    harm: async (container) => {
      for (const key of ['index.html', 'simple/v1+json/pkg/index.json'])
        await container.write(key, bytesSource(container.store.get(key)!.bytes), {
          contentType: 'binary/octet-stream',
        });
    },
  },
  {
    damage: 'an orphan sidecar and an orphan mark',
    told: [
      `orphan-mark ${markKey('gone-2.0.tar.gz', 'yanked')}`,
      'orphan-sidecar gone-1.0-py3-none-any.whl.metadata',
    ],
    harm: async (container) => {
      await put(container, sidecarKey('gone-1.0-py3-none-any.whl'), 'Name: gone\n');
      await put(container, markKey('gone-2.0.tar.gz', 'yanked'), '{}');
    },
  },
  {
    damage: 'a page of a project that has no files any more',
    told: ['stray-page simple/gone/index.html', 'stale-page simple/v1+json/index.json'],
    harm: async (container) => {
      await put(container, 'simple/gone/index.html', '<a href="../../gone-1.0.tar.gz">gone</a>');
      await edit(container, 'simple/v1+json/index.json', '"projects": [', '"projects": [{"name": "gone"},');
    },
  },
  {
    damage: 'a page of a project that nobody knows',
    told: ['stray-page simple/gone/index.html'],
    left: ['stray-page simple/gone/index.html'],
    harm: (container) => put(container, 'simple/gone/index.html', '<a href="https://a.example/">gone</a>'),
  },
  {
    damage: 'a missing sidecar',
    told: [
      'stale-page index.html',
      `missing-sidecar ${second.filename}`,
      'stale-page simple/pkg/',
      'stale-page simple/pkg/index.html',
      'stale-page simple/v1+json/pkg/index.json',
    ],
    left: [`missing-sidecar ${second.filename}`],
    harm: (container) => container.delete(sidecarKey(second.filename)),
  },
  {
    damage: 'a changed sidecar',
    told: [`wrong-sidecar ${sidecarKey(second.filename)}`],
    left: [`wrong-sidecar ${sidecarKey(second.filename)}`],
    harm: (container) => put(container, sidecarKey(second.filename), 'Name: something else\n'),
  },
  {
    damage: 'a project under two spellings',
    told: ['doubled-project simple/Pkg/index.html'],
    left: ['doubled-project simple/Pkg/index.html'],
    harm: (container) => put(container, 'simple/Pkg/index.html', '<a href="pkg-1.0.tar.gz">pkg</a>'),
  },
  {
    damage: 'one file under two spellings',
    told: ['doubled-file other-1.0.tar.gz'],
    left: ['doubled-file other-1.0.tar.gz'],
    harm: async (container) => {
      await uploadFiles(container, [{ filename: 'Other-1.0.tar.gz', bytes: other.bytes }]);
    },
  },
];

async function edit(
  container: MemoryContainer,
  key: string,
  what: string | RegExp,
  by: string,
): Promise<void> {
  const { bytes, contentType = '' } = container.store.get(key)!;
  const text = bytes.toString('utf8');
  const changed = text.replace(what, by);
  expect(changed).not.toBe(text);
  await container.write(key, bytesSource(changed), { contentType });
}

const names = (found: readonly Disagreement[]) => found.map(({ code, key }) => `${code} ${key}`);

describe('index --check', () => {
  it.each([
    ['', 1000],
    [' within one second of the store', 0],
  ])('finds nothing wrong with what uploads have made%s, and reads no artifact', async (_, stepMs) => {
    const container = await filled({ stepMs });
    const from = container.calls.length;
    const { ok, exitCode, found, events } = await run(checkIndex, container);
    expect([ok, exitCode, found]).toEqual([true, 0, []]);
    expect(events.at(-1)).toMatchObject({ message: '4 artifacts and 11 pages: everything agrees' });
    const calls = container.calls.slice(from);
    expect(calls.filter(({ operation }) => operation !== 'read').map(({ operation }) => operation)).toEqual([
      'list',
    ]);
    expect(calls.filter(({ key }) => classify(key).kind !== 'page' && key !== '')).toEqual([]);
  });

  it.each(damages)('names $damage, and changes nothing', async ({ harm, told, left = [] }) => {
    const container = await filled();
    await harm(container);
    const before = stateOf(container);
    const { ok, exitCode, found } = await run(checkIndex, container);
    expect(names(found)).toEqual([...told].sort((a, b) => (keyIn(a) < keyIn(b) ? -1 : 1)));
    expect(names(found.filter(({ repairable }) => !repairable))).toEqual(left);
    expect([ok, exitCode]).toEqual([false, 1]);
    expect(stateOf(container)).toEqual(before);
  });

  it('reads every artifact when asked to', async () => {
    const container = await filled();
    const store = container.store;
    const record = store.get(keyOf(second))!;
    await put(container, second.filename, Buffer.alloc(second.bytes.length));
    await put(container, keyOf(second), record.bytes); // as a copy of the whole container might leave it
    expect((await run(checkIndex, container)).found).toEqual([]);
    expect(names((await run(checkIndex, container, { read: true })).found)).toEqual([
      `wrong-digest ${second.filename}`,
    ]);
  });

  it('has nothing against core metadata of which the record says nothing', async () => {
    const container = await filled();
    await put(container, keyOf(second), '{}'); // as `index` gives it
    await run(rebuildIndex, container);
    expect((await run(checkIndex, container, { read: true })).found).toEqual([]);
  });

  it('does not tell of what another run is writing just now', async () => {
    const container = await filled();
    const third = makeWheel({ project: 'pkg', version: '3.0' });
    await put(container, third.filename, third.bytes);
    const sleep = async (): Promise<void> => {
      await uploadFiles(container, [third]);
    };
    const { ok, found } = await run(checkIndex, container, { waiting: { sleep } });
    expect([ok, found]).toEqual([true, []]);
  });

  it('does not tell of a page that another run has written between two looks', async () => {
    const container = await filled();
    const spoil = (by: string) => edit(container, 'simple/pkg/index.html', /$/, by);
    await spoil('<!-- once -->');
    const { ok, found } = await run(checkIndex, container, {
      waiting: { sleep: () => spoil('<!-- twice -->') },
    });
    expect([ok, found]).toEqual([true, []]);
  });

  it('takes wheels for others that differ in their build or ABI tag only', async () => {
    const container = openMemory();
    const of = { project: 'pkg', version: '1.0' };
    const abis = ['abi3', 'cp312'].map((abi) => makeWheel({ ...of, tag: `cp312-${abi}-win_amd64` }));
    await uploadFiles(container, [...abis, makeWheel({ ...of, tag: 'cp312-abi3-win_amd64', build: '1' })]);
    expect((await run(checkIndex, container)).found).toEqual([]);
  });

  it('takes a container that keeps only the flat page for what it is', async () => {
    const container = openMemory();
    await uploadFiles(container, all, { layout: 'flat', stamp: false });
    expect((await run(checkIndex, container, { layout: 'flat' })).found).toEqual([]);
    expect((await run(checkIndex, container)).ok).toBe(false);
  });

  it('has an entry for each artifact that is damaged', async () => {
    const container = await filled();
    await container.delete(keyOf(second));
    const { counts, artifacts } = await run(checkIndex, container);
    expect(counts).toEqual({ damaged: 1 });
    expect(artifacts).toEqual([
      {
        filename: second.filename,
        outcome: 'damaged',
        sha256: second.sha256,
        size: second.bytes.length,
        reason: `${second.filename} has no record: only metadata.json knows its digest`,
      },
    ]);
  });
});

function keyIn(told: string): string {
  return told.slice(told.indexOf(' ') + 1);
}

describe('index', () => {
  it.each(damages)('repairs $damage, or says that it cannot', async ({ harm, left = [], harmless }) => {
    const container = await filled();
    await harm(container);
    const from = container.calls.length;
    const { ok, found } = await run(rebuildIndex, container);
    expect(names(found)).toEqual(left);
    expect(ok).toBe(left.length === 0 || harmless === true);
    expect(found.every(({ repairable }) => !repairable)).toBe(true);
    const again = await run(checkIndex, container);
    expect(names(again.found)).toEqual(left);
    if (left.length === 0) expect(brokenPromises(container.store)).toEqual([]);
    // What has a digest is not read again; --check alone reads what is younger than its record.
    const reads = container.calls.slice(from).filter(({ operation }) => operation === 'read');
    const untouched = [wheel, other].map(({ filename }) => filename);
    expect(reads.filter(({ key }) => untouched.includes(key))).toEqual([]);
  });

  it('makes the same bytes again when everything derived is deleted', async () => {
    const container = await filled();
    const before = pagesOf(container.store);
    for (const key of Object.keys(before)) await container.delete(key);
    expect(await run(rebuildIndex, container)).toMatchObject({ ok: true, counts: {} });
    expect(pagesOf(container.store)).toEqual(before);
  });

  it('gives a digest to what has none, by reading it once', async () => {
    const container = await filled();
    await put(container, 'adopted-1.0.tar.gz', 'from another tool');
    const from = container.calls.length;
    const { ok, artifacts } = await run(rebuildIndex, container);
    expect([ok, artifacts]).toEqual([
      true,
      [
        {
          filename: 'adopted-1.0.tar.gz',
          outcome: 'recorded',
          sha256: sha256Of('from another tool'),
          size: 17,
        },
      ],
    ]);
    expect(flatDigests(container.store)['adopted-1.0.tar.gz']).toBe(sha256Of('from another tool'));
    const reads = container.calls.slice(from).filter(({ operation }) => operation === 'read');
    expect(reads.filter(({ key }) => key === 'adopted-1.0.tar.gz')).toHaveLength(1);
    expect((await run(rebuildIndex, container)).artifacts).toEqual([]);
  });

  it('removes what is left of a missing artifact after the grace period, unless it is uploaded again', async () => {
    const container = await filled();
    const { clock, passMinutes } = makeClock();
    await container.delete(second.filename);
    await container.delete(wheel.filename);
    await run(rebuildIndex, container, { clock });
    expect((await run(checkIndex, container)).found).toEqual([]);
    expect(await uploadFiles(container, [wheel], { clock })).toMatchObject({ ok: true });
    passMinutes(16);
    await run(rebuildIndex, container, { clock });
    const left = (filename: string) => container.store.listed(recordPrefix(filename)).map(({ key }) => key);
    expect(left(second.filename)).toEqual([]);
    expect(container.store.get(sidecarKey(second.filename))).toBeUndefined();
    expect(left(wheel.filename)).toEqual([keyOf(wheel)]);
    expect(flatDigests(container.store)[wheel.filename]).toBe(wheel.sha256);
  });

  it('leaves what is pruned alone', async () => {
    const container = await filled();
    await putArtifact(container, 'old-1.0.dev0-py3-none-any.whl');
    await put(container, markKey('old-1.0.dev0-py3-none-any.whl', 'pruned'), '{}');
    expect(await run(rebuildIndex, container)).toMatchObject({ ok: true, artifacts: [] });
    expect((await run(checkIndex, container)).found).toEqual([]);
  });
});

describe('a store that takes keys with a slash at their end for folders', () => {
  it('is checked and mended without such pages', async () => {
    const open = () => openMemory({ acceptsSlashKeys: false, store });
    const store = new MemoryStore();
    await uploadFiles(open(), all, { stamp: false });
    // A driver learns it by a probe, which a check does not make.
    const unprobed = { ...open(), acceptsSlashKeys: true } as MemoryContainer;
    expect((await run(checkIndex, unprobed)).found).toEqual([]);
    await open().delete('simple/index.html');
    expect((await run(rebuildIndex, open())).ok).toBe(true);
    expect((await run(checkIndex, open())).found).toEqual([]);
    expect(store.listed('simple/').filter(({ key }) => key.endsWith('/'))).toEqual([]);
  });
});
