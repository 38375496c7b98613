import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../src/storage/source.ts';
import type { Source } from '../../src/storage/container.ts';
import { hashBytes, verifiedSource } from '../../src/wheelhouse/verified-source.ts';

const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => i % 251));
const right = hashBytes(bytes);
const wrong = hashBytes(Buffer.from('others'));

/** Opens the bytes in chunks, as a file does. */
const chunked: Source = {
  sizeBytes: bytes.length,
  open: (start = 0, end = bytes.length) => {
    const stream = bytesSource(bytes).open(start, end);
    return stream.compose(async function* (source: AsyncIterable<Buffer>) {
      for await (const chunk of source)
        for (let i = 0; i < chunk.length; i += 300) yield chunk.subarray(i, i + 300);
    } as never) as ReturnType<Source['open']>;
  },
};

async function readAll(stream: AsyncIterable<Uint8Array>): Promise<{ bytes: Buffer; failed?: unknown }> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
  } catch (failed) {
    return { bytes: Buffer.concat(chunks), failed };
  }
  return { bytes: Buffer.concat(chunks) };
}

describe('verifiedSource', () => {
  it('gives the right bytes, as often as it is opened', async () => {
    const source = verifiedSource(chunked, 'a.whl', right);
    for (let i = 0; i < 2; i++) expect((await readAll(source.open())).bytes.equals(bytes)).toBe(true);
    await expect(source.verify()).resolves.toBeUndefined();
  });

  it('never gives the last of wrong bytes', async () => {
    const { bytes: given, failed } = await readAll(verifiedSource(chunked, 'a.whl', wrong).open());
    expect(given.length).toBe(900);
    expect(failed).toMatchObject({ code: 'HASH_MISMATCH', message: /a\.whl changed/ });
  });

  it('gives nothing of wrong bytes that come at once', async () => {
    const { bytes: given, failed } = await readAll(verifiedSource(bytesSource(bytes), 'a.whl', wrong).open());
    expect([given.length, failed]).toMatchObject([0, { code: 'HASH_MISMATCH' }]);
  });

  it('takes an empty file for what it is', async () => {
    const nothing = bytesSource('');
    expect(await readAll(verifiedSource(nothing, 'a.whl', hashBytes(Buffer.alloc(0))).open())).toEqual({
      bytes: Buffer.alloc(0),
    });
    expect((await readAll(verifiedSource(nothing, 'a.whl', right).open())).failed).toMatchObject({
      code: 'HASH_MISMATCH',
    });
  });

  it('verifies what is read at once, and offers that only where the source does', async () => {
    const source = verifiedSource(bytesSource(bytes), 'a.whl', right);
    expect(source.readAll?.().equals(bytes)).toBe(true);
    await expect(source.verify()).resolves.toBeUndefined();
    expect(() => verifiedSource(bytesSource(bytes), 'a.whl', wrong).readAll?.()).toThrow(/a\.whl changed/);
    expect(verifiedSource(chunked, 'a.whl', right).readAll).toBeUndefined();
  });

  it('passes parts on, and reads all again to verify them', async () => {
    let opened = 0;
    const counted: Source = { ...chunked, open: (...range) => (opened++, chunked.open(...range)) };
    const source = verifiedSource(counted, 'a.whl', right);
    expect((await readAll(source.open(0, 500))).bytes.equals(bytes.subarray(0, 500))).toBe(true);
    expect((await readAll(source.open(500))).bytes.equals(bytes.subarray(500))).toBe(true);
    await source.verify();
    await source.verify();
    expect(opened).toBe(3);
    await expect(verifiedSource(chunked, 'a.whl', wrong).verify()).rejects.toMatchObject({
      code: 'HASH_MISMATCH',
    });
  });

  it('tells when the file cannot be read any more', async () => {
    const broken: Source = {
      sizeBytes: 10,
      open: () => {
        const stream = bytesSource('0123456789').open();
        stream.destroy(new Error('disk on fire'));
        return stream;
      },
    };
    const { failed } = await readAll(verifiedSource(broken, 'a.whl', right).open());
    expect(String(failed)).toMatch(/disk on fire/);
  });
});
