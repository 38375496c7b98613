import { describe, expect, it } from 'vitest';
import { parseListing, parsePage } from '../../src/listing/parse.ts';

const url = 'https://host.example/wheels/demo/';
const sha256 = 'ab'.repeat(32);

function linksOf(body: string, pageUrl = url) {
  return parseListing(body, { url: pageUrl, contentType: 'text/html' }).links;
}

function only(body: string, pageUrl = url) {
  const links = linksOf(body, pageUrl);
  expect(links).toHaveLength(1);
  return links[0]!;
}

describe('where a link leads', () => {
  it.each([
    ['relative', 'demo-1.0.tar.gz', 'https://host.example/wheels/demo/demo-1.0.tar.gz'],
    ['with a dot', './demo-1.0.tar.gz', 'https://host.example/wheels/demo/demo-1.0.tar.gz'],
    ['upwards', '../../packages/demo-1.0.tar.gz', 'https://host.example/packages/demo-1.0.tar.gz'],
    ['upwards, encoded', '%2e%2e/demo-1.0.tar.gz', 'https://host.example/wheels/demo-1.0.tar.gz'],
    ['root-relative', '/p/demo-1.0.tar.gz', 'https://host.example/p/demo-1.0.tar.gz'],
    ['scheme-relative', '//cdn.example/demo-1.0.tar.gz', 'https://cdn.example/demo-1.0.tar.gz'],
    ['absolute', 'http://cdn.example:8080/demo-1.0.tar.gz', 'http://cdn.example:8080/demo-1.0.tar.gz'],
    ['of a disk', 'file:///srv/demo-1.0.tar.gz', 'file:///srv/demo-1.0.tar.gz'],
    [
      'with a query',
      'demo-1.0.tar.gz?a=1&amp;b=2',
      'https://host.example/wheels/demo/demo-1.0.tar.gz?a=1&b=2',
    ],
    [
      'with a query whose names look like entities',
      'demo-1.0.tar.gz?a=1&copy=2',
      'https://host.example/wheels/demo/demo-1.0.tar.gz?a=1&copy=2',
    ],
    ['with a bare fragment sign', 'demo-1.0.tar.gz#', 'https://host.example/wheels/demo/demo-1.0.tar.gz'],
    ['amid blanks', ' \n demo-1.0.tar.gz ', 'https://host.example/wheels/demo/demo-1.0.tar.gz'],
  ])('%s', (_, href, expected) => {
    expect(only(`<a href="${href}">text that says otherwise-2.0.tar.gz</a>`)).toEqual({
      url: expected,
      filename: 'demo-1.0.tar.gz',
      hashes: {},
    });
  });

  it.each([
    ['raw', 'demo-1.0+cu12-py3-none-any.whl'],
    ['encoded', 'demo-1.0%2Bcu12-py3-none-any.whl'],
    ['an entity', 'demo-1.0&#43;cu12-py3-none-any.whl'],
    ['a hexadecimal entity', 'demo-1.0&#x2B;cu12-py3-none-any.whl'],
    ['a named entity', 'demo-1.0&plus;cu12-py3-none-any.whl'],
  ])('a plus sign, %s, goes out as %%2B', (_, href) => {
    expect(only(`<a href="${href}">x</a>`)).toMatchObject({
      url: 'https://host.example/wheels/demo/demo-1.0%2Bcu12-py3-none-any.whl',
      filename: 'demo-1.0+cu12-py3-none-any.whl',
    });
  });

  it('keeps a plus sign in a query, where it is a blank', () => {
    expect(only('<a href="a+b.whl?x=1+2#sha256=00">x</a>').url).toBe(
      'https://host.example/wheels/demo/a%2Bb.whl?x=1+2',
    );
  });

  it.each([
    ['<base href="https://cdn.example/x/">', 'https://cdn.example/x/demo-1.0.tar.gz'],
    ['<base href="/x/">', 'https://host.example/x/demo-1.0.tar.gz'],
    ['<BASE target=_top HREF=../y/>', 'https://host.example/wheels/y/demo-1.0.tar.gz'],
    ['<base target="_top"><base href="/x/"><base href="/y/">', 'https://host.example/x/demo-1.0.tar.gz'],
    ['<base href="http://[">', 'https://host.example/wheels/demo/demo-1.0.tar.gz'],
    ['<base href="javascript:alert(1)">', 'https://host.example/wheels/demo/demo-1.0.tar.gz'],
    ['<!-- <base href="/x/"> -->', 'https://host.example/wheels/demo/demo-1.0.tar.gz'],
  ])('%s', (base, expected) => {
    expect(only(`<head>${base}</head><a href=demo-1.0.tar.gz>x</a>`).url).toBe(expected);
    expect(only(`<a href=demo-1.0.tar.gz>x</a>${base}`).url).toBe(expected);
  });

  it('is nowhere when the base cannot be fetched', () => {
    const body =
      '<base href="ftp://cdn.example/"><a href="d-1.zip">x</a><a href="http://a.example/e-1.zip">x</a>';
    expect(only(body).url).toBe('http://a.example/e-1.zip');
  });

  it('is relative to the page, whose name is dropped', () => {
    expect(only('<a href="demo-1.0.tar.gz">x</a>', 'https://host.example/wheels/index.html').url).toBe(
      'https://host.example/wheels/demo-1.0.tar.gz',
    );
    expect(only('<a href="demo-1.0.tar.gz">x</a>', 'file:///srv/wheels/index.html').url).toBe(
      'file:///srv/wheels/demo-1.0.tar.gz',
    );
  });

  it('keeps several links of one file, in their order', () => {
    const body = '<a href="http://a.example/d-1.zip">1</a><a href="http://b.example/d-1.zip">2</a>';
    expect(linksOf(body).map((link) => link.url)).toEqual([
      'http://a.example/d-1.zip',
      'http://b.example/d-1.zip',
    ]);
  });

  it('needs an absolute page URL', () => {
    expect(() => linksOf('<a href="x.whl">x</a>', 'dist/index.html')).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });
});

