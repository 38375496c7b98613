import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../../src/storage/source.ts';
import { describeContainer, type ContainerTraits } from '../../conformance/container.ts';
import { listKeys, readText } from '../../conformance/contents.ts';
import { startSwiftServer, type Fault, type SwiftServerOptions } from '../../servers/swift-server.ts';
import { once, openOn, startPlace, type Place } from './swift-places.ts';

// Proof: the contract of containers, on a server with Swift's rules.

const traits: ContainerTraits = { conditionalWrites: false, tagIsDigest: true, manyObjects: 0 };

function openFresh(options: Place, serverOptions: SwiftServerOptions = {}) {
  return async () => {
    const server = await startSwiftServer(serverOptions);
    const another = () => openOn(server, options);
    return { container: await another(), another, cleanup: () => server[Symbol.asyncDispose]() };
  };
}

describeContainer('Swift, in one request', openFresh({ url: 'swift://wheels/a b' }, { pageSize: 1000 }), {
  ...traits,
  manyObjects: 2050,
});
describeContainer(
  'Swift, in static segments',
  openFresh({ segmentThresholdBytes: 5, segmentBytes: 300_000 }),
  traits,
);
describeContainer(
  'Swift, in dynamic segments',
  openFresh({ segmentThresholdBytes: 5, segmentBytes: 300_000 }, { slo: false }),
  traits,
);

describe('an object', () => {
  it('is stored with its content type and its cache header', async () => {
    await using place = await startPlace();
    await place.container.write('numpy.whl', bytesSource('x'), {
      contentType: 'application/octet-stream',
      cacheControl: 'max-age=60',
    });
    expect(place.server.objects('wheels').get('numpy.whl')?.headers).toMatchObject({
      'content-type': 'application/octet-stream',
      'cache-control': 'max-age=60',
    });
  });

  it('is asked for as it is: pkgcloud would ask for JSON', async () => {
    await using place = await startPlace();
    await place.write('page', 'x');
    await readText(place.container, 'page');
    expect(place.server.seen.map(({ headers }) => headers['accept'])).toEqual([undefined, undefined]);
  });

  it.each(['a//b', 'simple//', '/a', "it's (so)*!", 'a%2Fb', '..', 'a/./b'])(
    'is found under %s',
    async (key) => {
      await using place = await startPlace();
      await place.write(key, 'x');
      expect([...place.server.objects('wheels').keys()]).toEqual([key]);
      expect(await readText(place.container, key)).toBe('x');
      expect(await listKeys(place.container)).toEqual([key]);
    },
  );

  it('is refused where its name is too long for the store', async () => {
    await using place = await startPlace({}, { url: 'swift://wheels/x' });
    await expect(place.write('é'.repeat(512), 'x')).rejects.toMatchObject({ code: 'REJECTED' });
    expect(place.requests('PUT', /./)).toEqual([]);
    await place.write('é'.repeat(511), 'x');
  });

  it('is asked of all copies, for the newest', async () => {
    await using place = await startPlace();
    await place.write('page', 'x');
    await readText(place.container, 'page');
    await place.container.stat('page');
    const asked = [...place.requests('GET', /page$/), ...place.requests('HEAD', /page$/)];
    expect(asked.map(({ headers }) => headers['x-newest'])).toEqual(['true', 'true']);
  });

  it('costs one request to write, and one to look up or read', async () => {
    await using place = await startPlace();
    for (const key of ['a', 'b', 'c']) await place.write(key, key);
    await place.container.stat('a');
    await readText(place.container, 'a');
    expect(place.server.seen.map(({ method }) => method)).toEqual(['PUT', 'PUT', 'PUT', 'HEAD', 'GET']);
  });

  it('is sent with a condition, which is kept as far as the store can', async () => {
    await using place = await startPlace();
    const lost = { code: 'PRECONDITION_FAILED' };
    const write = (content: string, condition: { ifAbsent: true } | { ifTag: string }) =>
      place.container.write('page', bytesSource(content), { contentType: 'text/html', condition });
    const { tag } = await write('1', { ifAbsent: true });
    await expect(write('2', { ifAbsent: true })).rejects.toMatchObject(lost);
    await expect(write('2', { ifTag: 'f'.repeat(32) })).rejects.toMatchObject(lost);
    expect(place.stored('page')).toBe('1');
    await write('2', { ifTag: tag });
    expect(place.stored('page')).toBe('2');
  });
});

describe('a listing', () => {
  it('ends with the page that is empty, whatever the operator made the limit', async () => {
    await using place = await startPlace({ pageSize: 3 });
    for (const key of ['a', 'b+c', 'd e', 'é', 'f&g', 'h']) await place.write(key, '');
    expect(await listKeys(place.container)).toEqual(['a', 'b+c', 'd e', 'f&g', 'h', 'é']);
    expect(place.requests('GET', /wheels$/)).toHaveLength(3);
  });

  it.each([
    ['no JSON', '<html>', 'INVALID_LISTING'],
    ['half a page', '[{"name": "a"}, {"na', 'TRUNCATED'],
    ['no array', '{"error": "x"}', 'INVALID_LISTING'],
  ])('that is %s is an error, not a wait without end', async (_what, body, code) => {
    await using place = await startPlace();
    place.server.controls.fault = () => ({ status: 200, body });
    await expect(listKeys(place.container)).rejects.toMatchObject({ code });
  });

  it('that does not go on after its page is an error, not a loop', async () => {
    await using place = await startPlace();
    const page = JSON.stringify([
      { name: 'a', bytes: 1 },
      { name: 'b', bytes: 1 },
    ]);
    place.server.controls.fault = () => ({ status: 200, body: page });
    await expect(listKeys(place.container)).rejects.toMatchObject({ code: 'INVALID_LISTING' });
  });

  it.each<Fault>(['truncate', 'headers-only'])(
    'that is cut short is read again, never taken for the whole: %s',
    async (fault) => {
      await using place = await startPlace();
      for (const key of ['a', 'b', 'c']) await place.write(key, '');
      place.server.controls.fault = once('GET', /wheels$/, fault);
      expect(await listKeys(place.container)).toEqual(['a', 'b', 'c']);
      expect(place.requests('GET', /wheels$/)).toHaveLength(3);
    },
  );
});
