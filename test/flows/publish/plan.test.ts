import { describe, expect, it } from 'vitest';
import { otherBytes, planPublish, type PlanOptions } from '../../../src/flows/publish/plan.ts';
import { foresee } from '../../../src/flows/publish/results.ts';
import type { RegistryFile } from '../../../src/registry/target.ts';
import { imaginary } from '../../registry/artifacts.ts';

const wheelName = 'tiny_project-1.0-py3-none-any.whl';
const wheel = imaginary(wheelName, '');
const other = imaginary('tiny_project-1.0-cp312-cp312-win_amd64.whl', '');
const sdist = imaginary('tiny_project-1.0.tar.gz', '');
const installer = imaginary('tiny_project-1.0.win-amd64.exe', '');

const listed = (...files: [filename: string, hashes: RegistryFile['hashes']][]) =>
  new Map([['tiny-project', new Map(files.map(([filename, hashes]) => [filename, { filename, hashes }]))]]);
const ours = { sha256: wheel.sha256 };
const theirs = { sha256: 'f'.repeat(64) };

describe('the plan for one artifact', () => {
  const before = { sentBefore: () => true };
  const skip = { skipExisting: true };
  const cases: [
    what: string,
    known: ReturnType<typeof listed> | undefined,
    options: PlanOptions,
    state: string,
    action: string,
    outcome: string,
  ][] = [
    ['not there', listed(), {}, 'new', 'send', 'published'],
    [
      'not there, other files are',
      listed(['tiny_project-0.9.tar.gz', theirs]),
      {},
      'new',
      'send',
      'published',
    ],
    ['the same bytes', listed([wheelName, ours]), {}, 'identical', 'keep', 'already-there'],
    [
      'the same bytes by MD5',
      listed([wheelName, { md5: wheel.md5.toUpperCase() }]),
      {},
      'identical',
      'keep',
      'already-there',
    ],
    [
      'the same bytes by BLAKE2b',
      listed([wheelName, { blake2b_256: wheel.blake2b256 }]),
      {},
      'identical',
      'keep',
      'already-there',
    ],
    ['other bytes', listed([wheelName, theirs]), {}, 'conflict', 'refuse', 'conflict'],
    [
      'other bytes by one of two digests',
      listed([wheelName, { ...ours, md5: '0'.repeat(32) }]),
      {},
      'conflict',
      'refuse',
      'conflict',
    ],
    ['other bytes, to be skipped', listed([wheelName, theirs]), skip, 'conflict', 'skip', 'already-there'],
    ['no digest', listed([wheelName, {}]), {}, 'unknown', 'refuse', 'failed'],
    ['no digest that we compute', listed([wheelName, { sha512: 'ab' }]), {}, 'unknown', 'refuse', 'failed'],
    ['no digest, to be skipped', listed([wheelName, {}]), skip, 'unknown', 'skip', 'already-there'],
    [
      'no digest, sent by an earlier run',
      listed([wheelName, {}]),
      before,
      'unknown',
      'keep',
      'already-there',
    ],
    [
      'other bytes, whatever an earlier run says',
      listed([wheelName, theirs]),
      before,
      'conflict',
      'refuse',
      'conflict',
    ],
    ['an index that cannot be read', undefined, {}, 'unknown', 'send', 'published'],
  ];
  it.each(cases)('%s', (_, known, options, state, action, outcome) => {
    const [step] = planPublish([wheel], known ?? new Map([['tiny-project', undefined]]), options);
    expect(step).toMatchObject({ filename: wheelName, size: 1, state, action });
    expect(step?.reason).not.toBe('');
    expect(foresee(step!)).toMatchObject({ filename: wheelName, outcome, sha256: wheel.sha256, size: 1 });
  });
});

describe('the plan for a release', () => {
  it('has the wheels first, by name, and the sdist last', () => {
    const steps = planPublish([sdist, wheel, installer, other], listed());
    expect(steps.map(({ filename }) => filename)).toEqual(
      [other, wheel, installer, sdist].map(({ filename }) => filename),
    );
  });

  it('sends nothing while one file is in conflict, and tells so of each', () => {
    const steps = planPublish(
      [sdist, wheel, other],
      listed([wheelName, theirs], [other.filename, { sha256: other.sha256 }]),
    );
    expect(steps.map(({ action, reason }) => [action, reason])).toEqual([
      ['keep', 'the same bytes are there'],
      ['refuse', otherBytes],
      ['refuse', `not sent: ${wheelName} is in conflict`],
    ]);
    expect(steps.map((step) => foresee(step).outcome)).toEqual(['already-there', 'conflict', 'failed']);
  });

  it('goes on beside a file that cannot be compared', () => {
    const steps = planPublish([wheel, other], listed([wheelName, {}]));
    expect(steps.map(({ action }) => action)).toEqual(['send', 'refuse']);
  });

  it('keeps the files of each project apart', () => {
    const foreign = imaginary('other-1.0-py3-none-any.whl', '');
    const known = new Map([
      ...listed([wheelName, ours]),
      ['other', new Map<string, RegistryFile>()] as const,
    ]);
    expect(planPublish([wheel, foreign], known).map(({ state }) => state)).toEqual(['new', 'identical']);
  });
});
