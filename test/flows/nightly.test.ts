import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../src/storage/drivers/memory-store.ts';
import { openMemory } from '../../src/storage/drivers/memory.ts';
import { makeWheel } from '../make-distribution.ts';
import { brokenPromises, flatDigests } from '../wheelhouse/stored.ts';
import { makeClock } from './prunes.ts';
import { uploadFiles } from './uploads.ts';

const platforms = [
  'cp310-cp310-manylinux_2_28_x86_64',
  'cp310-cp310-musllinux_1_2_x86_64',
  'cp310-cp310-macosx_11_0_arm64',
  'cp310-cp310-win_amd64',
];
const nights = 30;
/** The last night on which the fourth platform builds. */
const brokenAfter = 11;

describe('thirty nights of four platforms, one of which stops building', () => {
  it.each([
    ['stamped by the upload', true],
    ['under a version of each night', false],
  ])('leave five builds of each, and every release: %s', async (_, stamp) => {
    const store = new MemoryStore();
    const { clock, passMinutes } = makeClock('2026-01-01T03:00:00Z');
    const releases: string[] = [];
    for (let night = 0; night < nights; night++) {
      const builds = platforms
        .filter((_tags, i) => i < 3 || night <= brokenAfter)
        .map((tags) =>
          makeWheel({
            project: 'pkg',
            version: stamp ? '1.0.dev0' : `1.0.dev${night}`,
            tag: tags,
            module: `night = ${night}\n`,
          }),
        );
      const released =
        night % 10 === 0
          ? platforms.map((tags) => makeWheel({ project: 'pkg', version: `0.${night}`, tag: tags }))
          : [];
      releases.push(...released.map(({ filename }) => filename));
      // The platforms are done a few minutes apart, each on a machine of its own.
      for (const made of builds) {
        passMinutes(3);
        expect(await uploadFiles(openMemory({ store }), [made], { clock, stamp })).toMatchObject({
          ok: true,
        });
      }
      if (released.length > 0) await uploadFiles(openMemory({ store }), released, { clock });
      expect(brokenPromises(store)).toEqual([]);
      passMinutes(24 * 60);
    }

    const listed = Object.keys(flatDigests(store));
    expect(listed.filter((name) => releases.includes(name)).sort()).toEqual(releases.sort());
    for (const [i, tags] of platforms.entries()) {
      const last = i < 3 ? nights - 1 : brokenAfter;
      const days = listed
        .filter((name) => name.endsWith(`-${tags}.whl`) && name.includes('dev'))
        .map((name) => Number(stamp ? /\+202601(\d\d)/.exec(name)?.[1] : /dev(\d+)/.exec(name)?.[1]))
        .sort((a, b) => a - b);
      const expected = [4, 3, 2, 1, 0].map((back) => last - back + (stamp ? 1 : 0));
      expect(days, tags).toEqual(expected);
    }

    // Only what was pruned in the last night is still stored without being listed: one build a platform.
    const stored = store.listed('').filter(({ key }) => key.endsWith('.whl'));
    const pending = stored.filter(({ key }) => !listed.includes(key)).map(({ key }) => key);
    expect(pending.length).toBeLessThanOrEqual(3);
    const traced = store.listed('.wheelhouse/v1/').map(({ key }) => key.split('/')[2] ?? '');
    expect(new Set(traced)).toEqual(new Set([...listed, ...pending]));
  });

  it('do not touch the builds of other projects, which keep more', async () => {
    const store = new MemoryStore();
    const { clock, passMinutes } = makeClock();
    for (let night = 0; night < 8; night++) {
      for (const [project, keepDev] of [
        ['careful', 7],
        ['pkg', 2],
      ] as const) {
        const made = makeWheel({ project, version: `1.0.dev${night}` });
        await uploadFiles(openMemory({ store }), [made], { clock, stamp: false, keepDev });
      }
      passMinutes(24 * 60);
    }
    const listed = Object.keys(flatDigests(store));
    expect(listed.filter((name) => name.startsWith('careful'))).toHaveLength(7);
    expect(listed.filter((name) => name.startsWith('pkg'))).toHaveLength(2);
  });

  it('cost one listing a night, whatever is pruned', async () => {
    const store = new MemoryStore();
    const { clock, passMinutes } = makeClock();
    for (let night = 0; night < 8; night++) {
      const made = makeWheel({ project: 'pkg', version: `1.0.dev${night}` });
      const container = openMemory({ store });
      await uploadFiles(container, [made], { clock, stamp: false, keepDev: 2 });
      const lists = container.calls.filter(({ operation, key }) => operation === 'list' && key === '');
      expect(lists).toHaveLength(1);
      passMinutes(24 * 60);
    }
  });

  it('keep what one run has uploaded, though it is more than is kept', async () => {
    const store = new MemoryStore();
    const { clock, passMinutes } = makeClock();
    const made = Array.from({ length: 4 }, (_, i) => makeWheel({ project: 'pkg', version: `1.0.dev${i}` }));
    const options = { clock, stamp: false, keepDev: 2 };
    expect(await uploadFiles(openMemory({ store }), made, options)).toMatchObject({
      counts: { uploaded: 4 },
    });
    expect(Object.keys(flatDigests(store))).toHaveLength(4);
    passMinutes(60);
    const { events } = await uploadFiles(openMemory({ store }), made.slice(3), options);
    expect(events.filter(({ event }) => event === 'notice')).toHaveLength(2);
    expect(Object.keys(flatDigests(store)).sort()).toEqual(
      made
        .slice(2)
        .map(({ filename }) => filename)
        .sort(),
    );
  });
});
