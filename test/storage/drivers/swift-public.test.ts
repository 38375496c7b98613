import { describe, expect, it } from 'vitest';
import type { WheelhouseEvent } from '../../../src/model/events.ts';
import { publicHeaders } from '../../../src/storage/drivers/swift/publication.ts';
import { bytesSource } from '../../../src/storage/source.ts';
import { account, startSwiftServer, type SwiftServer } from '../../servers/swift-server.ts';
import { openOn, openrc, startPlace, type Place } from './swift-places.ts';

// Proof: a container is public unless that is not wanted, where it is public is known, and failing at it stops nothing.

const website = { 'x-container-meta-web-index': 'index.html' };

describe('the headers that open a container', () => {
  it.each([
    ['nobody reads', {}, { 'x-container-read': '.r:*,.rlistings', ...website }],
    [
      'some read',
      { 'x-container-read': 'numpy:bob, .rlistings' },
      { 'x-container-read': 'numpy:bob,.rlistings,.r:*', ...website },
    ],
    ['all read', { 'x-container-read': '.r:*,.rlistings' }, website],
    [
      'has a page of its own',
      { 'x-container-meta-web-index': 'home.html' },
      { 'x-container-read': '.r:*,.rlistings' },
    ],
    ['is open', { 'x-container-read': '.r:*,.rlistings', ...website }, {}],
  ])('that %s', (_what, there, expected) => {
    expect(publicHeaders(there)).toEqual(expected);
  });
});

describe('an OpenStack container', () => {
  it('is public, a website, and says where', async () => {
    await using place = await startPlace({}, { url: 'swift://wheels/ci/dev builds' });
    const base = `${place.server.origin}/v1/AUTH_numpy/wheels/ci/dev%20builds`;
    expect(place.container.publicUrl()).toBe(`${base}/`);
    expect(place.container.publicUrl('a+b.whl')).toBe(`${base}/a%2Bb.whl`);
    expect(place.server.state.containers.get('wheels')?.headers).toMatchObject(website);
    await place.write('a+b.whl', 'x');
    expect(await (await fetch(place.container.publicUrl('a+b.whl') ?? '')).text()).toBe('x');
  });

  it('is opened once', async () => {
    await using place = await startPlace();
    await place.container.create();
    expect(place.requests('POST', /wheels$/)).toEqual([]);
  });

  it('opens the segments that it has already', async () => {
    await using server = await startSwiftServer();
    const sizes = { segmentThresholdBytes: 1, segmentBytes: 1 };
    const closed = await openOn(server, { enableCdn: false, ...sizes });
    await closed.create();
    await closed.write('a', bytesSource('ab'), { contentType: 'a/b' });
    await closed.close();
    const open = await openOn(server, sizes);
    await open.create();
    expect(server.state.containers.get('wheels_segments')?.headers['x-container-read']).toBe(
      '.r:*,.rlistings',
    );
    await open.close();
  });

  it('is left as it is with --no-enable-cdn', async () => {
    await using place = await startPlace({}, { enableCdn: false });
    expect(place.container.publicUrl('a')).toBeUndefined();
    expect(place.server.state.containers.get('wheels')?.headers).toEqual({});
    Object.assign(place.server.state.containers.get('wheels')?.headers ?? {}, { 'x-container-read': '.r:*' });
    await place.container.create();
    expect(place.container.publicUrl('a')).toBe(`${place.server.origin}/v1/AUTH_numpy/wheels/a`);
  });

  it('that cannot be opened is used all the same, with a warning', async () => {
    await using place = await startPlace({}, { enableCdn: false });
    const events: WheelhouseEvent[] = [];
    const container = await openOn(place.server, { onEvent: (event) => events.push(event) });
    place.server.controls.fault = ({ method, path }) =>
      method === 'POST' && path.endsWith('/wheels') ? { status: 403 } : undefined;
    await container.create();
    expect(container.publicUrl()).toBeUndefined();
    expect(events).toEqual([
      {
        event: 'warning',
        message: 'cannot make swift://wheels public: Forbidden (403)',
        hint: expect.stringContaining('--no-enable-cdn') as string,
      },
    ]);
    await container.close();
  });

  it('is not opened after an abort, and that is no warning', async () => {
    await using place = await startPlace({}, { enableCdn: false });
    const controller = new AbortController();
    const events: WheelhouseEvent[] = [];
    const container = await openOn(place.server, { onEvent: (event) => events.push(event) });
    place.server.controls.fault = ({ method, path }) => {
      if (method === 'POST' && path.endsWith('/wheels')) controller.abort();
      return undefined;
    };
    await expect(container.create(controller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(events).toEqual([]);
    await container.close();
  });
});

describe('a Rackspace container', () => {
  const openRackspace = (server: SwiftServer, more: Place = {}) =>
    openOn(server, {
      region: 'regionone',
      url: 'rackspace://wheels',
      environment: { ...openrc(server), OS_AUTH_URL: server.origin, OS_PASSWORD: account.apiKey ?? '' },
      ...more,
    });

  it('is on the CDN for as long as the original kept pages, and a website', async () => {
    await using server = await startSwiftServer();
    const container = await openRackspace(server, { url: 'rackspace://wheels/dev' });
    await container.create();
    expect(server.cdn.get('wheels')).toMatchObject({ 'x-cdn-enabled': 'True', 'x-ttl': '900' });
    expect(container.publicUrl('a+b.whl')).toBe('https://abc.ssl.cf1.rackcdn.example/dev/a%2Bb.whl');
    // Its objects are not opened themselves: that is what the CDN is for.
    expect(server.state.containers.get('wheels')?.headers).toEqual(website);
    const before = server.seen.filter(({ method }) => method === 'PUT').length;
    await container.create();
    expect(server.seen.filter(({ method }) => method === 'PUT')).toHaveLength(before);
    await container.close();
  });

  it('whose pages the CDN would keep for days gets a shorter time', async () => {
    await using server = await startSwiftServer();
    server.cdn.set('wheels', {
      'x-cdn-enabled': 'True',
      'x-ttl': '259200',
      'x-cdn-uri': 'http://old.example',
    });
    const container = await openRackspace(server);
    await container.create();
    expect(server.cdn.get('wheels')).toMatchObject({ 'x-ttl': '900' });
    await container.close();
  });

  it('is left as it is with --no-enable-cdn, and its URL is known if it has one', async () => {
    await using server = await startSwiftServer();
    const container = await openRackspace(server, { enableCdn: false });
    await container.create();
    expect(server.cdn.size).toBe(0);
    expect(container.publicUrl()).toBeUndefined();
    server.cdn.set('wheels', {
      'x-cdn-enabled': 'True',
      'x-ttl': '259200',
      'x-cdn-uri': 'http://old.example',
    });
    await container.create();
    expect(container.publicUrl('a')).toBe('http://old.example/a');
    await container.close();
  });

  it.each([403, 404, 500])('whose CDN answers %i is used all the same, with a warning', async (status) => {
    await using server = await startSwiftServer();
    const events: WheelhouseEvent[] = [];
    const container = await openRackspace(server, { onEvent: (event) => events.push(event) });
    server.controls.fault = ({ path }) => (path.startsWith('/cdn/') ? { status } : undefined);
    await container.create();
    expect(container.publicUrl()).toBeUndefined();
    expect(events.filter(({ event }) => event === 'warning')).toHaveLength(1);
    await container.close();
  });
});
