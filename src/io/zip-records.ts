import type { Entry } from 'yauzl';

// The records of a zip file, by the sections of PKWARE's APPNOTE.TXT 6.3.10.

const max16 = 0xffff;
const max32 = 0xffffffff;
const zip64Extra = 0x0001;
const unicodePathExtra = 0x7075;

/** What differs between an entry and its copy. */
export interface EntryChanges {
  readonly name: Buffer;
  /** The whole content, when it is another: it is stored, not compressed. */
  readonly content?: { readonly crc32: number; readonly sizeBytes: number };
}

/** 4.3.7: the local header of the copy; one with the same name and content is left as it is, byte for byte. */
export function copyLocalHeader(header: Buffer, { name, content }: EntryChanges): Buffer {
  const nameEnd = 30 + header.readUInt16LE(26);
  const renamed = !header.subarray(30, nameEnd).equals(name);
  if (!renamed && content === undefined) return header;
  const fixed = Buffer.from(header.subarray(0, 30));
  const dropped = [...(renamed ? [unicodePathExtra] : []), ...(content === undefined ? [] : [zip64Extra])];
  const extra = withoutExtras(header.subarray(nameEnd), dropped);
  if (content !== undefined) {
    fixed.writeUInt16LE(storedFlags(fixed.readUInt16LE(6)), 6);
    fixed.writeUInt16LE(0, 8);
    fixed.writeUInt32LE(content.crc32, 14);
    fixed.writeUInt32LE(content.sizeBytes, 18);
    fixed.writeUInt32LE(content.sizeBytes, 22);
  }
  fixed.writeUInt16LE(name.length, 26);
  fixed.writeUInt16LE(extra.length, 28);
  return Buffer.concat([fixed, name, extra]);
}

/** 4.3.12: the central directory's record of the copy, whose local header is at `offset`. */
export function copyCentralRecord(entry: Entry, offset: number, { name, content }: EntryChanges): Buffer {
  const packedBytes = content?.sizeBytes ?? entry.compressedSize;
  const sizeBytes = content?.sizeBytes ?? entry.uncompressedSize;
  const large = [sizeBytes, packedBytes, offset].filter((value) => value >= max32);
  const renamed = !entry.fileNameRaw.equals(name);
  const extra = Buffer.concat([
    zip64Values(large),
    withoutExtras(entry.extraFieldRaw, renamed ? [zip64Extra, unicodePathExtra] : [zip64Extra]),
  ]);
  const record = Buffer.alloc(46);
  record.write('PK\x01\x02', 'latin1');
  record.writeUInt16LE(entry.versionMadeBy, 4);
  record.writeUInt16LE(
    large.length > 0 ? Math.max(45, entry.versionNeededToExtract) : entry.versionNeededToExtract,
    6,
  );
  const flags = entry.generalPurposeBitFlag;
  record.writeUInt16LE(content === undefined ? flags : storedFlags(flags), 8);
  record.writeUInt16LE(content === undefined ? entry.compressionMethod : 0, 10);
  record.writeUInt16LE(entry.lastModFileTime, 12);
  record.writeUInt16LE(entry.lastModFileDate, 14);
  record.writeUInt32LE(content?.crc32 ?? entry.crc32, 16);
  record.writeUInt32LE(Math.min(packedBytes, max32), 20);
  record.writeUInt32LE(Math.min(sizeBytes, max32), 24);
  record.writeUInt16LE(name.length, 28);
  record.writeUInt16LE(extra.length, 30);
  record.writeUInt16LE(entry.fileCommentRaw.length, 32);
  record.writeUInt16LE(entry.internalFileAttributes, 36);
  record.writeUInt32LE(entry.externalFileAttributes, 38);
  record.writeUInt32LE(Math.min(offset, max32), 42);
  return Buffer.concat([record, name, extra, entry.fileCommentRaw]);
}

/** 4.3.14 to 4.3.16: what ends a zip file, with the zip64 records where numbers do not fit without. */
export function endRecords(count: number, start: number, sizeBytes: number, comment: Buffer): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(Math.min(count, max16), 8);
  end.writeUInt16LE(Math.min(count, max16), 10);
  end.writeUInt32LE(Math.min(sizeBytes, max32), 12);
  end.writeUInt32LE(Math.min(start, max32), 16);
  end.writeUInt16LE(comment.length, 20);
  if (count < max16 && start < max32 && sizeBytes < max32) return Buffer.concat([end, comment]);
  const end64 = Buffer.alloc(56);
  end64.write('PK\x06\x06', 'latin1');
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(45, 12);
  end64.writeUInt16LE(45, 14);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(sizeBytes), 40);
  end64.writeBigUInt64LE(BigInt(start), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(start + sizeBytes), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([end64, locator, end, comment]);
}

/**
 * 4.3.9: how many bytes of data descriptor follow an entry's data. Its signature is optional, and only the local
 * header's zip64 field tells that its sizes have 8 bytes.
 */
export function descriptorBytes(header: Buffer, following: Buffer): number {
  if ((header.readUInt16LE(6) & 0x08) === 0) return 0;
  const zip64 = extraFields(header.subarray(30 + header.readUInt16LE(26))).some(
    ({ id }) => id === zip64Extra,
  );
  const signed = following.length >= 4 && following.readUInt32LE(0) === 0x08074b50;
  return (signed ? 4 : 0) + (zip64 ? 20 : 12);
}

/** Without what only compression and streaming mean: the level of deflate, the data descriptor. */
function storedFlags(flags: number): number {
  return flags & ~0x0e;
}

/** 4.5.3: the values that did not fit, in their fixed order. */
function zip64Values(values: readonly number[]): Buffer {
  if (values.length === 0) return Buffer.alloc(0);
  const extra = Buffer.alloc(4 + values.length * 8);
  extra.writeUInt16LE(zip64Extra, 0);
  extra.writeUInt16LE(values.length * 8, 2);
  values.forEach((value, index) => extra.writeBigUInt64LE(BigInt(value), 4 + index * 8));
  return extra;
}

function withoutExtras(extra: Buffer, ids: readonly number[]): Buffer {
  const fields = extraFields(extra);
  if (!fields.some(({ id }) => ids.includes(id))) return extra;
  return Buffer.concat(fields.filter(({ id }) => !ids.includes(id)).map(({ bytes }) => bytes));
}

function extraFields(extra: Buffer): { id: number; bytes: Buffer }[] {
  const fields: { id: number; bytes: Buffer }[] = [];
  for (let at = 0; at + 4 <= extra.length;) {
    const end = at + 4 + extra.readUInt16LE(at + 2);
    fields.push({ id: extra.readUInt16LE(at), bytes: extra.subarray(at, end) });
    at = end;
  }
  return fields;
}
