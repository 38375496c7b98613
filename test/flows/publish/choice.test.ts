import { describe, expect, it } from 'vitest';
import { chooseRelease, type Choice } from '../../../src/flows/publish/choice.ts';
import { imaginary } from '../../registry/artifacts.ts';

const files = (...names: string[]) => names.map((name) => imaginary(name, ''));
const one = files('Tiny_Project-1.0-py3-none-any.whl', 'tiny.project-1.0.tar.gz');
const versions = files('tiny_project-1.10.tar.gz', 'tiny_project-1.9.tar.gz');
const projects = files('tiny_project-1.0.tar.gz', 'tiny_project-2.0.tar.gz', 'other-1.0.tar.gz');

describe('the release that is published', () => {
  const cases: [what: string, there: typeof one, choice: Choice, chosen: string[]][] = [
    ['the only one, however its name is written', one, {}, one.map(({ filename }) => filename)],
    [
      'a project by any form of its name',
      projects.slice(1),
      { project: 'TINY.project' },
      ['tiny_project-2.0.tar.gz'],
    ],
    ['a version of the only project', versions, { version: '1.9' }, ['tiny_project-1.9.tar.gz']],
    ['a version by any form', versions, { version: ' v1.9 ' }, ['tiny_project-1.9.tar.gz']],
    [
      'a version with fewer zeros',
      files('tiny_project-1.0.0.tar.gz', 'tiny_project-1.0.1.tar.gz'),
      { version: '1' },
      ['tiny_project-1.0.0.tar.gz'],
    ],
    [
      'the very version before one that means the same',
      files('tiny_project-1.0.0.tar.gz', 'tiny_project-1.0.tar.gz'),
      { version: '1.0' },
      ['tiny_project-1.0.tar.gz'],
    ],
    [
      'a version of a project',
      projects,
      { project: 'tiny-project', version: '1.0' },
      ['tiny_project-1.0.tar.gz'],
    ],
    ['everything', projects, { allProjects: true }, projects.map(({ filename }) => filename)],
    [
      'every version of a project',
      projects,
      { project: 'tiny-project', allProjects: true },
      ['tiny_project-1.0.tar.gz', 'tiny_project-2.0.tar.gz'],
    ],
    [
      'a version of every project',
      projects,
      { version: '1.0', allProjects: true },
      ['tiny_project-1.0.tar.gz', 'other-1.0.tar.gz'],
    ],
  ];
  it.each(cases)('is %s', (_, there, choice, chosen) => {
    expect(chooseRelease(there, 'dist', choice).map(({ filename }) => filename)).toEqual(chosen);
  });

  const failures: [
    what: string,
    there: typeof one,
    choice: Choice,
    code: string,
    message: string,
    hint: string,
  ][] = [
    ['nothing there', [], {}, 'NOT_FOUND', 'dist holds nothing to publish', 'python -m build'],
    ['several projects', projects, {}, 'USAGE', 'dist holds 2 projects: other, tiny-project', '--project'],
    [
      'several projects of that version',
      projects,
      { version: '1.0' },
      'USAGE',
      'dist holds 2 projects: other, tiny-project',
      '--project',
    ],
    [
      'several versions, in their order',
      versions,
      {},
      'USAGE',
      'dist holds 2 versions: 1.9, 1.10',
      '--version',
    ],
    [
      'no such project',
      one,
      { project: 'other' },
      'NOT_FOUND',
      'dist holds nothing of other',
      'it holds tiny-project',
    ],
    [
      'no such version',
      versions,
      { version: '2.0' },
      'NOT_FOUND',
      'dist holds nothing of version 2.0',
      'it holds 1.9, 1.10',
    ],
    [
      'no version at all',
      versions,
      { version: 'latest' },
      'USAGE',
      'latest is no version (PEP 440)',
      '2.1rc1',
    ],
  ];
  it.each(failures)('is an error with %s', (_, there, choice, code, message, hint) => {
    const choose = () => chooseRelease(there, 'dist', choice);
    expect(choose).toThrow(
      expect.objectContaining({ code, message, hint: expect.stringContaining(hint) as string }) as Error,
    );
  });
});
