import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { fromBufferPromise, type Entry } from 'yauzl';
import { readWheel } from '../../src/io/read-wheel.ts';
import { rewriteWheelVersion } from '../../src/io/rewrite-wheel.ts';
import { parseRecord } from '../../src/io/wheel-record.ts';
import { makeFolder, makeWheel, makeZip, type ZipEntry } from '../make-distribution.ts';
import { distributionNames, distributionOf, distributionsFolder } from './distributions.ts';
import { patchZip, toZip64 } from './patch-zip.ts';

const stamped = '1.0.dev0+20151214030042.deadbeef';
const filename = 'crumb-1.0.dev0+deadbeef-py3-none-any.whl';
const outName = `crumb-${stamped}-py3-none-any.whl`;
const made = makeWheel({ project: 'crumb', version: '1.0.dev0+deadbeef' });
const oldInfo = 'crumb-1.0.dev0+deadbeef.dist-info';
const newInfo = `crumb-${stamped}.dist-info`;

interface ReadEntry {
  readonly name: string;
  readonly central: Entry;
  readonly packed: Buffer;
  readonly content: Buffer;
}

/** Every entry of a zip, read by yauzl alone. */
async function readZip(bytes: Buffer): Promise<ReadEntry[]> {
  const zip = await fromBufferPromise(bytes, { validateEntrySizes: true });
  const entries: ReadEntry[] = [];
  for await (const central of zip.eachEntry()) {
    const packed = await buffer(await zip.openReadStreamPromise(central, { decodeFileData: false }));
    const content = await buffer(await zip.openReadStreamPromise(central));
    entries.push({ name: central.fileName, central, packed, content });
  }
  return entries;
}

async function rewrite(bytes: Buffer, { name = filename, version = stamped } = {}): Promise<Buffer> {
  await using folder = await makeFolder([{ filename: name, bytes }]);
  const path = join(folder.path, name);
  const out = join(folder.path, 'out.whl');
  const { sizeBytes } = await rewriteWheelVersion(path, distributionOf(name, 'wheel'), version, out);
  expect(bytes.equals(await readFile(path))).toBe(true);
  expect((await readdir(folder.path)).sort()).toEqual([name, 'out.whl'].sort());
  const rewritten = await readFile(out);
  expect(rewritten.length).toBe(sizeBytes);
  return rewritten;
}

/** Every file but RECORD is in RECORD with its digest and size, and nothing else is. */
function expectRecordHolds(entries: readonly ReadEntry[]) {
  const record = entries.find(({ name }) => name.endsWith('.dist-info/RECORD'));
  const rows = new Map(parseRecord(record?.content.toString() ?? '').map((row) => [row.path, row]));
  const files = entries.filter(({ name }) => !name.endsWith('/'));
  expect([...rows.keys()].sort()).toEqual(files.map(({ name }) => name).sort());
  for (const { name, content } of files) {
    if (name === record?.name) continue;
    const hash = `sha256=${createHash('sha256').update(content).digest('base64url')}`;
    expect(rows.get(name)).toEqual({ path: name, hash, size: String(content.length) });
  }
}

/** A wheel with RECORD rows for everything, from its files besides METADATA, WHEEL and RECORD. */
function wheelOf(files: readonly ZipEntry[], metadata = made.metadata, newline = '\n'): Buffer {
  const all = [
    ...files,
    { name: `${oldInfo}/METADATA`, content: metadata },
    { name: `${oldInfo}/WHEEL`, content: 'Wheel-Version: 1.0\n' },
  ];
  const rows = all
    .filter(({ name }) => !name.endsWith('/'))
    .map(({ name, content }) => {
      const field = name.includes(',') ? `"${name}"` : name;
      const hash = createHash('sha256').update(content).digest('base64url');
      return `${field},sha256=${hash},${Buffer.byteLength(content)}${newline}`;
    });
  const record = `${rows.join('')}${oldInfo}/RECORD,,${newline}`;
  return makeZip([...all, { name: `${oldInfo}/RECORD`, content: record }]);
}

describe('rewriteWheelVersion of what real back-ends build', () => {
  it.each(distributionNames.filter((name) => name.endsWith('.whl')))('%s', async (name) => {
    const bytes = await readFile(join(distributionsFolder, name));
    const wheel = distributionOf(name, 'wheel');
    const version = `${wheel.version.replace(/\+.*/, '')}+20151214030042`;
    const rewritten = await rewrite(bytes, { name, version });
    const before = await readZip(bytes);
    const after = await readZip(rewritten);
    expectRecordHolds(after);
    expect(after).toHaveLength(before.length);
    for (const [index, entry] of before.entries()) {
      const copy = after[index]!;
      const { lastModFileDate, lastModFileTime, externalFileAttributes, versionMadeBy } = entry.central;
      expect(copy.central).toMatchObject({
        lastModFileDate,
        lastModFileTime,
        externalFileAttributes,
        versionMadeBy,
      });
      if (/\.dist-info\/(?:METADATA|RECORD)$/.test(entry.name)) continue;
      expect(copy.packed).toEqual(entry.packed);
      expect(copy.central.compressionMethod).toBe(entry.central.compressionMethod);
      expect(copy.central.extraFieldRaw).toEqual(entry.central.extraFieldRaw);
      if (!entry.name.includes('.dist-info/')) expect(copy.name).toBe(entry.name);
    }
    const outWheel = name.replace(/^([^-]+)-[^-]+/, `$1-${version}`);
    await using folder = await makeFolder([{ filename: outWheel, bytes: rewritten }]);
    const read = await readWheel(join(folder.path, outWheel), distributionOf(outWheel, 'wheel'), {
      contents: true,
    });
    expect(read.metadata.version).toBe(version);
    expect(read.facts).toMatchObject({ unrecorded: [], unfound: [], prefixed: false, duplicates: [] });
  });
});

