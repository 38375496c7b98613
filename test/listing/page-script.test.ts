import { describe, expect, it } from 'vitest';
import { renderFlatPage } from '../../src/listing/render-flat.ts';
import { renderProjectPage, renderRootPage } from '../../src/listing/render-simple.ts';
import { byProject, indexedFile } from './indexed-file.ts';
import { OpenedPage, type OpenOptions } from './opened-page.ts';

const sha256 = 'c0ffee'.padEnd(64, '0');
const files = [
  indexedFile('demo-2.0-cp312-cp312-win_amd64.whl', { sha256, requiresPython: '>=3.9,<4' }),
  indexedFile('demo-1.10-cp312-cp312-manylinux_2_28_x86_64.whl', { sha256: 'ab'.repeat(32) }),
  indexedFile('demo-1.10.tar.gz', { yanked: 'wrong files' }),
  indexedFile('other-1.0-py3-none-any.whl'),
];
const demo = files.slice(0, 3);
const home = 'https://host.example/wheels/';

const open = (page: Iterable<string>, address: string, options?: OpenOptions) =>
  new OpenedPage([...page].join(''), address, options);
const linesOf = (page: OpenedPage) => page.all('pre code').map((line) => line.textContent);

describe('install lines name the place where the page was opened', () => {
  it.each([
    [home, ''],
    [`${home}index.html`, ''],
    ['http://localhost:8080/wheels/', ''],
    ['http://127.0.0.1:8080/wheels/', ''],
    ['http://[::1]:8080/wheels/', ''],
    ['http://10.0.0.7:8080/wheels/', ' --trusted-host 10.0.0.7:8080'], // or pip ignores it
    ['http://host.example/', ' --trusted-host host.example'],
    ['file:///srv/wheels/index.html', ''],
  ])('%s', (address, trusted) => {
    expect(linesOf(open(renderFlatPage(byProject(demo)), address))).toEqual([
      `pip install --find-links ${address}${trusted} demo`,
      `uv pip install --find-links ${address} demo`,
    ]);
  });

  it.each([
    [`${home}simple/demo/`, `${home}simple/`],
    [`${home}simple/demo/index.html`, `${home}simple/`],
    ['file:///srv/wheels/simple/demo/index.html', 'file:///srv/wheels/simple/'],
    [
      "https://host.example/it's (a) $HOME/simple/demo/",
      'https://host.example/it%27s%20%28a%29%20%24HOME/simple/',
    ],
    ['https://name:s3cret@host.example/simple/demo/?sig=s3cret#top', 'https://host.example/simple/'],
  ])('%s: the index', (address, index) => {
    expect(linesOf(open(renderProjectPage('demo', demo), address))).toEqual([
      `pip install --index-url ${index} demo`,
      `uv pip install --index-url ${index} demo`,
    ]);
  });
});

describe('links', () => {
  it.each([
    [`${home}simple/`, `${home}simple/demo/`],
    [`${home}simple/index.html`, `${home}simple/demo/index.html`],
    ['file:///srv/simple/index.html', 'file:///srv/simple/demo/index.html'],
  ])('of %s lead to pages, where a folder has none too', (address, link) => {
    expect(
      open(renderRootPage(['demo']), address)
        .all('li a')
        .map(({ href }) => href),
    ).toEqual([link]);
  });

  it.each([
    [`${home}simple/demo/`, `${home}simple/`],
    [`${home}simple/demo/index.html`, `${home}simple/index.html`],
  ])('of %s lead back', (address, parent) => {
    const page = open(renderProjectPage('demo', demo), address);
    page.get('.back').form?.dispatch('submit');
    expect(page.location.href).toBe(parent);
  });
});

describe('the search', () => {
  const [windows, linux, source, other] = files.map(({ filename }) => filename);
  it.each([
    ['', '', [windows, linux, source, other]],
    ['DEMO', '3 matches', [windows, linux, source]],
    ['1.10', '2 matches', [linux, source]],
    ['demo windows', '1 match', [windows]],
    ['none-any', '1 match', [other]],
    ['>=3.9,<4', '1 match', [windows]],
    ['yanked', '1 match', [source]],
    [sha256.toUpperCase(), '1 match', [windows]],
    ['c0ff', '1 match', [windows]],
    ['0ffee', '0 matches', []], // a digest is found by how it begins: digits are all over it
    ['nothing', '0 matches', []],
  ])('for %o', (words, said, names) => {
    expect(open(renderFlatPage(byProject(files)), home).search(words)).toEqual({ said, names });
  });

  it('leaves no heading without a file, and gives all back', () => {
    const page = open(renderFlatPage(byProject(files)), home);
    page.search('other');
    expect(page.all('section,tbody').filter(({ shown }) => shown)).toHaveLength(2);
    page.search('');
    expect(page.all('section,tbody').every(({ shown }) => shown)).toBe(true);
  });

  it('of a root page', () => {
    expect(open(renderRootPage(['demo', 'other']), home).search('the').names).toEqual(['other']);
  });
});

describe.each([{ clipboard: true }, { clipboard: false }])('a click copies (%o)', (options) => {
  const line = 'pip install --index-url https://host.example/wheels/simple/ demo';
  it.each([
    ['td button', sha256, sha256.slice(0, 12)],
    ['pre button', line, 'copy'],
  ])('%s', async (selector, text, label) => {
    const page = open(renderProjectPage('demo', demo), `${home}simple/demo/`, options);
    const button = page.get(selector);
    await page.click(button);
    await page.click(button);
    expect(page.copied).toEqual([text]);
    expect(button.textContent).toBe('copied');
    page.wait();
    expect(button.textContent).toBe(label);
    expect(page.find('textarea')).toBeNull();
  });
});
