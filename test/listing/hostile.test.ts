import { describe, expect, it } from 'vitest';
import { looksTruncated } from '../../src/listing/format.ts';
import { parsePage } from '../../src/listing/parse.ts';
import { readCertificates } from '../../src/listing/render-flat.ts';

const url = 'https://host.example/';
const last = '<a href="demo-1.0.zip">x</a>';

/** Each is read in a second or two; in quadratic time it would outlast any test. `reached` where the last link counts. */
const bombs: readonly (readonly [name: string, make: () => string, reached: boolean])[] = [
  ['opening brackets', () => '<'.repeat(10_000_000), true],
  ['anchors that never end', () => '<a'.repeat(5_000_000), false],
  ['anchors that never end, with blanks', () => '<a '.repeat(3_000_000), true],
  ['a value that never ends', () => `<a href="${'x'.repeat(10_000_000)}`, false],
  ['values that never end', () => '<a href="x '.repeat(1_000_000), false],
  ['nested elements', () => '<div>'.repeat(1_000_000), true],
  ['nested anchors', () => '<a>'.repeat(5_000_000), true],
  ['closing tags', () => '</a>'.repeat(5_000_000), true],
  ['entities in a value', () => `<a href="${'&amp;'.repeat(5_000_000)}">`, true],
  ['beginnings of entities in a value', () => `<a href="${'&'.repeat(5_000_000)}">`, true],
  ['entities in text', () => '&#'.repeat(10_000_000), true],
  ['an entity that never ends', () => `&#${'1'.repeat(10_000_000)};`, true],
  ['attributes', () => `<a ${'b=c '.repeat(5_000_000)}>`, true],
  ['comments that never end', () => '<!--'.repeat(10_000_000), false],
  ['scripts that never end', () => `<script>${'</scrip'.repeat(5_000_000)}`, false],
  ['CDATA that never ends', () => '<![CDATA['.repeat(3_000_000), false],
  ['malformed URLs', () => '<a href="http://[">x</a>'.repeat(500_000), true],
  ['percent signs', () => `<a href="${'%'.repeat(60_000)}">x</a>`.repeat(50), true],
  ['dots', () => `<a href="${'../'.repeat(20_000)}">x</a>`.repeat(50), true],
  ['parts of a fragment', () => `<a href="x.zip#${'sha256=&'.repeat(8_000)}">x</a>`.repeat(50), true],
];

describe('hostile pages take linear time and do not fail', () => {
  it.each(bombs)('%s', (_, make, reached) => {
    const body = make() + last;
    const { links } = parsePage(body, { url });
    expect(links.some((link) => link.filename === 'demo-1.0.zip')).toBe(reached);
    expect(typeof looksTruncated(body)).toBe('boolean');
  });

  it.each([
    ['blanks before the root', () => `${' '.repeat(5_000_000)}x`],
    ['a declaration that never ends', () => `<?xml ${' '.repeat(5_000_000)}`],
  ])('%s', (_, make) => {
    const { links } = parsePage(make(), { url });
    expect(links).toEqual([]);
  });

  it.each([
    ['brackets', () => '<a'.repeat(5_000_000)],
    ['comments', () => '<!--'.repeat(5_000_000)],
    ['blanks in a tag', () => `<a${' '.repeat(5_000_000)}<a`],
    ['attributes in a tag', () => `<a${' b="c"'.repeat(1_000_000)}<a`],
    ['tags that another closes', () => '<a></b>'.repeat(500_000)],
    ['tags that CDATA closes', () => '<a><![CDATA[</a>]]>'.repeat(500_000)],
    ['tags that a comment closes', () => '<a><!--</a>-->'.repeat(500_000)],
    ['tags that an instruction closes', () => '<a><?</a>'.repeat(500_000)],
    ['tags that an attribute closes', () => '<x><a b="</x>">'.repeat(500_000)],
    ['quotes that swallow tags', () => `<x><a b=">'</a></x>`.repeat(500_000)],
  ])('an XML listing of %s is refused', (_, make) => {
    const body = `<ListBucketResult>${make()}</ListBucketResult>`;
    expect(() => parsePage(body, { url })).toThrow(expect.objectContaining({ code: 'INVALID_LISTING' }));
  });

  it.each([
    ['sections that never end', () => '<section id="'.repeat(2_000_000)],
    ['digests that never end', () => '<section id="a" data-page="'.repeat(1_000_000)],
  ])('digests among %s', (_, make) => expect(readCertificates(make()).size).toBe(0));
});

describe('a large page', () => {
  it('of 100,000 links is read whole', () => {
    const line = (index: number) =>
      `<a href="../../packages/demo-${index}.0-cp312-cp312-manylinux_2_28_x86_64.whl#sha256=${'ab'.repeat(32)}" data-requires-python="&gt;=3.9" data-core-metadata="sha256=${'cd'.repeat(32)}">demo</a><br>\n`;
    const body = `<!DOCTYPE html><html><body>${Array.from({ length: 100_000 }, (_, index) => line(index)).join('')}</body></html>`;
    const { links } = parsePage(body, { url: 'https://host.example/simple/demo/' });
    expect(links).toHaveLength(100_000);
    expect(links.at(-1)).toEqual({
      url: 'https://host.example/packages/demo-99999.0-cp312-cp312-manylinux_2_28_x86_64.whl',
      filename: 'demo-99999.0-cp312-cp312-manylinux_2_28_x86_64.whl',
      hashes: { sha256: 'ab'.repeat(32) },
      requiresPython: '>=3.9',
      coreMetadata: { sha256: 'cd'.repeat(32) },
    });
  });
});
