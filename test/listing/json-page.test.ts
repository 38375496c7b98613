import { describe, expect, it } from 'vitest';
import { parsePage } from '../../src/listing/parse.ts';

const url = 'https://host.example/simple/demo/';
const contentType = 'application/vnd.pypi.simple.v1+json';

function parse(value: unknown, pageUrl = url) {
  return parsePage(JSON.stringify(value), { url: pageUrl, contentType });
}

function linkOf(file: object) {
  return parse({ files: [{ filename: 'd-1.zip', url: 'd-1.zip', ...file }] }).links[0];
}

describe('a project in JSON', () => {
  it('gives every field of PEP 691 and 700', () => {
    const file = {
      filename: 'demo-1.0+x-py3-none-any.whl',
      url: '../../files/demo-1.0+x-py3-none-any.whl',
      hashes: { sha256: 'AB', blake2s: 'cd' },
      'requires-python': '>=3.9',
      'core-metadata': { sha256: 'EF' },
      'dist-info-metadata': true,
      yanked: 'broken',
      size: 123,
      'upload-time': '2026-01-01T00:00:00.000000Z',
      provenance: 'https://host.example/x',
    };
    expect(
      parse({ meta: { 'api-version': '1.4' }, name: 'demo', versions: ['1.0+x'], files: [file] }),
    ).toEqual({
      links: [
        {
          url: 'https://host.example/files/demo-1.0%2Bx-py3-none-any.whl',
          filename: 'demo-1.0+x-py3-none-any.whl',
          hashes: { sha256: 'ab', blake2s: 'cd' },
          requiresPython: '>=3.9',
          coreMetadata: { sha256: 'ef' },
          yanked: 'broken',
          size: 123,
          uploadTime: '2026-01-01T00:00:00.000000Z',
        },
      ],
      folders: [],
    });
  });

  it.each([
    ['nothing more', {}],
    [
      'nulls',
      { 'requires-python': null, yanked: null, 'core-metadata': null, size: null, 'upload-time': null },
    ],
    [
      'what says no',
      { yanked: false, 'core-metadata': false, 'dist-info-metadata': true, 'requires-python': '' },
    ],
    [
      'values of another type',
      { yanked: 1, size: '12', hashes: ['x'], 'core-metadata': 'true', 'upload-time': 5 },
    ],
    ['sizes that cannot be', { size: -1, hashes: { sha256: 5 } }],
    ['an empty reason', { yanked: '' }],
  ])('%s', (_, file) => {
    expect(linkOf(file)).toEqual({ url: `${url}d-1.zip`, filename: 'd-1.zip', hashes: {} });
  });

  it.each([
    [{ yanked: true }, { yanked: true }],
    [{ yanked: ' ' }, { yanked: true }],
    [{ 'core-metadata': true }, { coreMetadata: true }],
    [{ 'core-metadata': {} }, { coreMetadata: true }],
    [{ 'core-metadata': { blake3: 'ab' } }, { coreMetadata: true }],
    [{ 'core-metadata': { blake3: 'ab', sha512: 'cd' } }, { coreMetadata: { sha512: 'cd' } }],
    [{ 'core-metadata': null, 'dist-info-metadata': true }, { coreMetadata: true }],
    [{ 'requires-python': ' >=3.9 ' }, { requiresPython: ' >=3.9 ' }],
    [
      { filename: undefined, url: 'x/e-1.zip' },
      { filename: 'e-1.zip', url: `${url}x/e-1.zip` },
    ],
    [{ filename: null }, { filename: 'd-1.zip' }],
    [{ 'dist-info-metadata': { sha256: 'ab' } }, { coreMetadata: { sha256: 'ab' } }],
    [{ size: 0 }, { size: 0 }],
    [{ url: 'd-1.zip#sha256=ab' }, { hashes: { sha256: 'ab' }, url: `${url}d-1.zip` }],
    [{ url: '//cdn.example/0a1b' }, { filename: 'd-1.zip', url: 'https://cdn.example/0a1b' }],
  ])('%j', (file, expected) => {
    expect(linkOf(file)).toMatchObject(expected);
  });

  it.each([
    { filename: '../evil-1.0.zip' },
    { filename: 'a/evil-1.0.zip' },
    { filename: 'a\\evil-1.0.zip' },
    { filename: '.evil' },
    { filename: '' },
    { filename: 5 },
    { filename: undefined, url: 'x/' },
    { filename: null, url: '.evil' },
    { url: null },
    { url: 'javascript:x' },
    { url: 'http://[' },
  ])('skips %j', (file) => {
    expect(linkOf(file)).toBeUndefined();
  });

  it('skips what is no file at all', () => {
    expect(parse({ files: [null, 5, 'x', [], { filename: 'd-1.zip', url: 'd-1.zip' }] }).links).toHaveLength(
      1,
    );
  });

  it('finds a host of any alphabet among so many that the engine compiles its own test of a URL', () => {
    const many = Array.from({ length: 20_000 }, () => ({
      filename: 'd-1.zip',
      url: 'https://host.example/d-1.zip',
    }));
    const last = { filename: '\u00E9-1.zip', url: 'https://b\u00FCcher.example/\u00E9-1.zip?\u00FC' };
    expect(parse({ files: [...many, last] }).links[20_000]?.url).toBe(
      'https://xn--bcher-kva.example/%C3%A9-1.zip?%C3%BC',
    );
  });

  it('is told from HTML by its first character', () => {
    const body = `\uFEFF\n{"files":[{"filename":"d-1.zip","url":"d-1.zip"}]}`;
    expect(parsePage(body, { url, contentType: 'binary/octet-stream' }).links).toHaveLength(1);
    expect(parsePage(body, { url }).links).toHaveLength(1);
  });

  it('keeps a hash named like an inherited property to itself', () => {
    const body =
      '{"files":[{"filename":"d-1.zip","url":"d-1.zip","hashes":{"__proto__":"x","constructor":"y"}}]}';
    const hashes = parsePage(body, { url }).links[0]!.hashes;
    expect(Object.getPrototypeOf(hashes)).toBe(Object.prototype);
    expect(hashes).toEqual({ constructor: 'y' });
  });
});

describe('a root in JSON', () => {
  const projects = [{ name: 'Zope.Interface' }, { name: 'numpy' }, { name: '../x' }, { name: 5 }, null];

  it.each([
    ['https://host.example/simple/', 'https://host.example/simple/'],
    ['https://host.example/simple', 'https://host.example/simple/'],
    ['https://host.example/simple/?format=json', 'https://host.example/simple/'],
    ['https://host.example/simple/v1+json/index.json', 'https://host.example/simple/v1+json/'],
  ])('at %s', (pageUrl, root) => {
    expect(parse({ meta: {}, projects }, pageUrl)).toEqual({
      links: [],
      folders: [`${root}zope-interface/`, `${root}numpy/`],
    });
  });
});

describe('what is no index', () => {
  it.each([
    ['cut off', '{"files":[{"filename":"d-1.zip","url"'],
    ['cut off at once', '{'],
    ['empty', ''],
    ['a list', '[]'],
    ['null', 'null'],
    ['a message', '{"message":"Not found"}'],
    ['files of another type', '{"files":{}}'],
  ])('%s', (_, body) => {
    expect(() => parsePage(body, { url: `${url}?token=s3cret`, contentType })).toThrow(
      expect.objectContaining({
        code: 'INVALID_LISTING',
        message: expect.not.stringContaining('s3cret') as string,
      }),
    );
  });
});
