import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { WheelhouseEvent } from '../../../src/model/events.ts';
import { bytesSource } from '../../../src/storage/source.ts';
import { readText } from '../../conformance/contents.ts';
import { md5 } from '../../servers/swift-rules.ts';
import type { Fault } from '../../servers/swift-server.ts';
import { once, openOn, startPlace } from './swift-places.ts';

// Proof: nothing that pkgcloud gets wrong, and nothing that a network does, is lost, doubled or taken for success.

function reasons(events: readonly WheelhouseEvent[]): string[] {
  return events.flatMap((event) => (event.event === 'retry' ? [event.reason] : []));
}

describe('bytes', () => {
  it('are stored as they are by writers that come before the first login', async () => {
    await using place = await startPlace();
    const fresh = await openOn(place.server);
    // pkgcloud's upload() on a client without a token feeds what it is sent back into itself.
    const contents = Array.from({ length: 8 }, () => randomBytes(300_000));
    await Promise.all(
      contents.map((content, i) => fresh.write(`${i}.whl`, bytesSource(content), { contentType: 'a/b' })),
    );
    for (const [i, content] of contents.entries())
      expect(place.server.objects('wheels').get(`${i}.whl`)?.bytes.equals(content)).toBe(true);
    await fresh.close();
  });

  it.each([
    ['Keystone', {}, 60],
    ['a v1 service', { OS_IDENTITY_API_VERSION: '1', OS_USERNAME: 'numpy:ci' }, 60],
    [
      'a v1 service that does not say when a token ends',
      { OS_IDENTITY_API_VERSION: '1', OS_USERNAME: 'numpy:ci' },
      0,
    ],
  ])('are stored as they are while tokens of %s come to an end', async (_who, variables, tokenSeconds) => {
    await using place = await startPlace({ tokenSeconds });
    const environment = {
      OS_AUTH_URL: place.server.origin,
      OS_PASSWORD: 'pass word',
      OS_USERNAME: 'ci',
      OS_PROJECT_NAME: 'numpy',
      ...variables,
    };
    const fresh = await openOn(place.server, { environment });
    const content = randomBytes(2_000_000);
    await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        fresh.write(`${i}.whl`, bytesSource(content), { contentType: 'a/b' }),
      ),
    );
    for (let i = 0; i < 6; i++)
      expect(place.server.objects('wheels').get(`${i}.whl`)?.bytes.equals(content)).toBe(true);
    await fresh.close();
  });

  it.each([
    ['small ones, which the store refuses', 1000, '(422)'],
    ['large ones, which the answer betrays', 3_000_000, 'arrived damaged'],
  ])('that are damaged on the way are sent again: %s', async (_what, sizeBytes, reason) => {
    await using place = await startPlace();
    place.server.controls.fault = once('PUT', /a\.whl$/, 'damage');
    const content = randomBytes(sizeBytes);
    await place.write('a.whl', content);
    expect(place.server.objects('wheels').get('a.whl')?.bytes.equals(content)).toBe(true);
    expect(reasons(place.events)).toEqual([expect.stringContaining(reason) as string]);
  });

  it('that the store did not take because another writer was later are sent again', async () => {
    await using place = await startPlace();
    await place.write('page', 'theirs');
    const headers = { etag: md5('ours') };
    place.server.controls.fault = once('PUT', /page$/, { status: 202, headers });
    await place.write('page', 'ours');
    expect(place.stored('page')).toBe('ours');
  });

  it('whose MD5 the store does not tell are looked at, and sent again if they are not there', async () => {
    await using place = await startPlace();
    await place.write('page', 'old');
    place.server.controls.fault = once('PUT', /page$/, { status: 201 });
    await place.write('page', 'new');
    expect(place.stored('page')).toBe('new');
    expect(reasons(place.events)).toEqual([expect.stringContaining('arrived damaged') as string]);
  });

  it('are counted where the store is looked at', async () => {
    await using place = await startPlace();
    const taken = once('PUT', /page$/, { status: 202 });
    const headers = { etag: md5('ours'), 'content-length': '3' };
    const looked = once('HEAD', /page$/, { status: 200, headers });
    place.server.controls.fault = (request) => taken(request) ?? looked(request);
    await place.write('page', 'ours');
    expect(place.stored('page')).toBe('ours');
  });
});

