import { describe, expect, it } from 'vitest';
import { matchesGlobs, selectLinks, type LinkFilter } from '../../src/listing/select.ts';

const filenames = [
  'demo_pkg-1.0-py3-none-any.whl',
  'demo_pkg-1.0-cp310-cp310-manylinux_2_28_x86_64.whl',
  'demo_pkg-1.0-cp312-cp312-manylinux_2_28_x86_64.whl',
  'demo_pkg-1.0-1-cp312-cp312-win_amd64.whl',
  'demo_pkg-1.0-pp310-pypy310_pp73-win_amd64.whl',
  'demo_pkg-1.0.tar.gz',
  'demo.pkg-1.0.win32-py2.7.exe',
  'demo_pkg-1.0.0-py2.py3-none-any.whl',
  'demo_pkg-1.1.dev0+2026.abc-py3-none-any.whl',
  'demo_pkg-1.1.dev0.tar.gz',
  'demo_pkg-0.9.zip',
  'demo-1.0.tar.gz',
  'demo_pkg_extra-1.0.tar.gz',
  'README.md',
  'demo_pkg-1.0-py3-none-any.whl.metadata',
  'index.html',
];
const links = filenames.map((filename) => ({
  url: `https://host.example/${filename}`,
  filename,
  hashes: {},
}));

function select(filter: LinkFilter) {
  return selectLinks(links, { project: 'Demo.Pkg', ...filter });
}

describe('selectLinks', () => {
  it('takes every distribution of a project, however it is spelt: universal, PyPy, build-tagged, sdist', () => {
    const { selected, otherVersions } = select({});
    expect(selected.map((link) => link.filename)).toEqual(filenames.slice(0, 11));
    expect(otherVersions).toEqual([]);
    expect(selected[0]).toEqual({
      ...links[0],
      distribution: expect.objectContaining({ kind: 'wheel', version: '1.0' }) as unknown,
    });
  });

  it.each([
    ['1.0', filenames.slice(0, 8), ['1.1.dev0+2026.abc', '1.1.dev0', '0.9']],
    ['v1.0.0', filenames.slice(0, 8), ['1.1.dev0+2026.abc', '1.1.dev0', '0.9']],
    ['1.1.DEV', ['demo_pkg-1.1.dev0.tar.gz'], ['1.1.dev0+2026.abc', '1.0', '1.0.0', '0.9']],
    [
      '1.1.dev0+2026-abc',
      ['demo_pkg-1.1.dev0+2026.abc-py3-none-any.whl'],
      ['1.1.dev0', '1.0', '1.0.0', '0.9'],
    ],
    ['2.0', [], ['1.1.dev0+2026.abc', '1.1.dev0', '1.0', '1.0.0', '0.9']],
    ['no version', [], ['1.1.dev0+2026.abc', '1.1.dev0', '1.0', '1.0.0', '0.9']],
  ])('version %s', (version, expected, others) => {
    const { selected, otherVersions } = select({ version });
    expect(selected.map((link) => link.filename)).toEqual(expected);
    expect(otherVersions).toEqual(others);
  });

  it.each<[string, LinkFilter, string[]]>([
    ['no sdists', { version: '0.9', sdists: false }, []],
    ['sdists', { version: '0.9', sdists: true }, ['demo_pkg-0.9.zip']],
    ['an include', { include: ['*.zip', '*.exe'] }, ['demo.pkg-1.0.win32-py2.7.exe', 'demo_pkg-0.9.zip']],
    ['an exclude', { include: ['*.zip', '*.exe'], exclude: ['*win*'] }, ['demo_pkg-0.9.zip']],
    [
      'a Python',
      { version: '1.0', python: 'cp312', exclude: ['*1.0.0*'] },
      [
        'demo_pkg-1.0-py3-none-any.whl',
        'demo_pkg-1.0-cp312-cp312-manylinux_2_28_x86_64.whl',
        'demo_pkg-1.0-1-cp312-cp312-win_amd64.whl',
        'demo_pkg-1.0.tar.gz',
      ],
    ],
    [
      'a platform',
      { version: '1.0', platform: 'win_amd64', sdists: false, exclude: ['*1.0.0*'] },
      [
        'demo_pkg-1.0-py3-none-any.whl',
        'demo_pkg-1.0-1-cp312-cp312-win_amd64.whl',
        'demo_pkg-1.0-pp310-pypy310_pp73-win_amd64.whl',
      ],
    ],
  ])('%s', (_, filter, expected) => {
    expect(select(filter).selected.map((link) => link.filename)).toEqual(expected);
  });

  it('takes every project where none is named', () => {
    expect(selectLinks(links, {}).selected).toHaveLength(13);
  });

  it('finds nothing of a project that is not there', () => {
    expect(selectLinks(links, { project: 'numpy' })).toEqual({ selected: [], otherVersions: [] });
  });
});

describe('matchesGlobs', () => {
  it.each<[string, string[] | undefined, string[] | undefined, boolean]>([
    ['a-1.whl', undefined, undefined, true],
    ['a-1.whl', [], [], true],
    ['a-1.whl', ['*.whl'], [], true],
    ['a-1.whl', ['*.zip'], [], false],
    ['a-1.whl', ['*.zip', 'a-?.whl'], [], true],
    ['a-1.whl', ['*.whl'], ['a-*'], false],
    ['a-1.whl', undefined, ['b-*'], true],
    ['a-1.whl', ['*.{whl,zip}'], [], true],
    ['a-1.whl', ['a-[0-9].whl'], [], true],
    ['A-1.whl', ['a-*'], [], false],
    ['.hidden', ['*'], [], true],
    ['!a', ['!a'], [], true],
    ['b', ['!a'], [], false],
    ['#a', ['#*'], [], true],
    ['a+b.whl', ['a+b.*'], [], true],
  ])('%s, include %j, exclude %j: %s', (filename, include, exclude, expected) => {
    expect(matchesGlobs(filename, include, exclude)).toBe(expected);
  });
});
