import { sleep as pause } from '../io/retry.ts';
import { compareText } from '../model/compare-text.ts';
import type { Disagreement, FlowOptions } from '../model/events.ts';
import { throwIfAborted } from '../io/abort.ts';
import type { Container } from '../storage/container.ts';
import { auditInventory } from './audit-plan.ts';
import { auditBytes } from './audit-bytes.ts';
import { auditText, auditType, strayPage } from './audit-page.ts';
import { rootJsonKey, rootPageKey, type Layout } from './layout.ts';
import { describeContainer, type ContainerDescription } from './list-artifacts.ts';
import type { Page } from './page.ts';
import { flatPage, metadataPage, rootPages } from './pages.ts';
import { ProjectPages } from './project-pages.ts';
import { inParallel } from '../io/in-parallel.ts';
import { readFlatPage, readProjects } from './read-pages.ts';
import { emptiedProjects } from './stale-projects.ts';
import { readPage, readText, type ReadPage } from './stored-page.ts';

export interface AuditOptions extends FlowOptions {
  /** Which pages must be there; default `all`. Others that are there must be right too. */
  readonly layout?: Layout | undefined;
  /** Read every artifact, not only those that seem to have changed since their record was written. */
  readonly read?: boolean | undefined;
  /** Replaces the clock's waiting in tests. */
  readonly sleep?: ((delayMs: number, signal?: AbortSignal) => Promise<void>) | undefined;
}

export interface Audit {
  /** In the order of their keys. */
  readonly disagreements: readonly Disagreement[];
  /** Pages whose bytes are right, but not their content type. */
  readonly mistyped: readonly (Page & { readonly tag?: string })[];
  readonly description: ContainerDescription;
}

const parallelReads = 8;
/** Between two looks: longer than an upload takes from an artifact to its record, or from one page to the next. */
const lookAgainMs = 2000;

/**
 * Compares everything that a container holds with everything else, and changes nothing. What another run is writing
 * meanwhile is not told: only what is still wrong, and unchanged, at a second look.
 */
export async function audit(container: Container, options: AuditOptions = {}): Promise<Audit> {
  const { signal, sleep = pause } = options;
  let look = await lookAt(container, options);
  if (look.found.size > 0) {
    await sleep(lookAgainMs, signal);
    const again = await lookAt(container, options);
    look = { ...again, found: new Map([...again.found].filter(([name]) => look.found.has(name))) };
  }
  const bytes = await auditBytes(container, look.description.inventory, options);
  const disagreements = [...look.found.values(), ...bytes].sort(
    (a, b) => compareText(a.key, b.key) || compareText(a.code, b.code) || compareText(a.message, b.message),
  );
  return { disagreements, mistyped: look.mistyped, description: look.description };
}

interface Look {
  /** By a name that changes when another run writes the object. */
  readonly found: ReadonlyMap<string, Disagreement>;
  readonly mistyped: Audit['mistyped'];
  readonly description: ContainerDescription;
}

async function lookAt(container: Container, { layout = 'all', signal }: AuditOptions): Promise<Look> {
  const description = await describeContainer(container, signal);
  const found = new Map<string, Disagreement>();
  const mistyped: Audit['mistyped'][number][] = [];
  const tell = (disagreement: Disagreement, tag = ''): void => {
    found.set(
      JSON.stringify([disagreement.code, disagreement.key, disagreement.filename, tag]),
      disagreement,
    );
  };
  const { files, inventory } = description;
  const metadata = { stored: description.stored, wanted: description.metadata };
  for (const disagreement of auditInventory(inventory, files, metadata)) tell(disagreement);

  const check = async (page: Page, read?: ReadPage): Promise<void> => {
    throwIfAborted(signal);
    const { key, content } = page;
    const stored = read ?? (await readPage(container, key, { signal }));
    const isRight = stored.sha256 === content.sha256;
    const there = !isRight && stored.tag !== undefined;
    const text = there ? await readText(container, key, signal) : undefined;
    for (const disagreement of isRight ? auditType(page, stored) : auditText(page, text, files)) {
      tell(disagreement, stored.tag);
      if (disagreement.code === 'wrong-content-type')
        mistyped.push({ ...page, ...(stored.tag !== undefined && { tag: stored.tag }) });
    }
  };
  await check(metadataPage(description.metadata, files.length), description.metadataPage);
  const expected = new Set<string>();
  const certificates = new Map<string, string>();
  const { projects } = files;
  const there = inventory.pages;
  const slashKeys = container.acceptsSlashKeys && mayKeepSlashPages([...there.keys()]);
  const simple = layout !== 'flat' || there.has(rootJsonKey);
  if (simple) {
    await inParallel(projects, parallelReads, async (project) => {
      const { pages, certificate } = new ProjectPages(project, () => files.ofProject(project), slashKeys);
      certificates.set(project, certificate);
      for (const page of pages) expected.add(page.key);
      for (const page of pages) await check(page);
    });
    for (const page of rootPages(projects, slashKeys)) await check(page);
  }
  const { page: flat, isOurs } = await readFlatPage(container, signal);
  if (layout !== 'simple' || isOurs) await check(flatPage(files.byProject(), certificates), flat);
  const stray = [...there.values()].filter(({ key, project }) => project !== undefined && !expected.has(key));
  if (simple && stray.length > 0) {
    const storedProjects = readProjects((await readText(container, rootJsonKey, signal)) ?? '');
    const emptied = emptiedProjects({ pages: new Set(projects), inventory, storedProjects, slashKeys });
    for (const { key, project = '', tag } of stray) tell(strayPage(key, emptied.has(project)), tag);
  }
  return { found, mistyped, description };
}

/** A check writes nothing, not even a probe: what is there tells whether this store has pages under such keys. */
function mayKeepSlashPages(keys: readonly string[]): boolean {
  return !keys.includes(rootPageKey) || keys.some((key) => key.endsWith('/'));
}
