import { describe, expect, it } from 'vitest';
import { planStamps } from '../../../src/flows/upload/stamp-plan.ts';
import { parseDistributionFilename } from '../../../src/model/filename.ts';

const date = new Date('2015-12-14T03:00:42.999Z');

function named(filename: string) {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(parsed.reason);
  return { filename, distribution: parsed.value };
}

function plan(...filenames: string[]) {
  return planStamps(filenames.map(named), date).map((step) =>
    step.action === 'stamp' ? step.stamped.filename : step.action,
  );
}

describe('planStamps', () => {
  it.each([
    ['pkg-0.15.dev0-py3-none-any.whl', 'pkg-0.15.dev0+20151214030042-py3-none-any.whl'],
    ['pkg-0.15.dev0+deadbeef-py3-none-any.whl', 'pkg-0.15.dev0+20151214030042.deadbeef-py3-none-any.whl'],
    ['Pkg.Name-1.dev-py3-none-any.whl', 'Pkg.Name-1.dev0+20151214030042-py3-none-any.whl'],
    ['pkg-1!2.0.post1.dev3-py3-none-any.whl', 'pkg-1!2.0.post1.dev3+20151214030042-py3-none-any.whl'],
    [
      'pkg-1.dev1-2abc-cp310.cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
      'pkg-1.dev1+20151214030042-2abc-cp310.cp311-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl',
    ],
  ])('stamps %s', (filename, stamped) => {
    expect(plan(filename)).toEqual([stamped]);
  });

  it.each([
    'pkg-1.0-py3-none-any.whl',
    'pkg-1.0+local-py3-none-any.whl',
    'pkg-1.0rc1-py3-none-any.whl',
    'pkg-1.0.post1-py3-none-any.whl',
    'pkg-1.1.dev0.tar.gz',
    'pkg-1.1.dev0.zip',
    'pkg-1.1.dev0.win-amd64-py2.7.exe',
    'pkg-0.15.dev0+20140101000000.deadbeef-py3-none-any.whl',
    'pkg-0.15.dev0+20140101000000_deadbeef-py3-none-any.whl',
  ])('leaves %s alone', (filename) => {
    expect(plan(filename)).toEqual(['keep']);
  });

  it('gives the distribution its new version, and keeps the old one', () => {
    const [step] = planStamps([named('pkg-0.15.dev0-py3-none-any.whl')], date);
    expect(step).toMatchObject({
      wheel: { version: '0.15.dev0' },
      stamped: { distribution: { kind: 'wheel', project: 'pkg', version: '0.15.dev0+20151214030042' } },
    });
  });

  it('refuses a wheel whose stamped name another one has', () => {
    expect(plan('pkg-1.dev-py3-none-any.whl', 'pkg-1.dev0-py3-none-any.whl')).toEqual([
      'pkg-1.dev0+20151214030042-py3-none-any.whl',
      'refuse',
    ]);
    expect(plan('pkg-1.dev0-py3-none-any.whl', 'pkg-1.dev0+20151214030042-py3-none-any.whl')).toEqual([
      'refuse',
      'keep',
    ]);
  });
});
