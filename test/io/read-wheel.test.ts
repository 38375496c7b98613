import { truncate, writeFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { WheelhouseError } from '../../src/model/errors.ts';
import { readWheel } from '../../src/io/read-wheel.ts';
import {
  makeFolder,
  makeMetadata,
  makeWheel,
  makeZip,
  sha256Of,
  type ZipEntry,
} from '../make-distribution.ts';
import { distributionNames, distributionOf, distributionsFolder } from './distributions.ts';
import { endRecord, patchZip, toZip64 } from './patch-zip.ts';

const filename = 'crumb-1.0-py3-none-any.whl';
const info = 'crumb-1.0.dist-info';
const metadata = makeMetadata({ project: 'crumb', version: '1.0' });
const made = makeWheel({ project: 'crumb', version: '1.0' });

/** The entries of a small good wheel, some of them replaced, left out (undefined) or added. */
function entries(changes: Record<string, string | Buffer | undefined> = {}): ZipEntry[] {
  const all: Record<string, string | Buffer | undefined> = {
    'crumb/__init__.py': '',
    [`${info}/METADATA`]: metadata,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\n',
    [`${info}/RECORD`]: '',
    ...changes,
  };
  return Object.entries(all).flatMap(([name, content]) => (content === undefined ? [] : [{ name, content }]));
}

async function read(bytes: Buffer, name = filename, contents = false) {
  await using folder = await makeFolder([{ filename: name, bytes }]);
  return await readWheel(join(folder.path, name), distributionOf(name, 'wheel'), { contents });
}

describe('readWheel reads what real back-ends build', () => {
  const wheels = distributionNames.filter((name) => name.endsWith('.whl'));

  it.each(wheels)('%s', async (name) => {
    const wheel = distributionOf(name, 'wheel');
    const path = join(distributionsFolder, name);
    const quick = await readWheel(path, wheel);
    expect(quick.metadata.version).toBe(wheel.version);
    expect(quick.metadataBytes.toString()).toContain(`\nVersion: ${wheel.version}\n`);
    expect(quick.entries).toBeUndefined();
    const whole = await readWheel(path, wheel, { contents: true });
    expect(whole.metadataBytes).toEqual(quick.metadataBytes);
    expect(whole.entryCount).toBe(quick.entryCount);
    expect(whole.entries?.map((entry) => entry.name)).toContain(`${whole.facts?.metadataFolder}/RECORD`);
    expect(whole.facts).toMatchObject({ duplicates: [], foreignCompression: [], commented: false });
    expect(whole.facts).toMatchObject({ prefixed: false, unrecorded: [], unfound: [] });
  });

  it('adds up what its entries unpack to', async () => {
    const bytes = makeZip(entries({ 'crumb/zeros.bin': Buffer.alloc(1_000_000) }));
    const { entries: listed = [], facts } = await read(bytes, filename, true);
    expect(facts?.packedBytes).toBe(bytes.length);
    expect(facts?.unpackedBytes).toBe(listed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
    expect(facts?.unpackedBytes).toBeGreaterThan(1_000_000);
  });

  it('has wheels of six back-ends and more to read', () => {
    expect(wheels.length).toBeGreaterThanOrEqual(9);
  });
});

describe('readWheel', () => {
  it('gives the bytes of METADATA as they are', async () => {
    const { metadataBytes } = await read(made.bytes);
    expect(metadataBytes.toString()).toBe(made.metadata);
  });

  it('lists files with their sizes, without folders', async () => {
    const zip = makeZip([{ name: 'crumb/', content: '', store: true }, ...entries({ 'crumb/a.py': 'four' })]);
    const { entries: listed, entryCount } = await read(zip, filename, true);
    expect(entryCount).toBe(6);
    expect(listed).toHaveLength(5);
    expect(listed).toContainEqual({ name: 'crumb/a.py', sizeBytes: 4 });
  });

  it.each([
    ['name in another case and spelling', 'crumb', 'Crumb'],
    ['dots and dashes', 'crumb_b.a', 'crumb-b_a'],
  ])('compares names as PEP 503 does: %s', async (_case, inFile, inMetadata) => {
    const folder = `${inFile}-1.0.dist-info`;
    const zip = makeZip([
      { name: `${folder}/METADATA`, content: makeMetadata({ project: inMetadata, version: '1.0' }) },
      { name: `${folder}/WHEEL`, content: '' },
      { name: `${folder}/RECORD`, content: '' },
    ]);
    expect((await read(zip, `${inFile}-1.0-py3-none-any.whl`)).metadata.name).toBe(inMetadata);
  });

  it('compares versions as PEP 440 does', async () => {
    const zip = makeZip(
      entries({ [`${info}/METADATA`]: makeMetadata({ project: 'crumb', version: 'v1.0.0' }) }),
    );
    expect((await read(zip)).metadata.version).toBe('v1.0.0');
  });

  it('takes no vendored package for the wheel itself', async () => {
    const zip = makeZip(entries({ 'crumb/_vendor/other-2.0.dist-info/METADATA': 'Name: other' }));
    expect((await read(zip)).metadata.name).toBe('crumb');
  });

  it('reads zip64 archives', async () => {
    const { metadataBytes, facts } = await read(toZip64(makeZip(entries())), filename, true);
    expect(metadataBytes.toString()).toBe(metadata);
    expect(facts?.prefixed).toBe(false);
  });

  it('reads stored entries, and a byte order mark', async () => {
    const zip = makeZip(
      entries({ [`${info}/METADATA`]: `\uFEFF${metadata}` }).map((entry) => ({ ...entry, store: true })),
    );
    expect((await read(zip)).metadata.name).toBe('crumb');
  });
});

describe('readWheel refuses', () => {
  const good = makeZip(entries());
  const metadataEntry = `${info}/METADATA`;
  const big = Buffer.alloc(17 * 1024 * 1024, 'a');
  const cases: readonly (readonly [what: string, bytes: Buffer, code: string, message: RegExp])[] = [
    [
      'an HTML page',
      Buffer.from('\n<!DOCTYPE html><html><body>Log in</body></html>'),
      'INVALID_ARCHIVE',
      /is an HTML page, not a wheel$/,
    ],
    [
      'an HTML page with a byte order mark',
      Buffer.from('\uFEFF<html>'),
      'INVALID_ARCHIVE',
      /is an HTML page, not a wheel$/,
    ],
    [
      'a long HTML page',
      Buffer.from(`<!doctype html>${'x'.repeat(200_000)}`),
      'INVALID_ARCHIVE',
      /is an HTML page/,
    ],
    [
      'an error in JSON',
      Buffer.from('{"message":"404 Not Found"}'),
      'INVALID_ARCHIVE',
      /is a JSON document, not a wheel$/,
    ],
    [
      'an S3 error',
      Buffer.from('<?xml version="1.0"?><Error><Code>NoSuchKey</Code></Error>'),
      'INVALID_ARCHIVE',
      /is an XML document/,
    ],
    [
      'a Git LFS pointer',
      Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:0\n'),
      'INVALID_ARCHIVE',
      /is a Git LFS pointer/,
    ],
    ['an empty file', Buffer.alloc(0), 'INVALID_ARCHIVE', /is an empty file/],
    ['a sparse file', Buffer.alloc(4096), 'INVALID_ARCHIVE', /is a file of zero bytes/],
    ['an sdist', gzipSync('x'), 'INVALID_ARCHIVE', /is a gzip file, not a wheel$/],
    ['noise', Buffer.from([1, 2, 3, 4]), 'INVALID_ARCHIVE', /is not a wheel: /],
    ['a zip cut off', good.subarray(0, good.length - 40), 'INVALID_ARCHIVE', /damaged or cut off zip file/],
    ['a zip cut off early', good.subarray(0, 60), 'INVALID_ARCHIVE', /damaged or cut off zip file/],
    [
      'bytes after the end',
      Buffer.concat([good, Buffer.from('more')]),
      'INVALID_ARCHIVE',
      /damaged or cut off zip file/,
    ],
    [
      'a zip without dist-info',
      makeZip([{ name: 'a.py', content: '' }]),
      'INVALID_ARCHIVE',
      /without a \.dist-info folder/,
    ],
    ['an empty zip', makeZip([]), 'INVALID_ARCHIVE', /without a \.dist-info folder/],
    [
      'no METADATA',
      makeZip(entries({ [metadataEntry]: undefined })),
      'INVALID_ARCHIVE',
      /has no crumb-1\.0\.dist-info\/METADATA$/,
    ],
    [
      'no WHEEL',
      makeZip(entries({ [`${info}/WHEEL`]: undefined })),
      'INVALID_ARCHIVE',
      /has no crumb-1\.0\.dist-info\/WHEEL$/,
    ],
    [
      'no RECORD',
      makeZip(entries({ [`${info}/RECORD`]: undefined })),
      'INVALID_ARCHIVE',
      /has no crumb-1\.0\.dist-info\/RECORD$/,
    ],
    [
      'two METADATA',
      makeZip([...entries(), { name: metadataEntry, content: metadata }]),
      'INVALID_ARCHIVE',
      /has 2 entries named .*METADATA$/,
    ],
    [
      'two dist-info folders',
      makeZip(entries({ 'other-1.0.dist-info/METADATA': '' })),
      'INVALID_ARCHIVE',
      /has 2 \.dist-info folders/,
    ],
    [
      'METADATA of another project',
      makeZip(entries({ [metadataEntry]: makeMetadata({ project: 'other', version: '1.0' }) })),
      'INVALID_METADATA',
      /is named for crumb, but its METADATA says Name: other$/,
    ],
    [
      'METADATA of another version',
      makeZip(entries({ [metadataEntry]: makeMetadata({ project: 'crumb', version: '1.1' }) })),
      'INVALID_METADATA',
      /is named for version 1\.0, but its METADATA says Version: 1\.1$/,
    ],
    [
      'METADATA without a name',
      makeZip(entries({ [metadataEntry]: 'Version: 1.0\n' })),
      'INVALID_METADATA',
      /without a Name$/,
    ],
    [
      'METADATA without a version',
      makeZip(entries({ [metadataEntry]: 'Name: crumb\n' })),
      'INVALID_METADATA',
      /without a Version$/,
    ],
    [
      'METADATA in Latin-1',
      makeZip(entries({ [metadataEntry]: Buffer.from(`${metadata}\xe9`, 'latin1') })),
      'INVALID_METADATA',
      /that is not UTF-8$/,
    ],
    [
      'METADATA of 17 MB',
      makeZip(entries({ [metadataEntry]: big })),
      'INVALID_ARCHIVE',
      /METADATA of 17825792 bytes: more than 16777216$/,
    ],
    [
      'METADATA that unpacks to more than it claims',
      patchZip(makeZip(entries({ [metadataEntry]: big })), metadataEntry, (zip, { central }) =>
        zip.writeUInt32LE(100, central + 24),
      ),
      'INVALID_ARCHIVE',
      /unpacks to more than the 100 bytes that it claims$/,
    ],
    [
      'METADATA that unpacks to less than it claims',
      patchZip(good, metadataEntry, (zip, { central }) => zip.writeUInt32LE(5000, central + 24)),
      'INVALID_ARCHIVE',
      /not 5000 bytes$/,
    ],
    [
      'METADATA with a wrong CRC-32',
      patchZip(good, metadataEntry, (zip, { central }) => zip.writeUInt32LE(1, central + 16)),
      'INVALID_ARCHIVE',
      /its CRC-32 is wrong$/,
    ],
    [
      'METADATA that another parser sees under another name',
      patchZip(good, metadataEntry, (zip, { local }) => zip.write('X', local + 30)),
      'INVALID_ARCHIVE',
      /local header has another name$/,
    ],
    [
      'METADATA without a local header',
      patchZip(good, metadataEntry, (zip, { local }) => zip.write('XX', local)),
      'INVALID_ARCHIVE',
      /no local header/,
    ],
    [
      'METADATA compressed as only some read it',
      patchZip(good, metadataEntry, (zip, { central }) => zip.writeUInt16LE(12, central + 10)),
      'INVALID_ARCHIVE',
      /compressed by method 12/,
    ],
    [
      'METADATA whose bytes are damaged',
      patchZip(good, metadataEntry, (zip, { local }) =>
        zip.fill(0xff, local + 30 + metadataEntry.length, local + 40 + metadataEntry.length),
      ),
      'INVALID_ARCHIVE',
      /damaged entry/,
    ],
    [
      'an encrypted entry',
      patchZip(good, 'crumb/__init__.py', (zip, { central }) => zip.writeUInt16LE(1, central + 8)),
      'INVALID_ARCHIVE',
      /has an encrypted entry crumb\/__init__\.py$/,
    ],
    [
      'strong encryption',
      patchZip(good, 'crumb/__init__.py', (zip, { central }) => zip.writeUInt16LE(0x41, central + 8)),
      'INVALID_ARCHIVE',
      /encrypt/,
    ],
    [
      'a lying stored size',
      patchZip(
        makeZip(entries().map((entry) => ({ ...entry, store: true }))),
        'crumb/__init__.py',
        (zip, { central }) => zip.writeUInt32LE(9, central + 24),
      ),
      'INVALID_ARCHIVE',
      /damaged central directory/,
    ],
    [
      'a size beyond the file',
      patchZip(good, metadataEntry, (zip, { central }) => zip.writeUInt32LE(100_000, central + 20)),
      'INVALID_ARCHIVE',
      /overlap|outside/,
    ],
    [
      'overlapping entries',
      patchZip(good, 'crumb/__init__.py', (zip, { central }) => zip.writeUInt32LE(500, central + 20)),
      'INVALID_ARCHIVE',
      /overlap each other$/,
    ],
    [
      'two entries for one range',
      patchZip(good, `${info}/WHEEL`, (zip, { central }) => zip.writeUInt32LE(0, central + 42)),
      'INVALID_ARCHIVE',
      /overlap each other$/,
    ],
    ['a count of entries that lies', overwrite(good, 10, 9), 'INVALID_ARCHIVE', /damaged central directory/],
    [
      'a central directory that is elsewhere',
      overwrite(good, 16, 3),
      'INVALID_ARCHIVE',
      /damaged central directory/,
    ],
    [
      'two zips in one file, of which pip would read the last and others the first',
      Buffer.concat([good, good]),
      'INVALID_ARCHIVE',
      /damaged central directory: it does not end where the end record begins$/,
    ],
    [
      'two zip64 archives in one file',
      Buffer.concat([toZip64(good), toZip64(good)]),
      'INVALID_ARCHIVE',
      /does not end where the end record begins$/,
    ],
    [
      'bytes before a zip that do not count in its offsets',
      Buffer.concat([Buffer.from('#!/bin/sh\n'), good]),
      'INVALID_ARCHIVE',
      /does not end where the end record begins$/,
    ],
    [
      'a name that climbs out',
      makeZip(entries({ '../evil.py': '' })),
      'INVALID_ARCHIVE',
      /\.\.\/evil\.py whose name leads out/,
    ],
    [
      'a name that climbs out on Windows',
      makeZip(entries({ 'a\\..\\..\\evil.py': '' })),
      'INVALID_ARCHIVE',
      /leads out of the archive$/,
    ],
    ['an absolute name', makeZip(entries({ '/etc/evil': '' })), 'INVALID_ARCHIVE', /is an absolute path$/],
    ['a drive', makeZip(entries({ 'C:evil': '' })), 'INVALID_ARCHIVE', /is an absolute path$/],
    [
      'a NUL in a name',
      makeZip(entries({ 'a\0.py': '' })),
      'INVALID_ARCHIVE',
      /"a\\u0000\.py" whose name has control characters$/,
    ],
  ];

  function overwrite(zip: Buffer, field: number, value: number): Buffer {
    const copy = Buffer.from(zip);
    copy.writeUInt16LE(value, endRecord(copy) + field);
    return copy;
  }

  it.each(cases)('%s', async (_what, bytes, code, message) => {
    const error = (await read(bytes).catch((thrown: unknown) => thrown)) as WheelhouseError;
    expect(error.message).toMatch(message);
    expect(error).toMatchObject({ name: 'WheelhouseError', code, exitCode: 1 });
    expect(error.message).toMatch(/^crumb-1\.0-py3-none-any\.whl /);
    expect(error.message).not.toContain('\n');
    expect(error.hint).toBeTruthy();
  });

  it('a wheel that was renamed to stamp its version', async () => {
    await expect(read(made.bytes, 'crumb-1.0+today-py3-none-any.whl')).rejects.toMatchObject({
      code: 'INVALID_METADATA',
      message: expect.stringContaining('crumb-1.0.dist-info, which is another name or version') as string,
    });
  });

  it('a file that is not there', async () => {
    await using folder = await makeFolder();
    await expect(
      readWheel(join(folder.path, filename), distributionOf(filename, 'wheel')),
    ).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
    });
  });

  it('to go on once it is interrupted', async () => {
    await using folder = await makeFolder([{ filename, bytes: made.bytes }]);
    const reading = readWheel(join(folder.path, filename), distributionOf(filename, 'wheel'), {
      signal: AbortSignal.abort(),
    });
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

describe('readWheel tells the facts of', () => {
  it.each([
    [
      'a name that occurs twice',
      makeZip([...entries(), { name: 'crumb/__init__.py', content: 'x' }]),
      { duplicates: ['crumb/__init__.py'] },
    ],
    ['a comment', makeZip(entries(), 'hello'), { commented: true }],
    [
      'files that RECORD leaves out',
      makeZip(
        entries({ [`${info}/RECORD`]: `${info}/METADATA,,\n${info}/WHEEL,,\n${info}/RECORD,,\ngone.py,,\n` }),
      ),
      { unrecorded: ['crumb/__init__.py'], unfound: ['gone.py'] },
    ],
    [
      'entries written as a stream',
      patchZip(makeZip(entries()), 'crumb/__init__.py', (zip, { central }) =>
        zip.writeUInt16LE(0x0808, central + 8),
      ),
      { dataDescriptors: ['crumb/__init__.py'] },
    ],
    [
      'a compression that pip cannot read',
      patchZip(makeZip(entries()), 'crumb/__init__.py', (zip, { central }) =>
        zip.writeUInt16LE(14, central + 10),
      ),
      { foreignCompression: ['crumb/__init__.py'] },
    ],
  ])('%s', async (_what, bytes, facts) => {
    expect((await read(bytes, filename, true)).facts).toMatchObject(facts);
  });
});

describe('readWheel in bounded memory', () => {
  it('reads a wheel of 65,000 entries', async () => {
    const many: ZipEntry[] = [];
    for (let index = 0; index < 65_000; index += 1)
      many.push({ name: `crumb/data/${index}.txt`, content: '', store: true });
    const { entryCount, metadata: fields } = await read(makeZip([...many, ...entries()]));
    expect(entryCount).toBe(65_004);
    expect(fields.name).toBe('crumb');
  });

  it('reads a sparse wheel of 3 GB without reading it', async () => {
    await using folder = await makeFolder();
    const path = join(folder.path, filename);
    // One stored entry of 3 GB of zeros that lie in a hole of the file, then the real wheel.
    const sizeBytes = 3 * 1024 ** 3;
    const name = 'crumb/huge.bin';
    const small = makeZip(entries());
    const start = 30 + name.length + sizeBytes;
    const shifted = shift(small, start, name, sizeBytes);
    await writeFile(path, shifted.head);
    await truncate(path, start);
    await using file = await open(path, 'a');
    await file.write(shifted.tail);
    const before = process.memoryUsage().rss;
    const { metadata: fields, entryCount } = await readWheel(path, distributionOf(filename, 'wheel'));
    expect(fields.name).toBe('crumb');
    expect(entryCount).toBe(5);
    expect(process.memoryUsage().rss - before).toBeLessThan(100 * 1024 * 1024);
  });

  /** Moves a zip `by` bytes back and puts one stored entry before it. */
  function shift(zip: Buffer, by: number, name: string, sizeBytes: number): { head: Buffer; tail: Buffer } {
    const [first] = [makeZip([{ name, content: '', store: true }])];
    const local = Buffer.from(first.subarray(0, 30 + name.length));
    local.writeUInt32LE(sizeBytes, 18);
    local.writeUInt32LE(sizeBytes, 22);
    const central = Buffer.from(first.subarray(local.length, local.length + 46 + name.length));
    central.writeUInt32LE(sizeBytes, 20);
    central.writeUInt32LE(sizeBytes, 24);
    const end = endRecord(zip);
    const directory = zip.readUInt32LE(end + 16);
    let moved: Buffer = zip;
    for (const entry of entries())
      moved = patchZip(moved, entry.name, (bytes, at) => bytes.writeUInt32LE(at.local + by, at.central + 42));
    const tail = Buffer.from(moved.subarray(end));
    tail.writeUInt16LE(5, 8);
    tail.writeUInt16LE(5, 10);
    tail.writeUInt32LE(tail.readUInt32LE(12) + central.length, 12);
    tail.writeUInt32LE(directory + by, 16);
    return {
      head: local,
      tail: Buffer.concat([moved.subarray(0, directory), central, moved.subarray(directory, end), tail]),
    };
  }
});

it('makes the same METADATA of the same wheel', () => {
  expect(sha256Of(makeWheel({ project: 'crumb', version: '1.0' }).bytes)).toBe(made.sha256);
});
