import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../../src/storage/source.ts';
import { listAll, readText } from '../../conformance/contents.ts';
import { once, startPlace } from './swift-places.ts';

// Proof: what is too large for one request is stored whole or not at all, and leaves nothing behind.

const sizes = { segmentThresholdBytes: 1000, segmentBytes: 1000 };
const content = randomBytes(9500).toString('hex').slice(0, 9500);

async function startLarge(options: { slo?: boolean; ceph?: boolean; maxFileBytes?: number } = {}) {
  const place = await startPlace({ maxFileBytes: 1000, ...options }, sizes);
  return { ...place, segments: () => [...place.server.objects('wheels_segments').keys()] };
}

describe.each([
  ['a static manifest', { slo: true }],
  ['a dynamic manifest', { slo: false }],
  ['a dynamic manifest, since static ones are not given back', { ceph: true }],
])('a large object with %s', (_what, rules) => {
  it('is stored in ranges, and is one object for who reads it', async () => {
    await using place = await startLarge(rules);
    const written = await place.write('big.whl', content);
    expect(place.segments()).toHaveLength(10);
    // What has no type gets one guessed by its name, which segments have none in.
    for (const { headers } of place.requests('PUT', /wheels_segments\/.*\d$/))
      expect(headers['content-type']).toBe('application/octet-stream');
    expect(await readText(place.container, 'big.whl')).toBe(content);
    expect(await readText(place.container, 'big.whl', { start: 995, end: 2005 })).toBe(
      content.slice(995, 2005),
    );
    const expected = { key: 'big.whl', sizeBytes: 9500, tag: written.tag };
    expect(await place.container.stat('big.whl')).toMatchObject(expected);
    expect(await listAll(place.container)).toMatchObject([expected]);
  });

  it('takes its segments with it when it is replaced or deleted', async () => {
    await using place = await startLarge(rules);
    await place.write('big.whl', content);
    const before = place.segments();
    await place.write('big.whl', content.slice(1));
    expect(place.segments()).toHaveLength(10);
    expect(place.segments().filter((name) => before.includes(name))).toEqual([]);
    await place.write('big.whl', 'small');
    expect(place.segments()).toEqual([]);
    await place.write('big.whl', content);
    await place.container.delete('big.whl');
    expect(place.segments()).toEqual([]);
    expect(await listAll(place.container)).toEqual([]);
  });

  it('is replaced though its segments cannot be deleted, with a warning', async () => {
    await using place = await startLarge(rules);
    await place.write('big.whl', content);
    place.server.controls.fault = ({ method }) => (method === 'DELETE' ? { status: 403 } : undefined);
    await place.write('big.whl', 'small');
    expect(place.stored('big.whl')).toBe('small');
    expect(place.events.map(({ event }) => event)).toEqual(['warning']);
  });

  it('leaves the segments of others alone', async () => {
    await using place = await startLarge(rules);
    await place.write('big.whl', content);
    await place.write('big.whl2', content);
    await place.container.delete('big.whl');
    expect(await readText(place.container, 'big.whl2')).toBe(content);
  });

  it('is sent again one segment at a time', async () => {
    await using place = await startLarge(rules);
    let left = 2;
    place.server.controls.fault = ({ method, path }) =>
      method === 'PUT' && path.endsWith('/00000003') && left-- > 0 ? { status: 503 } : undefined;
    await place.write('big.whl', content);
    expect(await readText(place.container, 'big.whl')).toBe(content);
    expect(place.requests('PUT', /\/0000000[12]$/)).toHaveLength(2);
    expect(place.requests('PUT', /\/00000003$/)).toHaveLength(3);
  });

  it.each(['/00000004', '/big.whl'])('leaves nothing when %s is refused', async (end) => {
    await using place = await startLarge(rules);
    place.server.controls.fault = ({ method, path }) =>
      method === 'PUT' && path.endsWith(end) ? { status: 403 } : undefined;
    await expect(place.write('big.whl', content)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(place.segments()).toEqual([]);
    expect(await place.container.stat('big.whl')).toBeUndefined();
  });

  it('leaves nothing when it is aborted', async () => {
    await using place = await startLarge(rules);
    const controller = new AbortController();
    const write = place.container.write('big.whl', bytesSource(content), {
      contentType: 'a/b',
      signal: controller.signal,
      onProgress: (doneBytes) => doneBytes > 5000 && controller.abort(),
    });
    await expect(write).rejects.toMatchObject({ code: 'ABORTED' });
    expect(place.segments()).toEqual([]);
  });

  it('keeps its segments when the answer to its manifest is lost for good', async () => {
    await using place = await startLarge(rules);
    place.server.controls.fault = ({ method, path }) =>
      method === 'PUT' && path.endsWith('/big.whl') ? 'lose-answer' : undefined;
    await expect(place.write('big.whl', content)).rejects.toMatchObject({ code: 'NETWORK' });
    expect(await readText(place.container, 'big.whl')).toBe(content);
  });

  it('knows its own manifest after a lost answer, though it was to be the first', async () => {
    await using place = await startLarge(rules);
    let left = 1;
    place.server.controls.fault = ({ method, path }) =>
      method === 'PUT' && path.endsWith('/big.whl') && left-- > 0 ? 'lose-answer' : undefined;
    const options = { contentType: 'a/b', condition: { ifAbsent: true } } as const;
    await place.container.write('big.whl', bytesSource(content), options);
    expect(await readText(place.container, 'big.whl')).toBe(content);
  });

  it('whose manifest stands for less than was sent gets it again', async () => {
    await using place = await startLarge(rules);
    const less = { status: 200, headers: { etag: '"x"', 'content-length': '9000' } };
    place.server.controls.fault = once('HEAD', /\/wheels\/big\.whl$/, less);
    await place.write('big.whl', content);
    expect(place.events).toMatchObject([
      { event: 'retry', reason: expect.stringContaining('9000') as string },
    ]);
    expect(await readText(place.container, 'big.whl')).toBe(content);
  });

  it('is read by whoever may read the container', async () => {
    await using place = await startLarge(rules);
    await place.write('big.whl', content);
    const answer = await fetch(place.container.publicUrl('big.whl') ?? '');
    expect(await answer.text()).toBe(content);
    expect(place.server.state.containers.get('wheels_segments')?.headers).toMatchObject({
      'x-container-read': '.r:*,.rlistings',
    });
  });
});

describe('segments', () => {
  it('are listed before a dynamic manifest stands for what is listed', async () => {
    await using place = await startLarge({ slo: false });
    place.server.controls.fault = once('GET', /wheels_segments$/, { status: 200, body: '[]' });
    await place.write('big.whl', content);
    const reason = expect.stringContaining('does not list all segments') as string;
    expect(place.events).toMatchObject([{ event: 'retry', reason }]);
    const [manifest] = place.requests('PUT', /\/wheels\/big\.whl$/);
    const listed = place.requests('GET', /wheels_segments$/);
    expect(place.server.seen.indexOf(manifest!)).toBeGreaterThan(place.server.seen.indexOf(listed.at(-1)!));
  });

  it('that another client gave a static manifest on Ceph are no hindrance', async () => {
    await using place = await startLarge({ ceph: true });
    await place.write('other.whl', content);
    const [first] = place.segments();
    place.server.objects('wheels').set('big.whl', {
      bytes: Buffer.from(content),
      headers: { 'content-type': 'a/b' },
      etag: 'e'.repeat(32),
      modified: new Date(),
      segments: [{ name: `/wheels_segments/${first!}`, bytes: 9500, hash: 'h'.repeat(32) }],
    });
    expect(await listAll(place.container)).toMatchObject([
      { key: 'big.whl', sizeBytes: 9500 },
      { key: 'other.whl', sizeBytes: 9500 },
    ]);
    await place.write('big.whl', 'small');
    await place.container.delete('big.whl');
    expect(await readText(place.container, 'other.whl')).toBe(content);
  });

  it('are opened at their ranges, so that nothing is held in memory', async () => {
    await using place = await startLarge();
    const opened: [number | undefined, number | undefined][] = [];
    const source = {
      sizeBytes: 9500,
      open: (start?: number, end?: number) => {
        opened.push([start, end]);
        return Readable.from([Buffer.from(content.slice(start, end))]);
      },
    };
    await place.container.write('big.whl', source, { contentType: 'a/b' });
    expect(new Set(opened.map(([start]) => start))).toEqual(
      new Set(Array.from({ length: 10 }, (_, i) => i * 1000)),
    );
    for (const [start = 0, end] of opened) expect(end).toBe(Math.min(start + 1000, 9500));
  });

  it('are larger where there would be too many of them', async () => {
    await using place = await startPlace({}, { segmentThresholdBytes: 1, segmentBytes: 1 });
    await place.write('big.whl', 'x'.repeat(2000));
    expect([...place.server.objects('wheels_segments').keys()]).toHaveLength(1000);
  });

  it('are needed: the store takes no more at once', async () => {
    await using place = await startPlace({ maxFileBytes: 1000 });
    await expect(place.write('big.whl', content)).rejects.toMatchObject({ code: 'TOO_LARGE' });
  });
});
