import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Container, Source, WriteCondition } from '../../src/storage/container.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { listAll, listKeys, readText } from './contents.ts';

/** A fresh place that nobody else uses. Its container is not there until `create()` is called. */
export interface OpenedContainer {
  readonly container: Container;
  /** Another handle on the same place, as another process has. Default: the same handle. */
  readonly another?: () => Promise<Container> | Container;
  readonly cleanup: () => Promise<void>;
}

/** What a store can do beyond the contract, or cannot. Everything defaults to what a good store does. */
export interface ContainerTraits {
  /** How many objects the long listing has: above the store's page. Default: 10,050; 0 leaves it out. */
  readonly manyObjects?: number;
  /** How those objects get there, where a write each would take too long. */
  readonly fill?: (container: Container, keys: readonly string[]) => Promise<void>;
  /** Keeps the content type, and shows it in `stat`. Default: true. */
  readonly contentType?: boolean;
  /** Asks the store itself for the cache header that an object is served with. */
  readonly cacheControlOf?: (container: Container, key: string) => Promise<string | undefined>;
  /** False where a HEAD cannot tell a missing container from a missing object. Default: true. */
  readonly statKnowsContainer?: boolean;
  /** False where the place always exists, as a prefix of a shared bucket does. Default: true. */
  readonly canBeMissing?: boolean;
  /** What a listing lags behind writes at most, in milliseconds. Default: 0. */
  readonly listingLagMs?: number;
  /** False where conditions are ignored or not atomic. Default: true. */
  readonly conditionalWrites?: boolean;
  /** The tag is a digest of the bytes: equal bytes, equal tag. Default: false. */
  readonly tagIsDigest?: boolean;
  /** Rounds of each race. Default: 20. */
  readonly raceRounds?: number;
}

const racers = 16;
const hostileKeys = [
  'numpy-1.0+local.1-cp312-cp312-linux_x86_64.whl',
  'per%20cent-100%.whl',
  'hash#mark.whl',
  'what?.whl',
  'this & that = <both>.whl',
  'white  space.whl',
  'quote\'d "twice".whl',
  'grüße-日本-🎡.whl',
  'semi;colon,comma@at~tilde!.whl',
  'simple/a/b/c/index.html',
  '.wheelhouse/v1/numpy-1.0.tar.gz/0a1b-12',
];

