import type { Inventory } from './inventory.ts';
import { measurePages, projectPages, type PageFacts } from './pages.ts';

export interface PagesInView {
  /** The pages of each project that has files, as they should be. */
  readonly facts: ReadonlyMap<string, PageFacts>;
  readonly inventory: Inventory;
  /** By project, as the stored flat page has them; undefined when no flat page is kept. */
  readonly storedDigests: ReadonlyMap<string, string> | undefined;
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
 * project pages, so a digest in it certifies them: where it differs, a writer has died in between, or another is at
 * work. A page that is missing or has another size is wrong in any case.
 */
export function staleProjects(view: PagesInView): StaleProjects {
  const { facts, inventory, storedDigests } = view;
  const uncertified = new Set<string>();
  for (const [project, { digest, sizesBytes }] of facts) {
    const certified = storedDigests === undefined || storedDigests.get(project) === digest;
    const sizesAgree = [...sizesBytes].every(([key, size]) => inventory.pages.get(key)?.sizeBytes === size);
    if (!certified || !sizesAgree) uncertified.add(project);
  }
  return { uncertified, emptied: emptiedProjects(view) };
}

/**
 * Projects that have pages but no files any more. Pages that we do not know are another tool's: they stay. Ours are
 * those that our root page lists, and the empty ones of a writer that died before it removed them.
 */
function emptiedProjects({ facts, inventory, storedProjects, slashKeys }: PagesInView): Set<string> {
  const emptied = new Set<string>();
  for (const { key, project, sizeBytes } of inventory.pages.values()) {
    if (project === undefined || facts.has(project) || emptied.has(project)) continue;
    const empty = measurePages(projectPages(project, [], slashKeys));
    if (storedProjects.has(project) || empty.sizesBytes.get(key) === sizeBytes) emptied.add(project);
  }
  return emptied;
}