describe('how an anchor is written', () => {
  it.each([
    ['upper case', '<A HREF="d-1.zip" DATA-REQUIRES-PYTHON="&gt;=3.9">x</A>'],
    ['single quotes', "<a href='d-1.zip' data-requires-python='>=3.9'>x</a>"],
    ['no quotes', '<a href=d-1.zip data-requires-python=&gt;=3.9>x</a>'],
    ['blanks and line ends', '<a\n\thref = "d-1.zip"\n data-requires-python\n=\n"&gt;=3.9" >x</a >'],
    [
      'other attributes before',
      '<a rel="internal" title="a > b" href="d-1.zip" data-requires-python="&gt;=3.9">x',
    ],
    ['closing itself', '<a href="d-1.zip" data-requires-python="&gt;=3.9" />'],
    [
      'an attribute twice: the first counts',
      '<a href="d-1.zip" href="e-1.zip" data-requires-python="&gt;=3.9">x',
    ],
    ['a numeric entity', '<a href="d-1.zip" data-requires-python="&#62;=3.9">x</a>'],
    ['an entity without its semicolon', '<a href="d-1.zip" data-requires-python="&gt =3.9">x</a>'],
  ])('%s', (_, body) => {
    const { filename, requiresPython } = only(body);
    expect(filename).toBe('d-1.zip');
    expect(requiresPython?.replace(' ', '')).toBe('>=3.9');
  });

  it.each([
    ['without href', '<a name="top">x</a>'],
    ['with an empty href', '<a href="">x</a>'],
    ['with a bare href', '<a href>x</a>'],
    ['in a comment', '<!-- <a href="d-1.zip">x</a> -->'],
    ['in a script', '<script>document.write(\'<a href="d-1.zip">x</a>\')</script>'],
    ['in a style', '<style>/* <a href="d-1.zip"> */</style>'],
    ['in a title', '<title><a href="d-1.zip"></title>'],
    ['cut off', '<a href="d-1.zip'],
    ['another element', '<abbr href="d-1.zip">x</abbr><link href="d-1.zip"><area href="d-1.zip">'],
    ['an attribute that ends alike', '<a data-href="d-1.zip">x</a>'],
    ['to mail', '<a href="mailto:a@example.org">x</a>'],
    ['to code', '<a href="javascript:go(\'d-1.zip\')">x</a>'],
    ['to data', '<a href="data:text/plain,d-1.zip">x</a>'],
    ['to a repository', '<a href="git+https://host.example/d-1.zip@1.0#egg=d">x</a>'],
    ['to another protocol', '<a href="ftp://host.example/d-1.zip">x</a>'],
    ['malformed', '<a href="http://[::1/d-1.zip">x</a>'],
    ['with a malformed port', '<a href="http://host.example:99999/d-1.zip">x</a>'],
  ])('%s: no link, and the next one is read', (_, body) => {
    expect(
      linksOf(`${body}<!-- --></script><a href="e-1.zip">x</a>`).map((link) => link.filename),
    ).not.toContain('d-1.zip');
    expect(linksOf(`<a href="e-1.zip">x</a>${body}`).map((link) => link.filename)).toEqual(['e-1.zip']);
  });
});

