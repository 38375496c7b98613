import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Container } from '../../src/storage/container.ts';
import { classify } from '../../src/wheelhouse/layout.ts';
import { rebuild } from '../../src/wheelhouse/rebuild.ts';
import { listKeys } from '../conformance/contents.ts';
import { runBin } from './commands.ts';
import {
  digestsOf,
  fillDist,
  openStore,
  readPages,
  storeEnvironment,
  stores,
  type Dist,
  type RunningStore,
} from './stores.ts';
import { startWriter, type Ended, type Writer } from './writers.ts';

// Proof: however many upload to one container at once, and whoever is killed, no link and no digest is lost.

const writers = 16;
const projects = ['shared', ...Array.from({ length: writers }, (_, writer) => `own-${writer}`)];

let root: string;
let dists: Dist[];
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wheelhouse-stores-'));
  dists = await Promise.all(Array.from({ length: writers }, (_, writer) => fillDist(root, writer)));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function problemOf({ status, told }: Ended): string {
  return status === 0 ? '' : `${status}: ${told}`;
}

function uploadOf(container: string, { folder }: Dist): string[] {
  return ['upload', container, '--local-folder', folder, '--quiet'];
}

/** The artifacts that are in a container with all that belongs to them. */
async function whollyWritten(container: Container): Promise<string[]> {
  const keys = await listKeys(container);
  const records = keys.map(classify).filter((object) => object.kind === 'record');
  return records.map(({ filename }) => filename).filter((filename) => keys.includes(filename));
}

const raced = stores.filter(({ rounds }) => rounds > 0);
/** For all rounds of a store: a machine may be slow, and only a run without end is a failure. */
const patienceMs = 30 * 60_000;

describe.each(raced)('$name', ({ start, rounds, killRounds }) => {
  let store: RunningStore;
  let pool: Writer[];
  let roundMs = 4000;
  beforeAll(async () => {
    store = await start();
    pool = dists.map(() => startWriter(storeEnvironment(store)));
  });
  afterAll(async () => {
    await Promise.all(pool.map((writer) => writer[Symbol.asyncDispose]()));
    await store[Symbol.asyncDispose]();
  });

  /** Lets all upload at once, each its own folder, and kills some at the moments given. */
  const race = (container: string, momentOf: (writer: number) => number | undefined = () => undefined) => {
    pool = pool.map((writer) => (writer.isDead() ? startWriter(storeEnvironment(store)) : writer));
    return Promise.all(pool.map((writer, i) => writer.run(uploadOf(container, dists[i]!), momentOf(i))));
  };

  it(
    `${writers} processes upload 3 wheels each at once, ${rounds} times: all links with digests`,
    async () => {
      const expected = digestsOf(dists.flatMap(({ wheels }) => wheels));
      expect(expected.size).toBe(writers * 3);
      for (let round = 0; round < rounds; round += 1) {
        const container = store.freshContainer();
        const startMs = performance.now();
        const runs = await race(container);
        roundMs = performance.now() - startMs;
        expect(runs.map(problemOf).join(''), `round ${round}`).toBe('');
        await using opened = closing(await openStore(store, container));
        const { flat, simple, metadata } = await readPages(opened.container, projects);
        expect(flat, `flat page of round ${round}`).toEqual(expected);
        expect(simple, `project pages of round ${round}`).toEqual(expected);
        expect(metadata, `metadata.json of round ${round}`).toEqual(expected);
      }
    },
    patienceMs,
  );

  it(
    `one writer in four is killed, ${killRounds} times: what others have uploaded is listed`,
    async () => {
      const all = digestsOf(dists.flatMap(({ wheels }) => wheels));
      let killed = 0;
      for (let round = 0; round < killRounds; round += 1) {
        const container = store.freshContainer();
        const runs = await race(container, (writer) =>
          writer % 4 === round % 4 ? roundMs * (0.1 + 0.9 * Math.random()) : undefined,
        );
        const ended = runs.filter(({ status }) => status !== 'killed');
        killed += runs.length - ended.length;
        expect(ended.map(problemOf).join(''), `round ${round}`).toBe('');
        const survivors = dists.filter((_, writer) => runs[writer]?.status !== 'killed');
        const surviving = digestsOf(survivors.flatMap(({ wheels }) => wheels));
        await using opened = closing(await openStore(store, container));
        const raced = await readPages(opened.container, projects);
        for (const listed of [raced.flat, raced.simple, raced.metadata]) {
          expect([...listed], `round ${round}`).toEqual(expect.arrayContaining([...surviving]));
          // Who is killed between an artifact and its record leaves one that has no digest yet, but never a wrong one.
          const wrong = [...listed].filter(
            ([name, sha256]) => ![all.get(name), 'no digest'].includes(sha256),
          );
          expect(wrong, `round ${round}`).toEqual([]);
        }
        const recorded = await whollyWritten(opened.container);
        const next = await runBin(uploadOf(container, survivors[0]!), { env: storeEnvironment(store) });
        expect(next.status, next.stderr).toBe(0);
        const healed = await readPages(opened.container, projects);
        for (const listed of [healed.flat, healed.simple, healed.metadata])
          expect([...listed], `round ${round}`).toEqual(
            expect.arrayContaining(recorded.map((filename) => [filename, all.get(filename)])),
          );
        await opened.container.create();
        await rebuild(opened.container);
        const keys = await listKeys(opened.container);
        const there = new Map([...all].filter(([filename]) => keys.includes(filename)));
        const { flat, simple, metadata } = await readPages(opened.container, projects);
        for (const listed of [flat, simple, metadata]) expect(listed, `round ${round}`).toEqual(there);
      }
      expect(killed, 'uploads that were really killed').toBeGreaterThan(0);
    },
    patienceMs,
  );
});

function closing(container: Container) {
  return { container, [Symbol.asyncDispose]: () => container.close() };
}