/** The contract of {@link Container}, run on one driver. */
export function describeContainer(
  name: string,
  open: () => Promise<OpenedContainer>,
  traits: ContainerTraits = {},
): void {
  const lagMs = traits.listingLagMs ?? 0;
  describe(`${name} is a container`, () => {
    let place: OpenedContainer;
    let container: Container;
    beforeEach(async () => {
      place = await open();
      container = place.container;
    });
    afterEach(async () => {
      await container.close();
      await place.cleanup();
    });
    const put = (key: string, content: string | Uint8Array, condition?: WriteCondition, from = container) =>
      from.write(key, bytesSource(content), {
        contentType: 'application/octet-stream',
        ...(condition !== undefined && { condition }),
      });
    /** Listings may lag, where the store says so. */
    const expectListed = async (keys: readonly string[], prefix?: string) => {
      const check = async () => {
        expect(await listKeys(container, prefix)).toEqual(keys);
      };
      if (lagMs === 0) await check();
      else await vi.waitFor(check, { timeout: lagMs, interval: Math.max(50, lagMs / 50) });
    };
    const nothingIsThere = async () => {
      expect(await container.stat('a.whl')).toBeUndefined();
      expect(await container.read('a.whl')).toBeUndefined();
      await expectListed([]);
    };

    if (traits.canBeMissing !== false)
      describe('before it is created', () => {
        it('is missing for readers, never empty', async () => {
          await expect(listAll(container)).rejects.toMatchObject({ code: 'NOT_FOUND' });
          await expect(container.read('a.whl')).rejects.toMatchObject({ code: 'NOT_FOUND' });
          if (traits.statKnowsContainer === false) expect(await container.stat('a.whl')).toBeUndefined();
          else await expect(container.stat('a.whl')).rejects.toMatchObject({ code: 'NOT_FOUND' });
        });

        it('is missing for writers, and can be created then', async () => {
          await expect(put('a.whl', 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
          await container.create();
          await put('a.whl', 'x');
          await expectListed(['a.whl']);
        });
      });

    it('is created once and again, and is empty', async () => {
      await container.create();
      await nothingIsThere();
      await put('a.whl', 'x');
      await container.create();
      expect(await readText(container, 'a.whl')).toBe('x');
    });

    it('holds no secret in its URL, and says where an object is', () => {
      expect(container.url).toMatch(/^[a-z0-9]+:\/\/[^@?]*$/);
      const url = container.publicUrl('simple/a b/x+y.whl');
      if (url !== undefined) expect(url).toMatch(/\/simple\/a%20b\/x%2By\.whl$/);
    });

    describe('once created', () => {
      beforeEach(() => container.create());

      it('stores what it is given, and tells the same by write, stat, read and list', async () => {
        const written = await put('a.whl', 'twelve bytes');
        expect(written).toMatchObject({ key: 'a.whl', sizeBytes: 12, tag: expect.any(String) as string });
        const stat = await container.stat('a.whl');
        expect(stat).toMatchObject({ key: 'a.whl', sizeBytes: 12, tag: written.tag });
        const opened = await container.read('a.whl');
        expect(opened).toMatchObject({ key: 'a.whl', sizeBytes: 12, tag: written.tag });
        opened?.body.destroy();
        await expectListed(['a.whl']);
        const [listed] = await listAll(container);
        expect(listed).toMatchObject({ key: 'a.whl', sizeBytes: 12 });
        if (listed?.tag !== undefined) expect(listed.tag).toBe(written.tag);
        expect(await readText(container, 'a.whl')).toBe('twelve bytes');
      });

      it('dates an object with the moment of its writing', async () => {
        const before = Date.now();
        await put('a.whl', 'x');
        const stat = await container.stat('a.whl');
        // Servers have clocks of their own; a wrong unit or time zone is off by more.
        if (stat?.modified !== undefined)
          expect(Math.abs(stat.modified.getTime() - before)).toBeLessThan(10 * 60_000);
      });

      it.each([
        ['the first bytes', { start: 0, end: 4 }, '0123'],
        ['bytes in the middle', { start: 3, end: 6 }, '345'],
        ['one byte', { start: 9, end: 10 }, '9'],
        ['all from a byte on', { start: 7 }, '789'],
        ['all up to a byte', { end: 2 }, '01'],
        ['no more than there is', { start: 8, end: 100 }, '89'],
        ['nothing between equal bounds', { start: 4, end: 4 }, ''],
        ['nothing at the end', { start: 10 }, ''],
        ['nothing past the end', { start: 11, end: 20 }, ''],
      ])('reads %s', async (_what, range, expected) => {
        await put('a.whl', '0123456789');
        const opened = await container.read('a.whl', range);
        expect(opened?.sizeBytes).toBe(10);
        opened?.body.destroy();
        expect(await readText(container, 'a.whl', range)).toBe(expected);
      });

      it('keeps every byte of a large object', async () => {
        const bytes = randomBytes(3 * 1024 * 1024 + 7);
        await put('large.whl', bytes);
        const opened = await container.read('large.whl');
        const chunks: Buffer[] = [];
        for await (const chunk of opened!.body) chunks.push(chunk as Buffer);
        expect(Buffer.concat(chunks).equals(bytes)).toBe(true);
      });

      it('keeps empty objects', async () => {
        const written = await put('empty', '');
        expect(written.sizeBytes).toBe(0);
        expect(await container.stat('empty')).toMatchObject({ sizeBytes: 0, tag: written.tag });
        expect(await readText(container, 'empty')).toBe('');
        expect(await readText(container, 'empty', { start: 0, end: 10 })).toBe('');
        await expectListed(['empty']);
      });

      it('replaces an object, whether by more bytes or by fewer', async () => {
        for (const content of ['some', 'quite a lot more', 'x']) {
          await put('a.whl', content);
          expect(await readText(container, 'a.whl')).toBe(content);
        }
        await expectListed(['a.whl']);
      });

      it('changes the tag with every write, of equal bytes in quick succession too', async () => {
        const tags = new Set<string>();
        // Where the tag is a digest it comes back with the bytes, and what it guards is still the same.
        for (let i = 0; i < 50; i++)
          tags.add((await put('page', traits.tagIsDigest === true ? String(10 + i) : 'same')).tag);
        expect(tags.size).toBe(50);
      });

      it('changes the tag when an object was away in between', async () => {
        const tags = new Set<string>();
        for (let i = 0; i < 50; i++) {
          tags.add((await put('page', traits.tagIsDigest === true ? String(10 + i) : 'same')).tag);
          await container.delete('page');
        }
        expect(tags.size).toBe(50);
      });

      if (traits.contentType !== false)
        it('keeps the content type', async () => {
          await container.write('index.html', bytesSource('<p>'), { contentType: 'text/html' });
          expect((await container.stat('index.html'))?.contentType).toMatch(/^text\/html/);
          await container.write('index.html', bytesSource('{}'), { contentType: 'application/json' });
          expect((await container.stat('index.html'))?.contentType).toMatch(/^application\/json/);
        });

      if (traits.cacheControlOf !== undefined)
        it('keeps the cache header', async () => {
          const cacheControl = 'max-age=60, must-revalidate';
          await container.write('index.html', bytesSource('<p>'), { contentType: 'text/html', cacheControl });
          expect(await traits.cacheControlOf?.(container, 'index.html')).toBe(cacheControl);
        });

      it('deletes, and deletes what is not there', async () => {
        await put('a.whl', 'x');
        await put('simple/a/index.html', 'x');
        await container.delete('a.whl');
        await container.delete('a.whl');
        await container.delete('simple/never/there');
        await container.delete('simple');
        expect(await container.stat('a.whl')).toBeUndefined();
        expect(await container.read('a.whl')).toBeUndefined();
        await expectListed(['simple/a/index.html']);
        await container.delete('simple/a/index.html');
        await put('simple/a/index.html', 'again');
        await expectListed(['simple/a/index.html']);
      });

      it('knows nothing under the name of a folder, or below the name of an object', async () => {
        await put('simple/a/index.html', 'x');
        for (const key of ['simple', 'simple/a', 'simple/a/index.html/b', 'nothing']) {
          expect(await container.stat(key), key).toBeUndefined();
          expect(await container.read(key), key).toBeUndefined();
        }
      });

      it('takes keys that end in a slash if it says so', async () => {
        if (container.acceptsSlashKeys) {
          await put('simple/a/', 'page');
          await put('simple/a/index.html', 'page');
          await expectListed(['simple/a/', 'simple/a/index.html']);
          expect(await readText(container, 'simple/a/')).toBe('page');
        } else {
          await expect(put('simple/a/', 'page')).rejects.toMatchObject({ code: 'REJECTED' });
          await nothingIsThere();
        }
      });

      it.each(hostileKeys)('stores %s under exactly that name', async (key) => {
        await put(key, `of ${key}`);
        await expectListed([key]);
        expect((await container.stat(key))?.key).toBe(key);
        expect(await readText(container, key)).toBe(`of ${key}`);
        await container.delete(key);
        await expectListed([]);
      });

      describe('listing', () => {
        it('goes by the UTF-8 bytes of whole keys', async () => {
          // In folders `a/` comes after `a-b` and `a.b`, and 🎡 (F0…) after ｗ (EF…), though not in UTF-16.
          const keys = ['A', 'a+b', 'a-b/c', 'a.b', 'a/b', 'a/b.c', 'a0', 'a_b', 'ab', 'é', 'ｗ', '🎡'];
          for (const key of [...keys].reverse()) await put(key, key);
          await expectListed(keys);
        });

        it('shows what starts with the prefix, which need not end a segment', async () => {
          for (const key of ['simple/a/x', 'simple/ab/x', 'simple/b/x', 'simple.html', 'other'])
            await put(key, key);
          await expectListed(['simple/a/x'], 'simple/a/');
          await expectListed(['simple/a/x', 'simple/ab/x'], 'simple/a');
          await expectListed(['simple.html', 'simple/a/x', 'simple/ab/x', 'simple/b/x'], 'simple');
          await expectListed([], 'nothing/');
          await expectListed([], 'simple/a/x/');
        });

        if (traits.manyObjects !== 0)
          it('goes on past the page of any store', async () => {
            const count = traits.manyObjects ?? 10_050;
            const keys = Array.from({ length: count }, (_, i) => `many/${String(i).padStart(6, '0')}`);
            if (traits.fill !== undefined) await traits.fill(container, keys);
            else await inParallel(keys, 16, (key) => put(key, 'x'));
            await expectListed(keys);
          });

        it('ends when the reader has seen enough', async () => {
          for (const key of ['a', 'b', 'c']) await put(key, key);
          for await (const { key } of container.list()) {
            expect(key).toBe('a');
            break;
          }
          await expectListed(['a', 'b', 'c']);
        });
      });

      describe('sources', () => {
        it('come in any chunks', async () => {
          const parts = ['ab', '', 'c', 'def'].map((part) => Buffer.from(part));
          const source: Source = { sizeBytes: 6, open: () => Readable.from(parts) };
          await container.write('a.whl', source, { contentType: 'a/b' });
          expect(await readText(container, 'a.whl')).toBe('abcdef');
        });

        it.each<[string, number, () => Readable]>([
          ['yields fewer bytes than it said', 10, () => Readable.from([Buffer.from('short')])],
          [
            'yields more bytes than it said',
            3,
            () => Readable.from([Buffer.from('lo'), Buffer.from('nger')]),
          ],
          ['yields none though it said some', 3, () => Readable.from([])],
          ['yields some though it said none', 0, () => Readable.from([Buffer.from('x')])],
          ['fails half way', 10, failing],
        ])('that %s leaves nothing', async (_what, sizeBytes, openSource) => {
          await expect(
            container.write('a.whl', { sizeBytes, open: openSource }, { contentType: 'a/b' }),
          ).rejects.toThrow();
          await nothingIsThere();
        });

        it('that break leave what was there before', async () => {
          const { tag } = await put('a.whl', 'before');
          const source = { sizeBytes: 10, open: failing };
          await expect(container.write('a.whl', source, { contentType: 'a/b' })).rejects.toThrow();
          expect(await readText(container, 'a.whl')).toBe('before');
          expect((await container.stat('a.whl'))?.tag).toBe(tag);
        });

        it('tell their progress, which only grows and ends at the size', async () => {
          const sizeBytes = 1024 * 1024 + 1;
          for (const size of [sizeBytes, 1, 0]) {
            const seen: number[] = [];
            await container.write(`of-${size}`, bytesSource(Buffer.alloc(size)), {
              contentType: 'a/b',
              onProgress: (doneBytes) => seen.push(doneBytes),
            });
            expect(seen.at(-1)).toBe(size);
            expect(seen).toEqual([...seen].sort((a, b) => a - b));
          }
        });
      });

      describe('an abort', () => {
        it('before a call stops every one of them', async () => {
          await put('there', 'x');
          const signal = AbortSignal.abort();
          const calls = [
            container.write('a.whl', bytesSource('x'), { contentType: 'a/b', signal }),
            container.stat('there', signal),
            container.read('there', { signal }),
            container.delete('there', signal),
            container.create(signal),
            container.conditionalWrites(signal),
            (async () => {
              for await (const object of container.list('', signal)) expect(object).toBeUndefined();
            })(),
          ];
          for (const call of await Promise.allSettled(calls))
            expect(call).toMatchObject({ status: 'rejected', reason: { code: 'ABORTED' } });
          await expectListed(['there']);
        });

        it('during a write leaves nothing, though the source has stalled', async () => {
          const controller = new AbortController();
          const source: Source = {
            sizeBytes: 200_000,
            open: () => {
              const stalled = new Readable({ read: () => undefined });
              stalled.push(Buffer.alloc(100_000));
              setTimeout(() => controller.abort(), 50);
              return stalled;
            },
          };
          await expect(
            container.write('a.whl', source, { contentType: 'a/b', signal: controller.signal }),
          ).rejects.toMatchObject({ code: 'ABORTED' });
          await nothingIsThere();
        });

        it('ends a body that is being read', async () => {
          await put('a.whl', Buffer.alloc(2 * 1024 * 1024));
          const controller = new AbortController();
          const opened = await container.read('a.whl', { signal: controller.signal });
          const reading = (async () => {
            for await (const chunk of opened!.body) {
              expect(chunk).toBeDefined();
              controller.abort();
            }
          })();
          await expect(reading).rejects.toThrow();
        });
      });

      it('is all or nothing for readers beside a writer', async () => {
        const versions = ['a', 'b'].map((letter) => letter.repeat(300_000));
        await put('page', versions[0]!);
        let done = false;
        const seen = new Set<string>();
        const readers = Array.from({ length: 4 }, async () => {
          const reader = (await place.another?.()) ?? container;
          while (!done) seen.add((await readText(reader, 'page')) ?? 'missing');
        });
        for (let i = 0; i < 30; i++) await put('page', versions[i % 2]!);
        done = true;
        await Promise.all(readers);
        expect([...seen].filter((text) => !versions.includes(text)).map((text) => text.length)).toEqual([]);
      });

      it('reads on in the version that was opened', async () => {
        const old = Buffer.alloc(2 * 1024 * 1024, 'o');
        await put('page', old);
        const opened = await container.read('page');
        await put('page', Buffer.alloc(10, 'n'));
        let sizeBytes = 0;
        try {
          for await (const chunk of opened!.body) sizeBytes += (chunk as Buffer).length;
          expect(sizeBytes).toBe(old.length);
        } catch (thrown) {
          // A store may end it instead; what it may not is give something else as whole.
          expect(thrown).toBeInstanceOf(Error);
        }
      });

      it('says whether its conditions hold, the same each time', async () => {
        const expected = traits.conditionalWrites !== false;
        expect(await container.conditionalWrites()).toBe(expected);
        expect(await container.conditionalWrites()).toBe(expected);
        await expectListed([]);
      });

      if (traits.conditionalWrites !== false)
        describe('conditions', () => {
          it('hold', async () => {
            const first = await put('page', '1', { ifAbsent: true });
            const second = await put('page', '2', { ifTag: first.tag });
            expect(await readText(container, 'page')).toBe('2');
            expect((await container.read('page'))?.tag).toBe(second.tag);
          });

          it('fail without a trace', async () => {
            const { tag } = await put('page', '1');
            const second = await put('page', '22');
            const lost = { code: 'PRECONDITION_FAILED' };
            await expect(put('page', '3', { ifAbsent: true })).rejects.toMatchObject(lost);
            await expect(put('page', '3', { ifTag: tag })).rejects.toMatchObject(lost);
            await expect(put('absent', '3', { ifTag: second.tag })).rejects.toMatchObject(lost);
            expect(await readText(container, 'page')).toBe('22');
            await container.delete('page');
            await expect(put('page', '3', { ifTag: second.tag })).rejects.toMatchObject(lost);
            await expectListed([]);
          });

          it.each(['create only', 'compare and swap'])(
            `let exactly one of ${racers} win: %s`,
            async (kind) => {
              const handles = await Promise.all(
                Array.from({ length: racers }, async () => (await place.another?.()) ?? container),
              );
              for (let round = 0; round < (traits.raceRounds ?? 20); round++) {
                const key = `race-${round}`;
                const condition: WriteCondition =
                  kind === 'create only' ? { ifAbsent: true } : { ifTag: (await put(key, 'start')).tag };
                const runs = await Promise.allSettled(
                  handles.map((handle, i) => put(key, `racer ${i}`, condition, handle)),
                );
                const winners = runs.flatMap((run, i) => (run.status === 'fulfilled' ? [i] : []));
                expect(winners).toHaveLength(1);
                for (const run of runs)
                  if (run.status === 'rejected')
                    expect(run.reason).toMatchObject({ code: 'PRECONDITION_FAILED' });
                expect(await readText(container, key)).toBe(`racer ${winners[0]}`);
              }
            },
          );
        });
    });
  });
}

/** Some bytes, then a failure. */
function failing(): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from('some');
      await Promise.resolve();
      throw new Error('the disk went away');
    })(),
  );
}

/** Runs an action for each item, so many at once. */
export async function inParallel<T>(
  items: readonly T[],
  workers: number,
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const item of queue) await act(item);
    }),
  );
}
