import { describe, expect, it } from 'vitest';
import { ArtifactParts, type Artifacts } from '../../src/wheelhouse/artifacts.ts';
import { markKey, recordKey, sidecarKey } from '../../src/wheelhouse/layout.ts';
import { toPart, toRecord, type Part, type StoredArtifact } from '../../src/wheelhouse/stored-artifact.ts';

const modified = new Date('2026-11-29T10:00:00.123Z');
const [a, b] = ['0a'.repeat(32), 'ff'.repeat(32)] as [string, string];
const names = ['größe-1.0-py3-none-any.whl', 'pkg-1.0.dev1-py3-none-any.whl', 'pkg-2.0.tar.gz'] as const;
const [bare, full, gone] = names;

const objectOf = (key: string, tag?: string) => ({
  key,
  sizeBytes: 5_000_000_000,
  ...(tag !== undefined && { tag, modified }),
});
const recordOf = (filename: string, sha256: string, sizeBytes = 5_000_000_000) =>
  toRecord({ key: recordKey(filename, sha256, sizeBytes), sizeBytes: 60, modified }, { sha256, sizeBytes });

/** As a listing gives them: records and marks first. */
const parts: [string, Part][] = [
  [full, toPart(objectOf(markKey(full, 'pruned'), 'p'), 'pruned')],
  [full, recordOf(full, a)],
  [full, recordOf(full, b)],
  [full, recordOf(full, b, 7)],
  [full, toPart(objectOf(markKey(full, 'yanked'), '"y"'), 'yanked')],
  [gone, recordOf(gone, a)],
  [gone, toPart(objectOf(markKey(gone, 'pruned'), 'p'), 'pruned')],
  [bare, toPart(objectOf(bare), 'artifact')],
  [full, toPart(objectOf(full, 'W/"tag, with [brackets]"'), 'artifact')],
  [full, toPart(objectOf(sidecarKey(full), 's'), 'sidecar')],
];

function gather(mostUnpacked: number) {
  const gathering = new ArtifactParts({ mostUnpacked });
  for (const [filename, part] of parts) gathering.add(filename, part);
  return gathering.gathered();
}

const shown = (artifact: StoredArtifact | undefined) =>
  artifact && {
    filename: artifact.filename,
    distribution: artifact.distribution,
    project: artifact.project,
    object: artifact.object,
    records: artifact.records,
    staleRecords: artifact.staleRecords,
    sidecar: artifact.sidecar,
    yankMark: artifact.yankMark,
    pruneMark: artifact.pruneMark,
  };
const all = (artifacts: Artifacts) => [...artifacts.values()].map(shown);

describe.each([
  ['unpacked', 100],
  ['packed', 0],
  ['packed on the way', 1],
])('artifacts that are kept %s', (_, mostUnpacked) => {
  const { artifacts, orphans } = gather(mostUnpacked);

  it('have everything that the listing tells', () => {
    expect(all(artifacts)).toEqual(all(gather(100).artifacts));
    const { key, sizeBytes } = objectOf(full);
    expect(shown(artifacts.get(full))).toMatchObject({
      filename: full,
      project: 'pkg',
      object: { key, sizeBytes, tag: 'W/"tag, with [brackets]"', modifiedMs: modified.getTime() },
      records: [
        { key: recordKey(full, a, sizeBytes), sha256: a, sizeBytes, bodyBytes: 60 },
        { key: recordKey(full, b, sizeBytes), sha256: b, sizeBytes, modifiedMs: modified.getTime() },
      ],
      staleRecords: [{ key: recordKey(full, b, 7), sha256: b, sizeBytes: 7 }],
      sidecar: { key: sidecarKey(full), tag: 's' },
      yankMark: { key: markKey(full, 'yanked'), tag: '"y"' },
      pruneMark: { key: markKey(full, 'pruned'), tag: 'p' },
    });
    const nothing = { records: [], staleRecords: [], sidecar: undefined, pruneMark: undefined };
    expect(shown(artifacts.get(bare))).toMatchObject({ object: { tag: undefined }, ...nothing });
  });

  it('are told apart from what is left of others', () => {
    expect([...artifacts.keys()].sort()).toEqual([bare, full].sort());
    expect([...artifacts.liveNames()]).toEqual([bare]);
    expect([...artifacts.live()].map(({ filename }) => filename)).toEqual([bare]);
    expect([...artifacts.pruned()].map(({ filename }) => filename)).toEqual([full]);
    expect(artifacts.isPruned(full)).toBe(true);
    for (const name of [gone, 'other-1.0.tar.gz']) {
      expect(artifacts.has(name)).toBe(false);
      expect(artifacts.get(name)).toBeUndefined();
      expect(artifacts.isPruned(name)).toBe(false);
    }
    expect(orphans).toEqual([recordKey(gone, a, 5_000_000_000), markKey(gone, 'pruned')]);
  });

  it('can be seen with what was found beyond the listing', () => {
    const found = artifacts.with([
      [gone, [toPart(objectOf(gone, 'new'), 'artifact'), recordOf(gone, a)]],
      [
        bare,
        [toPart(objectOf(bare, 'newer'), 'artifact'), toPart(objectOf(markKey(bare, 'pruned')), 'pruned')],
      ],
    ]);
    expect([...found.keys()].sort()).toEqual([...names].sort());
    expect(found.get(gone)?.records).toHaveLength(1);
    expect(found.get(bare)?.object.tag).toBe('newer');
    expect([...found.liveNames()]).toEqual([gone]);
    expect(shown(found.get(full))).toEqual(shown(artifacts.get(full)));
    const again = found.with([[full, [toPart(objectOf(full, 'third'), 'artifact')]]]);
    expect(again.get(full)?.object.tag).toBe('third');
    expect(again.get(full)?.records).toEqual(artifacts.get(full)?.records);
    expect(again.get(gone)?.object.tag).toBe('new');
    expect(artifacts.has(gone)).toBe(false);
  });

  it('may have any number of records', () => {
    const gathering = new ArtifactParts({ mostUnpacked });
    gathering.add(bare, toPart(objectOf(bare), 'artifact'));
    const digest = (i: number) => i.toString(16).padStart(64, '0');
    for (let i = 0; i < 50_000; i++) gathering.add(bare, recordOf(bare, digest(i)));
    const { records = [] } = gathering.gathered().artifacts.get(bare) ?? {};
    expect(records.map(({ sha256 }) => Number.parseInt(sha256, 16))).toEqual([...Array(50_000).keys()]);
  });
});
