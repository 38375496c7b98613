import type { Link } from '../model/artifact.ts';
import { WheelhouseError } from '../model/errors.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { normalizeName } from '../model/name.ts';
import type { Credentials } from '../model/secret.ts';
import { folderOf, parseIndex, placesOf, projectPlace } from './index-place.ts';
import { readListing, type Listing, type PageOptions } from './read-page.ts';

export interface ReadIndexOptions extends PageOptions {
  /** From a page that lists projects, go on to that of this one. Without it, the page is taken as it is. */
  readonly project?: string | undefined;
  /** Sent to the index's own origin only; they win over user info in the URL. */
  readonly credentials?: Credentials | undefined;
}

/**
 * Reads what an index lists: a flat page, a simple index or a project's page in it, a folder's or a store's listing,
 * by http(s) URL, `file:` URL or path. A project that a simple index does not know has no links; everything else
 * that fails is an error, never an empty index. The links are all that the page has, not only the project's.
 */
export async function readIndex(index: string, options: ReadIndexOptions): Promise<Listing> {
  const { url, own } = placeIndex(index, options);
  const { project } = options;
  const direct = project === undefined ? undefined : projectPlace(url, project);
  if (direct !== undefined) return (await readIfThere(direct, own)) ?? emptyListing(direct);
  const listing = await readFirst(url, own);
  return project === undefined ? listing : descend(listing, project, own);
}

/** Where an index is, and how its pages are read: with its own credentials, which go to its own origin only. */
export function placeIndex(
  index: string,
  options: Omit<ReadIndexOptions, 'project'>,
): { url: URL; own: PageOptions } {
  const place = parseIndex(index);
  const credentials = options.credentials ?? place.credentials;
  const own: PageOptions = {
    ...options,
    credentialsFor: (url) =>
      credentials !== undefined && url.origin === place.url.origin
        ? credentials
        : options.credentialsFor?.(url),
  };
  return { url: place.url, own };
}

/** Goes from a page of projects (or of a wheelhouse without links to the files) to that of the project. */
async function descend(listing: Listing, project: string, options: PageOptions, depth = 2): Promise<Listing> {
  if (depth === 0 || has(listing.links, project)) return listing;
  const folder = folderOf(listing.folders, project);
  if (folder === undefined) return listing;
  const below = await readFirst(folder, options).catch(unlessMissing);
  return below === undefined ? listing : descend(below, project, options, depth - 1);
}

function has(links: readonly Link[], project: string): boolean {
  const wanted = normalizeName(project);
  return links.some(({ filename }) => {
    const parsed = parseDistributionFilename(filename);
    return parsed.ok && normalizeName(parsed.value.project) === wanted;
  });
}

/** Reads the first of the places where the index may be that has anything to say. */
export async function readFirst(url: URL, options: PageOptions): Promise<Listing> {
  let empty: Listing | undefined;
  let failure: unknown;
  for (const place of placesOf(url)) {
    try {
      const listing = await readListing(place, options);
      if (listing.links.length > 0 || listing.folders.length > 0) return listing;
      empty ??= listing;
    } catch (thrown) {
      if (!isElsewhere(thrown)) throw thrown;
      // What is said of the URL as it was given is what the user understands.
      if (failure === undefined || place.href === url.href) failure = thrown;
    }
  }
  if (empty !== undefined) return empty;
  throw failure;
}

/** Whether the same index may still answer under another form of its URL. Stores say 403 for what is not there. */
function isElsewhere(thrown: unknown): boolean {
  if (!(thrown instanceof WheelhouseError)) return false;
  return thrown.code === 'NOT_FOUND' || thrown.code === 'FORBIDDEN';
}

export async function readIfThere(url: URL, options: PageOptions): Promise<Listing | undefined> {
  return readListing(url, options).catch(unlessMissing);
}

function unlessMissing(thrown: unknown): undefined {
  if (thrown instanceof WheelhouseError && thrown.code === 'NOT_FOUND') return undefined;
  throw thrown;
}

function emptyListing(url: URL): Listing {
  return { links: [], folders: [], url: url.href };
}
