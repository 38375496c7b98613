import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import type { Wheel } from '../model/artifact.ts';
import { WheelhouseError } from '../model/errors.ts';
import { normalizeVersion } from '../model/version.ts';
import { maxMetadataBytes } from './archive-contents.ts';
import { archiveError } from './archive-error.ts';
import { checkMetadata, decodeMetadata } from './archive-metadata.ts';
import { findDistInfo, isFolderOf, maxRecordBytes, type DistInfo } from './read-wheel.ts';
import { parseRecord, renderRecord } from './wheel-record.ts';
import { writeWhole, type Appender } from './write-whole.ts';
import { openZip, type ZipArchive, type ZipEntry } from './zip-archive.ts';
import { copyCentralRecord, copyLocalHeader, descriptorBytes, endRecords } from './zip-records.ts';
import { surveyZip } from './zip-survey.ts';

/**
 * Writes a copy of a wheel with another version, as pip and uv take it: renaming the file alone makes a wheel that
 * they refuse (pip#9186, numpy#17885). The `.dist-info` and `.data` folders, `Version:` in METADATA and the rows of
 * RECORD change, RECORD's signatures are dropped; every other entry is copied as it is, still compressed, with its
 * place, dates and permissions. The same wheel and version give the same bytes.
 *
 * `outPath` must not be the wheel itself; it is there whole or not at all. Resolves with its size. Throws
 * `INVALID_ARCHIVE`, `INVALID_METADATA`, `FILE_SYSTEM`, and `USAGE` for a version that is none.
 */
export async function rewriteWheelVersion(
  path: string,
  distribution: Wheel,
  newVersion: string,
  outPath: string,
  { signal }: { signal?: AbortSignal | undefined } = {},
): Promise<{ sizeBytes: number }> {
  const version = normalizeVersion(newVersion);
  if (version === undefined) throw new WheelhouseError('USAGE', `${newVersion} is no version (PEP 440)`);
  await using zip = await openZip(path, 'a wheel', signal);
  const entries: ZipEntry[] = [];
  const finder = findDistInfo(path, distribution);
  await surveyZip(path, zip, false, (entry) => {
    entries.push(entry);
    finder.visit(entry);
  });
  const distInfo = finder.found();
  const renamed = renaming(distribution, version);
  const metadata = await newMetadata(path, zip, distInfo, distribution, version);
  const record = await newRecord(path, zip, distInfo, renamed, metadata);
  const copy: Copy = {
    zip,
    entries: entries.filter(({ name }) => !isSignature(name, distInfo)),
    renamed,
    contents: new Map([
      [distInfo.metadata, metadata],
      [distInfo.record, record],
    ]),
  };
  return { sizeBytes: await writeWhole(outPath, (out) => writeCopy(copy, out)) };
}

interface Copy {
  readonly zip: ZipArchive;
  /** In the order of the central directory. */
  readonly entries: readonly ZipEntry[];
  readonly renamed: (name: string) => string;
  readonly contents: ReadonlyMap<ZipEntry, Buffer>;
}

async function writeCopy({ zip, entries, renamed, contents }: Copy, out: Appender): Promise<void> {
  const changesOf = (entry: ZipEntry) => {
    const name = renamedBytes(entry, renamed(entry.name));
    const content = contents.get(entry);
    // Stored: no two builds of zlib promise the same compressed bytes, and the copy is to be reproducible.
    return content === undefined
      ? { name }
      : { name, content: { crc32: crc32(content), sizeBytes: content.length } };
  };
  const offsets = new Map<ZipEntry, number>();
  for (const entry of inPlaceOrder(entries)) {
    offsets.set(entry, out.position);
    const { header, dataStart } = await zip.locate(entry);
    await out.append(copyLocalHeader(header, changesOf(entry)));
    const content = contents.get(entry);
    if (content !== undefined) await out.append(content);
    else await copyData(zip, entry, header, dataStart, out);
  }
  const start = out.position;
  for (const entry of entries)
    await out.append(copyCentralRecord(entry.central, offsets.get(entry) ?? 0, changesOf(entry)));
  await out.append(endRecords(entries.length, start, out.position - start, zip.comment));
}

