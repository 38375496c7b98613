import type { IndexedFile } from '../model/artifact.ts';
import type { FilesByProject } from './file-order.ts';
import { renderFileTable } from './file-table.ts';
import { attribute, escapeHtml, unescapeHtml } from './markup.ts';
import { renderFrame } from './page-frame.ts';
import { renderInstallLines, summarizeFiles, summarizeProjects } from './project-summary.ts';

/**
 * The page at a wheelhouse's root, which links to every file: for `--find-links`, for the Python wheelhouse-uploader,
 * and for people. Pages are written project pages first and this one last; so what it says of a
 * project's pages certifies that they were written, and whoever reads this page alone knows which ones are up to date.
 * `certificates`: by normalized project what its own pages are made of, as {@link readCertificates} gives it back.
 */
export function renderFlatPage(
  projects: FilesByProject,
  certificates: ReadonlyMap<string, string> = new Map(),
): Iterable<string> {
  return renderFrame({
    title: 'Wheelhouse',
    summary: summarizeProjects(projects),
    searched: projects.size === 0 ? undefined : 'files',
    content: renderProjects(projects, certificates),
  });
}

function* renderProjects(
  projects: FilesByProject,
  certificates: ReadonlyMap<string, string>,
): Generator<string> {
  for (const [project, files] of projects) yield* renderProject(project, files, certificates.get(project));
}

function* renderProject(
  project: string,
  files: readonly IndexedFile[],
  certificate: string | undefined,
): Generator<string> {
  const install = renderInstallLines(project, files, {
    option: 'flatUrl',
    path: '',
    name: 'ADDRESS-OF-THIS-PAGE',
  });
  yield `<section id="${escapeHtml(project)}"${attribute('data-page', certificate)}>
<h2>${escapeHtml(project)}</h2>
<p class="soft">${summarizeFiles(files)}</p>
${install}`;
  yield* renderFileTable(files, '');
  yield '</section>\n';
}

/** The certificates that a flat page carries, by normalized project; an empty map for a page that another tool wrote. */
export function readCertificates(flatPage: string): Map<string, string> {
  const certificates = new Map<string, string>();
  for (const [, project = '', certificate = ''] of flatPage.matchAll(
    /<section id="([^"<>]+)" data-page="([^"<>]+)">/g,
  )) {
    certificates.set(unescapeHtml(project), unescapeHtml(certificate));
  }
  return certificates;
}