describe('rewriteWheelVersion', () => {
  it('renames dist-info and data folders, and nothing else', async () => {
    const data = 'crumb-1.0.dev0+deadbeef.data';
    const vendored = `crumb/_vendor/${oldInfo}/METADATA`;
    const bytes = wheelOf([
      { name: 'crumb/__init__.py', content: 'x' },
      { name: `${data}/scripts/crumb`, content: '#!python' },
      { name: `${data}/`, content: '', store: true },
      { name: vendored, content: 'y' },
      { name: `${oldInfo}/licenses/a,b.txt`, content: 'z' },
    ]);
    const after = await readZip(await rewrite(bytes));
    expect(after.map(({ name }) => name)).toEqual([
      'crumb/__init__.py',
      `crumb-${stamped}.data/scripts/crumb`,
      `crumb-${stamped}.data/`,
      vendored,
      `${newInfo}/licenses/a,b.txt`,
      `${newInfo}/METADATA`,
      `${newInfo}/WHEEL`,
      `${newInfo}/RECORD`,
    ]);
    expectRecordHolds(after);
  });

  it('changes only the version in METADATA', async () => {
    const metadata =
      'Metadata-Version: 2.1\r\nName: crumb\r\nversion:  1.0.dev0+deadbeef\r\nSummary: caf\u00e9\r\n\r\nVersion: 1.0.dev0+deadbeef\r\n';
    const after = await readZip(await rewrite(wheelOf([], metadata)));
    const content = after.find(({ name }) => name === `${newInfo}/METADATA`)?.content.toString();
    expect(content).toBe(metadata.replace('1.0.dev0+deadbeef', stamped));
    expectRecordHolds(after);
  });

  it('keeps the line ends of RECORD', async () => {
    const after = await readZip(await rewrite(wheelOf([{ name: 'a.py', content: 'x' }], undefined, '\r\n')));
    expect(after.at(-1)?.content.toString()).toMatch(/^a\.py,sha256=[^\n]+\r\n[^\n]+\r\n/);
  });

  it('drops the signatures of RECORD', async () => {
    const bytes = wheelOf([
      { name: `${oldInfo}/RECORD.jws`, content: '{}' },
      { name: `${oldInfo}/RECORD.p7s`, content: 'x' },
    ]);
    const after = await readZip(await rewrite(bytes));
    const left = ['METADATA', 'WHEEL', 'RECORD'].map((name) => `${newInfo}/${name}`);
    expect(after.map(({ name }) => name)).toEqual(left);
    expect(parseRecord(after.at(-1)!.content.toString()).map(({ path }) => path)).toEqual(left);
  });

  it('makes the same bytes again', async () => {
    expect((await rewrite(made.bytes)).equals(await rewrite(made.bytes))).toBe(true);
  });

  it('keeps names that are not in UTF-8', async () => {
    const name = `${oldInfo}/licenses/caf?.txt`;
    const latin = patchZip(wheelOf([{ name, content: 'x' }]), name, (zip, { central, local }) => {
      for (const [at, flags] of [
        [central + 46, central + 8],
        [local + 30, local + 6],
      ] as const) {
        zip.writeUInt8(0x82, at + name.indexOf('?')); // é in code page 437
        zip.writeUInt16LE(0, flags);
      }
    });
    const after = await readZip(await rewrite(latin));
    expect(after.map((entry) => entry.name)).toContain(`${newInfo}/licenses/café.txt`);
  });

  it('copies entries whose sizes follow their data', async () => {
    const bytes = streamed([
      ['crumb/a.py', 'a = 1\n'.repeat(50)],
      [`${oldInfo}/METADATA`, made.metadata],
      [`${oldInfo}/WHEEL`, 'Wheel-Version: 1.0\n'],
      [`${oldInfo}/RECORD`, `${oldInfo}/METADATA,,\n`],
    ]);
    const rewritten = await rewrite(bytes);
    const before = await readZip(bytes);
    const after = await readZip(rewritten);
    expect(after[0]?.packed).toEqual(before[0]?.packed);
    expect(after[2]?.content.toString()).toBe('Wheel-Version: 1.0\n');
    // The first entry, with its descriptor, is what the file still begins with.
    const first = bytes.indexOf(Buffer.from('PK\x03\x04', 'latin1'), 4);
    expect(rewritten.subarray(0, first).equals(bytes.subarray(0, first))).toBe(true);
  });

  it('reads zip64 archives, and writes what other readers read', async () => {
    const after = await readZip(await rewrite(toZip64(made.bytes)));
    expect(after.map(({ name }) => name)).toContain(`${newInfo}/METADATA`);
    expectRecordHolds(after);
  });

  it('writes zip64 where there are more entries than a zip can count', async () => {
    const files = Array.from({ length: 65_532 }, (_value, index) => ({
      name: `d/${index}`,
      content: '',
      store: true,
    }));
    const rewritten = await rewrite(toZip64(wheelOf(files)));
    expect(rewritten.includes(Buffer.from('PK\x06\x07', 'latin1'))).toBe(true);
    const zip = await fromBufferPromise(rewritten, {});
    expect(zip.entryCount).toBe(65_535);
  });

  it('keeps the comment of the zip', async () => {
    const entries = (await readZip(made.bytes)).map(({ name, content }) => ({ name, content }));
    const rewritten = await rewrite(makeZip(entries, 'a comment'));
    expect(rewritten.subarray(-9).toString()).toBe('a comment');
  });

  /** A zip as a streaming writer leaves it: no sizes in the local headers, descriptors after the data. */
  function streamed(files: readonly (readonly [name: string, content: string])[]): Buffer {
    const zip = makeZip(files.map(([name, content]) => ({ name, content })));
    const locals: Buffer[] = [];
    const centrals: Buffer[] = [];
    let offset = 0;
    for (const [name, content] of files) {
      patchZip(zip, name, (bytes, at) => {
        const packed = deflateRawSync(content);
        const local = Buffer.from(bytes.subarray(at.local, at.local + 30 + name.length));
        const descriptor = Buffer.concat([Buffer.from('PK\x07\x08', 'latin1'), local.subarray(14, 26)]);
        local.writeUInt16LE(0x0808, 6);
        local.fill(0, 14, 26);
        const central = Buffer.from(bytes.subarray(at.central, at.central + 46 + name.length));
        central.writeUInt16LE(0x0808, 8);
        central.writeUInt32LE(offset, 42);
        locals.push(local, packed, descriptor);
        centrals.push(central);
        offset += local.length + packed.length + descriptor.length;
      });
    }
    const end = Buffer.from(zip.subarray(-22));
    end.writeUInt32LE(offset, 16);
    return Buffer.concat([...locals, ...centrals, end]);
  }
});