describe('names that must not lead out', () => {
  it.each([
    '..',
    '%2e%2e',
    '..%2f..',
    '%2E%2E%2F',
    '%5C..%5Cevil-1.0.zip',
    'a%5Cevil-1.0.zip',
    'evil-1.0.zip%00.txt',
    'evil%0A-1.0.zip',
    '%252e%252e%252fevil-1.0.zip',
    '..%252fevil-1.0.zip',
    '..%255cevil-1.0.zip',
    '%25%32%66evil-1.0.zip',
    'c:%5cevil-1.0.zip',
    'evil-1.0.zip:stream',
    '.bashrc',
    '%2ebashrc',
    'nul.whl',
    'evil-1.0.zip%20',
    'evil%FF-1.0.zip',
    `${'a'.repeat(300)}.whl`,
  ])('%s', (href) => {
    expect(linksOf(`<a href="https://host.example/x/${href}">x</a>`)).toEqual([]);
  });

  it.each([
    ['..%2f..%2fetc%2fevil-1.0.zip', 'evil-1.0.zip'],
    ['folder%2Fdemo-1.0.zip?alt=media', 'demo-1.0.zip'],
    ['..\\..\\demo-1.0.zip', 'demo-1.0.zip'],
    ['100%-1.0.zip', '100%-1.0.zip'],
    ['d%C3%A9mo-1.0.zip', 'démo-1.0.zip'],
  ])('%s is the plain name %s', (href, filename) => {
    expect(only(`<a href="https://host.example/x/y/${href}">x</a>`).filename).toBe(filename);
  });
});

describe('what else an anchor says', () => {
  it.each([
    [`#sha256=${sha256}`, { sha256 }],
    [`#sha256=${sha256.toUpperCase()}`, { sha256 }],
    [`#SHA256=${sha256}`, { sha256 }],
    [`#sha256%3D${sha256}`, { sha256 }],
    [`#egg=demo&amp;sha256=${sha256}`, { sha256 }],
    [`#egg=demo&sha256=${sha256}&subdirectory=x`, { sha256 }],
    [`#md5=00&amp;sha256=${sha256}`, { md5: '00', sha256 }],
    [`#sha256=${sha256}&amp;sha256=00`, { sha256 }],
    [`#x#sha256=${sha256}#egg=demo`, { sha256 }],
    ['#sha1=01', { sha1: '01' }],
    ['#sha224=02', { sha224: '02' }],
    ['#sha384=03', { sha384: '03' }],
    ['#sha512=04', { sha512: '04' }],
    ['#blake2b_256=05', { blake2b_256: '05' }],
    ['#sha256=', { sha256: '' }],
    ['#sha256=not-hex', { sha256: 'not-hex' }],
    ['#sha500=00', {}],
    ['#xsha256=00', {}],
    ['#egg=sha256', {}],
    ['#constructor=x&amp;__proto__=y', {}],
    ['#%FF=x', {}],
    ['', {}],
  ])('fragment %s', (fragment, hashes) => {
    expect(only(`<a href="d-1.zip${fragment}">x</a>`).hashes).toEqual(hashes);
  });

  it.each([
    ['data-yanked', true],
    ['data-yanked=""', true],
    ['data-yanked=" "', true],
    ['data-yanked="it &lt;burns&gt;"', 'it <burns>'],
    ['', undefined],
  ])('%s', (attribute, yanked) => {
    expect(only(`<a href="d-1.zip" ${attribute}>x</a>`).yanked).toEqual(yanked);
  });

  it.each([
    ['data-core-metadata="true"', true],
    ['data-dist-info-metadata="true"', true],
    ['data-core-metadata="sha256=AB"', { sha256: 'ab' }],
    ['data-dist-info-metadata="sha256=ab"', { sha256: 'ab' }],
    ['data-dist-info-metadata="sha256=cd" data-core-metadata="sha256=ab"', { sha256: 'ab' }],
    ['data-dist-info-metadata="sha256=cd" data-core-metadata="false"', undefined],
    ['data-dist-info-metadata="sha256=cd" data-core-metadata', { sha256: 'cd' }],
    ['data-dist-info-metadata="true" data-core-metadata=""', true],
    ['data-core-metadata="false"', undefined],
    ['data-core-metadata=""', undefined],
    ['data-core-metadata', undefined],
    ['data-core-metadata="sha999=ab"', true],
  ])('%s', (attributes, coreMetadata) => {
    expect(only(`<a href="d-1.zip" ${attributes}>x</a>`).coreMetadata).toEqual(coreMetadata);
  });

  it('gives data-requires-python to the letter', () => {
    expect(only('<a href="d-1.zip" data-requires-python=" &gt;=3.9,\n&lt;4 ">x</a>').requiresPython).toBe(
      ' >=3.9,\n<4 ',
    );
  });

  it('leaves out what is not said', () => {
    expect(only('<a href="d-1.zip" data-requires-python="" data-gpg-sig="true">x</a>')).toEqual({
      url: `${url}d-1.zip`,
      filename: 'd-1.zip',
      hashes: {},
    });
  });
});

