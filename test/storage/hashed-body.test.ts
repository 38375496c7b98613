import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { assertIntact, digestOf, partOptions, sendHashed } from '../../src/storage/hashed-body.ts';
import { bytesSource } from '../../src/storage/source.ts';

const digest = (bytes: Uint8Array) => createHash('md5').update(bytes).digest('hex');

async function collect(body: Readable | Buffer): Promise<Buffer> {
  if (Buffer.isBuffer(body)) return body;
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('sendHashed', () => {
  it.each([0, 1, 300_000])('sends %i bytes, hashes them and tells its progress', async (sizeBytes) => {
    const bytes = randomBytes(sizeBytes);
    const seen: number[] = [];
    const onProgress = (doneBytes: number) => seen.push(doneBytes);
    const { answer, md5 } = await sendHashed(bytesSource(bytes), 'a.whl', { onProgress }, collect);
    expect(answer.equals(bytes)).toBe(true);
    expect(md5).toBe(digest(bytes));
    expect(md5).toBe(await digestOf('md5', bytesSource(bytes), 'a.whl'));
    expect(seen.at(-1)).toBe(sizeBytes);
  });

  it.each([
    ['fewer', 9],
    ['more', 1],
    ['some, not none', 0],
  ])('fails when %s bytes come', async (_what, sizeBytes) => {
    const source = { sizeBytes, open: () => Readable.from([Buffer.from('four')]) };
    await expect(sendHashed(source, 'a.whl', {}, collect)).rejects.toMatchObject({
      code: 'TRUNCATED',
      transient: false,
    });
  });

  it('ends the source when sending fails', async () => {
    const opened = new Readable({ read: () => undefined });
    opened.push('some');
    const sending = sendHashed({ sizeBytes: 9, open: () => opened }, 'a.whl', {}, async (body) => {
      for await (const chunk of body as Readable) throw new Error(`no room for ${String(chunk)}`);
    });
    await expect(sending).rejects.toThrow('no room for some');
    expect(opened.destroyed).toBe(true);
  });
});

describe('the options of a part', () => {
  it('count its progress from where it begins', () => {
    const seen: number[] = [];
    const { signal } = new AbortController();
    const options = partOptions({ signal, onProgress: (doneBytes) => seen.push(doneBytes) }, 100);
    options.onProgress?.(7);
    expect(seen).toEqual([107]);
    expect(options.signal).toBe(signal);
    expect(partOptions({}, 100)).toEqual({});
  });
});

describe('assertIntact', () => {
  it.each([undefined, '', 'aa'])('takes %j for what was sent', (stored) => {
    expect(() => assertIntact('a.whl', 'aa', stored)).not.toThrow();
  });

  it('throws what is tried again when the store has something else', () => {
    const damaged = expect.objectContaining({ code: 'TRUNCATED', transient: true }) as Error;
    expect(() => assertIntact('a.whl', 'aa', 'bb')).toThrow(damaged);
  });
});
