import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArtifact } from '../../src/io/read-artifact.ts';
import { scanFolder } from '../../src/io/scan-folder.ts';
import { sniff } from '../../src/io/archive-sniff.ts';
import { makeFolder } from '../make-distribution.ts';
import { distributionOf, distributionsFolder } from './distributions.ts';

describe('readArtifact', () => {
  it('reads whatever a folder holds', async () => {
    const { artifacts } = await scanFolder(distributionsFolder);
    for (const artifact of artifacts) {
      const { metadata, metadataBytes } = await readArtifact(artifact);
      expect(metadata.version).toBe(artifact.distribution.version);
      expect(metadataBytes.length).toBeGreaterThan(0);
    }
    expect(artifacts.length).toBeGreaterThan(15);
  });

  const installer = 'foo-1.2.win32-py2.7.exe';
  const distribution = distributionOf(installer, 'wininst');

  it('takes a Windows installer at its name, without metadata to serve', async () => {
    await using folder = await makeFolder([{ filename: installer, bytes: 'MZ\x90\0 a program' }]);
    const artifact = { path: join(folder.path, installer), distribution };
    const read = await readArtifact(artifact);
    expect(read).toMatchObject({ entryCount: 0, metadata: { name: 'foo', version: '1.2' } });
    expect(read.metadataBytes).toHaveLength(0);
    expect((await readArtifact(artifact, { contents: true })).entries).toEqual([]);
  });

  it('refuses an installer that is a page', async () => {
    await using folder = await makeFolder([{ filename: installer, bytes: '<html>' }]);
    await expect(readArtifact({ path: join(folder.path, installer), distribution })).rejects.toMatchObject({
      code: 'INVALID_ARCHIVE',
      message: 'foo-1.2.win32-py2.7.exe is an HTML page, not a Windows installer',
    });
  });
});

describe('sniff', () => {
  it.each([
    ['PK\x03\x04rest', 'a zip file'],
    ['PK\x05\x06', 'an empty zip file'],
    ['\x1f\x8b\x08', 'a gzip file'],
    ['\xfd7zXZ\0', 'an xz file'],
    ['\x28\xb5\x2f\xfd', 'a zstd file'],
    ['\x7fELF', 'an ELF binary'],
    ['%PDF-1.7', 'a PDF file'],
    ['<!-- saved --> <!DOCTYPE HTML>', 'an HTML page'],
    ['<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "x">', 'an HTML page'],
    ['<?xml version="1.0"?><Error/>', 'an XML document'],
    ['  {"error": 1}', 'a JSON document'],
    ['[]', 'a JSON document'],
    ['404: Not Found\n', 'a text file'],
    ['', 'an empty file'],
    ['\0\0\0\0', 'a file of zero bytes'],
    [`${'x'.repeat(257)}ustar\0`, 'an uncompressed tar file'],
    ['\x01\x02\x03', undefined],
  ])('%j is %s', (text, what) => {
    expect(sniff(Buffer.from(text, 'latin1'))).toBe(what);
  });
});
