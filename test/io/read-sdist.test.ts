import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';
import { describe, expect, it } from 'vitest';
import type { WheelhouseError } from '../../src/model/errors.ts';
import { readSdist } from '../../src/io/read-sdist.ts';
import { makeFolder, makeMetadata, makeSdist, makeTar, makeZip } from '../make-distribution.ts';
import { distributionNames, distributionOf, distributionsFolder } from './distributions.ts';

const filename = 'crumb-1.0.tar.gz';
const metadata = makeMetadata({ project: 'crumb', version: '1.0' });
const pkgInfo = { name: 'crumb-1.0/PKG-INFO', content: metadata };

type Files = Parameters<typeof makeTar>[0];

async function tarGz(files: Files): Promise<Buffer> {
  return gzipSync(await makeTar(files));
}

/** A gzipped tar of entries that are not all plain files. */
async function specialTar(headers: readonly (Partial<Header> & { name: string; content?: string })[]) {
  const stream = pack();
  for (const { content = '', ...header } of headers) stream.entry(header, content);
  stream.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}

async function read(bytes: Buffer, { name = filename, contents = false } = {}) {
  await using folder = await makeFolder([{ filename: name, bytes }]);
  return await readSdist(join(folder.path, name), distributionOf(name, 'sdist'), { contents });
}

async function refusal(bytes: Buffer, options?: Parameters<typeof read>[1]): Promise<WheelhouseError> {
  return (await read(bytes, options).catch((thrown: unknown) => thrown)) as WheelhouseError;
}

describe('readSdist reads what real back-ends build', () => {
  const sdists = distributionNames.filter((name) => /\.(?:tar\.gz|zip)$/.test(name));

  it.each(sdists)('%s', async (name) => {
    const sdist = distributionOf(name, 'sdist');
    const path = join(distributionsFolder, name);
    const quick = await readSdist(path, sdist);
    expect(quick.metadata.version).toBe(sdist.version);
    expect(quick.metadataBytes.toString()).toMatch(/^Metadata-Version: [12]\.\d\n/);
    const whole = await readSdist(path, sdist, { contents: true });
    expect(whole.metadataBytes).toEqual(quick.metadataBytes);
    expect(whole.entryCount).toBeGreaterThanOrEqual(quick.entryCount);
    expect(whole.entries?.map((entry) => entry.name)).toContain(`${whole.facts?.metadataFolder}/PKG-INFO`);
    expect(whole.facts?.duplicates).toEqual([]);
  });

  it('has sdists of six back-ends, of distutils, and a zip', () => {
    expect(sdists.length).toBeGreaterThanOrEqual(10);
    expect(sdists.some((name) => name.endsWith('.zip'))).toBe(true);
  });
});

