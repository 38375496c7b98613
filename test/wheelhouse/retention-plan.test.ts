import { describe, expect, it } from 'vitest';
import { parseDistributionFilename } from '../../src/model/filename.ts';
import { takeInventory } from '../../src/wheelhouse/inventory.ts';
import { buildsOf, planRetention, type Build } from '../../src/wheelhouse/retention-plan.ts';

function distributionOf(filename: string): Build['distribution'] {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.value;
}

/** Builds in the order in which they came, an hour apart; `~` before a name: yanked. */
function arrived(...names: string[]): Build[] {
  return names.map((name, hour) => {
    const filename = name.replace('~', '');
    const distribution = distributionOf(filename);
    return { filename, distribution, timeMs: hour * 3_600_000, yanked: name.startsWith('~') };
  });
}

const wheel = (version: string, tags = 'py3-none-any', project = 'pkg') =>
  `${project}-${version}-${tags}.whl`;
const [linux, windows] = ['cp310-cp310-manylinux1_x86_64', 'cp310-cp310-win_amd64'] as const;
const nights = (count: number, tags?: string) =>
  Array.from({ length: count }, (_, night) => wheel(`1.0.dev${night}`, tags));

describe('planRetention', () => {
  it.each<[string, Build[], number, string[]]>([
    ['nothing', [], 5, []],
    ['as many as are kept', arrived(...nights(5)), 5, []],
    ['one more', arrived(...nights(6)), 5, [wheel('1.0.dev0')]],
    ['all but the newest', arrived(...nights(3)), 1, [wheel('1.0.dev0'), wheel('1.0.dev1')]],
    ['the last build, whatever the number', arrived(...nights(2)), 0, [wheel('1.0.dev0')]],
    [
      'each tag set by itself: the one that builds no more keeps its own',
      arrived(...nights(2, windows), ...nights(4, linux)),
      2,
      [wheel('1.0.dev0', linux), wheel('1.0.dev1', linux)],
    ],
    [
      'each project by itself',
      arrived(
        wheel('1.dev0', undefined, 'a'),
        wheel('1.dev1', undefined, 'b'),
        wheel('1.dev2', undefined, 'b'),
      ),
      1,
      [wheel('1.dev1', undefined, 'b')],
    ],
    [
      'one project under two spellings as one',
      arrived(wheel('1.dev0', undefined, 'My_Pkg'), wheel('1.dev1', undefined, 'my.pkg')),
      1,
      [wheel('1.dev0', undefined, 'My_Pkg')],
    ],
    [
      'tags in any order as one set',
      arrived(wheel('1.dev0', 'py2.py3-none-any'), wheel('1.dev1', 'py3.py2-none-any')),
      1,
      [wheel('1.dev0', 'py2.py3-none-any')],
    ],
    [
      'sdists apart from wheels',
      arrived('pkg-1.dev0.tar.gz', wheel('1.dev0'), 'pkg-1.dev1.tar.gz', wheel('1.dev1')),
      1,
      ['pkg-1.dev0.tar.gz', wheel('1.dev0')],
    ],
    [
      'Windows installers by their tags',
      arrived('pkg-1.dev0.win32-py2.7.exe', 'pkg-1.dev1.win32-py3.4.exe', 'pkg-1.dev2.win32-py2.7.exe'),
      1,
      ['pkg-1.dev0.win32-py2.7.exe'],
    ],
    ['no release', arrived(wheel('1.0'), wheel('1.1a1'), wheel('1.1+local'), wheel('1.2.dev0')), 1, []],
    [
      'releases are not counted either',
      arrived(wheel('1.0.dev0'), wheel('1.0'), wheel('1.1'), wheel('1.2')),
      1,
      [],
    ],
    [
      'by time, not by hash (scipy#16702)',
      arrived(wheel('1.0.dev0+ffff'), wheel('1.0.dev0+aaaa'), wheel('1.0.dev0+cccc')),
      1,
      [wheel('1.0.dev0+ffff'), wheel('1.0.dev0+aaaa')],
    ],
    [
      'by time, not by version: a maintenance build has just come',
      arrived(wheel('2.0.dev1'), wheel('2.0.dev2'), wheel('1.9.dev7')),
      2,
      [wheel('2.0.dev1')],
    ],
    [
      'a yanked build takes no place, and goes with those that are as old',
      arrived(
        `~${wheel('1.dev0')}`,
        wheel('1.dev1'),
        wheel('1.dev2'),
        `~${wheel('1.dev3')}`,
        wheel('1.dev4'),
      ),
      2,
      [wheel('1.dev0'), wheel('1.dev1')],
    ],
    [
      'nothing while only yanked builds would stay',
      arrived(wheel('1.dev0'), `~${wheel('1.dev1')}`, `~${wheel('1.dev2')}`),
      1,
      [],
    ],
  ])('%s', (_, builds, keepDev, expected) => {
    const names = (planned: Build[]) => planned.map(({ filename }) => filename).sort();
    expect(names(planRetention(builds, keepDev))).toEqual([...expected].sort());
    expect(names(planRetention([...builds].reverse(), keepDev))).toEqual([...expected].sort());
  });

  it('decides by version, then build number, between builds of one moment', () => {
    const at = (name: string) => arrived(name).map((build) => ({ ...build, timeMs: 7 }))[0]!;
    const builds = ['1.dev2', '1.dev10', '1.dev9'].map((version) => at(wheel(version)));
    builds.push(at('pkg-1.dev10-2-py3-none-any.whl'), at('pkg-1.dev10-10-py3-none-any.whl'));
    const kept = builds.filter((build) => !planRetention(builds, 2).includes(build));
    expect(kept.map(({ filename }) => filename)).toEqual([
      'pkg-1.dev10-2-py3-none-any.whl',
      'pkg-1.dev10-10-py3-none-any.whl',
    ]);
  });
});

describe('buildsOf', () => {
  const file = (filename: string, uploaded?: string) => ({
    filename,
    distribution: distributionOf(filename),
    sizeBytes: 1,
    ...(uploaded !== undefined && { uploaded }),
  });
  const modified = new Date('2026-03-03T00:00:00Z');
  it.each([
    ['the stamp', wheel('1.dev0+20260101000000.abc'), '2026-02-02T00:00:00Z', '2026-01-01T00:00:00Z'],
    [
      "the original's stamp",
      wheel('1.dev0+20260101000000_abc'),
      '2026-02-02T00:00:00Z',
      '2026-01-01T00:00:00Z',
    ],
    ['the upload', wheel('1.dev0'), '2026-02-02T00:00:00Z', '2026-02-02T00:00:00Z'],
    [
      'the upload where a stamp is no time',
      wheel('1.dev0+20269901000000'),
      '2026-02-02T00:00:00Z',
      '2026-02-02T00:00:00Z',
    ],
    ['the object', wheel('1.dev0'), undefined, '2026-03-03T00:00:00Z'],
  ])('takes the time of %s', (_, filename, uploaded, expected) => {
    const inventory = takeInventory([{ key: filename, sizeBytes: 1, modified }]);
    const [build] = buildsOf([file(filename, uploaded)], inventory);
    expect(new Date(build!.timeMs)).toEqual(new Date(expected));
  });
});
