import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readContainerLinks } from '../../../src/flows/fetch/container.ts';
import { fetchArtifacts } from '../../../src/flows/fetch.ts';
import { upload } from '../../../src/flows/upload.ts';
import type { Container } from '../../../src/storage/container.ts';
import { MemoryStore } from '../../../src/storage/drivers/memory-store.ts';
import { openMemory, type MemoryOptions } from '../../../src/storage/drivers/memory.ts';
import { bytesSource } from '../../../src/storage/source.ts';
import { makeFolder, makeSdist, makeWheel } from '../../make-distribution.ts';
import { writeFile } from 'node:fs/promises';

const wheel = makeWheel({ project: 'proof', version: '1.0+local.1', requiresPython: '>=3.9' });
const sdist = await makeSdist({ project: 'proof', version: '1.0' });
const other = makeWheel({ project: 'another', version: '1.0' });

/** A container that an upload has filled. */
async function filled(options: MemoryOptions = {}) {
  const store = new MemoryStore();
  await using folder = await makeFolder();
  for (const { filename, bytes } of [wheel, sdist, other])
    await writeFile(join(folder.path, filename), bytes);
  await upload({ container: openMemory({ store }), localFolder: folder.path, updateIndex: false });
  return openMemory({ ...options, store });
}

const fetchFrom = (container: Container, localFolder: string) =>
  fetchArtifacts({
    project: 'proof',
    indexes: ['s3://bucket'],
    localFolder,
    baseDelayMs: 1,
    readContainerIndex: () => readContainerLinks(container),
  });

describe('readContainerLinks', () => {
  it('tells what the records say, without any page', async () => {
    const container = await filled();
    const links = await readContainerLinks(container);
    expect(links.map(({ filename }) => filename)).toEqual(
      [wheel, sdist, other].map(({ filename }) => filename).sort(),
    );
    expect(links.find(({ filename }) => filename === wheel.filename)).toMatchObject({
      hashes: { sha256: wheel.sha256 },
      size: wheel.bytes.length,
      requiresPython: '>=3.9',
      url: `${container.url}/${encodeURIComponent(wheel.filename)}`,
    });
  });

  it('reads no record that metadata.json knows, and writes nothing', async () => {
    const container = await filled();
    await readContainerLinks(container);
    expect(container.calls.map(({ operation, key }) => `${operation} ${key}`)).toEqual([
      'read metadata.json',
      'list ',
    ]);
  });

  it('reads the records when metadata.json is gone', async () => {
    const container = await filled();
    await container.delete('metadata.json');
    const links = await readContainerLinks(container);
    expect(links.find(({ filename }) => filename === wheel.filename)).toMatchObject({
      hashes: { sha256: wheel.sha256 },
      requiresPython: '>=3.9',
    });
  });

  it.each<[string, MemoryOptions['misbehave']]>([
    ['metadata.json', ({ operation }) => (operation === 'read' ? 'fail' : undefined)],
    ['the listing', ({ operation }) => (operation === 'list' ? 'fail' : undefined)],
  ])('never takes a failure to read %s for an empty container', async (_what, misbehave) => {
    const container = await filled({ ...(misbehave && { misbehave }) });
    await expect(readContainerLinks(container)).rejects.toMatchObject({ code: 'SERVER_ERROR' });
  });
});

describe('fetching from a container', () => {
  it('downloads with the protocol of the store, and verifies', async () => {
    await using folder = await makeFolder();
    const summary = await fetchFrom(await filled(), folder.path);
    expect(summary).toMatchObject({ ok: true, counts: { downloaded: 2 } });
    expect((await readFile(join(folder.path, wheel.filename))).equals(wheel.bytes)).toBe(true);
  });

  it('keeps what is there already', async () => {
    await using folder = await makeFolder();
    const container = await filled();
    await fetchFrom(container, folder.path);
    expect(await fetchFrom(container, folder.path)).toMatchObject({ ok: true, counts: { kept: 2 } });
  });

  it('fails for bytes that are not those of the record', async () => {
    await using folder = await makeFolder();
    const container = await filled();
    const damaged = Buffer.from(wheel.bytes);
    damaged[100]! ^= 1;
    await container.write(wheel.filename, bytesSource(damaged), { contentType: 'a/b' });
    const summary = await fetchFrom(container, folder.path);
    expect(summary).toMatchObject({ ok: false, counts: { downloaded: 1, failed: 1 } });
    await expect(readFile(join(folder.path, wheel.filename))).rejects.toThrow('ENOENT');
  });

  it('fails for what cannot be read, and downloads the rest', async () => {
    await using folder = await makeFolder();
    const container = await filled({
      misbehave: ({ operation, key }) =>
        operation === 'read' && key === sdist.filename ? 'fail' : undefined,
    });
    const summary = await fetchFrom(container, folder.path);
    expect(summary).toMatchObject({ ok: false, counts: { downloaded: 1, failed: 1 } });
  });
});

describe('a part of a download', () => {
  const open = async (from: { startBytes: number; validator?: string }) => {
    const container = await filled();
    const link = (await readContainerLinks(container)).find(({ filename }) => filename === wheel.filename);
    const tag = (await container.stat(wheel.filename))?.tag;
    const opened = await link!.open!({
      ...from,
      ...(from.validator === 'right' && tag !== undefined && { validator: tag }),
    });
    opened.body.destroy();
    return opened;
  };

  it.each([
    ['is read on in the same version', { startBytes: 10, validator: 'right' }, 10],
    ['is read on where a digest will prove it', { startBytes: 10 }, 10],
    ['of another version begins anew', { startBytes: 10, validator: 'wrong' }, 0],
    ['that is longer than the file begins anew', { startBytes: wheel.bytes.length + 5 }, 0],
  ])('%s', async (_what, from, startBytes) => {
    expect(await open(from)).toMatchObject({ startBytes, totalBytes: wheel.bytes.length });
  });

  it('of what is gone says so', async () => {
    const container = await filled();
    const [link] = await readContainerLinks(container);
    await container.delete(link!.filename);
    await expect(link!.open!({ startBytes: 0 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
