import { describe, expect, it } from 'vitest';
import { Files } from '../../src/wheelhouse/files.ts';
import { indexedFile } from '../listing/indexed-file.ts';

/** So many files of each project, and how often each was made. */
function filesOf(counts: Record<string, number>, mostKept?: number) {
  const made = new Map<string, number>();
  const names = Object.entries(counts)
    .flatMap(([project, count]) => Array.from({ length: count }, (_, i) => `${project}-1.${i}.tar.gz`))
    .sort();
  const make = (filename: string) => {
    made.set(filename, (made.get(filename) ?? 0) + 1);
    return names.includes(filename) ? indexedFile(filename) : undefined;
  };
  const files = new Files(names, make, { mostKept });
  return { files, names, made };
}

describe('files', () => {
  it('come in the order of their names, or by project', () => {
    const { files, names } = filesOf({ b: 2, 'A.x': 1, a_x: 1 });
    expect(files.length).toBe(4);
    expect([...files].map(({ filename }) => filename)).toEqual(names);
    expect(files.projects).toEqual(['a-x', 'b']);
    expect(files.namesOf('a-x')).toEqual(['A.x-1.0.tar.gz', 'a_x-1.0.tar.gz']);
    expect(files.ofProject('b').map(({ filename }) => filename)).toEqual(['b-1.0.tar.gz', 'b-1.1.tar.gz']);
    expect(files.ofProject('c')).toEqual([]);
    const { size, fileCount, sizeBytes } = files.byProject();
    expect({ size, fileCount, sizeBytes }).toEqual({ size: 2, fileCount: 4, sizeBytes: 4 * 1234 });
    expect([...files.byProject()].map(([project, some]) => [project, some.length])).toEqual([
      ['a-x', 2],
      ['b', 2],
    ]);
    expect(files.get('b-1.0.tar.gz')?.filename).toBe('b-1.0.tar.gz');
    expect(files.get('c-1.0.tar.gz')).toBeUndefined();
  });

  it('are kept once they are made', () => {
    const { files, made } = filesOf({ a: 5, b: 5 });
    for (let time = 0; time < 3; time++) expect([...files.byProject()]).toHaveLength(2);
    expect(files.get('a-1.1.tar.gz')).toBe(files.ofProject('a')[1]);
    expect(new Set(made.values())).toEqual(new Set([1]));
  });

  it('are made anew when they are too many, but not while one project is looked at', () => {
    const { files, made } = filesOf({ a: 2, b: 2 }, 3);
    for (const project of ['a', 'b', 'b', 'a', 'b']) files.ofProject(project);
    expect(Object.fromEntries(made)).toEqual({
      'a-1.0.tar.gz': 2,
      'a-1.1.tar.gz': 2,
      'b-1.0.tar.gz': 2,
      'b-1.1.tar.gz': 2,
    });
  });
});
