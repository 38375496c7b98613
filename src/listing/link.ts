import type { Link } from '../model/artifact.ts';
import { isHashName, type Hashes } from '../model/digest.ts';
import { WheelhouseError } from '../model/errors.ts';
import { isPlainFilename } from '../model/filename.ts';

/** What an index says of a link beside where it points. */
export type LinkDetails = Omit<Link, 'url' | 'filename'>;

const fetchable: ReadonlySet<string> = new Set(['http:', 'https:', 'file:']);

/** The URL of a page itself. Throws `USAGE` when it is not absolute. */
export function parsePageUrl(url: string): URL {
  const parsed = parseUrl(url);
  if (parsed === undefined)
    throw new WheelhouseError('USAGE', `an index page needs an absolute URL, not ${url}`);
  return parsed;
}

/**
 * The URL of a reference, undefined when it is malformed. Asked first because an exception costs a hundred times more,
 * and a hostile page can have millions. In ASCII, because `canParse` of Node 20 and 22 denies hosts of other alphabets
 * once it has been called some thousand times (https://github.com/AikidoSec/firewall-node/pull/1086).
 */
export function parseUrl(reference: string, base?: URL): URL | undefined {
  const ascii = reference.replace(/[\u0080-\uFFFF]+/g, (text) =>
    encodeURIComponent(text.replace(/\p{Cs}/gu, '\uFFFD')),
  );
  return URL.canParse(ascii, base?.href) ? new URL(ascii, base) : undefined;
}

/** Where a reference on a page points; undefined when it is malformed or nothing that can be fetched. */
export function resolveUrl(reference: string, base: URL): URL | undefined {
  const url = parseUrl(reference, base);
  return url !== undefined && fetchable.has(url.protocol) ? url : undefined;
}

/** The link to a file, named by its URL; undefined when that gives no plain file name. */
export function linkTo(url: URL, details: LinkDetails): Link | undefined {
  const filename = filenameOf(url);
  return filename === undefined ? undefined : { url: fileUrl(url), filename, ...details };
}

/**
 * The last segment of the path once it is decoded, so that `%2F` separates too. A name that would change when decoded
 * once more is refused: some later reader might do it, and find a path.
 */
function filenameOf(url: URL): string | undefined {
  const path = decode(url.pathname);
  if (path === undefined) return undefined;
  const filename = path.slice(path.lastIndexOf('/') + 1);
  return isPlainFilename(filename) && !/%[0-9a-f]{2}/i.test(filename) ? filename : undefined;
}

/**
 * The address of a file: without its fragment, `+` in the path as `%2B`. pip sends it so, and some object stores and
 * the CDNs before them take a bare `+` for a blank.
 */
export function fileUrl(url: URL): string {
  if (!url.pathname.includes('+')) return withoutFragment(url);
  const copy = new URL(url);
  copy.pathname = url.pathname.replaceAll('+', '%2B');
  return withoutFragment(copy);
}

/** By the text, because `hash` is empty for a bare `#` too. */
export function withoutFragment({ href }: URL): string {
  const fragment = href.indexOf('#');
  return fragment === -1 ? href : href.slice(0, fragment);
}

/**
 * The digests in a fragment, also among other parts: `#egg=x&sha256=…`. A value that is no digest stays, because a
 * wrong digest has to fail the download and not to vanish. uv decodes the fragment before (`%3D`), pip does not.
 */
export function hashesIn(fragment: string): Hashes {
  const hashes: Record<string, string> = {};
  if (!fragment.includes('=') && !fragment.includes('%')) return hashes;
  for (const part of (decode(fragment.replace(/^#/, '')) ?? '').split(/[&#]/)) {
    const equals = part.indexOf('=');
    const name = part.slice(0, Math.max(equals, 0)).toLowerCase();
    if (isHashName(name)) hashes[name] ??= part.slice(equals + 1).toLowerCase();
  }
  return hashes;
}

/** Percent-decoding that leaves a stray `%` alone, as pip's does; undefined for bytes that are no UTF-8. */
function decode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text.replace(/%(?![0-9a-f]{2})/gi, '%25'));
  } catch {
    return undefined;
  }
}
