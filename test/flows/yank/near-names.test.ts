import { describe, expect, it } from 'vitest';
import { nearNames } from '../../../src/flows/yank/near-names.ts';

const names = [
  'pkg-1.0-py3-none-any.whl',
  'pkg-1.1-py3-none-any.whl',
  'pkg-1.0.tar.gz',
  'Other.Project-2.0-py3-none-any.whl',
];

describe('nearNames', () => {
  it.each<[string, string[]]>([
    ['pkg-1.0-py3-non-any.whl', ['pkg-1.0-py3-none-any.whl', 'pkg-1.1-py3-none-any.whl', 'pkg-1.0.tar.gz']],
    ['pkg-1.0.tar.g', ['pkg-1.0.tar.gz', 'pkg-1.0-py3-none-any.whl', 'pkg-1.1-py3-none-any.whl']],
    ['PKG-1.0.tar.gz', ['pkg-1.0.tar.gz', 'pkg-1.0-py3-none-any.whl', 'pkg-1.1-py3-none-any.whl']],
    ['other_project-2.0-py3-none-any.whl', ['Other.Project-2.0-py3-none-any.whl']],
    ['pgk-1.0-py3-none-any.whl', ['pkg-1.0-py3-none-any.whl', 'pkg-1.1-py3-none-any.whl']],
    ['numpy-2.0.0-cp312-cp312-win_amd64.whl', []],
    ['', []],
  ])('%j means %j', (typed, expected) => {
    expect(nearNames(typed, names)).toEqual(expected);
  });
});