async function copyData(zip: ZipArchive, entry: ZipEntry, header: Buffer, dataStart: number, out: Appender) {
  const dataEnd = dataStart + entry.packedBytes;
  for await (const chunk of zip.bytes(dataStart, dataEnd)) await out.append(chunk);
  const descriptorEnd = Math.min(dataEnd + 24, zip.sizeBytes);
  for await (const following of zip.bytes(dataEnd, descriptorEnd)) {
    const length = descriptorBytes(header, following);
    if (length > 0) await out.append(following.subarray(0, length));
  }
}

/** The new name in the entry's own encoding: only its top folder differs. */
function renamedBytes({ name, central: { fileNameRaw } }: ZipEntry, newName: string): Buffer {
  if (newName === name) return fileNameRaw;
  const top = newName.slice(0, newName.indexOf('/'));
  return Buffer.concat([Buffer.from(top, 'utf8'), fileNameRaw.subarray(fileNameRaw.indexOf('/'))]);
}

function inPlaceOrder(entries: readonly ZipEntry[]): ZipEntry[] {
  const place = ({ central }: ZipEntry) => central.relativeOffsetOfLocalHeader;
  return [...entries].sort((a, b) => place(a) - place(b));
}

/** What a path in the wheel is called in the copy: other only in the wheel's own two folders. */
function renaming(distribution: Wheel, version: string): (name: string) => string {
  return (name) => {
    const top = name.split(/[/\\]/, 1)[0] ?? '';
    for (const suffix of ['.dist-info', '.data'] as const) {
      if (top === name || !isFolderOf(distribution, top, suffix)) continue;
      const project = top.slice(0, top.lastIndexOf('-', top.length - suffix.length - 1));
      return `${project}-${version}${suffix}${name.slice(top.length)}`;
    }
    return name;
  };
}

/** METADATA with the new version, every other byte as it was. */
async function newMetadata(
  path: string,
  zip: ZipArchive,
  { metadata }: DistInfo,
  distribution: Wheel,
  version: string,
): Promise<Buffer> {
  const bytes = await zip.read(metadata, maxMetadataBytes);
  checkMetadata(path, 'METADATA', decodeMetadata(path, 'METADATA', bytes), distribution);
  // Latin-1 maps every byte to one character and back.
  const text = bytes.toString('latin1');
  const headersEnd = /\r?\n\r?\n|$/.exec(text)?.index ?? text.length;
  const headers = text.slice(0, headersEnd).replace(/^(Version:[ \t]*)[^\r\n]*/im, `$1${version}`);
  return Buffer.from(headers + text.slice(headersEnd), 'latin1');
}

/** RECORD with the new paths, and the new METADATA's digest and size. */
async function newRecord(
  path: string,
  zip: ZipArchive,
  distInfo: DistInfo,
  renamed: Copy['renamed'],
  metadata: Buffer,
): Promise<Buffer> {
  const text = decodeMetadata(path, 'RECORD', await zip.read(distInfo.record, maxRecordBytes));
  const rows = parseRecord(text).filter((row) => !isSignature(row.path.replaceAll('\\', '/'), distInfo));
  const metadataRow = rows.find((row) => row.path.replaceAll('\\', '/') === distInfo.metadata.name);
  if (metadataRow === undefined)
    throw archiveError(path, `has a RECORD that does not list ${distInfo.metadata.name}`);
  const hash = `sha256=${createHash('sha256').update(metadata).digest('base64url')}`;
  const changed = rows.map((row) => ({
    ...row,
    ...(row === metadataRow ? { hash, size: String(metadata.length) } : {}),
    path: renamed(row.path),
  }));
  return Buffer.from(renderRecord(changed, text.includes('\r\n') ? '\r\n' : '\n'), 'utf8');
}

/** Signatures of RECORD, which no longer hold. */
function isSignature(name: string, { folder }: DistInfo): boolean {
  return name === `${folder}/RECORD.jws` || name === `${folder}/RECORD.p7s`;
}