describe('readSdist', () => {
  it('stops at PKG-INFO unless it is asked for the contents', async () => {
    const { bytes } = await makeSdist({ project: 'crumb', version: '1.0' });
    const quick = await read(bytes);
    expect(quick).toMatchObject({ entryCount: 1 });
    expect(quick.entries).toBeUndefined();
    const whole = await read(bytes, { contents: true });
    expect(whole.entryCount).toBe(3);
    expect(whole.entries?.map(({ name }) => name)).toContain('crumb-1.0/crumb/__init__.py');
    expect(whole.facts).toMatchObject({ metadataFolder: 'crumb-1.0', packedBytes: bytes.length });
  });

  it.each(['1.0', '1.1', '1.2', '2.0', '2.1', '2.2', '2.3', '2.4', '2.5', '9.9'])(
    'reads Metadata-Version %s',
    async (version) => {
      const content = `Metadata-Version: ${version}\nName: crumb\nVersion: 1.0\n`;
      expect((await read(await tarGz([{ ...pkgInfo, content }]))).metadata.metadata_version).toBe(version);
    },
  );

  it('reads a PKG-INFO without Metadata-Version, as the oldest tools wrote it', async () => {
    const content = 'Name: crumb\nVersion: 1.0\nDescription: UNKNOWN\n';
    expect((await read(await tarGz([{ ...pkgInfo, content }]))).metadata.name).toBe('crumb');
  });

  it('reads a PKG-INFO in Latin-1 of metadata that is older than UTF-8', async () => {
    const content = Buffer.from(
      'Metadata-Version: 1.1\nName: crumb\nVersion: 1.0\nAuthor: Ren\xe9\n',
      'latin1',
    );
    expect((await read(await tarGz([{ ...pkgInfo, content }]))).metadata.author).toBe('René');
  });

  it('looks past PKG-INFO of egg-info folders and of packages inside', async () => {
    const bytes = await tarGz([
      { name: 'crumb-1.0/crumb.egg-info/PKG-INFO', content: 'Name: wrong\nVersion: 0\n' },
      { name: 'crumb-1.0/vendor/other-2/PKG-INFO', content: 'Name: wrong\nVersion: 0\n' },
      pkgInfo,
    ]);
    expect((await read(bytes)).metadata.name).toBe('crumb');
  });

  it('reads names that begin with ./ and long names', async () => {
    const long = `crumb-1.0/${'deep/'.repeat(60)}file.py`;
    const bytes = await tarGz([
      { name: './crumb-1.0/setup.py', content: '' },
      { name: long, content: 'x' },
      { ...pkgInfo, name: './crumb-1.0/PKG-INFO' },
    ]);
    const { entries, facts } = await read(bytes, { contents: true });
    expect(entries).toContainEqual({ name: long, sizeBytes: 1 });
    expect(facts?.metadataFolder).toBe('crumb-1.0');
  });

  it('reads an sdist whose folder is spelled in another way', async () => {
    const bytes = await tarGz([{ name: 'Crumb-1.0.0/PKG-INFO', content: metadata }]);
    expect((await read(bytes)).metadata.name).toBe('crumb');
  });

  it('reads gzip files of several members', async () => {
    const tar = await makeTar([pkgInfo]);
    const bytes = Buffer.concat([gzipSync(tar.subarray(0, 700)), gzipSync(tar.subarray(700))]);
    expect((await read(bytes, { contents: true })).metadata.name).toBe('crumb');
  });

  it.each<[string, Partial<Header>, boolean]>([
    ['a link to a file beside it', { type: 'symlink', linkname: 'PKG-INFO' }, false],
    ['a link to another folder', { type: 'symlink', linkname: '../docs/x' }, false],
    ['a link to the top folder', { type: 'symlink', linkname: '..' }, false],
    ['a link to nothing', { type: 'symlink', linkname: 'not-there' }, false],
    ['a link that leads out', { type: 'symlink', linkname: '../../x' }, true],
    ['a link to what holds the top folder', { type: 'symlink', linkname: '../..' }, true],
    ['a link that leads out on a detour', { type: 'symlink', linkname: 'a/../../../x' }, true],
    ['an absolute link', { type: 'symlink', linkname: '/etc/passwd' }, true],
    ['a hard link', { type: 'link', linkname: 'crumb-1.0/PKG-INFO' }, false],
    ['a hard link that leads out', { type: 'link', linkname: '../x' }, true],
    ['a hard link out of the top folder', { type: 'link', linkname: 'crumb-1.0/../../x' }, true],
    ['an absolute hard link', { type: 'link', linkname: '/etc/passwd' }, true],
    ['a pipe', { type: 'fifo' }, true],
    ['a device', { type: 'character-device', devmajor: 1, devminor: 3 }, true],
  ])('tells what pip will not unpack: %s', async (_, header, isTold) => {
    const name = 'crumb-1.0/src/entry';
    const bytes = await specialTar([pkgInfo, { name, ...header }]);
    const { facts } = await read(bytes, { contents: true });
    expect(facts?.refusedEntries).toEqual(isTold ? [name] : []);
  });

  it('takes the last of two PKG-INFO, as unpacking does, and tells of it', async () => {
    const second = { ...pkgInfo, content: `${metadata}second` };
    const { metadata: fields, facts } = await read(await tarGz([pkgInfo, second]), { contents: true });
    expect(fields.description).toBe('second');
    expect(facts?.duplicates).toEqual(['crumb-1.0/PKG-INFO']);
  });

  it('reads a zip', async () => {
    const bytes = makeZip([pkgInfo, { name: 'crumb-1.0/a.py', content: '' }]);
    const { metadata: fields, entryCount } = await read(bytes, { name: 'crumb-1.0.zip', contents: true });
    expect(fields.name).toBe('crumb');
    expect(entryCount).toBe(2);
  });
});

