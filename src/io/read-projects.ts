import pLimit from 'p-limit';
import { projectsOf } from '../listing/select.ts';
import type { Link } from '../model/artifact.ts';
import { isAbort, toWheelhouseError, type WheelhouseError } from '../model/errors.ts';
import { isProjectName, normalizeName } from '../model/name.ts';
import { folderOf, nameOf, projectPlace } from './index-place.ts';
import { placeIndex, readFirst, readIfThere, type ReadIndexOptions } from './read-index.ts';
import type { Listing, PageOptions } from './read-page.ts';

export interface ReadProjectsOptions extends Omit<ReadIndexOptions, 'project'> {
  /** Only these. Default: all that the index leads to. */
  readonly projects?: readonly string[] | undefined;
  /** Pages on their way at the same time. Default: 4. */
  readonly maxWorkers?: number | undefined;
}

/** What an index lists of several projects, as far as it could be read. */
export interface ProjectsRead {
  /** All links of the pages that were read, of other projects too. */
  readonly links: readonly Link[];
  /** Normalized names of the projects that these are of. */
  readonly projects: ReadonlySet<string>;
  /** Normalized names of projects that were asked for, or that the index leads to, and that have no file there. */
  readonly silent: ReadonlySet<string>;
  /** Pages that could not be read, by the normalized name of their project. */
  readonly failures: ReadonlyMap<string, WheelhouseError>;
}

/** A root page leads to projects, and a wheelhouse without a flat page to its root page. */
const deepest = 2;

/**
 * Reads an index with many projects: a flat page at once, from a page without distributions on to the pages of the
 * projects that it links to, each page once. A project's page that cannot be read is a failure beside the others;
 * throws when the index itself cannot be read, or nothing of it.
 */
export async function readProjects(index: string, options: ReadProjectsOptions): Promise<ProjectsRead> {
  const { url, own } = placeIndex(index, options);
  const wanted = options.projects?.map(normalizeName);
  const reader = new Reader(own, options.maxWorkers ?? 4);
  const [first] = wanted ?? [];
  if (wanted !== undefined && first !== undefined && projectPlace(url, first) !== undefined) {
    await Promise.all([...new Set(wanted)].map((project) => reader.readDirect(url, project)));
  } else {
    const root = await readFirst(url, own);
    await reader.take(root, wanted, deepest);
  }
  return reader.result(wanted ?? []);
}

class Reader {
  readonly #links: Link[] = [];
  readonly #projects = new Set<string>();
  readonly #silent = new Set<string>();
  readonly #failures = new Map<string, WheelhouseError>();
  readonly #options: PageOptions;
  readonly #limit: ReturnType<typeof pLimit>;
  #pages = 0;

  constructor(options: PageOptions, maxWorkers: number) {
    this.#options = options;
    this.#limit = pLimit(maxWorkers);
  }

  /** The page of a project where the URL of the index says where it is; one that is not there is silent. */
  async readDirect(root: URL, project: string): Promise<void> {
    const place = projectPlace(root, project);
    if (place === undefined) return;
    const listing = await this.#attempt([project], () => readIfThere(place, this.#options));
    if (listing !== undefined) this.#keep(listing);
  }

  /** Takes what a page lists, and reads on where it lists nothing of what is wanted. */
  async take(listing: Listing, wanted: readonly string[] | undefined, depth: number): Promise<void> {
    const there = this.#keep(listing);
    const folders =
      wanted === undefined ? (there.size > 0 ? [] : below(listing)) : leadingTo(listing, wanted, there);
    if (depth === 0) return;
    await Promise.all(
      folders.map(async ({ url, projects }) => {
        const named = projects ?? [nameOf(url.href)];
        const page = await this.#attempt(named, () => readFirst(url, this.#options));
        if (page === undefined) return;
        if (page.links.length === 0 && page.folders.length === 0)
          for (const project of named) this.#silent.add(project);
        await this.take(page, projects, depth - 1);
      }),
    );
  }

  result(wanted: readonly string[]): ProjectsRead {
    const [failure] = this.#failures.values();
    if (failure !== undefined && this.#pages === 0) throw failure;
    const missing = wanted.filter((project) => !this.#projects.has(project) && !this.#failures.has(project));
    return {
      links: this.#links,
      projects: this.#projects,
      silent: new Set([...this.#silent, ...missing]),
      failures: this.#failures,
    };
  }

  /** Answers which projects it is of. */
  #keep(listing: Listing): Set<string> {
    const projects = projectsOf(listing.links);
    if (projects.size > 0) this.#pages += 1;
    for (const project of projects) this.#projects.add(project);
    for (const link of listing.links) this.#links.push(link);
    return projects;
  }

  /** An index that asks for credentials asks for all of its pages. */
  async #attempt<T>(projects: readonly string[], read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#limit(read);
    } catch (thrown) {
      const error = toWheelhouseError(thrown, 'NETWORK', 'a page cannot be read');
      if (isAbort(error) || error.code === 'UNAUTHORIZED') throw error;
      for (const project of projects) this.#failures.set(project, error);
      return undefined;
    }
  }
}

interface FolderOnTheWay {
  readonly url: URL;
  /** What is looked for there; undefined: all that there is. */
  readonly projects: readonly string[] | undefined;
}

/** The folders of a root page: those below it whose name can be a project's. */
function below({ url, folders }: Listing): FolderOnTheWay[] {
  const page = new URL(url);
  const base = page.pathname.replace(/[^/]*$/, '');
  return folders.flatMap((href): FolderOnTheWay[] => {
    const folder = new URL(href);
    const isBelow = folder.origin === page.origin && folder.pathname.startsWith(base);
    return isBelow && isProjectName(nameOf(href)) ? [{ url: folder, projects: undefined }] : [];
  });
}

/** The folders in which the projects that a page does not list may be, each once. */
function leadingTo(
  { folders }: Listing,
  wanted: readonly string[],
  there: ReadonlySet<string>,
): FolderOnTheWay[] {
  const byUrl = new Map<string, string[]>();
  for (const project of new Set(wanted)) {
    const folder = there.has(project) ? undefined : folderOf(folders, project);
    if (folder === undefined) continue;
    byUrl.set(folder.href, [...(byUrl.get(folder.href) ?? []), project]);
  }
  return [...byUrl].map(([url, projects]) => ({ url: new URL(url), projects }));
}
