import { describe, expect, it } from 'vitest';
import { readRequirement } from '../../../src/flows/preflight/requirement-syntax.ts';

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
    ['a_', { name: 'a_' }],
    ['a[]', { name: 'a' }],
    ['a[b,]', { name: 'a', flaw: '[b,] is no list of extras' }],
    ['a[b-]', { name: 'a', flaw: '[b-] is no list of extras' }],
    [
      'a; os_name == nt',
      { name: 'a', flaw: 'its marker is none: “nt” is no variable of markers, and not quoted' },
    ],
    ['a>=1;', { name: 'a', flaw: 'its marker is none: it is empty' }],
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
