import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../../src/storage/source.ts';
import { listKeys, readText } from '../../conformance/contents.ts';
import type { Fault } from '../../servers/swift-server.ts';
import { once, startPlace } from './swift-places.ts';

// Proof: an object that is being overwritten is never taken for one that is not there, and one that is not there is.

/** What a reader hears whose version was unlinked between the listing of an object's versions and the opening. */
const unlinked: Fault = { status: 404 };

describe('an object that is overwritten while it is asked for', () => {
  it.each(['GET', 'HEAD'])('is there, though a %s finds nothing at first', async (method) => {
    await using place = await startPlace();
    await place.write('page', 'x');
    place.server.controls.fault = once(method, /page$/, unlinked);
    if (method === 'GET') expect(await readText(place.container, 'page')).toBe('x');
    else expect(await place.container.stat('page')).toMatchObject({ sizeBytes: 1 });
    expect(place.requests(method, /page$/)).toHaveLength(2);
  });

  it('can be written in its place', async () => {
    await using place = await startPlace();
    const { tag } = await place.write('page', 'old');
    place.server.controls.fault = once('HEAD', /page$/, unlinked);
    const options = { contentType: 'text/html', condition: { ifTag: tag } } as const;
    await place.container.write('page', bytesSource('new'), options);
    expect(place.stored('page')).toBe('new');
  });

  it('is listed, though the listing does not know its size', async () => {
    await using place = await startPlace({ slo: false }, { segmentThresholdBytes: 1, segmentBytes: 1 });
    await place.write('big.whl', 'ab');
    place.server.controls.fault = once('HEAD', /\/wheels\/big\.whl$/, unlinked);
    expect(await listKeys(place.container)).toEqual(['big.whl']);
  });

  it('keeps the segments that its manifest names, though the answer to that was lost', async () => {
    await using place = await startPlace({}, { segmentThresholdBytes: 1, segmentBytes: 1 });
    const look = once('HEAD', /\/wheels\/big\.whl$/, unlinked);
    place.server.controls.fault = (request) =>
      request.method === 'PUT' && request.path.endsWith('/wheels/big.whl') ? 'lose-answer' : look(request);
    await expect(place.write('big.whl', 'ab')).rejects.toMatchObject({ code: 'NETWORK' });
    expect([...place.server.objects('wheels_segments').keys()]).toHaveLength(2);
  });
});

describe('an object that is not there', () => {
  it('is asked for twice, and then believed to be missing', async () => {
    await using place = await startPlace();
    expect(await place.container.stat('page')).toBeUndefined();
    expect(await place.container.read('page')).toBeUndefined();
    expect(place.server.seen.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'GET', 'GET']);
  });
});
