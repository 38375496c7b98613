import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsePage } from '../../src/listing/parse.ts';
import type { Link } from '../../src/model/artifact.ts';
import { parseDistributionFilename } from '../../src/model/filename.ts';

interface ExpectedLink {
  url: string;
  urlWhatwg?: string;
  filename: string;
  hashes: Record<string, string>;
  requiresPython: string | null;
  yanked: string | null;
  yankedAttr: boolean;
  metadata: null | true | Record<string, string>;
  artifact: { kind: string; validName: boolean } | null;
}

interface PeerPage {
  id: string;
  page: string;
  kind: 'project' | 'flat' | 'root';
  pageUrl: string;
  contentType: string;
  links: ExpectedLink[];
}

/** Where uv reads a page otherwise than pip, whose run the fixtures record, and uv's way is ours. */
const readAsUv: Readonly<Record<string, (link: ExpectedLink) => Partial<ExpectedLink>>> = {
  // `#sha256%3D…`: uv decodes the fragment, pip overlooks the digest.
  'uv-encoded-fragment': () => ({
    hashes: { sha256: '4095ada29e51070f7d199a0a5bdf5c8d8e238e03f0bf4dcc02571e78c9ae800d' },
  }),
  // "false" is no metadata to uv; pip takes any unknown value for a sidecar without a digest.
  'uv-core-metadata': ({ filename, metadata }) => ({
    metadata: /3\.1\.[45]-/.test(filename) ? null : metadata,
  }),
  'uv-simple-html-case-insensitively': ({ filename, metadata }) => ({
    metadata: filename.includes('1.2.4') ? null : metadata,
  }),
};

const folder = new URL('../../fixtures/peer-pages/', import.meta.url);
const pages = readdirSync(folder)
  .filter((name) => name.endsWith('.expected.json'))
  .map((name) => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as PeerPage);

function parse({ page, pageUrl, contentType }: PeerPage) {
  return parsePage(readFileSync(new URL(page, folder), 'utf8'), { url: pageUrl, contentType });
}

function isDistribution({ filename }: { filename: string }): boolean {
  return parseDistributionFilename(filename).ok;
}

function describeLink({ url, filename, hashes, requiresPython, yanked, coreMetadata }: Link) {
  return { url, filename, hashes, requiresPython, yanked, coreMetadata };
}

describe('pages from the test suites of pip and uv', () => {
  it('are all there', () => expect(pages.length).toBeGreaterThanOrEqual(40));

  it.each(pages.map((page) => [page.id, page] as const))('%s', (id, page) => {
    const links = parse(page).links.filter(isDistribution);
    const expected = page.links.filter(({ artifact }) => artifact?.validName === true);
    expect(links.map(describeLink)).toEqual(
      expected.map((plain, index) => {
        const link = { ...plain, ...readAsUv[id]?.(plain) };
        return {
          // Either spelling names the file; ours has pip's `%2B`.
          url: links[index]?.url === link.urlWhatwg ? link.urlWhatwg : link.url,
          filename: link.filename,
          hashes: link.hashes,
          requiresPython: link.requiresPython ?? undefined,
          yanked: link.yankedAttr ? (link.yanked ?? '') || true : undefined,
          coreMetadata: link.metadata ?? undefined,
        };
      }),
    );
  });

  it.each(pages.filter(({ kind }) => kind === 'root').map((page) => [page.id, page] as const))(
    'the projects of %s',
    (_, page) => {
      const urls = page.links.map(({ url }) => (url.endsWith('/') ? url : `${url}/`));
      expect(parse(page).folders).toEqual(urls);
    },
  );
});
