import { describe, expect, it } from 'vitest';
import { importNameFlaw } from '../../../src/flows/preflight/import-name.ts';

describe('importNameFlaw', () => {
  it.each(['tiny', '_tiny.part_2', 'été', 'match', 'tiny._impl ; private', 'tiny;private'])(
    'finds nothing in %j',
    (text) => {
      expect(importNameFlaw(text)).toBeUndefined();
    },
  );

  it.each([
    ['tiny-project', '“tiny-project” is no identifier of Python'],
    ['tiny..part', '“” is no identifier of Python'],
    ['2tiny', '“2tiny” is no identifier of Python'],
    ['tiny.class', 'class is a keyword of Python'],
    ['None', 'None is a keyword of Python'],
    ['tiny; secret', 'nothing but “private” may stand after the semicolon'],
    ['tiny;', 'nothing but “private” may stand after the semicolon'],
  ])('finds in %j that %s', (text, flaw) => {
    expect(importNameFlaw(text)).toBe(flaw);
  });
});
