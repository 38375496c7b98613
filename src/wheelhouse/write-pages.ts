import { WheelhouseError } from '../model/errors.ts';
import { throwIfAborted } from '../io/abort.ts';
import type { Container } from '../storage/container.ts';
import type { Inventory } from './inventory.ts';
import type { Page } from './page.ts';
import { emptyPages, projectKeys, rootPages } from './pages.ts';
import type { ProjectPages } from './project-pages.ts';
import { inParallel } from '../io/in-parallel.ts';
import { writePage, type ReadPage } from './stored-page.ts';

/** What is to be written, and the pages as they were read. */
export interface Writing {
  readonly stored: ReadonlyMap<string, ReadPage>;
  readonly inventory: Inventory;
  /** When the listing began, by the writer's clock. */
  readonly listedMs: number;
  /** The pages of each project that has files; none where the simple index is not kept. */
  readonly pages: ReadonlyMap<string, ProjectPages>;
  readonly scope: { readonly projects: ReadonlySet<string>; readonly simple: boolean };
  /** `metadata.json`. */
  readonly json: Page;
  readonly flat: Page | undefined;
}

interface Writer {
  readonly container: Container;
  readonly conditional: boolean;
  readonly done: { readonly written: Set<string>; readonly removed: Set<string> };
  readonly signal: AbortSignal | undefined;
  readonly now: () => number;
}

export interface Written {
  /**
   * Whether the pages must be looked at once more. Without conditional writes an older page may have replaced ours;
   * and a page cannot be removed on a condition, so another's new page may have gone with ours.
   */
  readonly mustVerify: boolean;
  /** How many pages there are, all of them right. */
  readonly pageCount: number;
}

const parallelWrites = 8;
/**
 * A removed object is kept for 15 minutes after its pages are right. One that no page has listed yet leaves no other
 * trace in them, so a page must not be written from a listing that is nearly as old.
 */
const maxListingAgeMs = 10 * 60_000;

/**
 * Writes `metadata.json`, the project pages, the root pages and the flat page, in this order: the flat page
 * certifies the project pages, so it may only follow them. A project without files gets an empty page first,
 * which nobody's newer page can be lost to, and loses it once no page links to it.
 */
export async function writeAll(writer: Writer, writing: Writing): Promise<Written> {
  const { stored, pages, scope, inventory } = writing;
  const { acceptsSlashKeys: slashKeys } = writer.container;
  let wrote = false;
  const put = async (page: Page): Promise<void> => {
    throwIfAborted(writer.signal);
    if (writer.now() - writing.listedMs > maxListingAgeMs)
      throw new WheelhouseError('PRECONDITION_FAILED', `the listing is too old to write ${page.key} from it`);
    const options = { conditional: writer.conditional, signal: writer.signal };
    if (await writePage(writer.container, page, stored.get(page.key) ?? { key: page.key }, options)) {
      writer.done.written.add(page.key);
      wrote = true;
    }
  };

  await put(writing.json);
  const emptied = [...scope.projects].filter((project) => !pages.has(project));
  if (scope.simple) {
    await inParallel([...scope.projects], parallelWrites, async (project) => {
      for (const page of pages.get(project)?.pages ?? emptyPages(project, slashKeys)) {
        if (pages.has(project) || stored.get(page.key)?.tag !== undefined) await put(page);
      }
    });
    for (const page of rootPages([...pages.keys()], slashKeys)) await put(page);
  }
  if (writing.flat !== undefined) await put(writing.flat);

  const removed = scope.simple
    ? emptied.flatMap((project) => projectKeys(project, slashKeys)).filter((key) => inventory.pages.has(key))
    : [];
  for (const key of removed) {
    throwIfAborted(writer.signal);
    await writer.container.delete(key, writer.signal);
    writer.done.removed.add(key);
  }
  const mustVerify = removed.length > 0 || (!writer.conditional && wrote);
  return { mustVerify, pageCount: countPages(writing, slashKeys) };
}

function countPages({ pages, scope, flat }: Writing, slashKeys: boolean): number {
  const perProject = slashKeys ? 3 : 2; // and as many for the root
  const simple = scope.simple ? (pages.size + 1) * perProject : 0;
  return 1 + simple + (flat === undefined ? 0 : 1);
}