describe('readSdist refuses', () => {
  const file = (name: string, content = '') => ({ name, content });
  const cases: readonly (readonly [
    what: string,
    bytes: Buffer | Promise<Buffer>,
    code: string,
    message: RegExp,
  ])[] = [
    ['an HTML page', Buffer.from('<html>'), 'INVALID_ARCHIVE', /is an HTML page, not a \.tar\.gz file$/],
    [
      'a zip under the wrong name',
      makeZip([pkgInfo]),
      'INVALID_ARCHIVE',
      /is a zip file, not a \.tar\.gz file$/,
    ],
    [
      'a tar that is not compressed',
      makeTar([pkgInfo]),
      'INVALID_ARCHIVE',
      /is an uncompressed tar file, not/,
    ],
    ['a bzip2 file', Buffer.from('BZh91AY'), 'INVALID_ARCHIVE', /is a bzip2 file, not/],
    ['an empty file', Buffer.alloc(0), 'INVALID_ARCHIVE', /is an empty file, not/],
    [
      'a gzip file of something else',
      gzipSync('not a tar file'.repeat(100)),
      'INVALID_ARCHIVE',
      /damaged or cut off/,
    ],
    ['a gzip file of nothing', gzipSync(''), 'INVALID_ARCHIVE', /is an empty archive/],
    ['no PKG-INFO', tarGz([file('crumb-1.0/setup.py')]), 'INVALID_ARCHIVE', /has no crumb-1\.0\/PKG-INFO$/],
    [
      'a PKG-INFO outside of a folder',
      tarGz([file('PKG-INFO', metadata)]),
      'INVALID_ARCHIVE',
      /PKG-INFO outside of its top folder$/,
    ],
    [
      'several top folders',
      tarGz([file('a-1/x.py'), file('b-1/x.py'), pkgInfo]),
      'INVALID_ARCHIVE',
      /has several top folders: a-1, b-1$/,
    ],
    [
      'an absolute path',
      tarGz([file('/etc/passwd'), pkgInfo]),
      'INVALID_ARCHIVE',
      /\/etc\/passwd whose name is an absolute path$/,
    ],
    [
      'a path that climbs out',
      tarGz([file('crumb-1.0/../../x'), pkgInfo]),
      'INVALID_ARCHIVE',
      /whose name leads out of the archive$/,
    ],
    [
      'a symbolic link as PKG-INFO',
      specialTar([{ name: 'crumb-1.0/PKG-INFO', type: 'symlink', linkname: '/etc/passwd' }]),
      'INVALID_ARCHIVE',
      /PKG-INFO that is a symlink, not a file$/,
    ],
    [
      'a hard link as PKG-INFO',
      specialTar([{ name: 'crumb-1.0/PKG-INFO', type: 'link', linkname: 'crumb-1.0/x' }]),
      'INVALID_ARCHIVE',
      /PKG-INFO that is a link, not a file$/,
    ],
    [
      'a folder as PKG-INFO',
      specialTar([{ name: 'crumb-1.0/PKG-INFO', type: 'directory' }]),
      'INVALID_ARCHIVE',
      /PKG-INFO that is a directory, not a file$/,
    ],
    [
      'another project',
      tarGz([{ ...pkgInfo, content: makeMetadata({ project: 'other', version: '1.0' }) }]),
      'INVALID_METADATA',
      /is named for crumb, but its PKG-INFO says Name: other$/,
    ],
    [
      'another version',
      tarGz([{ ...pkgInfo, content: makeMetadata({ project: 'crumb', version: '0.0.0' }) }]),
      'INVALID_METADATA',
      /is named for version 1\.0, but its PKG-INFO says Version: 0\.0\.0$/,
    ],
    [
      'an empty PKG-INFO',
      tarGz([{ ...pkgInfo, content: '' }]),
      'INVALID_METADATA',
      /PKG-INFO without a Name$/,
    ],
    [
      'no version',
      tarGz([{ ...pkgInfo, content: 'Name: crumb\n' }]),
      'INVALID_METADATA',
      /PKG-INFO without a Version$/,
    ],
    [
      'new metadata that is not UTF-8',
      tarGz([{ ...pkgInfo, content: Buffer.from(`${metadata}\xe9`, 'latin1') }]),
      'INVALID_METADATA',
      /PKG-INFO that is not UTF-8$/,
    ],
  ];

  it.each(cases)('%s', async (_what, bytes, code, message) => {
    const error = await refusal(await bytes);
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ name: 'WheelhouseError', code });
    expect(error.message).toMatch(/^crumb-1\.0\.tar\.gz /);
    expect(error.message).not.toContain('\n');
    expect(error.hint).toBeTruthy();
  });

  it.each([
    ['at its end', (bytes: Buffer) => bytes.subarray(0, -9)],
    ['in its middle', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['right after its header', (bytes: Buffer) => bytes.subarray(0, 12)],
  ])('a file that was cut off %s', async (_where, cut) => {
    const noise = Buffer.from(Array.from({ length: 50_000 }, (_value, index) => (index * 7919) % 251));
    const whole = await tarGz([{ name: 'crumb-1.0/noise.bin', content: noise }, pkgInfo]);
    const error = await refusal(cut(whole), { contents: true });
    expect(error).toMatchObject({ code: 'INVALID_ARCHIVE' });
    expect(error.message).toMatch(/damaged or cut off \.tar\.gz file: /);
  });

  it.each([
    ['an HTML page', Buffer.from('<html>'), /is an HTML page, not an sdist$/],
    ['no PKG-INFO', makeZip([file('crumb-1.0/setup.py')]), /has no crumb-1\.0\/PKG-INFO$/],
    ['several top folders', makeZip([file('a/x'), file('b/x')]), /has several top folders: a, b$/],
    ['two PKG-INFO', makeZip([pkgInfo, pkgInfo]), /has 2 entries named crumb-1\.0\/PKG-INFO$/],
    ['a path that climbs out', makeZip([file('a/../../x'), pkgInfo]), /leads out of the archive$/],
  ])('as a zip: %s', async (_what, bytes, message) => {
    const error = await refusal(bytes, { name: 'crumb-1.0.zip' });
    expect(error.message).toMatch(message);
    expect(error.code).toBe('INVALID_ARCHIVE');
  });

  it('to go on once it is interrupted', async () => {
    const { bytes } = await makeSdist({ project: 'crumb', version: '1.0' });
    await using folder = await makeFolder([{ filename, bytes }]);
    const reading = readSdist(join(folder.path, filename), distributionOf(filename, 'sdist'), {
      signal: AbortSignal.abort(),
    });
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('a file that is not there', async () => {
    await using folder = await makeFolder();
    const reading = readSdist(join(folder.path, filename), distributionOf(filename, 'sdist'));
    await expect(reading).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});

describe('readSdist in bounded memory and time', () => {
  /** Far less than any of the bombs unpacks to. */
  async function withinBounds<T>(work: () => Promise<T>): Promise<T> {
    const before = process.memoryUsage().rss;
    const result = await work();
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
    return result;
  }

  /** A tar header, checksum included: also for sizes that the file does not have. */
  function tarHeader(name: string, sizeBytes: number, type = '0'): Buffer {
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write(sizeBytes.toString(8).padStart(11, '0'), 124);
    header.write(type, 156);
    header.write('ustar\x0000', 257, 'latin1');
    header.fill(' ', 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return header;
  }

  it('refuses a file that unpacks to a thousand times its size', async () => {
    // 1 GB of zeros in one member would take long to make: many members of 16 MB do the same.
    const member = gzipSync(Buffer.alloc(16 * 1024 * 1024), { level: 9 });
    const start = gzipSync(tarHeader('crumb-1.0/zeros.bin', 1024 ** 3));
    const bomb = Buffer.concat([start, ...Array.from({ length: 64 }, () => member)]);
    const error = await withinBounds(() => refusal(bomb));
    expect(error.message).toMatch(/unpacks to more than 50 times its size: a compression bomb$/);
    expect(error.code).toBe('INVALID_ARCHIVE');
  });

  it('refuses a PKG-INFO of 200 MB before it reads it', async () => {
    const error = await withinBounds(() =>
      refusal(gzipSync(tarHeader('crumb-1.0/PKG-INFO', 200 * 1024 * 1024))),
    );
    expect(error.message).toMatch(/has a PKG-INFO of 209715200 bytes: more than 16777216$/);
  });

  it('refuses a flood of PAX headers', async () => {
    const record = Buffer.alloc(1024 * 1024, 'a');
    record.write('1048576 comment=', 0);
    record.write('\n', record.length - 1);
    const header = Buffer.concat([tarHeader('PaxHeader', record.length, 'x'), record]);
    const member = gzipSync(Buffer.concat(Array.from({ length: 8 }, () => header)));
    const flood = Buffer.concat([
      ...Array.from({ length: 100 }, () => member),
      gzipSync(await makeTar([pkgInfo])),
    ]);
    const error = await withinBounds(() => refusal(flood));
    expect(error.message).toMatch(/a compression bomb$/);
  });

  it('refuses a single header that is larger than any path', async () => {
    const huge = Buffer.concat([tarHeader('PaxHeader', 1024 ** 3, 'x'), Buffer.alloc(1024)]);
    const error = await withinBounds(() => refusal(gzipSync(huge)));
    expect(error).toMatchObject({ code: 'INVALID_ARCHIVE' });
  });

  it('comes to the end of 200,000 empty gzip members', async () => {
    const empty = gzipSync('');
    const bytes = Buffer.concat([
      ...Array.from({ length: 200_000 }, () => empty),
      gzipSync(await makeTar([pkgInfo])),
    ]);
    expect((await withinBounds(() => read(bytes))).metadata.name).toBe('crumb');
  });

  it('refuses zlib data that is no gzip file', async () => {
    expect((await refusal(deflateSync(await makeTar([pkgInfo])))).code).toBe('INVALID_ARCHIVE');
  });
});
