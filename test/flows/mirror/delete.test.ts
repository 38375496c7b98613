import { describe, expect, it } from 'vitest';
import type { MirrorOptions } from '../../../src/flows/mirror/options.ts';
import { MemoryStore } from '../../../src/storage/drivers/memory-store.ts';
import { openMemory } from '../../../src/storage/drivers/memory.ts';
import { makeWheel } from '../../make-distribution.ts';
import {
  page,
  startIndexServer,
  type Handler,
  type IndexServer,
  type Route,
} from '../../servers/index-server.ts';
import { brokenPromises, flatDigests } from '../../wheelhouse/stored.ts';
import { mirrorTo, simpleIndex } from '../mirrors.ts';
import { uploadFiles } from '../uploads.ts';

const [one, two] = ['one', 'two'].map((project) =>
  ['1.0', '1.1'].map((version) => makeWheel({ project, version })),
) as [ReturnType<typeof makeWheel>[], ReturnType<typeof makeWheel>[]];
const [old, recent] = one as [(typeof one)[0], (typeof one)[0]];
const names = (files: readonly { filename: string }[]) => files.map(({ filename }) => filename).sort();
const listed = (store: MemoryStore) => Object.keys(flatDigests(store)).sort();
const at = (time: string) => () => new Date(`2026-11-27T${time}Z`);

/** A store that mirrors all four wheels, and the server that they are from. */
async function mirrored(server: IndexServer): Promise<MemoryStore> {
  Object.assign(server.routes, simpleIndex({ one, two }));
  const store = new MemoryStore();
  const { summary } = await mirrorTo(store, [`${server.origin}/simple/`]);
  expect(summary.counts).toEqual({ copied: 4 });
  return store;
}

