import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import { emptyBody, exactBody, type BodyExpectation } from '../../src/storage/exact-body.ts';

const bytes = randomBytes(100_000);
const md5 = createHash('md5').update(bytes).digest('hex');

const exact = (body: Readable, expected: Partial<BodyExpectation>) =>
  exactBody(body, {
    what: 'a.whl',
    sizeBytes: undefined,
    translate: () => new WheelhouseError('NETWORK', 'broken'),
    ...expected,
  });

describe('exactBody', () => {
  it.each<Partial<BodyExpectation>>([
    {},
    { sizeBytes: bytes.length },
    { md5 },
    { md5: '' },
    { sizeBytes: bytes.length, md5 },
  ])('lets pass what is as it was told: %j', async (expected) => {
    expect((await buffer(exact(Readable.from([bytes]), expected))).equals(bytes)).toBe(true);
  });

  it.each<[string, Partial<BodyExpectation>, string]>([
    ['has other bytes', { md5 }, 'arrived damaged'],
    ['has fewer bytes', { sizeBytes: bytes.length }, `99999 of 100000 bytes came`],
    ['has more bytes', { sizeBytes: 3 }, `99999 of 3 bytes came`],
    ['is cut short, whatever its digest', { sizeBytes: bytes.length, md5 }, 'was cut short'],
  ])('fails at the end of what %s', async (_what, expected, message) => {
    const body = exact(Readable.from([bytes.subarray(1)]), expected);
    await expect(buffer(body)).rejects.toMatchObject({
      code: 'TRUNCATED',
      message: expect.stringContaining(message) as string,
    });
  });

  it('tells what breaks it in the words of the store', async () => {
    const broken = new Readable({ read: () => broken.destroy(new Error('reset')) });
    await expect(buffer(exact(broken, { sizeBytes: 9 }))).rejects.toMatchObject({ code: 'NETWORK' });
  });

  it('ends the body when nobody wants the rest', async () => {
    const body = new Readable({ read: () => undefined });
    const reading = exact(body, { md5 });
    reading.resume();
    reading.destroy();
    await new Promise((resolve) => body.once('close', resolve));
    expect(body.destroyed).toBe(true);
  });

  it('ends the body when the signal ends', async () => {
    const body = new Readable({ read: () => undefined });
    const controller = new AbortController();
    const reading = exact(body, { signal: controller.signal });
    controller.abort();
    await expect(once(reading, 'close')).rejects.toMatchObject({ name: 'AbortError' });
    expect(body.destroyed).toBe(true);
  });
});

describe('emptyBody', () => {
  it('has no bytes', async () => {
    expect(await buffer(emptyBody())).toHaveLength(0);
  });
});
