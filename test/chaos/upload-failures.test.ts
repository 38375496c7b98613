import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import {
  openMemory,
  type MemoryCall,
  type MemoryContainer,
  type Misbehaviour,
} from '../../src/storage/drivers/memory.ts';
import { converge } from '../../src/wheelhouse/converge.ts';
import { makeSdist, makeWheel } from '../make-distribution.ts';
import { makeWheels, uploadFiles } from '../flows/uploads.ts';
import { brokenPromises, flatDigests, pagesOf, putMark } from '../wheelhouse/stored.ts';

const before = [
  makeWheel({ project: 'old', version: '1.0' }),
  makeWheel({ project: 'old', version: '1.1.dev0', module: 'build = 1\n' }),
];
/** A wheel of a new project, one of an old project, a dev build that is overwritten, and an sdist. */
const batch = [
  makeWheel({ project: 'fresh', version: '1.0', requiresPython: '>=3.9' }),
  makeWheel({ project: 'old', version: '2.0' }),
  makeWheel({ project: 'old', version: '1.1.dev0', module: 'build = 2  # another size\n' }),
  await makeSdist({ project: 'fresh', version: '1.0' }),
];
const dead = new WheelhouseError('FORBIDDEN', 'the process is dead');

async function startingPoint(): Promise<MemoryStore> {
  const store = new MemoryStore();
  await uploadFiles(openMemory({ store }), before);
  return store;
}

/** One upload of the batch, one request after the other, so that the n-th is always the same. */
async function run(
  store: MemoryStore,
  misbehave?: (call: MemoryCall) => Misbehaviour | undefined,
): Promise<MemoryContainer> {
  const container = openMemory({ store, ...(misbehave && { misbehave }) });
  await uploadFiles(container, batch, { maxWorkers: 1 }).catch((thrown: unknown) => {
    if (thrown !== dead && !(thrown instanceof WheelhouseError)) throw thrown;
  });
  return container;
}

const undisturbed = await startingPoint();
const { calls } = await run(undisturbed);
const requests = calls.map(({ operation, key }, i) => [i + 1, operation, key] as const);

describe('an upload that ends at any request', () => {
  it('has requests to end at', () => {
    expect(requests.length).toBeGreaterThan(30);
    expect(brokenPromises(undisturbed)).toEqual([]);
  });

  it.each(requests)(
    'killed before request %i, %s %s: no page lists what is not there, the next run repairs',
    async (n) => {
      const store = await startingPoint();
      const container = await run(store, (call) => (call.n >= n ? dead : undefined));
      expect(container.calls.length).toBeGreaterThanOrEqual(n);
      expect(missing(store)).toEqual([]);
      await run(store);
      expect(pagesOf(store)).toEqual(pagesOf(undisturbed));
      expect(brokenPromises(store)).toEqual([]);
    },
  );

  it.each(requests.filter(([, operation]) => operation === 'write' || operation === 'delete'))(
    'killed after request %i, %s %s, was done: the same',
    async (n) => {
      const store = await startingPoint();
      await run(store, (call) => (call.n > n ? dead : call.n === n ? 'lose-answer' : undefined));
      expect(missing(store)).toEqual([]);
      await run(store);
      expect(pagesOf(store)).toEqual(pagesOf(undisturbed));
      expect(brokenPromises(store)).toEqual([]);
    },
  );

  it.each(requests)(
    "repaired by another's run, which knows nothing of it: killed before request %i, %s %s",
    async (n) => {
      const store = await startingPoint();
      await run(store, (call) => (call.n >= n ? dead : undefined));
      const unrelated = makeWheel({ project: 'unrelated', version: '1.0' });
      expect(await uploadFiles(openMemory({ store }), [unrelated])).toMatchObject({ ok: true });
      expect(missing(store)).toEqual([]);
      const stored = store.listed('').map(({ key }) => key);
      expect(Object.keys(flatDigests(store)).sort()).toEqual(
        stored.filter((key) => /\.(?:whl|tar\.gz)$/.test(key) && !key.includes('/')),
      );
    },
  );
});

