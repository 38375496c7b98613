import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory, type MemoryCall, type MemoryContainer } from '../../src/storage/drivers/memory.ts';
import { makeClock, objectsOf, pruneContainer } from '../flows/prunes.ts';
import { uploadFiles } from '../flows/uploads.ts';
import { makeWheel, type MadeDistribution } from '../make-distribution.ts';
import { brokenPromises, flatDigests } from '../wheelhouse/stored.ts';

const dead = new WheelhouseError('FORBIDDEN', 'the process is dead');
const old = makeWheel({ project: 'pkg', version: '1.0.dev0', module: 'build = 1\n' });
const rebuilt = makeWheel({ project: 'pkg', version: '1.0.dev0', module: 'build = 2  # another size\n' });
const newest = makeWheel({ project: 'pkg', version: '2.0.dev0' });

type Clock = ReturnType<typeof makeClock>;

/** A container whose older dev build is pending, with its grace period over. */
async function pending(): Promise<{ store: MemoryStore; time: Clock }> {
  const store = new MemoryStore();
  const time = makeClock();
  const container = openMemory({ store });
  await uploadFiles(container, [old], { clock: time.clock });
  time.passMinutes(60);
  await uploadFiles(container, [newest], { clock: time.clock });
  expect(await pruneContainer(container, { clock: time.clock })).toMatchObject({ counts: { pruned: 1 } });
  time.passMinutes(16);
  return { store, time };
}

/** A run that removes what is pending, and prunes nothing more. */
const removal = (store: MemoryStore, time: Clock, misbehave?: Misbehave) =>
  pruneContainer(openMemory({ store, ...(misbehave && { misbehave }) }), { clock: time.clock, keepDev: 5 });
const upload = (store: MemoryStore, time: Clock, made: MadeDistribution, misbehave?: Misbehave) =>
  uploadFiles(openMemory({ store, ...(misbehave && { misbehave }) }), [made], {
    clock: time.clock,
    waiting: { sleep: time.sleep, random: Math.random },
  });
type Misbehave = NonNullable<NonNullable<Parameters<typeof openMemory>[0]>['misbehave']>;

function expectWhole(store: MemoryStore, made: MadeDistribution): void {
  expect(flatDigests(store)).toEqual({ [newest.filename]: newest.sha256, [made.filename]: made.sha256 });
  for (const key of objectsOf(made)) expect(store.get(key), key).toBeDefined();
  expect(store.get(made.filename)!.bytes.equals(made.bytes)).toBe(true);
  expect(brokenPromises(store)).toEqual([]);
}

/** The calls that an undisturbed run makes; the n-th is always the same. */
async function callsOf(
  run: (container: MemoryContainer, time: Clock) => Promise<unknown>,
): Promise<MemoryCall[]> {
  const { store, time } = await pending();
  const container = openMemory({ store });
  await run(container, time);
  return [...container.calls];
}
const removalCalls = await callsOf((container, time) =>
  pruneContainer(container, { clock: time.clock, keepDev: 5 }),
);
const uploadCalls = await callsOf((container, time) =>
  uploadFiles(container, [rebuilt], { clock: time.clock, waiting: { sleep: time.sleep } }),
);
const moments = (calls: readonly MemoryCall[]) =>
  calls.map(({ n, operation, key }) => [n, operation, key] as const);
const wheels = [
  ['the same bytes', old],
  ['other bytes', rebuilt],
] as const;

