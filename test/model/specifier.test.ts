import { describe, expect, it } from 'vitest';
import { satisfies, specifierFlaw } from '../../src/model/specifier.ts';

// The cases follow PEP 440, "Version specifiers", and pypa/packaging's tests of them.
describe('satisfies', () => {
  it.each<[specifier: string, matching: string[], others: string[]]>([
    ['', ['1.0', '0', '1!2', '1.0+local', '1.0.post1'], ['1.0rc1', '1.0.dev0', 'no version']],
    ['==1.0', ['1', '1.0.0', '1.0+local', 'v1.0'], ['1.0.1', '1.0.post1', '1!1.0', '1.0rc1']],
    ['==1.0+abc.1', ['1.0+abc.1', '1.0+ABC-1'], ['1.0', '1.0+abc.2']],
    ['==1.2.*', ['1.2', '1.2.7', '1.2.post1', '1.2.7+l'], ['1.20', '1.3', '1', '2!1.2.3', '1.2rc1']],
    ['==1.0.*', ['1', '1.0.3'], ['1.1']],
    ['!=1.0', ['1.0.1', '2'], ['1', '1.0.0+local']],
    ['!=1.2.*', ['1.3', '1.20'], ['1.2', '1.2.9']],
    ['~=2.2', ['2.2', '2.3', '2.99.1', '2.2.post3'], ['2.1', '3.0', '2.3rc1']],
    ['~=1.4.5', ['1.4.5', '1.4.12'], ['1.5', '1.4.4']],
    ['~=2.2.post3', ['2.2.post3', '2.3'], ['2.2', '2.2.post2', '3']],
    ['~=2.2rc1', ['2.2rc1', '2.2', '2.5.dev0'], ['2.2b1', '3.0']],
    ['>=1.0', ['1.0', '1.0.0', '1.0.post1', '1.0+local', '1!0'], ['0.9', '1.1rc1', '1.1.dev3']],
    ['<=1.0', ['1.0', '1.0+local', '0.1'], ['1.0.post1', '1.0.1']],
    ['<2.0', ['1.9', '1.9.post1'], ['2.0', '2.0rc1', '2.0.dev0', '1.9rc1']],
    ['<2.0rc2', ['2.0rc1', '2.0.dev1', '1.9'], ['2.0rc2', '2.0']],
    ['>1.7', ['1.7.1', '1.8', '1.7.0.1'], ['1.7', '1.7.post1', '1.7+local', '1.7.0.post2']],
    ['>1.7.post2', ['1.7.post3', '1.7.1'], ['1.7', '1.7.post2']],
    ['>1.7rc1', ['1.7', '1.7.post1', '1.7rc2.post1'], ['1.7rc1', '1.7rc1.post1']],
    ['>1.7.dev0', ['1.7a1.post1', '1.7.post1'], ['1.7.dev0']],
    ['===1.0', ['1.0'], ['1.0.0', '1']],
    ['>=1.0.dev0,<2', ['1.0.dev0', '1.5rc1', '1.9'], ['2.0', '2.0.dev1', '0.9']],
    ['!=1.0rc1', ['1.0'], ['1.0rc2', '1.0rc1']],
    [' >= 1.20 , < 2 , != 1.21.* ', ['1.20', '1.22.4'], ['1.21.3', '2.0', '1.19']],
    ['>=1.0,', ['1.0'], ['0.9']],
    ['>=20250101000000', ['20260101000000'], ['20240101000000']],
    ['nonsense', [], ['1.0']],
    ['>=1.0,nonsense', [], ['1.0']],
    ['>=nonsense', [], ['1.0']],
    ['==1.0rc1.*', [], ['1.0rc1', '1.0']],
    ['!=1.0.post1.*', [], ['1.0', '2']],
    ['==1.0+local.*', [], ['1.0+local']],
    ['>=1.0+local', [], ['1.0+local', '1.1']],
    ['~=1', [], ['1', '1.5', '2']],
  ])('%j', (specifier, matching, others) => {
    expect(matching.filter((version) => !satisfies(version, specifier))).toEqual([]);
    expect(others.filter((version) => satisfies(version, specifier))).toEqual([]);
  });
});

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
    ['==3.9rc1.*', '==3.9rc1.* has a wildcard, which only numbers take, as in 1.2.*'],
    ['!=3.9+local.*', '!=3.9+local.* has a wildcard, which only numbers take, as in 1.2.*'],
    ['>=a', 'a is no version'],
    ['>=3.9,<x', 'x is no version'],
    ['>=1.0+local', '>=1.0+local has a local version, which only == and != take'],
    ['~=1', '~=1 needs at least two numbers after ~='],
    ['~=1rc1', '~=1rc1 needs at least two numbers after ~='],
  ])('finds one in %j', (text, flaw) => {
    expect(specifierFlaw(text)).toBe(flaw);
  });
});