describe('rewriteWheelVersion refuses, and leaves nothing behind,', () => {
  async function refusal(bytes: Buffer, version = stamped, signal?: AbortSignal): Promise<unknown> {
    await using folder = await makeFolder([{ filename, bytes }]);
    const out = join(folder.path, outName);
    await writeFile(out, 'what was there before');
    const rewriting = rewriteWheelVersion(
      join(folder.path, filename),
      distributionOf(filename, 'wheel'),
      version,
      out,
      signal === undefined ? {} : { signal },
    );
    const error: unknown = await rewriting.then(
      () => 'no error',
      (thrown: unknown) => thrown,
    );
    expect((await readdir(folder.path)).sort()).toEqual([filename, outName].sort());
    expect(await readFile(out, 'utf8')).toBe('what was there before');
    return error;
  }

  it.each([
    ['a file that is no wheel', Buffer.from('<html>'), 'INVALID_ARCHIVE'],
    [
      'a wheel whose RECORD does not list METADATA',
      makeZip([
        { name: `${oldInfo}/METADATA`, content: made.metadata },
        { name: `${oldInfo}/WHEEL`, content: '' },
        { name: `${oldInfo}/RECORD`, content: '' },
      ]),
      'INVALID_ARCHIVE',
    ],
    [
      'a wheel with another version inside',
      wheelOf([], made.metadata.replace('dev0', 'dev1')),
      'INVALID_METADATA',
    ],
    [
      'an entry without a local header',
      patchZip(made.bytes, 'crumb/__init__.py', (zip, { local }) => zip.write('X', local)),
      'INVALID_ARCHIVE',
    ],
  ])('%s', async (_what, bytes, code) => {
    expect(await refusal(bytes)).toMatchObject({ code });
  });

  it('a version that is none', async () => {
    expect(await refusal(made.bytes, 'not a version')).toMatchObject({ code: 'USAGE' });
  });

  it('to go on once it is interrupted', async () => {
    expect(await refusal(made.bytes, stamped, AbortSignal.abort())).toMatchObject({ code: 'ABORTED' });
  });

  it('a folder that is not there', async () => {
    await using folder = await makeFolder([{ filename, bytes: made.bytes }]);
    const out = join(folder.path, 'missing', outName);
    await expect(
      rewriteWheelVersion(join(folder.path, filename), distributionOf(filename, 'wheel'), stamped, out),
    ).rejects.toMatchObject({ code: 'FILE_SYSTEM' });
  });
});