describe('a removal that ends at any request', () => {
  const [gone] = before.filter(({ filename }) => filename.includes('1.0'));
  const alone = makeWheel({ project: 'alone', version: '1.0' });
  const quick = { sleep: () => Promise.resolve(), random: () => 0 };

  /** Two artifacts are marked as pruned, one of them the last of its project; their pages are not yet right. */
  async function marked(): Promise<MemoryStore> {
    const store = await startingPoint();
    const container = openMemory({ store });
    await uploadFiles(container, [alone]);
    for (const { filename } of [gone!, alone]) await putMark(container, filename, 'pruned');
    return store;
  }

  it('is repaired by the next run, and leaves no page of a project without files', async () => {
    const goal = await marked();
    const { calls: all } = await (async () => {
      const container = openMemory({ store: goal });
      await converge(container, { ...quick, projects: ['old', 'alone'] });
      return container;
    })();
    expect(Object.keys(pagesOf(goal)).some((key) => key.includes('alone'))).toBe(false);
    expect(all.filter(({ operation }) => operation === 'delete')).toHaveLength(3);
    for (const { n } of all) {
      for (const landed of [false, true]) {
        const store = await marked();
        const misbehave = (call: MemoryCall) =>
          call.n > n || (call.n === n && !landed) ? dead : call.n === n ? 'lose-answer' : undefined;
        const dying = converge(openMemory({ store, misbehave }), { ...quick, projects: ['old', 'alone'] });
        await dying.catch((thrown: unknown) => expect(thrown).toBeInstanceOf(WheelhouseError));
        expect(missing(store)).toEqual([]);
        await converge(openMemory({ store }), quick);
        expect(pagesOf(store)).toEqual(pagesOf(goal));
      }
    }
  });
});

describe('many uploads at once', () => {
  /** Gives way at every request, for a random number of turns. */
  const jostle = async () => {
    for (let turns = Math.floor(Math.random() * 6); turns > 0; turns--)
      await new Promise((resolve) => setImmediate(resolve));
    return undefined;
  };

  it.each(Array.from({ length: 5 }, (_, round) => round))(
    '16 writers, round %i: 48 links and 48 digests',
    async () => {
      const store = new MemoryStore();
      const groups = Array.from({ length: 16 }, (_, i) =>
        makeWheels(3, i % 3 === 0 ? `own${i}` : 'shared').map((made, j) =>
          i % 3 === 0 ? made : makeWheel({ project: 'shared', version: `${i}.${j}` }),
        ),
      );
      const watch = new AbortController();
      const reader = (async () => {
        const seen: string[] = [];
        while (!watch.signal.aborted) {
          seen.push(...missing(store));
          await new Promise((resolve) => setImmediate(resolve));
        }
        return seen;
      })();
      const summaries = await Promise.all(
        groups.map((wheels) => uploadFiles(openMemory({ store, misbehave: jostle }), wheels)),
      );
      watch.abort();
      expect(await reader).toEqual([]);
      expect(summaries.every(({ ok }) => ok)).toBe(true);
      const expected = Object.fromEntries(groups.flat().map(({ filename, sha256 }) => [filename, sha256]));
      expect(Object.keys(expected)).toHaveLength(48);
      expect(flatDigests(store)).toEqual(expected);
      expect(brokenPromises(store)).toEqual([]);
      expect(
        (await uploadFiles(openMemory({ store }), groups[0]!)).events.find(({ event }) => event === 'pages'),
      ).toMatchObject({ written: [] });
    },
  );

  it('of one dev build by 8 builders: one of them wins whole', async () => {
    const store = new MemoryStore();
    const builds = Array.from({ length: 8 }, (_, i) =>
      makeWheel({ project: 'nightly', version: '1.0.dev0', module: `build = ${i}\n` }),
    );
    const summaries = await Promise.all(
      builds.map((made) => uploadFiles(openMemory({ store, misbehave: jostle }), [made])),
    );
    const winner = builds.find(({ bytes, filename }) => store.get(filename)?.bytes.equals(bytes));
    expect(flatDigests(store)).toEqual({ [winner!.filename]: winner!.sha256 });
    expect(brokenPromises(store)).toEqual([]);
    expect(summaries[builds.indexOf(winner!)]?.ok).toBe(true);
  });
});

/** Files that a page lists and the store does not hold; a digest may be behind while an overwrite is half done. */
function missing(store: MemoryStore): string[] {
  return brokenPromises(store).filter((problem) => problem.includes('not there'));
}
