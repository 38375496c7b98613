import { readCertificates } from '../listing/render-flat.ts';
import type { Container } from '../storage/container.ts';
import type { Run, Scope } from './run.ts';
import { flatPageKey, metadataKey, rootJsonKey } from './layout.ts';
import { emptyMetadataFile, type MetadataFile } from './metadata-file.ts';
import { isOurPage, projectKeys, rootKeys } from './pages.ts';
import { isJsonObject, parseJsonObject } from './record.ts';
import { inParallel } from '../io/in-parallel.ts';
import { noMetadata, readMetadata, type MetadataRead } from './read-metadata.ts';
import { readPage, readStoredPage, withoutBytes, type ReadPage, type StoredPage } from './stored-page.ts';
import { WholeTags } from './whole-tags.ts';

/** The derived objects that a cycle may write, as it has read them, and what it needs of their content. */
export interface PagesRead {
  /** By key. */
  readonly stored: ReadonlyMap<string, ReadPage>;
  /** The content of `metadata.json`. */
  readonly cache: MetadataFile;
  readonly flat: FlatPageRead;
  /** The projects that the root page lists. */
  readonly projects: ReadonlySet<string>;
}

/** What matters of a flat page: it is the largest object of a container's index, and never held. */
export interface FlatPageRead {
  readonly page: ReadPage;
  readonly isOurs: boolean;
  /** By project: what it certifies of the project's pages. */
  readonly certificates: ReadonlyMap<string, string>;
}

const parallelReads = 16;
const noFlatPage: FlatPageRead = { page: { key: flatPageKey }, isOurs: false, certificates: new Map() };

/** Reads what is in scope; `metadata.json` is taken as it was read before, if it was. */
export async function readPages(
  run: Run,
  scope: Scope,
  metadataRead: MetadataRead | undefined,
): Promise<PagesRead> {
  const { container, layout, signal } = run;
  let metadata = metadataRead ?? noMetadata;
  let flat = noFlatPage;
  let root: StoredPage = { key: rootJsonKey };
  const read = async (key: string): Promise<ReadPage> => {
    if (key === metadataKey) return (metadata = await readMetadata(container, signal)).page;
    if (key === flatPageKey) return (flat = await readFlatPage(container, signal)).page;
    if (key === rootJsonKey) return withoutBytes((root = await readStoredPage(container, key, signal)));
    return readPage(container, key, { signal });
  };
  const slashKeys = container.acceptsSlashKeys;
  const keys = [
    ...(metadataRead === undefined ? [metadataKey] : []),
    ...(layout === 'none' ? [] : [flatPageKey]),
    ...(scope.simple ? rootKeys(slashKeys) : []),
    ...(scope.simple ? [...scope.projects].flatMap((project) => projectKeys(project, slashKeys)) : []),
  ];
  const pages = await inParallel(keys, parallelReads, read);
  if (metadataRead !== undefined) pages.push(metadataRead.page);
  return {
    stored: new Map(pages.map((page) => [page.key, page])),
    cache: cacheOf(run, metadata),
    flat,
    projects: readProjects(root.bytes?.toString('utf8') ?? ''),
  };
}

export async function readFlatPage(
  container: Container,
  signal: AbortSignal | undefined,
): Promise<FlatPageRead> {
  let isOurs = false;
  let certificates = new Map<string, string>();
  const look = (markup: string): void => {
    isOurs ||= isOurPage(markup);
    for (const [project, certificate] of readCertificates(markup))
      certificates.set(detach(project), detach(certificate));
  };
  let tags = new WholeTags(look);
  const begin = (): void => {
    isOurs = false;
    certificates = new Map();
    tags = new WholeTags(look);
  };
  const page = await readPage(container, flatPageKey, { begin, take: (chunk) => tags.push(chunk), signal });
  tags.end();
  return { page, isOurs, certificates };
}

/** The same characters on their own: a string that was cut out of another keeps the whole of it alive. */
function detach(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8');
}

/** The record cache. One that is no JSON, such as a half-written one, is told and rebuilt from the records. */
function cacheOf(run: Run, { file }: MetadataRead): MetadataFile {
  if (file !== undefined) return file;
  run.warn(
    `${run.container.url}: ${metadataKey} is not readable as JSON; it is written anew from the records`,
    'files that have no record are listed without a digest until `wheelhouse index` has read them',
  );
  return emptyMetadataFile;
}

/** The projects of a root page in JSON. */
export function readProjects(rootJson: string): Set<string> {
  const projects = parseJsonObject(rootJson)?.['projects'];
  const names = (Array.isArray(projects) ? (projects as unknown[]) : []).map((project) =>
    isJsonObject(project) && typeof project['name'] === 'string' ? project['name'] : '',
  );
  return new Set(names);
}
