/** Where one entry's two headers lie in a zip that a test wants to damage. */
export interface ZipHeaders {
  /** Offset of the entry's record in the central directory. */
  readonly central: number;
  /** Offset of its local header. */
  readonly local: number;
}

/** A copy of a zip in which `change` has overwritten something of the entry `name`. */
export function patchZip(zip: Buffer, name: string, change: (zip: Buffer, at: ZipHeaders) => void): Buffer {
  const copy = Buffer.from(zip);
  const central = headersOf(copy).find((at) => nameAt(copy, at) === name);
  if (central === undefined) throw new Error(`no entry ${name}`);
  change(copy, { central, local: copy.readUInt32LE(central + 42) });
  return copy;
}

/** Offset of the end record of a zip without a comment. */
export function endRecord(zip: Buffer): number {
  return zip.length - 22;
}

function headersOf(zip: Buffer): number[] {
  const found: number[] = [];
  const end = endRecord(zip);
  for (let at = zip.readUInt32LE(end + 16); at < end;) {
    found.push(at);
    at += 46 + zip.readUInt16LE(at + 28) + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return found;
}

function nameAt(zip: Buffer, central: number): string {
  return zip.toString('utf8', central + 46, central + 46 + zip.readUInt16LE(central + 28));
}

/** The same zip with the zip64 records that very large archives need: end record, locator, sizes in extra fields. */
export function toZip64(zip: Buffer): Buffer {
  const end = endRecord(zip);
  const count = zip.readUInt16LE(end + 10);
  const directorySize = zip.readUInt32LE(end + 12);
  const directoryStart = zip.readUInt32LE(end + 16);
  const records = headersOf(zip).map((at) => {
    const nameEnd = at + 46 + zip.readUInt16LE(at + 28);
    const fixed = Buffer.from(zip.subarray(at, nameEnd));
    const extra = Buffer.alloc(28);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    extra.writeBigUInt64LE(BigInt(zip.readUInt32LE(at + 24)), 4);
    extra.writeBigUInt64LE(BigInt(zip.readUInt32LE(at + 20)), 12);
    extra.writeBigUInt64LE(BigInt(zip.readUInt32LE(at + 42)), 20);
    fixed.writeUInt32LE(0xffffffff, 20);
    fixed.writeUInt32LE(0xffffffff, 24);
    fixed.writeUInt16LE(extra.length, 30);
    fixed.writeUInt32LE(0xffffffff, 42);
    return Buffer.concat([fixed, extra]);
  });
  const directory = Buffer.concat(records);
  const end64 = Buffer.alloc(56);
  end64.write('PK\x06\x06', 'latin1');
  end64.writeBigUInt64LE(44n, 4);
  end64.writeUInt16LE(45, 12);
  end64.writeUInt16LE(45, 14);
  end64.writeBigUInt64LE(BigInt(count), 24);
  end64.writeBigUInt64LE(BigInt(count), 32);
  end64.writeBigUInt64LE(BigInt(directory.length), 40);
  end64.writeBigUInt64LE(BigInt(directoryStart), 48);
  const locator = Buffer.alloc(20);
  locator.write('PK\x06\x07', 'latin1');
  locator.writeBigUInt64LE(BigInt(directoryStart + directory.length), 8);
  locator.writeUInt32LE(1, 16);
  const tail = Buffer.from(zip.subarray(directoryStart + directorySize));
  tail.writeUInt16LE(0xffff, 8);
  tail.writeUInt16LE(0xffff, 10);
  tail.writeUInt32LE(0xffffffff, 12);
  tail.writeUInt32LE(0xffffffff, 16);
  return Buffer.concat([zip.subarray(0, directoryStart), directory, end64, locator, tail]);
}
