import { createHash } from 'node:crypto';
import { Script } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { looksTruncated } from '../../src/listing/format.ts';
import { pageScript } from '../../src/listing/page-script.ts';
import { parsePage } from '../../src/listing/parse.ts';
import { readCertificates, renderFlatPage as flatByProject } from '../../src/listing/render-flat.ts';
import {
  renderProjectJson as projectJson,
  renderRootJson as rootJson,
} from '../../src/listing/render-json.ts';
import {
  renderProjectPage as projectPage,
  renderRootPage as rootPage,
} from '../../src/listing/render-simple.ts';
import type { IndexedFile } from '../../src/model/artifact.ts';
import { normalizeName } from '../../src/model/name.ts';
import { byProject, indexedFile } from './indexed-file.ts';

const root = 'https://host.example/wheels/';
const whole =
  <A extends unknown[]>(render: (...args: A) => Iterable<string>) =>
  (...args: A): string =>
    [...render(...args)].join('');
const flat = (some: readonly IndexedFile[], certificates?: ReadonlyMap<string, string>) =>
  flatByProject(byProject(some), certificates);
const renderFlatPage = whole(flat);
const renderProjectPage = whole(projectPage);
const renderProjectJson = whole(projectJson);
const renderRootPage = whole(rootPage);
const renderRootJson = whole(rootJson);
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const evil = `</td></table><script>alert('x')</script>&lt;"quoted" & 'single' > \r\n--><!--`;

function full(filename: string, fields: Partial<IndexedFile> = {}): IndexedFile {
  return indexedFile(filename, {
    sha256: hashOf(filename),
    metadataSha256: hashOf(`${filename}.metadata`),
    requiresPython: '>=3.9,<4',
    uploaded: '2026-11-20T09:12:44Z',
    ...fields,
  });
}

/** In the order of the page: projects by name, versions newest first, then names. */
const files: readonly IndexedFile[] = [
  full('demo-2.0-cp312-cp312-win_amd64.whl', { yanked: 'segfaults' }),
  full('demo-2.0-cp39-abi3-manylinux_2_28_x86_64.whl', { yanked: true }),
  full('demo-2.0.tar.gz', { yanked: '' }),
  full('demo-2.0rc1-py3-none-any.whl'),
  full('demo-2.0.dev0+20261120.abc-py3-none-any.whl'),
  full('demo-1.10-py3-none-any.whl'),
  full('demo-1.9-1-py2.py3-none-any.whl', { requiresPython: `>=3.9 ${evil}`, yanked: `because ${evil}` }),
  indexedFile('demo-1.9.tar.gz'),
  full('Zope.Interface-1!2.0.tar.gz'),
  indexedFile('zope_interface-1.0-py3-none-any.whl'),
];
const demo = files.slice(0, 8);

function describeFile({ filename, sha256, requiresPython, metadataSha256, yanked }: IndexedFile) {
  return {
    filename,
    url: `${root}${encodeURIComponent(filename)}`,
    hashes: sha256 === undefined ? {} : { sha256 },
    ...(requiresPython === undefined ? {} : { requiresPython: requiresPython.trim() }),
    ...(metadataSha256 === undefined ? {} : { coreMetadata: { sha256: metadataSha256 } }),
    ...(yanked === undefined ? {} : { yanked: yanked === '' ? true : yanked }),
  };
}

/** Each page, where it is served, and the files on it. */
const pages = {
  flat: [renderFlatPage, root, files],
  project: [(some: readonly IndexedFile[]) => renderProjectPage('demo', some), `${root}simple/demo/`, demo],
  'project, by its file': [
    (some: readonly IndexedFile[]) => renderProjectPage('demo', some),
    `${root}simple/demo/index.html`,
    demo,
  ],
  json: [
    (some: readonly IndexedFile[]) => renderProjectJson('demo', some),
    `${root}simple/v1+json/demo/index.json`,
    demo,
  ],
} as const;

describe.each(Object.entries(pages))('the page %s', (name, [render, url, shown]) => {
  const text = render(shown);

  it('is read back to the same files, in order', () => {
    const { links, folders } = parsePage(text, { url });
    const json = name === 'json';
    expect(links).toEqual(
      shown.map((file) => ({
        ...describeFile(file),
        ...(json ? { size: file.sizeBytes } : {}),
        ...(json && file.uploaded !== undefined ? { uploadTime: file.uploaded } : {}),
      })),
    );
    expect(folders).toEqual([]);
    expect(looksTruncated(text)).toBe(false);
  });

  it('depends on the files only, not on their order', () => {
    expect(render([...shown].reverse())).toBe(text);
    const shuffled = shown.toSorted((a, b) => (hashOf(a.filename) < hashOf(b.filename) ? -1 : 1));
    expect(render(shuffled)).toBe(text);
  });

  it('does not change the list it is given', () => {
    const given = Object.freeze([...shown].reverse());
    render(given);
    expect(given).toEqual([...shown].reverse());
  });

  it('can be empty', () => {
    expect(parsePage(render([]), { url })).toEqual({ links: [], folders: [] });
  });
});

