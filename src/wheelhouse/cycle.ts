import { WheelhouseError } from '../model/errors.ts';
import { confirmClaims } from './claims.ts';
import { describeFiles, type Description } from './describe.ts';
import type { Files } from './files.ts';
import { readInventory, type Inventory } from './inventory.ts';
import { flatPageKey, rootJsonKey } from './layout.ts';
import type { MetadataFile } from './metadata-file.ts';
import { flatPage, metadataPage } from './pages.ts';
import { ProjectPages } from './project-pages.ts';
import { readBodies } from './read-bodies.ts';
import type { MetadataRead } from './read-metadata.ts';
import { readPages, type FlatPageRead } from './read-pages.ts';
import { RecordBodies } from './record-bodies.ts';
import { applyRetention } from './retention.ts';
import type { Run, Scope } from './run.ts';
import { staleProjects } from './stale-projects.ts';
import { writeAll } from './write-pages.ts';

export interface Converged {
  readonly kind: 'converged';
  /** Whether the pages must be looked at once more. */
  readonly mustVerify: boolean;
  /** Whether pages of other projects are not certified: their writer is still at work, or has died. */
  readonly leavesOthers: boolean;
  /** How many pages there are, all of them right. */
  readonly pageCount: number;
  readonly files: Files;
  readonly inventory: Inventory;
}

/** The cycle has found pages to write that it has not read: it must start again with them. */
export interface Widened {
  readonly kind: 'widened';
  readonly scope: Scope;
}

/**
 * One turn: reads the derived objects with their version tags, **then** lists, renders, and writes what differs, each
 * only over the version that was read. Since every tag is older than the listing that its page is rendered from, a
 * write can only succeed over a page that was rendered from an older listing. Throws `PRECONDITION_FAILED` when
 * another writer was faster.
 */
export async function runCycle(
  run: Run,
  scope: Scope,
  metadataRead?: MetadataRead,
): Promise<Converged | Widened> {
  const {
    stored,
    cache,
    flat: storedFlat,
    projects: storedProjects,
  } = await readPages(run, scope, metadataRead);
  const listedMs = run.now();
  const listed = await readInventory(run.container, run.signal);
  for (const { filename } of listed.artifacts.pruned())
    if (cache.artifacts.has(filename)) run.relisted.add(filename);
  const claims = { own: run.own, cache };
  const held = run.conditional ? listed : await confirmClaims(run.container, listed, claims, run.signal);
  const describe = await describer(run, held, cache);
  const whole = describe(held);
  const inventory = run.retention ? await applyRetention(run, run.retention, held, whole.files) : held;
  const { files, metadata } = inventory === held ? whole : describe(inventory);
  const simple = scope.simple || (run.layout !== 'none' && hasSimplePages(inventory));
  const { acceptsSlashKeys: slashKeys } = run.container;
  const pages = new Map<string, ProjectPages>();
  if (simple) {
    for (const project of files.projects)
      pages.set(project, new ProjectPages(project, () => files.ofProject(project), slashKeys));
  }
  const keepsFlat = keepsFlatPage(run.layout, storedFlat);
  const cameMeanwhile = storedFlat.page.tag === undefined && inventory.pages.has(flatPageKey);
  if (run.conditional && run.layout === 'simple' && cameMeanwhile)
    throw new WheelhouseError('PRECONDITION_FAILED', `${flatPageKey} came after it was looked for`);
  const storedCertificates = keepsFlat ? storedFlat.certificates : undefined;
  const wanted = new Set(scope.projects);
  const others = new Set<string>();
  if (simple) {
    const stale = staleProjects({ pages, inventory, storedCertificates, storedProjects, slashKeys });
    for (const project of stale.emptied) wanted.add(project);
    for (const project of stale.uncertified) {
      if (!wanted.has(project)) (scope.mendsOthers ? wanted : others).add(project);
    }
  }
  if (wanted.size > scope.projects.size || simple !== scope.simple) {
    return { kind: 'widened', scope: { ...scope, projects: wanted, simple } };
  }
  const certificates = certify(pages, wanted, storedCertificates);
  const flat = keepsFlat ? flatPage(files.byProject(), certificates) : undefined;
  const json = metadataPage(metadata, files.length);
  const result = await writeAll(run, { stored, inventory, listedMs, pages, scope, flat, json });
  const leavesOthers = others.size > 0;
  return { kind: 'converged', ...result, leavesOthers, files, inventory };
}

/** What the flat page may certify: of projects whose pages were not read, only what it has certified before. */
function certify(
  pages: ReadonlyMap<string, ProjectPages>,
  read: ReadonlySet<string>,
  storedCertificates: ReadonlyMap<string, string> | undefined,
): Map<string, string> {
  const certificates = new Map<string, string>();
  for (const [project, ofProject] of pages) {
    const certificate = read.has(project) ? ofProject.certificate : storedCertificates?.get(project);
    if (certificate !== undefined) certificates.set(project, certificate);
  }
  return certificates;
}

/** Reads the bodies that are not known yet: what they say of any part of the inventory. */
async function describer(
  run: Run,
  inventory: Inventory,
  cache: MetadataFile,
): Promise<(inventory: Inventory) => Description> {
  const { container, conditional, signal } = run;
  const known = conditional ? run.bodies : uncachedBodies(run, cache);
  const onVanished = (key: string): void => {
    // An eventual listing may show what is long gone.
    if (conditional)
      throw new WheelhouseError('PRECONDITION_FAILED', `${key} was removed after it was listed`);
  };
  const bodies = await readBodies(container, inventory, cache, { known, onVanished, signal });
  return (part) => describeFiles(part, cache, bodies);
}

/**
 * Where nothing prevents it, two uploads of the same bytes may both have written the record: what `metadata.json` says
 * of it holds then, or each would put the other right for ever.
 */
function uncachedBodies({ own }: Run, cache: MetadataFile): RecordBodies {
  const uncached = new RecordBodies();
  for (const [filename, artifact] of own) {
    const known = cache.artifacts.get(filename);
    const isOf = known?.sha256 === artifact.sha256 && known.sizeBytes === artifact.sizeBytes;
    if (!isOf || known.body.uploaded === undefined) uncached.add(filename, artifact, artifact.body);
  }
  return uncached;
}

/** With the layout `simple`, a flat page that is ours stays right; another's `index.html` is left alone. */
function keepsFlatPage(layout: Run['layout'], { isOurs }: FlatPageRead): boolean {
  if (layout === 'none') return false;
  return layout !== 'simple' || isOurs;
}

/** Pages of the simple index that are there are kept right, whatever the layout: a stale one would mislead. */
function hasSimplePages({ pages }: Inventory): boolean {
  return pages.has(rootJsonKey);
}
