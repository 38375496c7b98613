import { describe, expect, it } from 'vitest';
import type { StoredObject } from '../../src/storage/container.ts';
import { describeFiles, missingBodies, type MissingBodies } from '../../src/wheelhouse/describe.ts';
import { takeInventory } from '../../src/wheelhouse/inventory.ts';
import { markKey, recordKey, sidecarKey } from '../../src/wheelhouse/layout.ts';
import {
  emptyMetadataFile,
  type KnownArtifact,
  type MetadataFile,
} from '../../src/wheelhouse/metadata-file.ts';
import type { RecordBody } from '../../src/wheelhouse/record.ts';
import { RecordBodies } from '../../src/wheelhouse/record-bodies.ts';

const wheel = 'pkg-1.0-py3-none-any.whl';
const [a, b, c] = ['a', 'b', 'c'].map((letter) => letter.repeat(64)) as [string, string, string];
const object = (key: string, sizeBytes = 10, tag = 't'): StoredObject => ({ key, sizeBytes, tag });
const record = (sha256: string, sizeBytes = 10) => object(recordKey(wheel, sha256, sizeBytes), 2);
const longer = object(recordKey(wheel, a, 10), 60);
const cacheOf = (known: KnownArtifact): MetadataFile => ({
  artifacts: new Map([[wheel, known]]),
  foreign: new Map(),
});
const cached = (sha256: string, sizeBytes = 10, body: RecordBody = {}) =>
  cacheOf({ sha256, sizeBytes, body });
const early: RecordBody = { uploaded: '2026-01-01T00:00:00Z' };
const late: RecordBody = { uploaded: '2026-02-01T00:00:00Z', requiresPython: '>=3.9' };

/** Describes the one wheel of a container with these objects; record bodies by digest. */
function only(objects: StoredObject[], cache = emptyMetadataFile, bodies: Record<string, RecordBody> = {}) {
  const inventory = takeInventory(objects);
  const records = new RecordBodies();
  for (const [sha256, body] of Object.entries(bodies)) records.add(wheel, { sha256, sizeBytes: 10 }, body);
  const { files, metadata } = describeFiles(inventory, cache, { records, yanks: new Map() });
  expect(files.length).toBeLessThanOrEqual(1);
  return { file: [...files][0], metadata, inventory };
}

describe('what the listing says', () => {
  it.each<[string, StoredObject[], MetadataFile, string | undefined]>([
    ['a record', [object(wheel), record(a)], emptyMetadataFile, a],
    ['no record', [object(wheel)], emptyMetadataFile, undefined],
    ['no record, but the digest in metadata.json', [object(wheel)], cached(b), b],
    ['no record, and metadata.json speaks of another size', [object(wheel)], cached(b, 11), undefined],
    ['a record and another digest in metadata.json', [object(wheel), record(a)], cached(b), a],
    [
      'a record of another size: bytes that were overwritten',
      [object(wheel), record(a, 11)],
      emptyMetadataFile,
      undefined,
    ],
    [
      'a record of another size, and metadata.json agrees with the object',
      [object(wheel), record(a, 11)],
      cached(b),
      b,
    ],
    [
      'two records, one of them of another size',
      [object(wheel), record(a, 11), record(b)],
      emptyMetadataFile,
      b,
    ],
  ])('%s', (_, objects, cache, sha256) => {
    const { file } = only(objects, cache);
    expect(file).toMatchObject({ filename: wheel, sizeBytes: 10 });
    expect(file?.sha256).toBe(sha256);
  });

  it.each<[string, Record<string, RecordBody>, string]>([
    ['the newer', { [a]: early, [b]: late }, b],
    ['the newer, whatever the order', { [a]: late, [b]: early }, a],
    ['the one with a time', { [a]: {}, [b]: early }, b],
    ['always the same one of equals', { [a]: early, [b]: early }, a],
  ])('of two records %s wins', (_, bodies, sha256) => {
    for (const records of [
      [record(a), record(b)],
      [record(b), record(a)],
    ]) {
      expect(only([object(wheel), ...records], emptyMetadataFile, bodies).file?.sha256).toBe(sha256);
    }
  });

  it('takes what metadata.json says of these bytes before a record that says nothing', () => {
    expect(only([object(wheel), record(a)], cached(a, 10, late), { [a]: {} }).file).toMatchObject(late);
    expect(only([object(wheel), record(a)], cached(a, 10, early), { [a]: late }).file).toMatchObject(late);
    expect(only([object(wheel), record(a)], cached(b, 10, late), { [a]: {} }).file?.uploaded).toBe(undefined);
  });

  it('does not list a record, a sidecar or a mark without its object', () => {
    const objects = [record(a), object(sidecarKey(wheel)), object(markKey(wheel, 'yanked'))];
    const { file, inventory } = only(objects, cached(a));
    expect(file).toBeUndefined();
    expect(inventory.orphans).toHaveLength(3);
  });

  it('does not list what is pruned, nor keep it in metadata.json', () => {
    const { file, metadata } = only([object(wheel), record(a), object(markKey(wheel, 'pruned'))], cached(a));
    expect(file).toBeUndefined();
    expect(metadata.artifacts.has(wheel)).toBe(false);
  });

  it('promises core metadata only when the sidecar is there', () => {
    const body = { metadataSha256: c };
    expect(
      only([object(wheel), record(a)], emptyMetadataFile, { [a]: body }).file?.metadataSha256,
    ).toBeUndefined();
    const withSidecar = [object(wheel), record(a), object(sidecarKey(wheel))];
    expect(only(withSidecar, emptyMetadataFile, { [a]: body }).file?.metadataSha256).toBe(c);
  });

  it('passes over foreign objects, and keeps foreign entries of metadata.json', () => {
    const cache = { artifacts: new Map(), foreign: new Map([['notes.txt', 1]]) };
    const { file, metadata, inventory } = only([object('notes.txt'), object('folder/x-1.0.tar.gz')], cache);
    expect(file).toBeUndefined();
    expect(metadata.foreign).toEqual(cache.foreign);
    expect(inventory.foreign).toHaveLength(2);
  });

  it('sorts files by name', () => {
    const names = ['b-1.0.tar.gz', 'a-2.0.tar.gz', 'a-1.0.tar.gz'];
    const inventory = takeInventory(names.map((name) => object(name)));
    const { files } = describeFiles(inventory, emptyMetadataFile, {
      records: new RecordBodies(),
      yanks: new Map(),
    });
    expect([...files].map(({ filename }) => filename)).toEqual([
      'a-1.0.tar.gz',
      'a-2.0.tar.gz',
      'b-1.0.tar.gz',
    ]);
  });
});