describe.each([
  ['flat', renderFlatPage(files), files],
  ['project', renderProjectPage('demo', demo), demo],
] as const)('the markup of the page %s', (_, html, shown) => {
  it('lets nothing of a file through as markup', () => {
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(html).not.toContain("alert('x')");
    expect(html).toContain('alert(&#39;x&#39;)');
    expect(html.match(/<!--/g)).toBeNull();
    expect(html.match(/<table>/g)?.length).toBe(html.match(/<\/table>/g)?.length);
  });

  it('asks no one for anything, and moves no link', () => {
    expect(html.replace(`<link rel="icon" href='data:,'>`, '')).not.toMatch(
      /\bsrc=|\burl\(|@import|<link|<base|<iframe|<img|https?:\/\//,
    );
  });

  it('has no anchor that names no file, because readers of a simple index take each for one', () => {
    const hrefs = [...html.matchAll(/<a\b[^>]*>/g)].map(([tag]) => /^<a href="([^"]+)"/.exec(tag)?.[1]);
    expect(hrefs).toHaveLength(shown.length);
    expect(hrefs).not.toContain(undefined);
  });

  it('writes a plus sign as %2B, and a yank always with a value', () => {
    expect(html).toContain('demo-2.0.dev0%2B20261120.abc-py3-none-any.whl#sha256=');
    expect(html).toContain('data-yanked="segfaults"');
    expect(html.match(/data-yanked=""/g)).toHaveLength(2);
    expect(html).not.toMatch(/data-yanked[^=]/);
  });

  it('says the version of the API, and the metadata under both names', () => {
    expect(html).toContain('<meta name="pypi:repository-version" content="1.1">');
    const digest = hashOf('demo-1.10-py3-none-any.whl.metadata');
    expect(html).toContain(
      `data-core-metadata="sha256=${digest}" data-dist-info-metadata="sha256=${digest}"`,
    );
  });

  it('tells people what each file is', () => {
    expect(html).toContain('<small>CPython 3.9+, Linux x86-64 (glibc 2.28+)</small>');
    expect(html).toContain('<td>1.2 kB</td>');
    expect(html).toContain('<time datetime="2026-11-20T09:12:44Z">2026-11-20</time>');
    expect(html).toContain('<td>&gt;=3.9,<wbr>&lt;4</td>');
    const sha256 = hashOf('demo-1.10-py3-none-any.whl');
    expect(html).toContain(`<button title="${sha256}">${sha256.slice(0, 12)}</button>`);
    expect(html).toContain('<mark>yanked: segfaults</mark>');
  });
});

