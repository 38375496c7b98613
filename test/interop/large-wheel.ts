import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

interface WrittenEntry {
  readonly name: string;
  readonly sizeBytes: number;
  readonly crc: number;
  readonly offset: number;
}

/**
 * Writes a wheel with one stored entry of `payloadBytes` zeros, as a sparse file: large for whoever reads it,
 * small on the disk that it was made on. Below 4 GB, so that it needs no zip64.
 */
export async function writeLargeWheel(
  folder: string,
  project: string,
  payloadBytes: number,
): Promise<string> {
  const filename = `${project}-1.0-py3-none-any.whl`;
  const info = `${project}-1.0.dist-info`;
  const payload = digestZeros(payloadBytes);
  const texts = [
    { name: `${info}/METADATA`, text: `Metadata-Version: 2.1\nName: ${project}\nVersion: 1.0\n` },
    {
      name: `${info}/WHEEL`,
      text: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    },
  ];
  const rows = [
    `${project}/payload.bin,sha256=${payload.sha256},${payloadBytes}`,
    ...texts.map(({ name, text }) => `${name},sha256=${digestText(text)},${Buffer.byteLength(text)}`),
    `${info}/RECORD,,`,
  ];
  texts.push({ name: `${info}/RECORD`, text: `${rows.join('\n')}\n` });

  await using file = await open(join(folder, filename), 'w');
  let offset = 0;
  const entries: WrittenEntry[] = [];
  const add = async (name: string, sizeBytes: number, crc: number, content?: Buffer) => {
    const entry = { name, sizeBytes, crc, offset };
    const header = localHeader(entry);
    await file.write(header, 0, header.length, offset);
    offset += header.length;
    if (content !== undefined) await file.write(content, 0, content.length, offset);
    offset += sizeBytes;
    entries.push(entry);
  };
  await add(`${project}/payload.bin`, payloadBytes, payload.crc);
  for (const { name, text } of texts) {
    const content = Buffer.from(text);
    await add(name, content.length, crc32(content), content);
  }
  await writeDirectory(file, entries, offset);
  return filename;
}

function digestText(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function digestZeros(sizeBytes: number): { crc: number; sha256: string } {
  const zeros = Buffer.alloc(1 << 24);
  const hash = createHash('sha256');
  let crc = 0;
  for (let left = sizeBytes; left > 0; left -= zeros.length) {
    const chunk = zeros.subarray(0, left);
    crc = crc32(chunk, crc);
    hash.update(chunk);
  }
  return { crc, sha256: hash.digest('base64url') };
}

/** The fields that local and central headers share, from "version needed" to "extra field length". */
function sharedFields({ name, sizeBytes, crc }: WrittenEntry): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(0x5a21, 8); // 2025-01-01
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(sizeBytes, 14);
  fields.writeUInt32LE(sizeBytes, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

function localHeader(entry: WrittenEntry): Buffer {
  return Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), sharedFields(entry), Buffer.from(entry.name)]);
}

async function writeDirectory(
  file: FileHandle,
  entries: readonly WrittenEntry[],
  offset: number,
): Promise<void> {
  const centrals = entries.map((entry) => {
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    tail.writeUInt32LE(entry.offset, 10);
    const start = Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), Buffer.from([20, 3])]);
    return Buffer.concat([start, sharedFields(entry), tail, Buffer.from(entry.name)]);
  });
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  const bytes = Buffer.concat([directory, end]);
  await file.write(bytes, 0, bytes.length, offset);
}