describe('a source', () => {
  it.each([
    ['breaks', () => Promise.reject(new Error('the disk went away'))],
    ['goes on', () => Promise.resolve(Buffer.from('x'))],
  ])('that %s after its last byte leaves nothing', async (_what, next) => {
    await using place = await startPlace();
    const sizeBytes = 3_000_000;
    async function* chunks() {
      yield Buffer.alloc(sizeBytes);
      // The store has the object as soon as it has all the bytes: give it the time to.
      for (let i = 0; i < 20 && place.stored('a.whl') === undefined; i++) await delay(25);
      yield await next();
    }
    const source = { sizeBytes, open: () => Readable.from(chunks(), { objectMode: false }) };
    await expect(place.container.write('a.whl', source, { contentType: 'a/b' })).rejects.toThrow();
    expect(place.stored('a.whl')).toBeUndefined();
  });
});

describe('a status that pkgcloud takes for success', () => {
  it.each([408, 429, 498, 499, 500, 502, 503, 504, 507])('%i is tried again', async (status) => {
    await using place = await startPlace();
    await place.write('page', 'old');
    place.server.controls.fault = once('PUT', /page$/, { status });
    await place.write('page', 'new');
    expect(place.stored('page')).toBe('new');
    expect(reasons(place.events)).toEqual([expect.stringContaining(`(${status})`) as string]);
  });

  it.each([
    [301, 'REDIRECTED'],
    [400, 'REJECTED'],
    [403, 'FORBIDDEN'],
    [404, 'NOT_FOUND'],
    [409, 'REJECTED'],
    [412, 'PRECONDITION_FAILED'],
    [413, 'TOO_LARGE'],
  ])('%i fails at once, as %s', async (status, code) => {
    await using place = await startPlace();
    await place.write('page', 'old');
    place.server.controls.fault = ({ method }) => (method === 'PUT' ? { status } : undefined);
    await expect(place.write('page', 'new')).rejects.toMatchObject({ code });
    expect(place.requests('PUT', /page$/)).toHaveLength(2);
  });

  it('fails in the end when it stays', async () => {
    await using place = await startPlace();
    place.server.controls.fault = ({ method }) =>
      method === 'PUT' ? { status: 502, body: '<p>Bad\n gateway</p>' } : undefined;
    await expect(place.write('page', 'new')).rejects.toMatchObject({
      code: 'SERVER_ERROR',
      message: 'cannot write page: Bad gateway (502)',
    });
    expect(place.requests('PUT', /page$/)).toHaveLength(5);
  });
});

describe('a connection', () => {
  it.each<[string, Fault]>([
    ['is reset', 'reset'],
    ['is reset after the work was done', 'lose-answer'],
    ['falls silent', 'stall'],
  ])('that %s is taken up anew, to write', async (_what, fault) => {
    await using place = await startPlace({}, { idleTimeoutMs: 300 });
    place.server.controls.fault = once('PUT', /a\.whl$/, fault);
    await place.write('a.whl', 'x');
    expect(place.stored('a.whl')).toBe('x');
    expect(reasons(place.events)).toHaveLength(1);
  });

  it.each<[string, Fault]>([
    ['is reset', 'reset'],
    ['falls silent', 'stall'],
  ])('that %s is taken up anew, to read and to look up', async (_what, fault) => {
    await using place = await startPlace({}, { idleTimeoutMs: 300 });
    await place.write('a.whl', 'x');
    place.server.controls.fault = once('GET', /a\.whl$/, fault);
    expect(await readText(place.container, 'a.whl')).toBe('x');
    place.server.controls.fault = once('HEAD', /a\.whl$/, fault);
    expect(await place.container.stat('a.whl')).toMatchObject({ sizeBytes: 1 });
    expect(reasons(place.events)).toHaveLength(2);
  });

  it('that stays silent is a time-out', async () => {
    await using place = await startPlace({}, { idleTimeoutMs: 100 });
    place.server.controls.fault = () => 'stall';
    await expect(place.container.stat('a.whl')).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/^127\.0\.0\.1:\d+ moved no byte for 0\.1 s$/) as string,
    });
  });

  it('that breaks while much is sent is taken up anew', async () => {
    await using place = await startPlace();
    place.server.controls.fault = once('PUT', /a\.whl$/, 'cut');
    const content = randomBytes(20_000_000);
    await place.write('a.whl', content);
    expect(place.server.objects('wheels').get('a.whl')?.bytes.equals(content)).toBe(true);
  });

  it.each<[string, Fault]>([
    ['while it answers', 'hang-up-early'],
    ['before its answer gets through', 'cut'],
  ])(
    'that a store closes early, %s, gets asked why: a token that was revoked is renewed',
    async (_what, fault) => {
      await using place = await startPlace();
      place.server.revokeTokens();
      place.server.controls.fault = ({ method, headers }) =>
        method === 'PUT' && headers['x-auth-token'] === 'token-1' ? fault : undefined;
      const content = randomBytes(20_000_000);
      await place.write('a.whl', content);
      expect(place.server.objects('wheels').get('a.whl')?.bytes.equals(content)).toBe(true);
    },
  );

  it('that never comes about is an error of the network', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await using place = await startPlace();
    const environment = { OS_STORAGE_URL: `http://127.0.0.1:${port}/v1/x` };
    const lost = await openOn(place.server, {
      environment: {
        ...environment,
        OS_AUTH_URL: place.server.origin,
        OS_USERNAME: 'ci',
        OS_PASSWORD: 'pass word',
        OS_PROJECT_NAME: 'numpy',
      },
    });
    await expect(lost.stat('a.whl')).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('refuses the connection') as string,
    });
    await lost.close();
  });
});

