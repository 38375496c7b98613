import { describe, expect, it } from 'vitest';
import type { MirrorFilter } from '../../../src/flows/mirror/options.ts';
import { selectForMirror } from '../../../src/flows/mirror/select.ts';

const names = [
  'numpy-1.24.0.tar.gz',
  'numpy-1.24.0-cp311-cp311-win_amd64.whl',
  'numpy-1.26.4-cp312-cp312-win_amd64.whl',
  'numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.whl',
  'numpy-2.0.0rc1-cp312-cp312-win_amd64.whl',
  'scikit_learn-1.5.0-cp312-cp312-win_amd64.whl',
  'scikit_learn-1.5-cp312-cp312-manylinux_2_17_x86_64.whl',
  'scikit_learn-1.4.2-cp312-cp312-win_amd64.whl',
  'notes.txt',
];

function select(filter: MirrorFilter, ...indexes: (readonly string[])[]): string[] {
  const sources = (indexes.length === 0 ? [names] : indexes).map((filenames, i) => ({
    index: `https://${i}.test/`,
    links: filenames.map((filename) => ({ url: `https://${i}.test/${filename}`, filename, hashes: {} })),
  }));
  return selectForMirror(sources, filter).map(({ link }) => link.filename);
}

describe('selectForMirror', () => {
  it.each<[string, MirrorFilter, readonly string[]]>([
    ['everything that is a distribution', {}, names.slice(0, -1)],
    ['one project, however it is spelt', { projects: ['Scikit.Learn'] }, names.slice(5, 8)],
    ['two projects', { projects: ['numpy', 'scikit-learn'] }, names.slice(0, 8)],
    ['no project', { projects: [] }, []],
    [
      'versions',
      { versions: '>=1.25' },
      [names[2]!, names[3]!, names[5]!, names[6]!, names[7]!].filter((name) => name.startsWith('numpy')),
    ],
    ['versions with pre-releases', { versions: '>=2.0.0.dev0' }, [names[4]!]],
    ['no sdists', { sdists: false, projects: ['numpy'] }, names.slice(1, 5)],
    [
      'a platform',
      { platform: 'win_amd64', sdists: false, projects: ['numpy'] },
      [names[1]!, names[2]!, names[4]!],
    ],
    ['a Python', { python: 'cp311', sdists: false }, [names[1]!]],
    ['globs', { include: ['*manylinux*'], exclude: ['scikit*'] }, [names[3]!]],
    ['the newest of each project', { latest: 1 }, [names[4]!, names[5]!, names[6]!]],
    [
      'the two newest, of which 1.5 and 1.5.0 are one',
      { latest: 2, projects: ['scikit-learn'] },
      names.slice(5, 8),
    ],
    [
      'the newest within the versions',
      { latest: 1, versions: '<2' },
      [names[2]!, names[3]!, names[5]!, names[6]!],
    ],
    [
      'the newest on a platform that older ones are for',
      { latest: 1, python: 'cp311', sdists: false },
      [names[1]!],
    ],
    ['more than there are', { latest: 9 }, names.slice(0, -1)],
  ])('%s', (_, filter, expected) => {
    expect(select(filter)).toEqual(expected);
  });

  it('counts the versions of all indexes together', () => {
    const [old, middle, recent] = ['a-1.0.tar.gz', 'a-2.0.tar.gz', 'a-3.0.tar.gz'] as const;
    expect(select({ latest: 2 }, [old, recent], [middle, recent])).toEqual([recent, middle, recent]);
  });
});
