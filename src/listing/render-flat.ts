import type { IndexedFile } from '../model/artifact.ts';
import { byProject } from './file-order.ts';
import { renderFileTable } from './file-table.ts';
import { attribute, escapeHtml, unescapeHtml } from './markup.ts';
import { renderFrame } from './page-frame.ts';
import { count, renderInstallLines, summarizeFiles } from './project-summary.ts';

export interface FlatPageOptions {
  /** By normalized project: a digest of the project's own page, as {@link readProjectDigests} gives it back. */
  readonly projectDigests?: ReadonlyMap<string, string>;
}

/**
 * The page at a wheelhouse's root, which links to every file: for `--find-links`, for the Python wheelhouse-uploader,
 * and for people. Pages are written project pages first and this one last; so a digest on it certifies that the
 * project's page with that digest was written, and whoever reads this page alone knows which ones are up to date.
 */
export function renderFlatPage(
  files: readonly IndexedFile[],
  options: FlatPageOptions = {},
): Iterable<string> {
  const projects = byProject(files);
  return renderFrame({
    title: 'Wheelhouse',
    summary: summarizeFiles(files, count(projects.size, 'project')),
    searched: files.length === 0 ? undefined : 'files',
    content: renderProjects(projects, options),
  });
}

function* renderProjects(
  projects: ReadonlyMap<string, readonly IndexedFile[]>,
  { projectDigests }: FlatPageOptions,
): Generator<string> {
  for (const [project, files] of projects) yield* renderProject(project, files, projectDigests?.get(project));
}

function* renderProject(
  project: string,
  files: readonly IndexedFile[],
  digest: string | undefined,
): Generator<string> {
  const install = renderInstallLines(project, files, {
    option: 'flatUrl',
    path: '',
    name: 'ADDRESS-OF-THIS-PAGE',
  });
  yield `<section id="${escapeHtml(project)}"${attribute('data-page', digest)}>
<h2>${escapeHtml(project)}</h2>
<p class="soft">${summarizeFiles(files)}</p>
${install}`;
  yield* renderFileTable(files, '');
  yield '</section>\n';
}

/** The digests that a flat page carries, by normalized project; an empty map for a page that another tool wrote. */
export function readProjectDigests(flatPage: string): Map<string, string> {
  const digests = new Map<string, string>();
  for (const [, project = '', digest = ''] of flatPage.matchAll(
    /<section id="([^"<>]+)" data-page="([^"<>]+)">/g,
  )) {
    digests.set(unescapeHtml(project), unescapeHtml(digest));
  }
  return digests;
}
