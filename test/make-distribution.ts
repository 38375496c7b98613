import { createHash } from 'node:crypto';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pack } from 'tar-stream';

/** An entry of a zip that a test writes by hand. */
export interface ZipEntry {
  name: string;
  content: Buffer | string;
  /** Default: deflate. */
  store?: boolean;
}

/** A zip file with exactly these entries, dates fixed: the same entries give the same bytes. */
export function makeZip(entries: readonly ZipEntry[], comment = ''): Buffer {
  const locals: Buffer[] = [];
  const centrals: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name, 'utf8');
    const raw = Buffer.from(entry.content);
    const packed = entry.store === true ? raw : deflateRawSync(raw);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0); // version needed
    shared.writeUInt16LE(0x0800, 2); // UTF-8 names
    shared.writeUInt16LE(entry.store === true ? 0 : 8, 4);
    shared.writeUInt16LE(0, 6); // 00:00:00
    shared.writeUInt16LE(0x5a21, 8); // 2025-01-01
    shared.writeUInt32LE(crc32(raw), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(raw.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), shared, name, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    const madeBy = Buffer.from([20, 3]);
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02', 'latin1'), madeBy, shared, tail, name]));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(entries.length, 4);
  end.writeUInt16LE(entries.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(offset, 12);
  end.writeUInt16LE(Buffer.byteLength(comment), 16);
  return Buffer.concat([
    ...locals,
    directory,
    Buffer.from('PK\x05\x06', 'latin1'),
    end,
    Buffer.from(comment),
  ]);
}

export interface DistributionOptions {
  project: string;
  version: string;
  /** Tag part of a wheel's file name. Default `py3-none-any`. */
  tag?: string;
  build?: string;
  requiresPython?: string;
  /** Default: 2.1. */
  metadataVersion?: string;
  /** Header lines added to METADATA / PKG-INFO. */
  headers?: readonly string[];
  description?: string;
  /** Content of the one module; change it to change the bytes. */
  module?: string;
}

export interface MadeDistribution {
  filename: string;
  bytes: Buffer;
  sha256: string;
  metadata: string;
}

/** The core metadata that {@link makeWheel} and {@link makeSdist} write. */
export function makeMetadata(options: DistributionOptions): string {
  const { metadataVersion = '2.1' } = options;
  const lines = [
    `Metadata-Version: ${metadataVersion}`,
    `Name: ${options.project}`,
    `Version: ${options.version}`,
  ];
  if (options.requiresPython !== undefined) lines.push(`Requires-Python: ${options.requiresPython}`);
  lines.push(...(options.headers ?? []));
  return `${lines.join('\n')}\n\n${options.description ?? ''}`;
}

const escapeName = (name: string) => name.replace(/[-_.]+/g, '_');

/** A wheel that pip installs, with a correct RECORD. */
export function makeWheel(options: DistributionOptions): MadeDistribution {
  const escaped = escapeName(options.project);
  const tag = options.tag ?? 'py3-none-any';
  const info = `${escaped}-${options.version}.dist-info`;
  const metadata = makeMetadata(options);
  const [pythons = '', abis = '', platforms = ''] = tag.split('-');
  const tags: string[] = [];
  for (const python of pythons.split('.'))
    for (const abi of abis.split('.'))
      for (const platform of platforms.split('.')) tags.push(`Tag: ${python}-${abi}-${platform}`);
  const wheelLines = [
    'Wheel-Version: 1.0',
    'Generator: test',
    `Root-Is-Purelib: ${String(platforms === 'any')}`,
    ...tags,
  ];
  if (options.build !== undefined) wheelLines.push(`Build: ${options.build}`);
  const entries: ZipEntry[] = [
    {
      name: `${escaped.toLowerCase()}/__init__.py`,
      content: options.module ?? `version = '${options.version}'\n`,
    },
    { name: `${info}/METADATA`, content: metadata },
    { name: `${info}/WHEEL`, content: `${wheelLines.join('\n')}\n` },
  ];
  const rows = entries.map(({ name, content }) => {
    const digest = createHash('sha256').update(content).digest('base64url');
    return `${name},sha256=${digest},${Buffer.byteLength(content)}`;
  });
  entries.push({ name: `${info}/RECORD`, content: `${[...rows, `${info}/RECORD,,`].join('\n')}\n` });
  const build = options.build === undefined ? '' : `-${options.build}`;
  const bytes = makeZip(entries);
  return {
    filename: `${escaped}-${options.version}${build}-${tag}.whl`,
    bytes,
    sha256: sha256Of(bytes),
    metadata,
  };
}

/** An sdist with PKG-INFO and a pyproject.toml that builds with setuptools. */
export async function makeSdist(options: DistributionOptions): Promise<MadeDistribution> {
  const escaped = escapeName(options.project).toLowerCase();
  const top = `${escaped}-${options.version}`;
  const metadata = makeMetadata(options);
  const pyproject = `[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n\n[project]\nname = "${options.project}"\nversion = "${options.version}"\n`;
  const tar = await makeTar([
    { name: `${top}/PKG-INFO`, content: metadata },
    { name: `${top}/pyproject.toml`, content: pyproject },
    { name: `${top}/${escaped}/__init__.py`, content: options.module ?? `version = '${options.version}'\n` },
  ]);
  const bytes = gzipSync(tar);
  return { filename: `${top}.tar.gz`, bytes, sha256: sha256Of(bytes), metadata };
}

/** A tar file with exactly these files. */
export async function makeTar(files: readonly { name: string; content: string | Buffer }[]): Promise<Buffer> {
  const stream = pack();
  for (const { name, content } of files) stream.entry({ name, mtime: new Date(0) }, content);
  stream.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export function sha256Of(bytes: Buffer | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** A fresh folder for one test; remove it with `await using`. */
export async function makeFolder(
  files: readonly { filename: string; bytes: Buffer | string }[] = [],
): Promise<{ path: string; [Symbol.asyncDispose]: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'wheelhouse-test-'));
  for (const { filename, bytes } of files) await writeFile(join(path, filename), bytes);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