describe.each(wheels)('a pruned name is uploaded again: %s', (_, made) => {
  it.each(moments(removalCalls))('while its removal stands before request %i, %s %s', async (n) => {
    const { store, time } = await pending();
    let resume = (): void => undefined;
    const paused = new Promise<undefined>((resolve) => (resume = () => resolve(undefined)));
    let reached = (): void => undefined;
    const stands = new Promise<void>((resolve) => (reached = resolve));
    const removing = removal(store, time, (call) => {
      if (call.n !== n) return undefined;
      reached();
      return paused;
    });
    await Promise.race([stands, removing]);
    // The removal goes on as soon as the upload waits for it, or when the upload is done.
    const uploading = uploadFiles(openMemory({ store }), [made], {
      clock: time.clock,
      waiting: {
        random: Math.random,
        sleep: async (delayMs) => {
          resume();
          await removing;
          await time.sleep(delayMs);
        },
      },
    });
    expect(await uploading).toMatchObject({ ok: true });
    resume();
    expect(await removing).toMatchObject({ ok: true });
    await removal(store, time);
    expectWhole(store, made);
  });

  it.each(moments(removalCalls))('after its removal was killed before request %i, %s %s', async (n) => {
    const { store, time } = await pending();
    await removal(store, time, (call) => (call.n >= n ? dead : undefined)).catch((thrown: unknown) =>
      expect(thrown).toBe(dead),
    );
    expect(brokenPromises(store)).toEqual([]);
    expect(await upload(store, time, made)).toMatchObject({ ok: true });
    expectWhole(store, made);
  });

  it.each(moments(uploadCalls))(
    'and removed in between, before request %i of the upload, %s %s',
    async (n) => {
      const { store, time } = await pending();
      let raced = false;
      const summary = await upload(store, time, made, async (call) => {
        if (raced || call.n < n) return undefined;
        raced = true;
        await removal(store, time);
        return undefined;
      });
      expect(summary).toMatchObject({ ok: true });
      expectWhole(store, made);
    },
  );

  it.each(moments(uploadCalls))(
    'but the upload is killed before request %i, %s %s: nothing misleads',
    async (n) => {
      const { store, time } = await pending();
      await upload(store, time, made, (call) => (call.n >= n ? dead : undefined)).catch((thrown: unknown) =>
        expect(thrown).toBe(dead),
      );
      for (let run = 0; run < 3; run++) {
        await removal(store, time);
        expect(brokenPromises(store)).toEqual([]);
        time.passMinutes(16);
      }
      expect(await upload(store, time, made)).toMatchObject({ ok: true });
      expectWhole(store, made);
    },
  );
});

describe('many at once', () => {
  const jostle = async () => {
    for (let turns = Math.floor(Math.random() * 6); turns > 0; turns--)
      await new Promise((resolve) => setImmediate(resolve));
    return undefined;
  };

  it.each(Array.from({ length: 8 }, (_, round) => round))(
    'removals and uploads of the same names, round %i: every upload wins, no page misleads',
    async () => {
      const { store, time } = await pending();
      const fresh = Array.from({ length: 4 }, (_, i) =>
        makeWheel({ project: 'pkg', version: `3.${i}`, module: `fresh = ${i}\n` }),
      );
      const watch = new AbortController();
      const reader = (async () => {
        const seen: string[] = [];
        while (!watch.signal.aborted) {
          seen.push(...brokenPromises(store).filter((problem) => problem.includes('not there')));
          await new Promise((resolve) => setImmediate(resolve));
        }
        return seen;
      })();
      const [uploads, removals] = await Promise.all([
        Promise.all([rebuilt, rebuilt, ...fresh].map((made) => upload(store, time, made, jostle))),
        Promise.all([1, 2, 3].map(() => removal(store, time, jostle))),
      ]);
      watch.abort();
      expect(await reader).toEqual([]);
      expect(uploads.map(({ ok, artifacts }) => [ok, artifacts[0]?.reason])).toEqual(
        uploads.map(() => [true, undefined]),
      );
      expect(removals.every(({ ok }) => ok)).toBe(true);
      for (const { filename, sha256, bytes } of [rebuilt, newest, ...fresh]) {
        expect(store.get(filename)?.bytes.equals(bytes), filename).toBe(true);
        expect(flatDigests(store)[filename], filename).toBe(sha256);
      }
      expect(brokenPromises(store)).toEqual([]);
    },
  );
});
