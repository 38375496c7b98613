import { describe, expect, it } from 'vitest';
import {
  compareVersions,
  isDevVersion,
  isPublicVersion,
  normalizeVersion,
  versionKey,
} from '../../src/model/version.ts';

describe('normalizeVersion', () => {
  it.each([
    // as it should be
    ['1.0', '1.0'],
    ['1', '1'],
    ['1.0.0', '1.0.0'],
    ['2024.10.1', '2024.10.1'],
    ['1!2.0', '1!2.0'],
    ['1.0a1', '1.0a1'],
    ['1.0b2.post345.dev456', '1.0b2.post345.dev456'],
    ['1.0rc1', '1.0rc1'],
    ['1.0.post1', '1.0.post1'],
    ['1.0.dev3', '1.0.dev3'],
    ['1.0+abc.7', '1.0+abc.7'],
    // blanks around it, a leading v
    [' 1.0 ', '1.0'],
    ['\t1.0\r\n', '1.0'],
    ['v1.0', '1.0'],
    ['V1.0', '1.0'],
    [' v1.0\n', '1.0'],
    // zeros
    ['0', '0'],
    ['00', '0'],
    ['01.02', '1.2'],
    ['1.0rc01', '1.0rc1'],
    ['0!1.0', '1.0'],
    ['00!1.0', '1.0'],
    ['01!1.0', '1!1.0'],
    ['1.0.post007', '1.0.post7'],
    ['1.0+0010', '1.0+10'],
    ['1.0+00a', '1.0+00a'],
    // pre-releases
    ['1.0ALPHA', '1.0a0'],
    ['1.0alpha1', '1.0a1'],
    ['1.0-beta.2', '1.0b2'],
    ['1.0_BETA_2', '1.0b2'],
    ['1.0c1', '1.0rc1'],
    ['1.0pre2', '1.0rc2'],
    ['1.0-preview-3', '1.0rc3'],
    ['1.0rc', '1.0rc0'],
    ['0.15.1rc', '0.15.1rc0'],
    ['1.0.a', '1.0a0'],
    ['1.0beta-', '1.0b0'],
    ['2004b', '2004b0'],
    // post-releases
    ['1.0-1', '1.0.post1'],
    ['1.0-01', '1.0.post1'],
    ['1.0post', '1.0.post0'],
    ['1.0-r4', '1.0.post4'],
    ['1.0rev5', '1.0.post5'],
    ['1.0.post-2', '1.0.post2'],
    ['1.0rc1-1', '1.0rc1.post1'],
    // dev versions
    ['1.0.dev', '1.0.dev0'],
    ['1.0dev', '1.0.dev0'],
    ['1.0-DEV1', '1.0.dev1'],
    ['1.0_dev_1', '1.0.dev1'],
    ['0.15.2.dev', '0.15.2.dev0'],
    ['1.0-1.dev2', '1.0.post1.dev2'],
    // local parts
    ['1.0.dev0+001_local1', '1.0.dev0+1.local1'],
    ['0.15.dev+local3', '0.15.dev0+local3'],
    ['1.0+Ubuntu-1', '1.0+ubuntu.1'],
    ['1.0+1e5', '1.0+1e5'],
    ['1.0+7e3', '1.0+7e3'],
    ['1.0+0x10', '1.0+0x10'],
    ['1.0+infinity', '1.0+infinity'],
    ['0.15.dev0+20151214030042.deadbeef', '0.15.dev0+20151214030042.deadbeef'],
    // beyond 2^53
    ['9007199254740993', '9007199254740993'],
    ['1.0.dev18446744073709551616', '1.0.dev18446744073709551616'],
    ['1.0+123456789012345678901234567890', '1.0+123456789012345678901234567890'],
    ['20240101120000123456!1', '20240101120000123456!1'],
  ])('%j is %s', (version, normalized) => {
    expect(normalizeVersion(version)).toBe(normalized);
    expect(normalizeVersion(normalized), 'a normal form is its own normal form').toBe(normalized);
  });

  it.each([
    '',
    ' ',
    'v',
    'french toast',
    'a1',
    '.1',
    '1.',
    '1..0',
    '1.0.',
    '1.0x',
    '1.0-',
    '1.0--1',
    '1.0 rc1',
    '1.0\u00002',
    '!1.0',
    '1!',
    '1!!1',
    '-1.0',
    '1.0+',
    '1.0+a+b',
    '1.0++a',
    '1.0+_foobar',
    '1.0+foo&asd',
    '1.0+1+1',
    '1.0+a..b',
    '1.0+a.',
    '+1.0',
    '1.0a1a1',
    '1.0.dev1.post1',
    '1.0.dev1rc1',
    '1.0post1rc1',
    'vv1.0',
    'unknown',
    '1.0.post-1-2',
    '٣.1',
    '1.٠',
    '1.0+\u212A', // the Kelvin sign, a k in lower case
    '1.0+\u017F', // the long s
    '１.0',
    '1.0\uFEFF1',
  ])('%j is none', (version) => {
    expect(normalizeVersion(version)).toBeUndefined();
    expect(isDevVersion(version)).toBe(false);
    expect(isPublicVersion(version)).toBe(false);
  });

  it.each([
    ['digits', '1'.repeat(1025)],
    ['a megabyte of digits', `${'1'.repeat(1_000_000)}x`],
    ['a megabyte of dots', '1.'.repeat(500_000)],
    ['a megabyte of a local part', `1.0+${'a.'.repeat(500_000)}`],
    ['a megabyte of blanks', ' '.repeat(1_000_000)],
  ])('refuses %s at once', (_, version) => {
    expect(normalizeVersion(version)).toBeUndefined();
  });
});

