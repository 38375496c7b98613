import type { IndexedFile } from '../../model/artifact.ts';
import { normalizeName } from '../../model/name.ts';
import type { MirrorFilter } from './options.ts';
import { selectWithin } from './select.ts';
import type { SourcesRead } from './sources.ts';

/** Files that the sources no longer list and that stay nevertheless. */
interface HeldBack {
  readonly project: string;
  readonly count: number;
  readonly reason: string;
  /** Whether `--force` removes them: where a source has shrunk, not where it could not be read. */
  readonly forcible: boolean;
}

export interface PlannedRemovals {
  readonly removals: readonly IndexedFile[];
  readonly heldBack: readonly HeldBack[];
}

/**
 * The files of a container that no source lists any more, of the projects and within the filter that the mirror is
 * about. What `latest` leaves out is still listed, and stays. What a source says counts only if all of it could be
 * read; and a page that has become empty is taken for a fault, not for a wish.
 */
export function planRemovals(
  files: Iterable<IndexedFile>,
  read: SourcesRead,
  filter: MirrorFilter,
  force: boolean,
): PlannedRemovals {
  const listed = new Set(read.sources.flatMap(({ links }) => links.map(({ filename }) => keyOf(filename))));
  const unlisted = new Map<string, IndexedFile>();
  for (const file of files) if (!listed.has(keyOf(file.filename))) unlisted.set(file.filename, file);
  const asLinks = [...unlisted.keys()].map((filename) => ({ url: '', filename, hashes: {} }));
  const byProject = new Map<string, IndexedFile[]>();
  for (const { filename, distribution } of selectWithin(asLinks, filter)) {
    const file = unlisted.get(filename);
    if (file === undefined) continue;
    const project = normalizeName(distribution.project);
    byProject.set(project, [...(byProject.get(project) ?? []), file]);
  }
  const removals: IndexedFile[] = [];
  const heldBack: HeldBack[] = [];
  for (const [project, gone] of byProject) {
    const unread = whyUnread(project, read);
    const shrunk = force ? undefined : whyShrunk(project, read);
    const reason = unread ?? shrunk;
    if (reason === undefined) removals.push(...gone);
    else heldBack.push({ project, count: gone.length, reason, forcible: unread === undefined });
  }
  return { removals, heldBack };
}

function whyUnread(project: string, { sources, unread }: SourcesRead): string | undefined {
  const [missing] = unread;
  if (missing !== undefined) return `${missing.index} could not be read`;
  for (const { index, failures, projects } of sources) {
    if (failures.has(project)) return `its page in ${index} could not be read`;
    // A page on the way to others may be the one that failed.
    if (failures.size > 0 && !projects.has(project)) return `not all of ${index} could be read`;
  }
  return sources.length === 0 ? 'no index was read' : undefined;
}

function whyShrunk(project: string, { sources }: SourcesRead): string | undefined {
  for (const { index, silent, projects } of sources) {
    if (projects.size === 0) return `${index} lists nothing at all`;
    if (silent.has(project)) return `${index} lists no file of it`;
  }
  return sources.some(({ projects }) => projects.has(project)) ? undefined : 'no index lists it any more';
}

/** As {@link mergeLinks} tells names apart. */
function keyOf(filename: string): string {
  return filename.normalize('NFC').toLowerCase();
}
