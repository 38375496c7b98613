import { describe, expect, it } from 'vitest';
import { readRequirement, specifierFlaw } from '../../src/flows/requirement-syntax.ts';

describe('specifierFlaw', () => {
  it.each([
    '',
    '>=3.9',
    '>= 3.9 , <4',
    '==3.*',
    '!=3.0.*,>=3',
    '~=1.4',
    '~=1.4.2',
    '===foo',
    '==1.0+local',
    '>1.0a1',
    '<=1!2.0',
    '>=3,',
  ])('finds none in %j', (text) => {
    expect(specifierFlaw(text)).toBeUndefined();
  });

  it.each([
    ['3.9', '3.9 is no version clause'],
    ['=>3.9', '=>3.9 is no version clause'],
    ['>=3.9 <4', '>=3.9 <4 is no version clause'],
    ['>=', '>= is no version clause'],
    ['>=3.*', '>=3.* has a wildcard, which only == and != take'],
    ['>=a', 'a is no version'],
    ['>=3.9,<x', 'x is no version'],
    ['>=1.0+local', '>=1.0+local has a local version, which only == and != take'],
    ['~=1', '~=1 needs at least two numbers after ~='],
    ['~=1rc1', '~=1rc1 needs at least two numbers after ~='],
  ])('finds one in %j', (text, flaw) => {
    expect(specifierFlaw(text)).toBe(flaw);
  });
});

describe('readRequirement', () => {
  it.each([
    ['a', { name: 'a' }],
    ['zope.interface', { name: 'zope.interface' }],
    ['a (>=1)', { name: 'a' }],
    ['a[b, c]>=1; os_name == "nt"', { name: 'a' }],
    ['a ; extra == "x"', { name: 'a' }],
    ['a @ https://example.org/a.whl', { name: 'a', url: 'https://example.org/a.whl' }],
    ['a[b]@git+ssh://git@example.org/a', { name: 'a', url: 'git+ssh://git@example.org/a' }],
    ['a>=x', { name: 'a', flaw: 'x is no version' }],
    ['a b', { name: 'a', flaw: 'b is no version clause' }],
    ['a[b!]', { name: 'a', flaw: '[b!] is no list of extras' }],
  ])('reads %j', (text, expected) => {
    expect(readRequirement(text)).toEqual(expected);
  });

  it.each(['', '>=1', '-a', '@ https://example.org'])('reads nothing in %j', (text) => {
    expect(readRequirement(text)).toBeUndefined();
  });

  it('comes to its end on hostile text', () => {
    expect(readRequirement(`a${'-'.repeat(100_000)}!`)).toMatchObject({ name: 'a' });
    expect(readRequirement(`a[${'a'.repeat(100_000)}`)).toMatchObject({ name: 'a' });
  });
});
