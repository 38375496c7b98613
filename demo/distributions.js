// Makes small real distributions: zip and tar.gz files with correct metadata, which pip and uv install.
import { createHash } from 'node:crypto';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

const coreMetadata = (project, version) =>
  [
    'Metadata-Version: 2.1',
    `Name: ${project}`,
    `Version: ${version}`,
    'Summary: A project that exists to be released',
    'Requires-Python: >=3.8',
    '',
    '',
  ].join('\n');

const moduleSource = (version) => `__version__ = "${version}"\n`;

/**
 * A wheel of pure Python for one platform tag: `{ filename, bytes }`. A payload (a Buffer) is stored in it as it
 * is, to give it a size.
 */
export function makeWheel(project, version, platform, payload) {
  const module = project.replaceAll('-', '_');
  const info = `${module}-${version}.dist-info`;
  const wheel = [
    'Wheel-Version: 1.0',
    'Generator: demo',
    `Root-Is-Purelib: ${platform === 'any'}`,
    `Tag: py3-none-${platform}`,
    '',
  ].join('\n');
  const files = [
    { name: `${module}/__init__.py`, text: moduleSource(version) },
    { name: `${info}/METADATA`, text: coreMetadata(project, version) },
    { name: `${info}/WHEEL`, text: wheel },
  ];
  if (payload !== undefined) files.unshift({ name: `${module}/payload.bin`, text: payload, stored: true });
  const rows = files.map(({ name, text }) => {
    const digest = createHash('sha256').update(text).digest('base64url');
    return `${name},sha256=${digest},${Buffer.byteLength(text)}`;
  });
  files.push({ name: `${info}/RECORD`, text: [...rows, `${info}/RECORD,,`, ''].join('\n') });
  return { filename: `${module}-${version}-py3-none-${platform}.whl`, bytes: zip(files) };
}

/** An sdist that builds with setuptools: `{ filename, bytes }`. */
export function makeSdist(project, version) {
  const module = project.replaceAll('-', '_');
  const top = `${module}-${version}`;
  const pyproject = [
    '[build-system]',
    'requires = ["setuptools"]',
    'build-backend = "setuptools.build_meta"',
    '',
    '[project]',
    `name = "${project}"`,
    `version = "${version}"`,
    'requires-python = ">=3.8"',
    '',
  ].join('\n');
  const files = [
    { name: `${top}/PKG-INFO`, text: coreMetadata(project, version) },
    { name: `${top}/pyproject.toml`, text: pyproject },
    { name: `${top}/${module}/__init__.py`, text: moduleSource(version) },
  ];
  return { filename: `${top}.tar.gz`, bytes: gzipSync(tar(files)) };
}

/** A zip file; every date is that of DOS's first day, so that the same files give the same bytes. */
function zip(files) {
  const locals = [];
  const centrals = [];
  let offset = 0;
  for (const { name, text, stored = false } of files) {
    const raw = stored ? text : Buffer.from(text);
    const packed = stored ? raw : deflateRawSync(raw);
    const shared = Buffer.alloc(26);
    shared.writeUInt16LE(20, 0); // version needed
    shared.writeUInt16LE(stored ? 0 : 8, 4); // else deflate
    shared.writeUInt16LE(0x21, 8); // 1980-01-01
    shared.writeUInt32LE(crc32(raw), 10);
    shared.writeUInt32LE(packed.length, 14);
    shared.writeUInt32LE(raw.length, 18);
    shared.writeUInt16LE(Buffer.byteLength(name), 22);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE((0o100644 << 16) >>> 0, 6);
    tail.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from('PK\x03\x04'), shared, Buffer.from(name), packed]);
    centrals.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), shared, tail, Buffer.from(name));
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}

/** A tar file in the ustar format. */
function tar(files) {
  const blocks = files.flatMap(({ name, text }) => {
    const content = Buffer.from(text);
    const header = Buffer.alloc(512);
    header.write(name, 0);
    header.write('0000644\0', 100);
    header.write('0000000\0', 108);
    header.write('0000000\0', 116);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('00000000000\0', 136);
    header.write('        0', 148); // the checksum counts as spaces; then the type: a file
    header.write('ustar\x0000', 257);
    const checksum = header.reduce((sum, byte) => sum + byte, 0);
    header.write(`${checksum.toString(8).padStart(6, '0')}\0 `, 148);
    return [header, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}
