import { setTimeout as delay } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { listKeys, readText } from '../../conformance/contents.ts';
import { once, openOn, startPlace } from './swift-places.ts';

// Proof: no silence lasts, and nothing that moves is taken for silence.

describe('an answer that falls silent half way', () => {
  it('of an object is a time-out', async () => {
    await using place = await startPlace({}, { idleTimeoutMs: 300 });
    await place.write('a.whl', Buffer.alloc(100_000));
    place.server.controls.fault = once('GET', /a\.whl$/, 'stall-half-way');
    await expect(readText(place.container, 'a.whl')).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('of a listing is asked for again', async () => {
    await using place = await startPlace({}, { idleTimeoutMs: 300 });
    for (const key of ['a', 'b']) await place.write(key, '');
    place.server.controls.fault = once('GET', /wheels$/, 'stall-half-way');
    expect(await listKeys(place.container)).toEqual(['a', 'b']);
  });

  it('of an identity service is asked for again', async () => {
    await using place = await startPlace();
    const container = await openOn(place.server, { idleTimeoutMs: 300 });
    place.server.controls.fault = once('POST', /tokens$/, 'stall-half-way');
    expect(await listKeys(container)).toEqual([]);
    await container.close();
  });
});

describe('what takes longer than any silence may', () => {
  const idleTimeoutMs = 1000;
  const pieces = Array.from({ length: 12 }, (_, i) => `piece ${i},`);

  it('is written', async () => {
    await using place = await startPlace({}, { idleTimeoutMs });
    async function* slowly() {
      for (const piece of pieces) {
        await delay(100);
        yield Buffer.from(piece);
      }
    }
    const sizeBytes = pieces.join('').length;
    const source = { sizeBytes, open: () => Readable.from(slowly(), { objectMode: false }) };
    await place.container.write('a.whl', source, { contentType: 'a/b' });
    expect(place.stored('a.whl')).toBe(pieces.join(''));
    expect(place.events).toEqual([]);
  });

  it('is read', async () => {
    await using place = await startPlace({}, { idleTimeoutMs });
    await place.write('a.whl', pieces.join(''));
    place.server.controls.fault = once('GET', /a\.whl$/, 'trickle');
    expect(await readText(place.container, 'a.whl')).toBe(pieces.join(''));
  });

  it('is read by who takes that long', async () => {
    await using place = await startPlace({}, { idleTimeoutMs: 300 });
    const content = Buffer.alloc(5_000_000, 'x');
    await place.write('a.whl', content);
    const opened = await place.container.read('a.whl');
    await delay(900);
    let sizeBytes = 0;
    for await (const chunk of opened!.body) sizeBytes += (chunk as Buffer).length;
    expect(sizeBytes).toBe(content.length);
  });
});
