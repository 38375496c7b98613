import type { Inventory } from './inventory.ts';
import { emptyPages } from './pages.ts';
import type { ProjectPages } from './project-pages.ts';

export interface PagesInView {
  /** The pages of each project that has files, as they should be. */
  readonly pages: ReadonlyMap<string, ProjectPages>;
  readonly inventory: Inventory;
  /** By project, as the stored flat page has them; undefined when no flat page is kept. */
  readonly storedCertificates: ReadonlyMap<string, string> | undefined;
  /** The projects that the stored root page lists. */
  readonly storedProjects: ReadonlySet<string>;
  readonly slashKeys: boolean;
}

/** Projects whose pages may be wrong. */
interface StaleProjects {
  /** They have files, and nothing certifies their pages. */
  readonly uncertified: ReadonlySet<string>;
  /** They have pages, but no files any more. */
  readonly emptied: ReadonlySet<string>;
}

/**
 * The projects whose pages may be wrong, found without reading any of them. The flat page is written after the
 * project pages, so what it says of them certifies them: where that differs, a writer has died in between, or another
 * is at work. A page that is missing or has another size is wrong in any case.
 */
export function staleProjects(view: PagesInView): StaleProjects {
  const { pages, inventory, storedCertificates } = view;
  const uncertified = new Set<string>();
  for (const [project, ofProject] of pages) {
    const sizes =
      storedCertificates === undefined
        ? ofProject.sizes
        : ofProject.certifiedSizes(storedCertificates.get(project));
    const agree = sizes && [...sizes].every(([key, size]) => inventory.pages.get(key)?.sizeBytes === size);
    if (agree !== true) uncertified.add(project);
  }
  return { uncertified, emptied: emptiedProjects(view) };
}

/**
 * Projects that have pages but no files any more. Pages that we do not know are another tool's: they stay. Ours are
 * those that our root page lists, and the empty ones of a writer that died before it removed them.
 */
export function emptiedProjects({
  pages,
  inventory,
  storedProjects,
  slashKeys,
}: Omit<PagesInView, 'pages' | 'storedCertificates'> & {
  /** The projects that have files. */
  readonly pages: { has(project: string): boolean };
}): Set<string> {
  const emptied = new Set<string>();
  for (const { key, project, sizeBytes } of inventory.pages.values()) {
    if (project === undefined || pages.has(project) || emptied.has(project)) continue;
    const empty = emptyPages(project, slashKeys).find((page) => page.key === key);
    if (storedProjects.has(project) || empty?.content.sizeBytes === sizeBytes) emptied.add(project);
  }
  return emptied;
}
