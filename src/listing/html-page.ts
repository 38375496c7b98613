import type { Link } from '../model/artifact.ts';
import type { Hashes } from '../model/digest.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { isProjectName } from '../model/name.ts';
import { readAnchors, type Anchor } from './anchors.ts';
import { hashesIn, linkTo, parseUrl, resolveUrl, withoutFragment, type LinkDetails } from './link.ts';
import type { Page } from './page.ts';

/** Reads an index in HTML, be it PEP 503, a find-links page, a web server's listing or a page of release assets. */
export function parseHtmlPage(body: string, page: URL): Page {
  const { anchors, baseHref } = readAnchors(body);
  const base = baseHref === undefined ? page : baseOf(baseHref.trim(), page);
  const links: Link[] = [];
  const folders = new Set<string>();
  for (const anchor of anchors) {
    const url = targetOf(anchor, base);
    if (url === undefined || isSamePlace(url, page)) continue;
    if (url.pathname.endsWith('/')) {
      if (url.search === '' && !contains(url, page) && !contains(url, base))
        folders.add(withoutFragment(url));
      continue;
    }
    const link = linkTo(url, detailsOf(anchor, url.hash));
    if (link !== undefined) links.push(link);
  }
  for (const folder of unslashedFolders(links, page)) folders.add(folder);
  return { links, folders: [...folders] };
}

/** Also a base that cannot be fetched: its relative links must not turn into links of the page. */
function baseOf(reference: string, page: URL): URL {
  const base = parseUrl(reference, page) ?? page;
  return base.protocol === 'data:' || base.protocol === 'javascript:' ? page : base; // as HTML has it
}

/** `?C=M;O=A` sorts an Apache listing and `#top` scrolls: neither leads anywhere else. */
function targetOf({ href = '' }: Anchor, base: URL): URL | undefined {
  const reference = href.trim();
  return /^[^?#]/.test(reference) ? resolveUrl(reference, base) : undefined;
}

function detailsOf(anchor: Anchor, fragment: string): LinkDetails {
  const requiresPython = anchor['data-requires-python'] ?? '';
  const reason = anchor['data-yanked'];
  const coreMetadata = metadataIn(anchor);
  return {
    hashes: hashesIn(fragment),
    ...(requiresPython.trim() === '' ? {} : { requiresPython }),
    // PEP 592 and uv: the attribute is there, so the file is yanked. pip passes over one without a value.
    ...(reason === undefined ? {} : { yanked: reason.trim() === '' ? true : reason }),
    ...(coreMetadata === undefined ? {} : { coreMetadata }),
  };
}

/**
 * PEP 714; a name without a value says nothing, so the older one is asked. `false` means none, as in uv; pip takes every
 * unknown value, `false` too, for a sidecar without a digest.
 */
function metadataIn(anchor: Anchor): true | Hashes | undefined {
  const current = anchor['data-core-metadata']?.trim() ?? '';
  const value = current === '' ? (anchor['data-dist-info-metadata']?.trim() ?? '') : current;
  if (value === '' || value.toLowerCase() === 'false') return undefined;
  const hashes = hashesIn(value);
  return Object.keys(hashes).length === 0 ? true : hashes;
}

/**
 * Some root pages link to projects without a slash (`<a href="numpy">`), or to the page in a project's folder
 * (`numpy/index.html`), because their store knows no folders. Only a page without any distribution can be one; there,
 * a project's name that cannot be a file's stands for its folder too.
 */
function unslashedFolders(links: readonly Link[], page: URL): string[] {
  if (links.some(({ filename }) => parseDistributionFilename(filename).ok)) return [];
  return links.flatMap(({ filename, url }) => {
    if (url.includes('?')) return [];
    if (isProjectName(filename) && !filename.includes('.')) return [`${url}/`];
    if (filename !== 'index.html') return [];
    const folder = new URL('.', url);
    return contains(folder, page) ? [] : [folder.href];
  });
}

function isSamePlace(a: URL, b: URL): boolean {
  return a.pathname === b.pathname && a.host === b.host && a.protocol === b.protocol;
}

/** Whether the folder is the page's own or one above it: "Parent Directory", a bread crumb, the site's root. */
function contains(folder: URL, page: URL): boolean {
  if (folder.pathname === '/') return true;
  return (
    folder.host === page.host &&
    folder.protocol === page.protocol &&
    page.pathname.startsWith(folder.pathname)
  );
}
