import type { WindowReader } from './zip-window.ts';

const endBytes = 22;
const locatorBytes = 20;
const end64Bytes = 56;

/**
 * Throws unless the central directory ends where the records of the zip's end begin (APPNOTE.TXT 4.3.14 to 4.3.16).
 * Python's `zipfile`, and so pip, looks for it there, others where the end record says: of two places each would see
 * an archive of its own, as in two zips in one file.
 */
export async function checkEnd(reader: WindowReader, sizeBytes: number, commentBytes: number): Promise<void> {
  const endStart = sizeBytes - commentBytes - endBytes;
  const end = await reader.range(endStart, endBytes);
  const stated = (await statedEnd64(reader, endStart)) ?? {
    recordStart: endStart,
    directoryEnd: end.readUInt32LE(16) + end.readUInt32LE(12),
  };
  if (stated.directoryEnd !== stated.recordStart)
    throw new Error('it does not end where the end record begins');
}

/** The zip64 record lies right before its locator: there Python looks for it, and not where the locator says. */
async function statedEnd64(reader: WindowReader, endStart: number) {
  const locatorStart = endStart - locatorBytes;
  if (locatorStart < 0) return undefined;
  const locator = await reader.range(locatorStart, locatorBytes);
  if (locator.readUInt32LE(0) !== 0x07064b50) return undefined;
  const record = await reader.range(Number(locator.readBigUInt64LE(8)), end64Bytes);
  return {
    recordStart: locatorStart - end64Bytes,
    directoryEnd: Number(record.readBigUInt64LE(48)) + Number(record.readBigUInt64LE(40)),
  };
}