describe('a yanked file', () => {
  const yanked = (tag: string) => [object(wheel), record(a), object(markKey(wheel, 'yanked'), 5, tag)];
  const cache = cacheOf({ sha256: a, sizeBytes: 10, body: {}, yank: { tag: 'm1', reason: 'broken' } });

  it.each([
    [
      'the reason that metadata.json keeps for this version of the mark',
      'm1',
      new Map<string, string>(),
      'broken',
    ],
    ['the reason that was read', 'm2', new Map([[markKey(wheel, 'yanked'), 'worse']]), 'worse'],
    ['no reason', 'm2', new Map([[markKey(wheel, 'yanked'), '']]), true],
  ])('has %s', (_, tag, yanks, expected) => {
    const inventory = takeInventory(yanked(tag));
    const { files, metadata } = describeFiles(inventory, cache, { records: new RecordBodies(), yanks });
    expect(files.get(wheel)?.yanked).toBe(expected);
    expect(metadata.artifacts.get(wheel)?.yank?.tag).toBe(tag);
  });

  it.each([
    ['the same version', 'm1', 0],
    ['another version', 'm2', 1],
  ])('has its mark read again only when it changed: %s', (_, tag, reads) => {
    expect(missingBodies(takeInventory(yanked(tag)), cache, new RecordBodies()).yanks).toHaveLength(reads);
  });

  it('is no longer yanked once the mark is gone', () => {
    const inventory = takeInventory([object(wheel), record(a)]);
    const { files } = describeFiles(inventory, cache, { records: new RecordBodies(), yanks: new Map() });
    expect(files.get(wheel)?.yanked).toBeUndefined();
  });
});

describe('which records must be read', () => {
  it.each<[string, StoredObject[], MetadataFile, string[], Partial<MissingBodies>]>([
    ['none that metadata.json repeats', [object(wheel), record(a)], cached(a), [], {}],
    ['one that it does not have', [object(wheel), record(a)], emptyMetadataFile, [], { records: [wheel] }],
    ['one of other bytes', [object(wheel), record(a)], cached(b), [], { records: [wheel] }],
    ['none that this run has written', [object(wheel), record(a)], emptyMetadataFile, [a], {}],
    [
      'one that says more than metadata.json, which has nothing of it',
      [object(wheel), longer],
      cached(a),
      [],
      { records: [wheel] },
    ],
    [
      'none that metadata.json repeats, in whatever form',
      [object(wheel), longer],
      cached(a, 10, early),
      [],
      {},
    ],
    [
      'both of two, whatever is cached',
      [object(wheel), record(a), record(b)],
      cached(a),
      [],
      { contested: [wheel] },
    ],
    ['none of an object that is gone', [record(a)], emptyMetadataFile, [], {}],
    ['none of another size', [object(wheel), record(a, 11)], emptyMetadataFile, [], {}],
    [
      'none of a pruned file',
      [object(wheel), record(a), object(markKey(wheel, 'pruned'))],
      emptyMetadataFile,
      [],
      {},
    ],
  ])('%s', (_, objects, cache, written, expected) => {
    const records = new RecordBodies();
    for (const sha256 of written) records.add(wheel, { sha256, sizeBytes: 10 }, {});
    const missing = missingBodies(takeInventory(objects), cache, records);
    expect(missing).toEqual({ records: [], contested: [], yanks: [], ...expected });
  });
});
