import { load, type CheerioAPI } from 'cheerio/slim';
import type { Link } from '../model/artifact.ts';
import { WheelhouseError } from '../model/errors.ts';
import { printableUrl } from '../model/secret.ts';
import { linkTo } from './link.ts';
import type { Page } from './page.ts';

interface StoreListing {
  readonly files: readonly { readonly key: string; readonly size?: number }[];
  readonly folders: readonly string[];
  /** Query parameters that turn the page's URL into the next one's; undefined on the last page. */
  readonly next?: Readonly<Record<string, string>>;
}

/** Reads the listing of a bucket (S3 and what speaks it, Google's XML API) or of an Azure container. */
export function parseXmlPage(body: string, page: URL): Page {
  assertWhole(body, page);
  const $ = load(body, { xml: true });
  const root = $.root().children().first();
  const listing =
    localName(root[0]?.name ?? '') === 'ListBucketResult' ? readBucket(root) : readContainer(root);
  if (listing === undefined) {
    throw new WheelhouseError('INVALID_LISTING', `${printableUrl(page)} says that it goes on, but not where`);
  }
  return toPage(listing, page);
}

type Elements = ReturnType<ReturnType<CheerioAPI['root']>['children']>;

function readBucket(root: Elements): StoreListing | undefined {
  const decode = textOf(root, 'EncodingType') === 'url' ? decodeForm : (text: string) => text;
  const files = eachOf(root, 'Contents', (entry) => ({
    key: decode(textOf(entry, 'Key')),
    ...readSize(textOf(entry, 'Size')),
  }));
  const folders = eachOf(root, 'CommonPrefixes', (entry) => decode(textOf(entry, 'Prefix')));
  if (textOf(root, 'IsTruncated').trim().toLowerCase() !== 'true') return { files, folders };
  const token = textOf(root, 'NextContinuationToken');
  if (token !== '') return { files, folders, next: { 'list-type': '2', 'continuation-token': token } };
  // Version 1 names no marker unless the listing has a delimiter: the last key is it.
  const last = [...files.map(({ key }) => key), ...folders].reduce((a, b) => (a > b ? a : b), '');
  const marker = decode(textOf(root, 'NextMarker')) || last;
  return marker === '' ? undefined : { files, folders, next: { marker } };
}

function readContainer(root: Elements): StoreListing {
  const blobs = childrenOf(root, 'Blobs');
  const files = eachOf(blobs, 'Blob', (blob) => ({
    key: textOf(blob, 'Name'),
    ...readSize(textOf(childrenOf(blob, 'Properties'), 'Content-Length')),
  }));
  const folders = eachOf(blobs, 'BlobPrefix', (prefix) => textOf(prefix, 'Name'));
  const marker = textOf(root, 'NextMarker');
  return { files, folders, ...(marker === '' ? {} : { next: { marker } }) };
}

/** By name without the name space's prefix. */
function childrenOf(element: Elements, name: string): Elements {
  return element.children().filter((_, child) => localName(child.name) === name);
}

function textOf(element: Elements, name: string): string {
  return childrenOf(element, name).first().text();
}

function eachOf<T>(element: Elements, name: string, read: (child: Elements) => T): T[] {
  const children = childrenOf(element, name);
  return children.toArray().map((_, index) => read(children.eq(index)));
}

function toPage({ files, folders, next }: StoreListing, page: URL): Page {
  const links = files.flatMap(({ key, ...size }): Link[] => {
    const url = urlOfKey(key, page);
    const link = url && linkTo(url, { hashes: {}, ...size });
    return link === undefined ? [] : [link];
  });
  const urls = folders.flatMap((key) => (key.endsWith('/') ? (urlOfKey(key, page)?.href ?? []) : []));
  if (next === undefined) return { links, folders: urls };
  const nextUrl = new URL(page);
  nextUrl.hash = '';
  for (const [name, value] of Object.entries(next)) nextUrl.searchParams.set(name, value);
  nextUrl.search = nextUrl.search.replaceAll('+', '%20'); // not every server reads a query as a form
  return { links, folders: urls, next: nextUrl.href };
}

/** Keys are names, not paths: one with `.` or `..` for a segment has no URL, because a URL would resolve it away. */
function urlOfKey(key: string, page: URL): URL | undefined {
  const segments = key.split('/');
  if (/\p{Cs}/u.test(key) || segments.some((segment) => segment === '.' || segment === '..'))
    return undefined;
  const url = new URL(page);
  url.search = '';
  url.hash = '';
  url.pathname = `${url.pathname.replace(/\/$/, '')}/${segments.map(encodeURIComponent).join('/')}`;
  return url;
}

function readSize(text = ''): { size?: number } {
  return /^\s*\d{1,15}\s*$/.test(text) ? { size: Number(text) } : {};
}

/** `encoding-type=url` writes keys as a form does: `+` for a blank. */
function decodeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1);
}

/** A listing is flat, and no store sends a page this long. */
const maxDepth = 16;
const maxTags = 2_000_000;

/** A tag, attributes quoted; or a `<` that begins none: comments, CDATA and the like, which no store writes. */
const tagOrBracket =
  /<(?<slash>\/?)(?<name>[\w:.-]+)(?:\s+[\w:.-]+\s*=\s*(?:"[^"<>]*"|'[^'<>]*')){0,16}\s*(?<empty>\/?)>|</g;

/**
 * Throws `INVALID_LISTING` unless every element that opens also closes: a cut-off page must not pass for a short one.
 * And the tree's parser takes quadratic time for nesting, so none that it would see may escape this.
 */
function assertWhole(body: string, page: URL): void {
  const open: string[] = [];
  let tags = 0;
  const content = body.replace(/^\uFEFF?\s*(?:<\?xml[^<>]*>)?/, '');
  for (const { groups: { slash, name, empty } = {} } of content.matchAll(tagOrBracket)) {
    if (name === undefined || (slash !== '' && open.pop() !== name)) throw notWhole(page);
    if (slash === '' && empty === '') open.push(name);
    tags += 1;
    if (open.length > maxDepth || tags > maxTags) {
      throw new WheelhouseError(
        'INVALID_LISTING',
        `${printableUrl(page)} is deeper or longer than a listing can be`,
      );
    }
  }
  if (open.length > 0) throw notWhole(page);
}

function notWhole(page: URL): WheelhouseError {
  return new WheelhouseError(
    'INVALID_LISTING',
    `${printableUrl(page)} is no whole listing: its elements do not close`,
    {
      hint: 'the answer may have been cut off; try again',
    },
  );
}
