import { describe, expect, it } from 'vitest';
import { parseDistributionFilename } from '../../src/model/filename.ts';
import { openMemory } from '../../src/storage/drivers/memory.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { recordKey, sidecarKey } from '../../src/wheelhouse/layout.ts';
import type { NewArtifact } from '../../src/wheelhouse/new-artifact.ts';
import { renderRecord } from '../../src/wheelhouse/record.ts';
import { stands } from '../../src/wheelhouse/stands.ts';
import { sha256Of } from '../make-distribution.ts';
import { put } from './stored.ts';

const filename = 'pkg-1.0.dev0-py3-none-any.whl';
const metadata = 'Version: 1.0.dev0\n';
const metadataSha256 = sha256Of(metadata);

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

const ours = make('ours');
const recordOf = ({ sha256, sizeBytes }: NewArtifact) => recordKey(filename, sha256, sizeBytes);

describe('stands', () => {
  it('withdraws the record where others have come; the sidecar may be theirs by now', async () => {
    const container = openMemory();
    await put(container, filename, 'theirs');
    await put(container, sidecarKey(filename), metadata);
    await put(container, recordOf(ours), renderRecord(ours.body));
    expect(await stands(container, ours, { tag: 'ours', signal: undefined })).toBe(false);
    expect(container.store.get(recordOf(ours))).toBeUndefined();
    expect(container.store.get(sidecarKey(filename))).toBeDefined();
  });

  it('withdraws the record of what is gone', async () => {
    const container = openMemory();
    await put(container, recordOf(ours), renderRecord(ours.body));
    expect(await stands(container, ours, { tag: undefined, signal: undefined })).toBe(false);
    expect(container.store.listed('')).toEqual([]);
  });

  it.each(['{}\n', '{"uploaded":"2026-01-01T00:00:00Z"}\n'])(
    'leaves those of the same size a record, in place of what metadata.json knows of ours: %s',
    async (record) => {
      const container = openMemory();
      const theirs = make('hers');
      await put(container, filename, 'hers');
      await put(container, recordOf(ours), renderRecord(ours.body));
      if (record !== '{}\n') await put(container, recordOf(theirs), record);
      expect(await stands(container, ours, { tag: 'ours', signal: undefined })).toBe(false);
      expect(container.store.get(recordOf(ours))).toBeUndefined();
      expect(container.store.get(recordOf(theirs))?.bytes.toString()).toBe(record);
    },
  );

  it('leaves all as it is where the same bytes have come again', async () => {
    const container = openMemory();
    await put(container, filename, 'ours');
    await put(container, recordOf(ours), renderRecord(ours.body));
    expect(await stands(container, ours, { tag: 'another', signal: undefined })).toBe(true);
    expect(container.store.get(recordOf(ours))).toBeDefined();
  });
});
