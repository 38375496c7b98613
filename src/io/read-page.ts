import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Link } from '../model/artifact.ts';
import { hasCode, toWheelhouseError, WheelhouseError } from '../model/errors.ts';
import { printableUrl, type Credentials } from '../model/secret.ts';
import { looksTruncated } from '../listing/format.ts';
import { parsePage } from '../listing/parse.ts';
import type { Page } from '../listing/page.ts';
import { withDeadline } from './deadline.ts';
import { statusError, type HttpClient } from './http.ts';
import {
  conditionalHeaders,
  pageValidators,
  type CachedPage,
  type PageCache,
  type PageValidators,
} from './page-cache.ts';
import { retry, type Retry } from './retry.ts';

const indexHint =
  'check the path: an index is a page with links, or a folder that holds an index.html or is a wheelhouse';

export interface PageOptions {
  readonly http: HttpClient;
  /** What to send to a page; asked for each one, so that none goes to another origin. */
  readonly credentialsFor?: ((url: URL) => Credentials | undefined) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** Of one page, decoded. Default 256 MiB. */
  readonly maxBytes?: number | undefined;
  /** For one page, however lively it drips. Default 10 minutes. */
  readonly timeoutMs?: number | undefined;
  /** See {@link retry}. */
  readonly baseDelayMs?: number | undefined;
  /** Pages of earlier runs: one that has not changed is neither sent nor parsed again. Default: none. */
  readonly cache?: PageCache | undefined;
  /** Called after each page that could be read. */
  readonly onPage?: (() => void) | undefined;
}

/** A listing, whole: all its pages together. */
export interface Listing {
  readonly links: Link[];
  /** Absolute URLs that end in `/`. */
  readonly folders: string[];
  /** Of its first page, after redirects; without user info. */
  readonly url: string;
}

const accept =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.5, text/html;q=0.4, */*;q=0.1';
const mostPageBytes = 256 * 1024 * 1024;
const longestPageMs = 10 * 60_000;
/** Stores list 1000 objects a page: two million files. */
const mostPages = 2000;

/**
 * Reads a listing, following it from page to page. Throws `NOT_FOUND` when there is no page, and what else went wrong
 * otherwise: a failure is never an empty listing.
 */
export async function readListing(first: URL, options: PageOptions): Promise<Listing> {
  const links: Link[] = [];
  const folders = new Set<string>();
  const seen = new Set<string>();
  let url: string | undefined;
  for (let next: URL | undefined = first; next !== undefined;) {
    if (seen.has(next.href) || seen.size >= mostPages)
      throw new WheelhouseError('INVALID_LISTING', `the listing ${printableUrl(first)} goes on without end`);
    seen.add(next.href);
    const { page, at } = await readPage(next, options);
    options.onPage?.();
    url ??= at.href;
    // One by one: a page may hold more links than a call may have arguments.
    for (const link of page.links) if (mayLead(at, link.url)) links.push(link);
    for (const folder of page.folders) if (mayLead(at, folder)) folders.add(folder);
    next = page.next !== undefined && mayLead(at, page.next) ? new URL(page.next) : undefined;
  }
  return { links, folders: [...folders], url: url ?? first.href };
}

/** A page from the network has no say about this machine's files. */
function mayLead(page: URL, url: string): boolean {
  return page.protocol === 'file:' || !url.startsWith('file:');
}

async function readPage(url: URL, options: PageOptions): Promise<{ page: Page; at: URL }> {
  const { signal, onRetry, baseDelayMs, cache } = options;
  const isLocal = url.protocol === 'file:';
  const cached = isLocal ? undefined : await cache?.find(url);
  const read = await retry(() => (isLocal ? readLocal(url) : readRemote(url, options, cached)), {
    what: printableUrl(url),
    signal,
    onRetry,
    baseDelayMs,
  });
  if ('page' in read) return { page: read.page, at: new URL(read.at) };
  const { body, contentType, at, validators } = read;
  const page = parsePage(body, { url: at.href, contentType });
  if (validators?.etag !== undefined || validators?.lastModified !== undefined)
    await cache?.keep(url, { ...validators, at: at.href, page });
  return { page, at };
}

interface ReadBody {
  readonly body: string;
  readonly contentType?: string | undefined;
  readonly at: URL;
  readonly validators?: PageValidators;
}

async function readRemote(
  url: URL,
  options: PageOptions,
  cached: CachedPage | undefined,
): Promise<ReadBody | CachedPage> {
  const { http, credentialsFor, maxBytes = mostPageBytes, timeoutMs = longestPageMs, signal } = options;
  const what = `the index ${printableUrl(url)}`;
  return withDeadline({ what, timeoutMs, signal }, async (limited) => {
    const credentials = credentialsFor?.(url);
    const response = await http.request({
      url,
      credentials,
      headers: {
        accept,
        'accept-encoding': 'gzip',
        'cache-control': 'max-age=0',
        ...(cached && conditionalHeaders(cached)),
      },
      // A private index that sends its readers elsewhere (GitLab: to PyPI) has not got what they ask for: the files
      // of that name there may be anybody's.
      redirect: credentials === undefined ? 'follow' : 'same-origin',
      signal: limited,
    });
    if (response.status === 304 && cached !== undefined) {
      await response.discard();
      return cached;
    }
    if (response.status < 200 || response.status > 203) {
      await response.discard();
      throw statusError(response, `cannot read ${what}`);
    }
    const body = await response.text(maxBytes);
    const contentType = response.headers.get('content-type');
    checkBody(body, what);
    return { body, contentType, at: response.url, validators: pageValidators(response.headers) };
  });
}

async function readLocal(url: URL): Promise<ReadBody> {
  const path = fileURLToPath(url);
  const body = await readFile(path, 'utf8').catch((thrown: unknown) => {
    if (hasCode(thrown, 'ENOENT', 'ENOTDIR'))
      throw new WheelhouseError('NOT_FOUND', `there is no index ${path}`, { cause: thrown, hint: indexHint });
    if (hasCode(thrown, 'EISDIR'))
      throw new WheelhouseError('NOT_FOUND', `the folder ${path} has no index.html`, {
        cause: thrown,
        hint: indexHint,
      });
    throw toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot read the index ${path}`);
  });
  checkBody(body, `the index ${path}`);
  return { body, contentType: extname(path) === '.json' ? 'application/json' : 'text/html', at: url };
}

/** Throws for what is no page at all, or only the beginning of one. */
function checkBody(body: string, what: string): void {
  if (body.slice(0, 1024).includes('\0'))
    throw new WheelhouseError('INVALID_LISTING', `${what} is no page of links`, {
      hint: 'give the URL of the page or folder that lists the files',
    });
  if (looksTruncated(body)) throw new WheelhouseError('TRUNCATED', `${what} ends in the middle of the page`);
}
