import type { Link } from '../model/artifact.ts';
import type { Hashes } from '../model/digest.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { isProjectName } from '../model/name.ts';
import { readAnchors, type Anchor } from './anchors.ts';
import { hashesIn, linkTo, resolveUrl, withoutFragment, type LinkDetails } from './link.ts';
import type { Page } from './page.ts';

/** Reads an index in HTML, be it PEP 503, a find-links page, a web server's listing or a page of release assets. */
export function parseHtmlPage(body: string, page: URL): Page {
  const { anchors, baseHref } = readAnchors(body);
  const base = (baseHref === undefined ? undefined : resolveUrl(baseHref.trim(), page)) ?? page;
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
  return { links, folders: [...folders, ...unslashedProjects(links, folders)] };
}

/** `?C=M;O=A` sorts an Apache listing and `#top` scrolls: neither leads anywhere else. */
function targetOf({ href = '' }: Anchor, base: URL): URL | undefined {
  const reference = href.trim();
  return /^[^?#]/.test(reference) ? resolveUrl(reference, base) : undefined;
}

function detailsOf(anchor: Anchor, fragment: string): LinkDetails {
  const requiresPython = anchor['data-requires-python']?.trim() ?? '';
  const reason = anchor['data-yanked'];
  const coreMetadata = metadataIn(anchor['data-core-metadata'] ?? anchor['data-dist-info-metadata']);
  return {
    hashes: hashesIn(fragment),
    ...(requiresPython === '' ? {} : { requiresPython }),
    // PEP 592 and uv: the attribute is there, so the file is yanked. pip passes over one without a value.
    ...(reason === undefined ? {} : { yanked: reason.trim() === '' ? true : reason }),
    ...(coreMetadata === undefined ? {} : { coreMetadata }),
  };
}

/** PEP 714. `false` means none, as in uv; pip takes every unknown value, `false` too, for a sidecar without a digest. */
function metadataIn(value = ''): true | Hashes | undefined {
  if (value.trim() === '' || value.trim().toLowerCase() === 'false') return undefined;
  const hashes = hashesIn(value.trim());
  return Object.keys(hashes).length === 0 ? true : hashes;
}

/**
 * Some root pages link to projects without a slash (`<a href="numpy">`). Only a page without any distribution can be
 * one; there, a project's name that cannot be a file's stands for its folder too.
 */
function unslashedProjects(links: readonly Link[], known: ReadonlySet<string>): string[] {
  if (links.some(({ filename }) => parseDistributionFilename(filename).ok)) return [];
  const urls = links
    .filter(({ filename, url }) => isProjectName(filename) && !filename.includes('.') && !url.includes('?'))
    .map(({ url }) => `${url}/`);
  return [...new Set(urls)].filter((url) => !known.has(url));
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
