import { describe, expect, it } from 'vitest';
import { parseDistributionFilename } from '../../src/model/filename.ts';
import { openMemory } from '../../src/storage/drivers/memory.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { recordKey, sidecarKey } from '../../src/wheelhouse/layout.ts';
import type { NewArtifact } from '../../src/wheelhouse/new-artifact.ts';
import { renderRecord, type RecordBody } from '../../src/wheelhouse/record.ts';
import { stands } from '../../src/wheelhouse/stands.ts';
import { sha256Of } from '../make-distribution.ts';
import { put } from './stored.ts';

const filename = 'pkg-1.0.dev0-py3-none-any.whl';
const metadata = 'Version: 1.0.dev0\n';
const metadataSha256 = sha256Of(metadata);
const others = '1234567890'.repeat(7).slice(0, 64);

function make(content: string): NewArtifact {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(parsed.reason);
  return {
    filename,
    distribution: parsed.value,
    source: bytesSource(content),
    sha256: sha256Of(content),
    sizeBytes: content.length,
    sidecar: Buffer.from(metadata),
    body: { metadataSha256 },
  };
}

const [ours, theirs] = [make('ours'), make('theirs')];
const recordOf = ({ sha256, sizeBytes }: NewArtifact) => recordKey(filename, sha256, sizeBytes);

/** What is left of ours when their bytes have come, and a record that says this of them; undefined: none. */
async function withdraw(said: RecordBody | undefined) {
  const container = openMemory();
  await put(container, filename, 'theirs');
  await put(container, sidecarKey(filename), metadata);
  await put(container, recordOf(ours), renderRecord(ours.body));
  if (said !== undefined) await put(container, recordOf(theirs), renderRecord(said));
  const standing = await stands(container, ours, { tag: 'ours', signal: undefined });
  const left = (key: string) => container.store.get(key) !== undefined;
  return { standing, record: left(recordOf(ours)), sidecar: left(sidecarKey(filename)) };
}

describe('stands', () => {
  it.each<[string, RecordBody | undefined, boolean]>([
    ['goes where theirs is another', { metadataSha256: others }, false],
    ['stays where theirs is the same', { metadataSha256 }, true],
    ['stays where theirs may be the same: its record is on its way', undefined, true],
    ['stays where theirs may be the same: index gave the record', {}, true],
  ])('withdraws the record; the core metadata %s', async (_, said, sidecar) => {
    expect(await withdraw(said)).toEqual({ standing: false, record: false, sidecar });
  });

  it('asks no record of bytes that were there before', async () => {
    const container = openMemory();
    await put(container, filename, 'theirs');
    await put(container, sidecarKey(filename), metadata);
    await put(container, recordOf(make('long before')), renderRecord({ metadataSha256: others }));
    expect(await stands(container, ours, { tag: 'ours', signal: undefined })).toBe(false);
    expect(container.store.get(sidecarKey(filename))).toBeDefined();
  });

  it('withdraws the record of what is gone', async () => {
    const container = openMemory();
    await put(container, recordOf(ours), renderRecord(ours.body));
    expect(await stands(container, ours, { tag: undefined, signal: undefined })).toBe(false);
    expect(container.store.listed('')).toEqual([]);
  });

  it('leaves all as it is where the same bytes have come again', async () => {
    const container = openMemory();
    await put(container, filename, 'ours');
    await put(container, recordOf(ours), renderRecord(ours.body));
    expect(await stands(container, ours, { tag: 'another', signal: undefined })).toBe(true);
    expect(container.store.get(recordOf(ours))).toBeDefined();
  });
});
