import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { assertIntact, md5Of, sendHashed, verifiedBody } from '../../src/storage/hashed-body.ts';
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
    const { answer, md5 } = await sendHashed('a.whl', bytesSource(bytes), { onProgress }, collect);
    expect(answer.equals(bytes)).toBe(true);
    expect(md5).toBe(digest(bytes));
    expect(md5).toBe(await md5Of('a.whl', bytesSource(bytes)));
    expect(seen.at(-1)).toBe(sizeBytes);
  });

  it.each([
    ['fewer', 9],
    ['more', 1],
    ['some, not none', 0],
  ])('fails when %s bytes come', async (_what, sizeBytes) => {
    const source = { sizeBytes, open: () => Readable.from([Buffer.from('four')]) };
    await expect(sendHashed('a.whl', source, {}, collect)).rejects.toMatchObject({
      code: 'TRUNCATED',
      transient: false,
    });
  });

  it('ends the source when sending fails', async () => {
    const opened = new Readable({ read: () => undefined });
    opened.push('some');
    const sending = sendHashed('a.whl', { sizeBytes: 9, open: () => opened }, {}, async (body) => {
      for await (const chunk of body as Readable) throw new Error(`no room for ${String(chunk)}`);
    });
    await expect(sending).rejects.toThrow('no room for some');
    expect(opened.destroyed).toBe(true);
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

describe('verifiedBody', () => {
  const bytes = randomBytes(100_000);
  it.each([undefined, digest(bytes)])('lets pass what has the digest %s', async (md5) => {
    expect((await collect(verifiedBody('a.whl', Readable.from([bytes]), md5))).equals(bytes)).toBe(true);
  });

  it('fails at the end of what has another', async () => {
    const cut = Readable.from([bytes.subarray(1)]);
    await expect(collect(verifiedBody('a.whl', cut, digest(bytes)))).rejects.toMatchObject({
      code: 'TRUNCATED',
    });
  });

  it('ends the body when nobody wants the rest', async () => {
    const body = new Readable({ read: () => undefined });
    const verified = verifiedBody('a.whl', body, digest(bytes));
    verified.resume();
    verified.destroy();
    await new Promise((resolve) => body.once('close', resolve));
    expect(body.destroyed).toBe(true);
  });
});
