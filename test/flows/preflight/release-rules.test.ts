import { describe, expect, it } from 'vitest';
import { parseExpectation } from '../../../src/flows/preflight/expectation.ts';
import { findMissingFiles, findReleaseProblems } from '../../../src/flows/preflight/release-rules.ts';
import { makeCandidate, type CandidateChanges } from './candidates.ts';

const wheel = (tag: string, changes: CandidateChanges = {}) =>
  makeCandidate({ filename: `foo_bar-1.0-${tag}.whl`, ...changes });
const sdist = makeCandidate({ filename: 'foo_bar-1.0.tar.gz' });

function rulesOf(candidates: Parameters<typeof findReleaseProblems>[0], allProjects = false): string[] {
  return findReleaseProblems(candidates, allProjects).map(({ rule }) => rule);
}

describe('findReleaseProblems', () => {
  it('has nothing against a release', () => {
    expect(rulesOf([wheel('cp311-cp311-win32'), wheel('cp312-cp312-win32'), sdist])).toEqual([]);
    expect(rulesOf([])).toEqual([]);
  });

  it('refuses two projects, unless they are meant', () => {
    const files = [sdist, makeCandidate({ filename: 'other-1.0.tar.gz', headers: ['Name: other'] })];
    expect(findReleaseProblems(files, false)).toEqual([
      {
        filename: 'other-1.0.tar.gz',
        rule: 'one-project',
        registry: 'any',
        severity: 'error',
        message: 'the files are of 2 projects: foo-bar, other; choose one, or --all-projects',
      },
    ]);
    expect(rulesOf(files, true)).toEqual([]);
  });

  it('takes two spellings of a project for one', () => {
    expect(rulesOf([sdist, makeCandidate({ filename: 'Foo.Bar-1.0-py3-none-any.whl' })])).toEqual([]);
  });

  it('refuses two versions, unless they are meant', () => {
    const files = [sdist, makeCandidate({ filename: 'foo_bar-1.1.tar.gz' })];
    expect(rulesOf(files)).toEqual(['one-version']);
    expect(rulesOf(files, true)).toEqual([]);
  });

  it.each([
    ['of the project', 'Foo.Bar-1.0-cp312-cp312-win32.whl'],
    ['of the version', 'foo_bar-1.0.0-cp312-cp312-win32.whl'],
    ['of the tags', 'foo_bar-1.0-cp312-cp312-Win32.whl'],
  ])('refuses two spellings %s for one file', (_, filename) => {
    const files = [wheel('cp312-cp312-win32'), makeCandidate({ filename })];
    expect(findReleaseProblems(files, true).filter(({ severity }) => severity === 'error')).toEqual([
      {
        filename,
        rule: 'one-spelling',
        registry: 'any',
        severity: 'error',
        message: 'it is foo_bar-1.0-cp312-cp312-win32.whl under another spelling: publish one of them',
      },
    ]);
  });

  it('tells build tags, formats of an sdist and installers apart', () => {
    const names = [
      ...['foo_bar-1.0-1-cp312-cp312-win32.whl', 'foo_bar-1.0-2-cp312-cp312-win32.whl'],
      ...['foo_bar-1.0.tar.gz', 'foo_bar-1.0.zip', 'foo_bar-1.0.win32-py2.7.exe', 'foo_bar-1.0.win32.exe'],
    ];
    const files = [wheel('cp312-cp312-win32'), ...names.map((filename) => makeCandidate({ filename }))];
    expect(rulesOf(files)).not.toContain('one-spelling');
  });

  it('refuses a second sdist of a release', () => {
    const problems = findReleaseProblems([sdist, makeCandidate({ filename: 'foo_bar-1.0.zip' })], false);
    expect(problems).toMatchObject([
      { filename: 'foo_bar-1.0.zip', rule: 'one-sdist', registry: 'pypi', severity: 'error' },
    ]);
    expect(problems[0]?.message).toContain('foo_bar-1.0.tar.gz');
  });

  it.each([
    ['Summary: a', 'Summary: b', /^Summary differ from /],
    ['Requires-Python: >=3.9', 'Requires-Python: >=3.10', /^Requires-Python differ/],
    ['Classifier: A', 'Classifier: B', /^Classifier differ/],
    ['Project-URL: a, https://a.org', 'Project-URL: a, https://b.org', /^Project-URL differ/],
  ])('warns when %s and %s are in one release', (a, b, message) => {
    const first = wheel('cp311-cp311-win32', { headers: [a] });
    const problems = findReleaseProblems([first, wheel('cp312-cp312-win32', { headers: [b] })], false);
    expect(problems).toMatchObject([
      { filename: 'foo_bar-1.0-cp312-cp312-win32.whl', rule: 'same-metadata', severity: 'warning' },
    ]);
    expect(problems[0]?.message).toMatch(message);
    expect(problems[0]?.message).toContain(first.filename);
  });

  it('warns of descriptions that differ, once for a file, with all fields', () => {
    const other = wheel('cp312-cp312-win32', { headers: ['Summary: x'], description: 'other' });
    const [problem, ...more] = findReleaseProblems([sdist, other], false);
    expect(problem?.message).toMatch(/^Summary, Description differ from foo_bar-1\.0\.tar\.gz: /);
    expect(more).toEqual([]);
  });

  it('lets dependencies differ, and line ends, and the order of classifiers', () => {
    const first = wheel('cp311-cp311-win32', {
      headers: ['Requires-Dist: a', 'Classifier: A', 'Classifier: B'],
      description: 'one\r\ntwo\r\n',
    });
    const second = wheel('cp312-cp312-win32', {
      headers: ['Requires-Dist: b', 'Classifier: B', 'Classifier: A'],
      description: 'one\ntwo',
    });
    expect(rulesOf([first, second])).toEqual([]);
  });

  it('lets a Windows installer know less', () => {
    const installer = makeCandidate({ filename: 'foo_bar-1.0.win32-py2.7.exe' });
    expect(rulesOf([installer, wheel('py3-none-any', { headers: ['Summary: a'] })])).toEqual([]);
  });
});

describe('findMissingFiles', () => {
  const there = [wheel('cp312-cp312-win32'), sdist, makeCandidate({ filename: 'foo_bar-1.1.tar.gz' })];

  it('names what each release lacks, one problem for each', () => {
    const problems = findMissingFiles(there, parseExpectation('sdist cp31{2,3}-win32'));
    expect(problems.map(({ filename, message }) => `${filename}: ${message}`)).toEqual([
      'foo-bar 1.0: there is no wheel for cp313-win32, which is expected',
      'foo-bar 1.1: there is no wheel for cp312-win32, which is expected',
      'foo-bar 1.1: there is no wheel for cp313-win32, which is expected',
    ]);
    expect(problems[0]).toMatchObject({ rule: 'expected', severity: 'error', registry: 'any' });
  });

  it('has nothing to say where nothing is expected', () => {
    expect(findMissingFiles(there, [])).toEqual([]);
  });
});
