import { describe, expect, it } from 'vitest';
import {
  artifactKey,
  classify,
  markKey,
  projectJsonKey,
  projectPageKey,
  projectSlashKey,
  recordKey,
  sidecarKey,
} from '../../src/wheelhouse/layout.ts';

const wheel = 'Some_Pkg-1.0+cpu-cp312-cp312-manylinux_2_28_x86_64.whl';
const digest = 'a'.repeat(64);

describe('classify', () => {
  it.each([
    [wheel, 'artifact'],
    ['some-pkg-1.0.tar.gz', 'artifact'],
    ['some-pkg-1.0.zip', 'artifact'],
    ['some-pkg-1.0.win-amd64-py2.7.exe', 'artifact'],
    [`${wheel}.metadata`, 'sidecar'],
    [`.wheelhouse/v1/${wheel}/${digest}-123`, 'record'],
    [`.wheelhouse/v1/${wheel}/${digest}-0`, 'record'],
    [`.wheelhouse/v1/${wheel}/yanked`, 'mark'],
    [`.wheelhouse/v1/${wheel}/pruned`, 'mark'],
    ['metadata.json', 'page'],
    ['index.html', 'page'],
    ['simple/', 'page'],
    ['simple/index.html', 'page'],
    ['simple/v1+json/index.json', 'page'],
    ['simple/some-pkg/', 'page'],
    ['simple/some-pkg/index.html', 'page'],
    ['simple/v1+json/some-pkg/index.json', 'page'],
    // What is none of ours, or nearly.
    ['README.md', 'foreign'],
    ['metadata.json.metadata', 'foreign'],
    ['notes.metadata', 'foreign'],
    [`folder/${wheel}`, 'foreign'],
    [`simple/some-pkg/${wheel}`, 'foreign'],
    ['simple/Some_Pkg/index.html', 'foreign'],
    ['simple/v1+json/', 'foreign'],
    ['simple/v1+json/index.html', 'foreign'],
    ['simple/some-pkg/deeper/index.html', 'foreign'],
    [`.wheelhouse/v2/${wheel}/${digest}-123`, 'foreign'],
    [`.wheelhouse/v1/${wheel}/${digest}`, 'foreign'],
    [`.wheelhouse/v1/${wheel}/${digest.toUpperCase()}-123`, 'foreign'],
    [`.wheelhouse/v1/${wheel}/${digest}-0123`, 'foreign'],
    [`.wheelhouse/v1/${wheel}/${digest}--1`, 'foreign'],
    [`.wheelhouse/v1/${wheel}/${digest}-12/3`, 'foreign'],
    [`.wheelhouse/v1/../${digest}-123`, 'foreign'],
    [`.wheelhouse/v1/${wheel}/constructor`, 'foreign'],
    ['', 'foreign'],
    ['/', 'foreign'],
  ])('%j is %s', (key, kind) => {
    expect(classify(key).kind).toBe(kind);
  });

  it('reads back everything that the keys hold', () => {
    expect(classify(artifactKey(wheel))).toMatchObject({
      filename: wheel,
      distribution: { kind: 'wheel', version: '1.0+cpu' },
    });
    expect(classify(sidecarKey(wheel))).toEqual({ kind: 'sidecar', filename: wheel });
    expect(classify(recordKey(wheel, digest, 5_000_000_000))).toEqual({
      kind: 'record',
      filename: wheel,
      sha256: digest,
      sizeBytes: 5_000_000_000,
    });
    expect(classify(markKey(wheel, 'yanked'))).toEqual({ kind: 'mark', filename: wheel, mark: 'yanked' });
    for (const key of [projectPageKey, projectSlashKey, projectJsonKey]) {
      expect(classify(key('some-pkg'))).toEqual({ kind: 'page', project: 'some-pkg' });
    }
  });
});
