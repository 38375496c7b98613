import { describe, expect, it } from 'vitest';
import { isStamped, stampVersion } from '../../src/model/stamp.ts';
import { compareVersions, normalizeVersion } from '../../src/model/version.ts';

const date = new Date('2015-12-14T03:00:42.999Z');

describe('stampVersion', () => {
  it.each([
    ['0.15.dev0', '0.15.dev0+20151214030042'],
    ['0.15.dev0+deadbeef', '0.15.dev0+20151214030042.deadbeef'],
    ['0.3.dev0+g1234567.d20240101', '0.3.dev0+20151214030042.g1234567.d20240101'],
    ['0.15.dev', '0.15.dev0+20151214030042'],
    ['1!2.0.post1.dev3', '1!2.0.post1.dev3+20151214030042'],
    ['0.15.dev0+A_B', '0.15.dev0+20151214030042.a.b'],
    ['0.15.dev0+20140101000000.deadbeef', '0.15.dev0+20140101000000.deadbeef'],
    ['0.15.dev0+20140101000000_deadbeef', '0.15.dev0+20140101000000.deadbeef'],
  ])('%s becomes %s', (version, stamped) => {
    expect(stampVersion(version, date)).toBe(stamped);
    expect(normalizeVersion(stamped)).toBe(stamped);
    expect(isStamped(stamped)).toBe(true);
  });

  it('makes the later build the newer version, whatever the hashes', () => {
    const first = stampVersion('0.1.dev0+deadbeef', date);
    const second = stampVersion('0.1.dev0+cafebabe', new Date(date.getTime() + 1000));
    expect(compareVersions(first, second)).toBe(-1);
    expect(compareVersions('0.1.dev0+deadbeef', first)).toBe(-1);
    expect(compareVersions(second, '0.1.dev1')).toBe(-1);
  });
});

describe('isStamped', () => {
  it.each([
    '0.1.dev0+20151214030042',
    '0.1.dev0+20151214030042_deadbeef',
    '0.1.dev0+20151214030042.deadbeef',
  ])('knows %s', (version) => {
    expect(isStamped(version)).toBe(true);
  });

  it.each([
    '0.1.dev0',
    '0.1.dev0+deadbeef',
    '0.1.dev0+2015121403004',
    '0.1.dev0+201512140300421',
    '20151214030042',
    '0.1.dev0+g20151214030042',
  ])('does not take %s for stamped', (version) => {
    expect(isStamped(version)).toBe(false);
  });
});