describe('reading', () => {
  it('of what is not there gives nothing, not the page that says so', async () => {
    await using place = await startPlace();
    expect(await place.container.read('a.whl')).toBeUndefined();
  });

  it('of half an object is an error', async () => {
    await using place = await startPlace();
    await place.write('a.whl', Buffer.alloc(100_000));
    place.server.controls.fault = once('GET', /a\.whl$/, 'truncate');
    await expect(readText(place.container, 'a.whl')).rejects.toMatchObject({
      code: 'TRUNCATED',
    });
  });

  it('of half a range is an error: no MD5 tells', async () => {
    await using place = await startPlace();
    await place.write('a.whl', Buffer.alloc(100_000));
    place.server.controls.fault = once('GET', /a\.whl$/, 'truncate');
    await expect(readText(place.container, 'a.whl', { start: 10, end: 90_000 })).rejects.toMatchObject({
      code: 'TRUNCATED',
    });
  });

  it('of bytes that were damaged on the way is an error', async () => {
    await using place = await startPlace();
    const { tag } = await place.write('a.whl', 'right');
    place.server.controls.fault = once('GET', /a\.whl$/, {
      status: 200,
      headers: { etag: tag },
      body: 'wrong',
    });
    await expect(readText(place.container, 'a.whl')).rejects.toMatchObject({ code: 'TRUNCATED' });
  });

  it('that is given up early leaves no connection behind', async () => {
    await using place = await startPlace();
    await place.write('a.whl', Buffer.alloc(5_000_000));
    for (let i = 0; i < 80; i++) (await place.container.read('a.whl'))?.body.destroy();
    // A client has 64 sockets: the 65th request would wait for ever.
    expect(await place.container.stat('a.whl')).toBeDefined();
  });
});

describe('a redirect', () => {
  it('is not followed: the token would go along', async () => {
    await using elsewhere = await startPlace();
    await using place = await startPlace();
    const location = `${elsewhere.server.origin}/v1/AUTH_numpy/wheels/a.whl`;
    place.server.controls.fault = ({ method }) =>
      method === 'GET' ? { status: 302, headers: { location } } : undefined;
    await expect(place.container.read('a.whl')).rejects.toMatchObject({ code: 'REDIRECTED' });
    expect(elsewhere.server.seen).toEqual([]);
  });
});

describe('a conditional write', () => {
  it('whose answer was lost is known as its own', async () => {
    await using place = await startPlace();
    place.server.controls.fault = once('PUT', /page$/, 'lose-answer');
    const options = { contentType: 'text/html', condition: { ifAbsent: true } } as const;
    await place.container.write('page', bytesSource('ours'), options);
    expect(place.stored('page')).toBe('ours');
  });

  it("whose answer was lost does not take another writer's for its own", async () => {
    await using place = await startPlace();
    const original = place.server.state.answer.bind(place.server.state);
    place.server.controls.fault = (request) => {
      if (request.method !== 'PUT' || place.server.objects('wheels').has('page')) return undefined;
      original({
        ...request,
        container: 'wheels',
        key: 'page',
        query: new URLSearchParams(),
        headers: {},
        body: Buffer.from('theirs'),
      });
      return 'reset';
    };
    const options = { contentType: 'text/html', condition: { ifAbsent: true } } as const;
    await expect(place.container.write('page', bytesSource('ours'), options)).rejects.toMatchObject({
      code: 'PRECONDITION_FAILED',
    });
    expect(place.stored('page')).toBe('theirs');
  });
});
