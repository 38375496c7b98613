import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHashes, hashFile } from '../../src/io/hash-file.ts';
import { hashNames, isDigest, type HashName } from '../../src/model/digest.ts';
import { makeFolder } from '../make-distribution.ts';

/** Of `abc`, from the standards (FIPS 180-4, RFC 1321) and, for BLAKE2b-256, from Python's hashlib. */
const digestsOfAbc: Record<HashName, string> = {
  md5: '900150983cd24fb0d6963f7d28e17f72',
  sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
  sha224: '23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7',
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha384: 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  sha512:
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  blake2b_256: 'bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319',
};
/** Of nothing. */
const emptyBlake2b = '0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8';

describe('createHashes', () => {
  it('knows every hash by its standard', async () => {
    const hashes = await createHashes(hashNames);
    hashes.update(Buffer.from('a'));
    hashes.update(new Uint8Array([98, 99]));
    const digests = hashes.digest();
    expect(digests).toEqual(digestsOfAbc);
    for (const name of hashNames) {
      const hex = digests[name];
      const forms = [hex, hex.slice(1), `${hex}0`, hex.toUpperCase()];
      expect(
        forms.map((form) => isDigest(name, form)),
        name,
      ).toEqual([true, false, false, false]);
    }
  });

  it('gives one digest for a name that is given twice', async () => {
    const hashes = await createHashes(['sha256', 'md5', 'sha256']);
    hashes.update(Buffer.from('abc'));
    expect(hashes.digest()).toEqual({ sha256: digestsOfAbc.sha256, md5: digestsOfAbc.md5 });
  });

  it('hashes nothing', async () => {
    const hashes = await createHashes(['blake2b_256', 'sha256']);
    expect(hashes.digest()).toEqual({
      blake2b_256: emptyBlake2b,
      sha256: createHash('sha256').digest('hex'),
    });
  });

  it('runs several side by side', async () => {
    const [a, b] = await Promise.all([createHashes(['blake2b_256']), createHashes(['blake2b_256'])]);
    a.update(Buffer.from('ab'));
    b.update(Buffer.from('other'));
    a.update(Buffer.from('c'));
    expect(a.digest().blake2b_256).toBe(digestsOfAbc.blake2b_256);
    expect(b.digest().blake2b_256).not.toBe(digestsOfAbc.blake2b_256);
  });
});

describe('hashFile', () => {
  const mebibyte = 1024 * 1024;

  it.each([0, 1, mebibyte - 1, mebibyte, mebibyte + 1, 5 * mebibyte + 17])(
    'hashes a file of %i bytes, whatever its chunks',
    async (sizeBytes) => {
      const bytes = Buffer.alloc(sizeBytes);
      for (let i = 0; i < sizeBytes; i += 1000) bytes.writeUInt8((i / 1000) % 251, i);
      await using folder = await makeFolder([{ filename: 'a.whl', bytes }]);
      const read = await hashFile(join(folder.path, 'a.whl'), ['sha256', 'md5']);
      expect(read).toEqual({
        sizeBytes,
        hashes: {
          sha256: createHash('sha256').update(bytes).digest('hex'),
          md5: createHash('md5').update(bytes).digest('hex'),
        },
      });
    },
  );

  it('tells how far it is', async () => {
    await using folder = await makeFolder([{ filename: 'a.whl', bytes: Buffer.alloc(3 * mebibyte) }]);
    const told: number[] = [];
    await hashFile(join(folder.path, 'a.whl'), ['sha256'], { onProgress: (done) => told.push(done) });
    expect(told.at(-1)).toBe(3 * mebibyte);
    expect(told).toEqual([...told].sort((a, b) => a - b));
  });

  it('names the file that it cannot read, not its folder', async () => {
    await using folder = await makeFolder();
    const missing = hashFile(join(folder.path, 'gone.whl'), ['sha256']);
    await expect(missing).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringMatching(/^cannot read gone\.whl: ENOENT/) as string,
    });
  });

  it('refuses a folder', async () => {
    await using folder = await makeFolder();
    await expect(hashFile(folder.path, ['sha256'])).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });

  it('does not begin once it is aborted', async () => {
    const read = hashFile('nowhere', ['sha256'], { signal: AbortSignal.abort() });
    await expect(read).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('stops in the middle when it is aborted', async () => {
    await using folder = await makeFolder();
    const path = join(folder.path, 'big.whl');
    await writeFile(path, Buffer.alloc(20 * mebibyte));
    const controller = new AbortController();
    let lastBytes = 0;
    const read = hashFile(path, ['sha256'], {
      signal: controller.signal,
      onProgress: (done) => {
        lastBytes = done;
        controller.abort();
      },
    });
    await expect(read).rejects.toMatchObject({ code: 'ABORTED' });
    expect(lastBytes).toBeLessThan(20 * mebibyte);
  });
});
