import type { Link } from '../model/artifact.ts';
import { detectFormat } from './format.ts';
import { parseHtmlPage } from './html-page.ts';
import { parseJsonPage } from './json-page.ts';
import { parsePageUrl } from './link.ts';
import type { Page } from './page.ts';
import { parseXmlPage } from './xml-page.ts';

/** Where a page came from: its URL after redirects, and its content type as served. */
export interface PageOrigin {
  readonly url: string;
  readonly contentType?: string | undefined;
}

/**
 * The files that a page links to: PEP 503 and 691 indexes, find-links pages, folder listings of web servers and of
 * object stores. An anchor that names no file is skipped. Throws `INVALID_LISTING` for JSON or XML that is cut off or
 * no listing; whether HTML is whole, `looksTruncated` tells.
 */
export function parseListing(body: string, origin: PageOrigin): { links: Link[] } {
  return { links: parsePage(body, origin).links };
}

/** As {@link parseListing}, with what a reader needs to go on: folders to descend into, and the next page. */
export function parsePage(body: string, origin: PageOrigin): Page {
  const page = parsePageUrl(origin.url);
  switch (detectFormat(body, origin.contentType)) {
    case 'json':
      return parseJsonPage(body, page);
    case 'xml':
      return parseXmlPage(body, page);
    case 'html':
      return parseHtmlPage(body, page);
  }
}
