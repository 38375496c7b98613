import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from '../listing/page.ts';
import type { HttpResponse } from './http.ts';

/** What a server tells the versions of a page by (RFC 9110, 8.8). */
export interface PageValidators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** A page as it was read and parsed the last time. */
export interface CachedPage extends PageValidators {
  /** Its URL after redirects, without user info. */
  readonly at: string;
  readonly page: Page;
}

/**
 * Remembers pages between runs. It is asked only in order to ask the server whether the page is still that version,
 * so it can never be stale; and losing it costs no more than one full read.
 */
export interface PageCache {
  find(url: URL): Promise<CachedPage | undefined>;
  keep(url: URL, page: CachedPage): Promise<void>;
}

/** A change within the same second shows no other date (RFC 9110, 8.8.2.2). */
const dateGranularityMs = 1000;

/** What identifies the version of a page in an answer; empty when nothing does. */
export function pageValidators(headers: HttpResponse['headers']): PageValidators {
  const etag = headers.get('etag')?.trim() ?? '';
  if (/^(?:W\/)?"[^"]*"$/.test(etag)) return { etag };
  const lastModified = headers.get('last-modified');
  if (lastModified === undefined) return {};
  const ageMs = Date.parse(headers.get('date') ?? '') - Date.parse(lastModified);
  return ageMs >= dateGranularityMs ? { lastModified } : {};
}

/** The headers that ask for a page only if it is another version by now. */
export function conditionalHeaders({ etag, lastModified }: PageValidators): Record<string, string> {
  if (etag !== undefined) return { 'if-none-match': etag };
  return lastModified === undefined ? {} : { 'if-modified-since': lastModified };
}

/** Changes whenever pages are parsed or kept in another way. */
const format = 1;

/** A page that no run has asked for in so long is that of an index which is mirrored no more. */
const keptDays = 90;

/**
 * Keeps pages in a folder, a file each, readable by its owner only: pages of private indexes may be among them. What
 * cannot be read or written is not there: no failure of a cache is one of the run. What no run has asked for in 90
 * days is removed, once a run, when a new page is kept.
 */
export function openPageCache(folder: string): PageCache {
  const fileOf = ({ href }: URL) => {
    const digest = createHash('sha256').update(`${format}\0${href}`).digest('hex');
    return join(folder, `${digest.slice(0, 40)}.json`);
  };
  let tidied: Promise<void> | undefined;
  return {
    find: (url) => Promise.resolve(readKept(fileOf(url))),
    async keep(url, page) {
      const file = fileOf(url);
      const part = `${file}.${randomUUID().slice(0, 8)}.part`;
      try {
        await mkdir(folder, { recursive: true, mode: 0o700 });
        await writeFile(part, JSON.stringify(page), { mode: 0o600, flag: 'wx' });
        await rename(part, file);
      } catch {
        await rm(part, { force: true }).catch(() => undefined);
      }
      await (tidied ??= removeForgotten(folder));
    },
  };
}

/** In one step: whoever reads many pages beside other work would get to each of a promise's steps only after a while. */
function readKept(file: string): CachedPage | undefined {
  try {
    const kept: unknown = JSON.parse(readFileSync(file, 'utf8'));
    const now = new Date();
    void utimes(file, now, now).catch(() => undefined); // it is asked for: see `keptDays`
    return isCachedPage(kept) ? kept : undefined;
  } catch {
    return undefined; // not kept, or half of it: read in full
  }
}

async function removeForgotten(folder: string): Promise<void> {
  const before = Date.now() - keptDays * 24 * 60 * 60 * 1000;
  try {
    for (const name of await readdir(folder)) {
      if (!/^[0-9a-f]{40}\.json(?:\.[0-9a-f]{8}\.part)?$/.test(name)) continue;
      const file = join(folder, name);
      if ((await stat(file)).mtimeMs < before) await rm(file, { force: true });
    }
  } catch {
    // Another run is tidying up, or nobody can.
  }
}

function isCachedPage(value: unknown): value is CachedPage {
  if (typeof value !== 'object' || value === null || !('page' in value) || !('at' in value)) return false;
  const { page, at } = value as { page: Partial<Page> | null; at: unknown };
  return typeof at === 'string' && Array.isArray(page?.links) && Array.isArray(page.folders);
}
