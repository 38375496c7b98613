import { describe, expect, it } from 'vitest';
import type { MirrorFilter } from '../../../src/flows/mirror/options.ts';
import { planRemovals } from '../../../src/flows/mirror/removals.ts';
import type { MirrorSource, SourcesRead } from '../../../src/flows/mirror/sources.ts';
import { projectsOf } from '../../../src/listing/select.ts';
import { WheelhouseError } from '../../../src/model/errors.ts';
import { indexedFile } from '../../listing/indexed-file.ts';

const [a1, a2, b1, b2] = [
  'a-1.0-py3-none-any.whl',
  'a-2.0-py3-none-any.whl',
  'b-1.0-py3-none-any.whl',
  'b-2.0.tar.gz',
] as const;
const held = [a1, a2, b1, b2];
const down = new WheelhouseError('SERVER_ERROR', 'it is down');

function source(
  filenames: readonly string[],
  { silent = [], failed = [] }: { silent?: string[]; failed?: string[] } = {},
): MirrorSource {
  const links = filenames.map((filename) => ({ url: `https://a.test/${filename}`, filename, hashes: {} }));
  return {
    index: 'https://a.test/',
    links,
    projects: projectsOf(links),
    silent: new Set(silent),
    failures: new Map(failed.map((project) => [project, down])),
    credentialsFor: () => undefined,
  };
}

const unread = [{ index: 'https://b.test/', error: down }];

describe('planRemovals', () => {
  it.each<[string, Partial<SourcesRead>, MirrorFilter, boolean, string[], [string, boolean][]]>([
    ['all is listed', { sources: [source(held)] }, {}, false, [], []],
    ['one is no longer listed', { sources: [source([a1, b1, b2])] }, {}, false, [a2], []],
    [
      'names are compared as file systems do',
      { sources: [source(['A-1.0-py3-none-any.whl', a2, b1, b2])] },
      {},
      false,
      [],
      [],
    ],
    ['another index lists it', { sources: [source([a1, b1]), source([a2, b2])] }, {}, false, [], []],
    [
      'only the projects that are meant',
      { sources: [source([a1, b1])] },
      { projects: ['A'] },
      false,
      [a2],
      [],
    ],
    ['only within the filter', { sources: [source([a1, b1])] }, { sdists: false }, false, [a2], []],
    ['only these versions', { sources: [source([a1, b1])] }, { versions: '>=3' }, false, [], []],
    ['older versions are still listed', { sources: [source([a1, a2, b1])] }, { latest: 1 }, false, [b2], []],
    [
      'an index could not be read',
      { sources: [source([a1, b1])], unread },
      {},
      false,
      [],
      [
        ['a', false],
        ['b', false],
      ],
    ],
    [
      'an index could not be read, by force',
      { sources: [source([a1, b1])], unread },
      {},
      true,
      [],
      [
        ['a', false],
        ['b', false],
      ],
    ],
    [
      'no index was read',
      { sources: [] },
      {},
      true,
      [],
      [
        ['a', false],
        ['b', false],
      ],
    ],
    [
      'a page of one project could not be read',
      { sources: [source([a1, b1], { failed: ['b'] })] },
      {},
      true,
      [a2],
      [['b', false]],
    ],
    [
      'a page on the way could not be read',
      { sources: [source([a1], { failed: ['simple'] })] },
      {},
      true,
      [a2],
      [['b', false]],
    ],
    [
      'an index is empty',
      { sources: [source([])] },
      {},
      false,
      [],
      [
        ['a', true],
        ['b', true],
      ],
    ],
    ['an index is empty, by force', { sources: [source([])] }, {}, true, held, []],
    [
      'one of two indexes is empty',
      { sources: [source([a1, b1]), source([])] },
      {},
      false,
      [],
      [
        ['a', true],
        ['b', true],
      ],
    ],
    ['a project is gone', { sources: [source([a1])] }, {}, false, [a2], [['b', true]]],
    ['a project is gone, by force', { sources: [source([a1])] }, {}, true, [a2, b1, b2], []],
    [
      'a project has become empty in one of two indexes',
      { sources: [source([a1, a2, b1]), source([a1], { silent: ['b'] })] },
      {},
      false,
      [],
      [['b', true]],
    ],
  ])('%s', (_, read, filter, force, removed, kept) => {
    const files = held.map((filename) => indexedFile(filename));
    const planned = planRemovals(files, { sources: [], unread: [], ...read }, filter, force);
    expect(planned.removals.map(({ filename }) => filename)).toEqual(removed);
    expect(planned.heldBack.map(({ project, forcible }) => [project, forcible])).toEqual(kept);
    for (const { reason, count } of planned.heldBack) {
      expect(reason).not.toBe('');
      expect(count).toBeGreaterThan(0);
    }
  });
});