describe('folders', () => {
  it.each([
    ['a subfolder', 'sub/', ['https://host.example/wheels/demo/sub/']],
    ['a subfolder with a fragment', 'sub/#x', ['https://host.example/wheels/demo/sub/']],
    ['a project elsewhere', '/simple/other/', ['https://host.example/simple/other/']],
    ['the parent', '../', []],
    ['the parent by its path', '/wheels/', []],
    ['the page itself', './', []],
    ['the page itself by its path', '/wheels/demo/', []],
    ['the root', '/', []],
    ["another site's root", 'https://caddyserver.example/', []],
    ['an order of the listing', '?C=N;O=D', []],
    ['an order, by path', '/wheels/demo/?C=M&amp;O=A', []],
    ['a place on the page', '#top', []],
  ])('%s', (_, href, folders) => {
    const page = parsePage(`<a href="${href}">x</a><a href="${href}">x</a><a href="d-1.zip">x</a>`, { url });
    expect(page.folders).toEqual(folders);
    expect(page.links).toHaveLength(1);
  });

  it('takes names without a slash for projects on a page without any distribution', () => {
    const root =
      '<a href="numpy">numpy</a><a href="SciPy">SciPy</a><a href="style.css">x</a><a href="numpy/">x</a>';
    expect(parsePage(root, { url: 'https://host.example/simple/' }).folders).toEqual([
      'https://host.example/simple/numpy/',
      'https://host.example/simple/SciPy/',
    ]);
    expect(parsePage(`${root}<a href="d-1.zip">d</a>`, { url }).folders).toEqual([`${url}numpy/`]);
  });

  it('takes the pages in folders for the folders on a page without any distribution', () => {
    const root =
      '<a href="numpy/index.html">x</a><a href="numpy/">x</a><a href="Dinner/index.html#x">x</a><a href="../index.html">x</a><a href="index.html">x</a>';
    const page = 'https://host.example/simple/';
    expect(parsePage(root, { url: page }).folders).toEqual([`${page}numpy/`, `${page}Dinner/`]);
    expect(parsePage(`${root}<a href="d-1.zip">d</a>`, { url: page }).folders).toEqual([`${page}numpy/`]);
  });

  it('does not take the page for one of its files', () => {
    const page = parsePage('<a href="?C=S;O=A">Size</a><a href="index.html#x">x</a>', {
      url: 'https://host.example/wheels/index.html',
    });
    expect(page).toEqual({ links: [], folders: [] });
  });
});