describe('compareVersions', () => {
  /** Least first; the versions of one row are equal. The order is PEP 440's. */
  const ordered: readonly (readonly string[])[] = [
    ['nonsense', '', '1.x'],
    ['0.dev0', '0.0.dev0', '0.0.0dev'],
    ['0a0'],
    ['0', '0.0', '0.0.0', 'v0'],
    ['0.0.1'],
    ['0.9.9'],
    ['1.dev0', '1.0.dev0', '1.0.0dev', '1-dev'],
    ['1.0.dev0+abc'],
    ['1.0.dev0+20240101'],
    ['1.0.dev456', '1.0dev456'],
    ['1.0a1.dev1'],
    ['1.0a1', '1.0-alpha-1', '1a1', '1.0.A1'],
    ['1.0a1.post1.dev1'],
    ['1.0a1.post1', '1.0a1-1'],
    ['1.0a2.dev456'],
    ['1.0a12.dev456'],
    ['1.0a12'],
    ['1.0b1.dev456'],
    ['1.0b2', '1.0beta2'],
    ['1.0b2.post345.dev456'],
    ['1.0b2.post345'],
    ['1.0b2-346', '1.0b2.post346'],
    ['1.0c1.dev456', '1.0rc1.dev456'],
    ['1.0c1', '1.0rc1', '1.0pre1', '1.0-preview_1'],
    ['1.0rc2'],
    ['1.0c3'],
    ['1.0rc10'],
    ['1', '1.0', '1.0.0', '01.0', '1.0.0.0.0', '0!1'],
    ['1.0+5.abc.z'],
    ['1.0.post0.dev1'],
    ['1.0.post0', '1.0post', '1-r0'],
    ['1.0.post456.dev34'],
    ['1.0.post456', '1.0-456', '1.0-rev456'],
    ['1.0.1.dev1'],
    ['1.0.1'],
    ['1.0.15'],
    ['1.1.dev1'],
    // A local part: letters before numbers, numbers by value, the longer after the shorter.
    ['1.2'],
    ['1.2+0a'],
    ['1.2+1e5'],
    ['1.2+abc'],
    ['1.2+abc.def', '1.2+ABC-def', '1.2+abc_DEF'],
    ['1.2+abc.5'],
    ['1.2+abc5'],
    ['1.2+abd'],
    ['1.2+deadbeef'],
    ['1.2+infinity'],
    ['1.2+z'],
    ['1.2+0', '1.2+000'],
    ['1.2+1', '1.2+01'],
    ['1.2+1.a'],
    ['1.2+1.1'],
    ['1.2+2'],
    ['1.2+10'],
    ['1.2+123456'],
    ['1.2+20151214030042'],
    ['1.2+20151214030042.cafebabe', '1.2+20151214030042_cafebabe'],
    ['1.2+20151214030042.deadbeef'],
    ['1.2+20151214030043.cafebabe'],
    ['1.2.r32+123456'],
    ['1.2.rev33+123456'],
    ['1.9'],
    ['1.10'],
    ['2'],
    ['10'],
    ['2024.1'],
    ['2024.1.1'],
    ['9007199254740992'],
    ['9007199254740992.0.1'],
    ['9007199254740993', '9007199254740993.0'],
    ['9007199254740994'],
    ['100000000000000000000000000000000'],
    ['1!0.dev0'],
    ['1!0'],
    ['1!1.0a1'],
    ['1!1.0', '01!1'],
    ['2!0'],
    ['10!0'],
  ];

  it('orders each pair of the list', () => {
    const wrong: string[] = [];
    for (const [i, lower] of ordered.entries()) {
      for (const [j, higher] of ordered.entries()) {
        for (const a of lower) {
          for (const b of higher) {
            if (compareVersions(a, b) !== Math.sign(i - j)) wrong.push(`${a} and ${b}`);
          }
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('sorts a shuffled list', () => {
    const list = ordered.slice(1).map(([version = '']) => version);
    const shuffled = list.map((_, i) => list[(i * 29) % list.length] ?? '');
    expect(new Set(shuffled).size).toBe(list.length);
    expect(shuffled.toSorted(compareVersions)).toEqual(list);
  });

  it('keeps its answers when more versions come by than it remembers', () => {
    const versions = Array.from({ length: 120_000 }, (_, i) => `1.${i}.dev${i % 7}`);
    expect(versions.toReversed().sort(compareVersions)).toEqual(versions);
    expect(compareVersions('1.5', '1.5.dev0')).toBe(1);
  });
});

describe('versionKey', () => {
  it.each([
    ['1.0', '1.0.0'],
    ['1.0-1', '1.post1'],
    ['1.0+A_01', '1+a.1'],
  ])('is one for %s and %s', (a, b) => {
    expect(versionKey(a)).toBe(versionKey(b));
    expect(versionKey(a)).not.toBe('');
  });

  it('is empty for what is no version', () => {
    expect(versionKey('one')).toBe('');
  });
});

describe('isDevVersion', () => {
  it.each([
    ['0.15.dev0', true],
    ['0.15.dev', true],
    ['0.15.dev0+local3', true],
    ['0.15.dev+local3', true],
    ['1.0rc1.dev2', true],
    ['1.0.post1.dev2', true],
    ['0.15+local3', false],
    ['0.15+dev', false],
    ['1.0', false],
    ['1.0a1', false],
    ['1.0.post1', false],
    ['nodev', false],
  ])('%s: %s', (version, dev) => {
    expect(isDevVersion(version)).toBe(dev);
  });
});

describe('isPublicVersion', () => {
  it.each([
    ['1.0', true],
    ['1.0.dev0', true],
    ['1!1.0rc1', true],
    ['1.0+1', false],
    ['1.0.dev0+20151214030042', false],
    ['one', false],
  ])('%s: %s', (version, isPublic) => {
    expect(isPublicVersion(version)).toBe(isPublic);
  });
});
