import { describe, expect, it } from 'vitest';
import { parsePackage, parsePage, parseUploadForm } from '../../src/registry/buildkite-answers.ts';

const sha256 = 'd3e1515a82ece5ad1f63273aa259d91c88967f65d9ae75f880b5c93926586fdf';
const one = { id: '0191e23a', name: 'banana', version: '1.0', digests: { sha256 } };
const parsed = { id: '0191e23a', name: 'banana', version: '1.0', hashes: { sha256 } };

describe('a package', () => {
  it.each<[what: string, answer: unknown, expected: unknown]>([
    ['as it is documented', { ...one, url: 'https://x', organization: { id: 'o' } }, parsed],
    [
      'with another spelling of its version',
      { ...one, version: 'v1.0.RC1' },
      { ...parsed, version: '1.0rc1' },
    ],
    ['without a version', { ...one, version: undefined }, { ...parsed, version: undefined }],
    ['with a version that is none', { ...one, version: 'latest' }, { ...parsed, version: undefined }],
    ['without digests', { ...one, digests: undefined }, { ...parsed, hashes: {} }],
    ['with a digest in capitals', { ...one, digests: { sha256: sha256.toUpperCase() } }, parsed],
    [
      'with a digest that is none',
      { ...one, digests: { sha256: 'abc', sha512: 7 } },
      { ...parsed, hashes: {} },
    ],
    ['with digests that nobody knows', { ...one, digests: { sha256, sha3: 'a' } }, parsed],
    ['without an id', { ...one, id: undefined }, undefined],
    ['without a name', { ...one, name: '' }, undefined],
    ['that is a list', [one], undefined],
    ['that is null', null, undefined],
  ])('%s', (_, answer, expected) => {
    expect(parsePackage(JSON.stringify(answer))).toEqual(expected);
  });

  it.each(['', '{', '<html>'])('is not %o', (text) => {
    expect(parsePackage(text)).toBeUndefined();
  });
});

describe('a page of packages', () => {
  it.each<[what: string, answer: unknown, expected: unknown]>([
    ['the last one', { items: [one], links: { self: 'https://x' } }, { packages: [parsed] }],
    [
      'with a next one',
      { items: [one], links: { next: '?after=1' } },
      { packages: [parsed], next: '?after=1' },
    ],
    ['without links', { items: [] }, { packages: [] }],
    ['without items', { links: {} }, undefined],
    ['with what is no package', { items: [one, {}] }, undefined],
    ['that is a list', [one], undefined],
  ])('%s', (_, answer, expected) => {
    expect(parsePage(JSON.stringify(answer))).toEqual(expected);
  });
});

describe('an upload form', () => {
  const form = (url: string, key: string) =>
    parseUploadForm(
      JSON.stringify({
        form: { file_input: 'file', method: 'POST', url, data: { key, acl: 'private', n: 1 } },
      }),
    );

  it('has its fields in their order', () => {
    expect(form('https://s3.example.com', 'a/${filename}')).toMatchObject({
      fileInput: 'file',
      fields: [
        ['key', 'a/${filename}'],
        ['acl', 'private'],
      ],
    });
  });

  it.each([
    ['https://s3.example.com', 'a/b/${filename}', 'https://s3.example.com/a/b/x+1.whl'],
    ['https://s3.example.com/', '/a/${filename}', 'https://s3.example.com/a/x+1.whl'],
    ['https://s3.example.com/bucket', 'fixed', 'https://s3.example.com/bucket/fixed'],
  ])('tells where the file will be: %s %s', (url, key, expected) => {
    expect(form(url, key)?.locate('x+1.whl')).toBe(expected);
  });
});
