import { describe, expect, it } from 'vitest';
import { presenceOf, writtenProjects, type Presence } from '../../../src/flows/publish/presence.ts';
import type { RegistryFile } from '../../../src/registry/target.ts';
import { imaginary } from '../../registry/artifacts.ts';

const name = 'tiny_project-1.0-py3-none-any.whl';
const wheel = imaginary(name, '');
const ours = { sha256: wheel.sha256 };
const theirs = { sha256: 'f'.repeat(64) };
const named = (hashes: RegistryFile['hashes'], filename = name): RegistryFile => ({ filename, hashes });
const nameless = (hashes: RegistryFile['hashes'], version?: string): RegistryFile => ({
  filename: `${JSON.stringify(hashes)} ${version ?? ''}`,
  hashes,
  nameless: { version },
});

describe('what an index says of an artifact', () => {
  const cases: [what: string, files: RegistryFile[] | undefined, presence: Presence, ifTaken?: Presence][] = [
    ['no index', undefined, 'unreadable'],
    ['nothing', [], 'absent'],
    ['another file', [named(ours, 'tiny_project-1.0.tar.gz')], 'absent'],
    ['its name and its bytes', [named(ours)], 'same'],
    ['its name and other bytes', [named(theirs)], 'different'],
    ['its name without a digest', [named({})], 'unproven'],
    ['its name with a digest that we do not know', [named({ sha512: 'a' })], 'unproven'],
    ['its bytes without a name', [nameless(ours, '1.0')], 'same'],
    ['its bytes without name and version', [nameless(ours)], 'same'],
    ['other bytes of its version', [nameless(theirs, '1.0')], 'absent', 'different'],
    ['other bytes of another version', [nameless(theirs, '0.9')], 'absent'],
    ['bytes of its version without a digest', [nameless(theirs, '1.0'), nameless({}, '1.0')], 'absent'],
    ['its name, and its bytes without a name', [named({}), nameless(ours, '1.0')], 'same'],
    ['its name, and other bytes of its version', [named({}), nameless(theirs, '1.0')], 'different'],
    ['its name, and other bytes of another version', [named({}), nameless(theirs, '0.9')], 'unproven'],
    ['its name, and what has no digest', [named({}), nameless({}, '1.0')], 'unproven'],
    [
      'other bytes under its name, and its bytes elsewhere',
      [named(theirs), nameless(ours, '1.0')],
      'different',
    ],
  ];

  it.each(cases)('%s', (_, files, presence, ifTaken = presence) => {
    const known = files === undefined ? undefined : new Map(files.map((file) => [file.filename, file]));
    expect(presenceOf(wheel, known)).toBe(presence);
    expect(presenceOf(wheel, known, { nameTaken: true })).toBe(ifTaken);
  });
});

describe('the projects of a release', () => {
  it('are asked for as their metadata writes them', () => {
    const artifacts = [
      imaginary(name, 'Name: Tiny.Project\n'),
      imaginary('tiny_project-1.0.tar.gz', 'Name: Tiny.Project\n'),
      imaginary('other-1.0.tar.gz', ''),
    ];
    expect([...writtenProjects(artifacts)]).toEqual([
      ['tiny-project', 'Tiny.Project'],
      ['other', 'other'],
    ]);
  });
});