describe('the flat page', () => {
  it('is read by the regular expression of the Python wheelhouse-uploader', () => {
    const names = [...renderFlatPage(files).matchAll(/\bhref="([^"]+)"/g)].map(([, link = '']) =>
      link.split('/').at(-1),
    );
    expect(names).toEqual(
      files.map(
        ({ filename, sha256 }) =>
          encodeURIComponent(filename) + (sha256 === undefined ? '' : `#sha256=${sha256}`),
      ),
    );
  });

  it('carries what it certifies of each project, and gives it back', () => {
    const certificates = new Map([
      ['demo', 'ab12'],
      ['zope-interface', '"><&\''],
      ['not-there', 'x'],
    ]);
    const html = renderFlatPage(files, certificates);
    expect(html).toContain('<section id="demo" data-page="ab12">');
    expect([...readCertificates(html)]).toEqual([
      ['demo', 'ab12'],
      ['zope-interface', '"><&\''],
    ]);
  });

  it.each([
    ['without certificates', renderFlatPage(files)],
    ['of another tool', '<html><body><p>\n<li><a href="x.whl#sha256=ab">x.whl<a></li></p></body></html>'],
    ['with an empty certificate', '<section id="demo" data-page="">'],
    ['empty', ''],
  ])('%s gives none', (_, html) => expect(readCertificates(html).size).toBe(0));

  it('offers the line that installs: pre-releases must be asked for where there is nothing else', () => {
    const nightly = [full('demo-2.0.dev0+1-py3-none-any.whl'), full('demo-2.0rc1-py3-none-any.whl')];
    expect(renderFlatPage(nightly)).toMatch(
      /<code>pip install --pre --find-links <i data-path="">.*<\/i> demo<\/code>/,
    );
    expect(renderFlatPage(files)).toMatch(
      /<code>pip install --find-links <i data-path="">.*<\/i> demo<\/code>/,
    );
    expect(renderFlatPage([full('demo-1.0+a1b2-py3-none-any.whl')])).not.toContain('--pre');
    expect(renderProjectPage('demo', demo)).toMatch(
      /<code>uv pip install --index-url <i data-path="\.\.\/">.*<\/i> demo<\/code>/,
    );
  });

  it('stays small with 10,000 files', () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      full(`demo-${index % 100}.${index}-cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl`),
    );
    expect(renderFlatPage(many).length).toBeLessThan(10_000_000);
  });

  it.each([
    ['flat', flat],
    ['project', (some: readonly IndexedFile[]) => projectPage('demo', some)],
    ['json', (some: readonly IndexedFile[]) => projectJson('demo', some)],
  ])('comes in small pieces: %s', (_, render) => {
    const many = Array.from({ length: 1000 }, (_, index) => full(`demo-1.${index}-py3-none-any.whl`));
    const sizes = [...render(many)].map((piece) => piece.length);
    expect(sizes.length).toBeGreaterThan(many.length);
    expect(Math.max(...sizes)).toBeLessThan(20_000);
  });
});

describe('root pages', () => {
  const projects = ['numpy', 'demo', 'zope-interface', 'demo'];
  it.each([
    ['html', renderRootPage(projects), `${root}simple/`],
    ['html, by its file', renderRootPage(projects), `${root}simple/index.html`],
    ['json', renderRootJson(projects), `${root}simple/v1+json/index.json`],
  ])('%s', (_, text, url) => {
    const { links, folders } = parsePage(text, { url });
    expect(links).toEqual([]);
    expect(folders).toEqual(['demo', 'numpy', 'zope-interface'].map((name) => new URL(`${name}/`, url).href));
    expect(looksTruncated(text)).toBe(false);
  });

  it('do not depend on the order, and can be empty', () => {
    expect(renderRootPage([...projects].reverse())).toBe(renderRootPage(projects));
    expect(renderRootJson([...projects].reverse())).toBe(renderRootJson(projects));
    expect(parsePage(renderRootPage([]), { url: root })).toEqual({ links: [], folders: [] });
    expect(parsePage(renderRootJson([]), { url: root })).toEqual({ links: [], folders: [] });
  });
});

describe('the JSON of a project', () => {
  it('has the fields of PEP 691 and 700', () => {
    const json = JSON.parse(renderProjectJson('demo', demo)) as Record<string, unknown>;
    expect(renderProjectJson('demo', demo)).toBe(`${JSON.stringify(json, null, 1)}\n`);
    expect(json).toMatchObject({
      meta: { 'api-version': '1.1' },
      name: 'demo',
      versions: ['2.0', '2.0rc1', '2.0.dev0+20261120.abc', '1.10', '1.9'],
    });
    const [first, , third] = json['files'] as Record<string, unknown>[];
    const sha256 = hashOf('demo-2.0-cp312-cp312-win_amd64.whl.metadata');
    expect(first).toEqual({
      filename: 'demo-2.0-cp312-cp312-win_amd64.whl',
      url: '../../../demo-2.0-cp312-cp312-win_amd64.whl',
      hashes: { sha256: hashOf('demo-2.0-cp312-cp312-win_amd64.whl') },
      size: 1234,
      'upload-time': '2026-11-20T09:12:44Z',
      'requires-python': '>=3.9,<4',
      'core-metadata': { sha256 },
      'dist-info-metadata': { sha256 },
      yanked: 'segfaults',
    });
    expect(third?.['yanked']).toBe(true); // the empty reason: it must not read as false
  });
});

describe('projects on the flat page', () => {
  it('are one however their files spell them', () => {
    const html = renderFlatPage(files);
    const ids = [...html.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(['demo', 'zope-interface']);
    expect(ids).toEqual(ids.map((id) => normalizeName(id ?? '')));
  });
});

describe('the script of the pages', () => {
  it('is whole JavaScript, and no parser can find a tag in it', () => {
    expect(() => new Script(pageScript)).not.toThrow();
    expect(pageScript).not.toContain('<');
  });
});
