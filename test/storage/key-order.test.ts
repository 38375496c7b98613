import { describe, expect, it } from 'vitest';
import { compareKeys, sortKeys } from '../../src/storage/key-order.ts';

describe('compareKeys', () => {
  const pieces = [
    '',
    'a',
    'A',
    '-',
    '.',
    '/',
    '0',
    '_',
    '~',
    'é',
    'ｗ',
    '\ud7ff',
    '\ue000',
    '\uffff',
    '🎡',
    '𐀀',
    '\u{10ffff}',
  ];
  const keys = pieces.flatMap((first) => pieces.map((second) => first + second));

  it('orders as Buffer.compare orders the UTF-8 bytes, for every pair', () => {
    const wrong: string[] = [];
    for (const a of keys)
      for (const b of keys)
        if (compareKeys(a, b) !== Buffer.compare(Buffer.from(a), Buffer.from(b))) wrong.push(`${a} ${b}`);
    expect(wrong).toEqual([]);
  });

  it('is not the order of UTF-16', () => {
    expect(compareKeys('ｗ', '🎡')).toBe(-1);
    expect(['ｗ', '🎡'].sort()).toEqual(['🎡', 'ｗ']);
  });
});

describe('sortKeys', () => {
  it.each([
    ['where both orders agree', ['b', 'a/', 'a', 'é', 'a-'], ['a', 'a-', 'a/', 'b', 'é']],
    ['where they do not', ['🎡', 'a', 'ｗ'], ['a', 'ｗ', '🎡']],
  ])('sorts by compareKeys %s', (_where, keys, sorted) => {
    expect(sortKeys(keys)).toEqual(sorted);
    expect([...keys].sort(compareKeys)).toEqual(sorted);
  });
});