describe('mirror --delete', () => {
  it('takes what is no longer listed off the pages at once, and its objects after the grace period', async () => {
    await using server = await startIndexServer();
    const store = await mirrored(server);
    Object.assign(server.routes, simpleIndex({ one: [recent], two }));
    const indexes = [`${server.origin}/simple/`];
    const kept = await mirrorTo(store, indexes);
    expect(kept.summary.counts).toEqual({ unchanged: 3 });
    expect(listed(store)).toEqual(names([...one, ...two]));

    const first = await mirrorTo(store, indexes, { delete: true, clock: at('03:00:00') });
    expect(first.summary).toMatchObject({ ok: true, counts: { unchanged: 3, removed: 1 } });
    expect(first.outcomes[old.filename]).toBe('removed');
    expect(first.events.find(({ event }) => event === 'plan')).toMatchObject({
      steps: [{ filename: old.filename, action: 'remove', reason: 'the sources no longer list it' }],
    });
    expect(listed(store)).toEqual(names([recent, ...two]));
    // Whoever has read a page before still gets what it lists.
    expect(store.get(old.filename)).toBeDefined();

    const soon = await mirrorTo(store, indexes, { delete: true, clock: at('03:10:00') });
    expect(soon.summary.counts).toEqual({ unchanged: 3 });
    expect(store.get(old.filename)).toBeDefined();
    // Any run does it, as after an upload or a prune.
    const later = await mirrorTo(store, indexes, { clock: at('03:20:00') });
    expect(later.summary.counts).toEqual({ unchanged: 3 });
    expect(store.listed('').filter(({ key }) => key.includes(old.filename))).toEqual([]);
    expect(brokenPromises(store)).toEqual([]);
  });

  it('takes it back when it is listed again', async () => {
    await using server = await startIndexServer();
    const store = await mirrored(server);
    const indexes = [`${server.origin}/simple/`];
    Object.assign(server.routes, simpleIndex({ one: [recent], two }));
    await mirrorTo(store, indexes, { delete: true, clock: at('03:00:00') });
    Object.assign(server.routes, simpleIndex({ one, two }));
    expect((await mirrorTo(store, indexes, { delete: true, clock: at('03:05:00') })).summary.ok).toBe(true);
    expect(listed(store)).toEqual(names([...one, ...two]));
    await mirrorTo(store, indexes, { delete: true, clock: at('04:00:00') });
    expect(listed(store)).toEqual(names([...one, ...two]));
    expect(brokenPromises(store)).toEqual([]);
  });

  it('only says so in a dry run', async () => {
    await using server = await startIndexServer();
    const store = await mirrored(server);
    Object.assign(server.routes, simpleIndex({ one: [recent], two }));
    const before = store.listed('').map(({ key }) => key);
    const { summary } = await mirrorTo(store, [`${server.origin}/simple/`], { delete: true, dryRun: true });
    expect(summary).toMatchObject({ dryRun: true, counts: { unchanged: 3, removed: 1 } });
    expect(store.listed('').map(({ key }) => key)).toEqual(before);
  });

  it('leaves other projects alone, and those of other uploads of them', async () => {
    await using server = await startIndexServer();
    const store = await mirrored(server);
    const other = makeWheel({ project: 'other', version: '1.0' });
    await uploadFiles(openMemory({ store }), [other]);
    Object.assign(server.routes, simpleIndex({ one: [recent], two: [two[0]!] }));
    const options = { delete: true, projects: ['one'] };
    const { summary } = await mirrorTo(store, [`${server.origin}/simple/`], options);
    expect(summary).toMatchObject({ ok: true, counts: { removed: 1, unchanged: 1 } });
    expect(listed(store)).toEqual(names([recent, ...two, other]));
  });

  it('keeps the old while something new of the project cannot be copied', async () => {
    await using server = await startIndexServer();
    const store = await mirrored(server);
    const next = makeWheel({ project: 'one', version: '2.0' });
    Object.assign(server.routes, simpleIndex({ one: [recent, next], two: [two[1]!] }));
    server.routes[`/files/${next.filename}`] = (_, response) => void response.writeHead(500).end();
    const { summary, events } = await mirrorTo(store, [`${server.origin}/simple/`], { delete: true });
    expect(summary).toMatchObject({
      ok: false,
      exitCode: 1,
      counts: { failed: 1, removed: 1, unchanged: 2 },
    });
    expect(events.some((event) => event.event === 'warning' && event.message.includes('stay'))).toBe(true);
    expect(listed(store)).toEqual(names([...one, two[1]!]));
  });

  const half: Handler = (_, response) =>
    void response
      .writeHead(200, { 'content-type': 'text/html' })
      .end(`<html><body><a href="${recent.filename}">`);
  const status =
    (code: number): Handler =>
    (_, response) =>
      void response.writeHead(code).end();

  it.each<[string, string, Route]>([
    ['the root answers 500', '/simple/', status(500)],
    ['the root answers 404', '/simple/', status(404)],
    ['the root is empty', '/simple/', page([])],
    ['the root breaks off', '/simple/', half],
    ['the root is not a page', '/simple/', '<p>maintenance, back soon</p>'],
    ['a project answers 500', '/simple/one/', status(500)],
    ['a project answers 404', '/simple/one/', status(404)],
    ['a project is empty', '/simple/one/', page([])],
    ['a project breaks off', '/simple/one/', half],
    ['a project is not a page', '/simple/one/', 'maintenance'],
    [
      'a project answers with the page of another',
      '/simple/one/',
      page([{ url: `/files/${two[0]!.filename}` }]),
    ],
  ])('removes nothing when %s, and says so', async (_, path, route) => {
    await using server = await startIndexServer();
    const store = await mirrored(server);
    server.routes[path] = route;
    for (const selection of [{}, { projects: ['one', 'two'] }] satisfies Partial<MirrorOptions>[]) {
      const { summary, errors } = await mirrorTo(store, [`${server.origin}/simple/`], {
        ...selection,
        delete: true,
      });
      expect(summary.counts.removed).toBeUndefined();
      expect(listed(store)).toEqual(names([...one, ...two]));
      // Of projects that are asked for by name, the root is not read.
      const unasked = 'projects' in selection && path === '/simple/';
      expect({ ok: summary.ok, told: errors.length > 0 }).toEqual({ ok: unasked, told: !unasked });
    }
  });

  it('removes what is gone as a whole by force only, and never what could not be read', async () => {
    await using server = await startIndexServer();
    const store = await mirrored(server);
    Object.assign(server.routes, simpleIndex({ one }));
    const indexes = [`${server.origin}/simple/`];
    const held = await mirrorTo(store, indexes, { delete: true });
    expect(held.summary).toMatchObject({ ok: false, exitCode: 1, counts: { unchanged: 2 } });
    expect(held.errors).toEqual([
      'nothing of two is removed (2 files are no longer listed): no index lists it any more',
    ]);
    server.routes['/simple/one/'] = status(500);
    server.routes['/simple/'] = page([{ url: 'one/' }, { url: 'three/' }]);
    server.routes['/simple/three/'] = page([{ url: '/files/three-1.0.tar.gz' }]);
    await mirrorTo(store, indexes, { delete: true, force: true });
    expect(listed(store)).toEqual(names([...one, ...two]));
    Object.assign(server.routes, simpleIndex({ one }));
    const forced = await mirrorTo(store, indexes, { delete: true, force: true });
    expect(forced.summary).toMatchObject({ ok: true, counts: { removed: 2, unchanged: 2 } });
    expect(listed(store)).toEqual(names(one));
  });

  it('removes nothing while another index is away', async () => {
    await using server = await startIndexServer();
    const store = await mirrored(server);
    Object.assign(server.routes, simpleIndex({ one: [recent], two }));
    const indexes = [`${server.origin}/simple/`, 'http://127.0.0.1:1/simple/'];
    const { summary } = await mirrorTo(store, indexes, { delete: true, force: true });
    expect(summary).toMatchObject({ ok: false, counts: { unchanged: 3 } });
    expect(listed(store)).toEqual(names([...one, ...two]));
  });
});
