import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { WheelhouseError } from '../model/errors.ts';
import { normalizeName } from '../model/name.ts';
import type { Credentials } from '../model/secret.ts';
import { liftCredentials } from './http-credentials.ts';

/** Where an index is, as a user writes it: an http(s) or `file:` URL, or a path. Throws `USAGE`. */
export function parseIndex(index: string): { url: URL; credentials?: Credentials } {
  if (/^https?:/i.test(index)) {
    if (!URL.canParse(index)) throw new WheelhouseError('USAGE', 'an index is no valid URL', { hint });
    return liftCredentials(index);
  }
  if (/^file:/i.test(index)) {
    if (!URL.canParse(index) || new URL(index).host !== '')
      throw new WheelhouseError('USAGE', `${index} is no valid file: URL`, { hint });
    return { url: new URL(index) };
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(index))
    throw new WheelhouseError('USAGE', `${index.replace(/:.*/s, '')}: is no kind of page`, { hint });
  return { url: pathToFileURL(resolve(index)) };
}

const hint = 'give the http(s) URL of an index, a file: URL or a path';

/**
 * The URLs under which an index may answer, best first. A folder's links are relative to it, so the slash that people
 * leave out is put back; plain object stores answer only to the page's own name.
 */
export function placesOf(url: URL): URL[] {
  if (url.search !== '') return [url];
  if (url.pathname.endsWith('/')) return [url, withPath(url, `${url.pathname}index.html`)];
  if (/\.(?:html?|json|xml|txt)$/i.test(url.pathname)) return [url];
  const folder = withPath(url, `${url.pathname}/`);
  return [folder, url, withPath(folder, `${folder.pathname}index.html`)];
}

/** The page of a project, where the URL itself says that it is the root of a simple index. */
export function projectPlace(url: URL, project: string): URL | undefined {
  if (url.protocol === 'file:' || !/\/\+?simple\/?$/.test(url.pathname)) return undefined;
  return withPath(url, `${url.pathname.replace(/\/$/, '')}/${encodeURIComponent(normalizeName(project))}/`);
}

/** The folder of a project among those that a page links to; else that of a simple index beside the files. */
export function folderOf(folders: readonly string[], project: string): URL | undefined {
  const named = (name: string) => folders.find((folder) => nameOf(folder) === name);
  const found = named(normalizeName(project)) ?? named('simple');
  return found === undefined ? undefined : new URL(found);
}

/** The normalized name of the last segment of a folder's URL. */
export function nameOf(folder: string): string {
  const segment = new URL(folder).pathname.replace(/\/$/, '').split('/').pop() ?? '';
  try {
    return normalizeName(decodeURIComponent(segment));
  } catch {
    return '';
  }
}

function withPath(url: URL, pathname: string): URL {
  const copy = new URL(url);
  copy.pathname = pathname;
  copy.hash = '';
  return copy;
}
