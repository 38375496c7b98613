import { join } from 'node:path';
import { expect, it } from 'vitest';
import { expandGlobs } from '../../src/io/expand-globs.ts';
import { makeFolder } from '../make-distribution.ts';

const files = ['a-1.0.tar.gz', 'a-1.0.whl', 'b-1.0.whl', 'c[1].whl'].map((filename) => ({
  filename,
  bytes: 'x',
}));

it.each([
  ['*.whl', ['a-1.0.whl', 'b-1.0.whl', 'c[1].whl']],
  ['?-1.0.*', ['a-1.0.tar.gz', 'a-1.0.whl', 'b-1.0.whl']],
  ['[ab]-1.0.whl', ['a-1.0.whl', 'b-1.0.whl']],
  ['c[1].whl', ['c[1].whl']],
  ['a-1.0.whl', ['a-1.0.whl']],
  ['none-*.whl', ['none-*.whl']],
  ['missing.whl', ['missing.whl']],
])('finds what %s stands for', async (pattern, names) => {
  await using folder = await makeFolder(files);
  const inside = (name: string) => join(folder.path, name);
  expect(await expandGlobs([inside(pattern)])).toEqual(names.map(inside));
});

it.each(['https://example.org/a-1.0.whl?x=[1]', 'file:///dist/*.whl'])(
  'leaves the URL %s alone',
  async (url) => {
    expect(await expandGlobs([url])).toEqual([url]);
  },
);
