import type { IndexedFile } from '../model/artifact.ts';
import { renderFileTable } from './file-table.ts';
import { escapeHtml } from './markup.ts';
import { renderFrame } from './page-frame.ts';
import { count, renderInstallLines, summarizeFiles } from './project-summary.ts';

/** A project's page of the simple index (PEP 503), to be served at `simple/<project>/`. `project` is normalized. */
export function renderProjectPage(project: string, files: readonly IndexedFile[]): Iterable<string> {
  const install = renderInstallLines(project, files, {
    option: 'indexUrl',
    path: '../',
    name: 'ADDRESS-OF-THE-INDEX',
  });
  return renderFrame({
    title: project,
    summary: summarizeFiles(files),
    searched: files.length === 0 ? undefined : 'files',
    content: files.length === 0 ? [] : withTable(install, files),
    parent: { path: '../', name: 'All projects' },
  });
}

function* withTable(install: string, files: readonly IndexedFile[]): Generator<string> {
  yield install;
  yield* renderFileTable(files, '../../');
}

/** The root of the simple index, to be served at `simple/`. `projects` are normalized. */
export function renderRootPage(projects: readonly string[]): Iterable<string> {
  const sorted = [...new Set(projects)].sort();
  return renderFrame({
    title: 'Simple index',
    summary: count(sorted.length, 'project'),
    searched: sorted.length === 0 ? undefined : 'projects',
    content: sorted.length === 0 ? [] : renderProjects(sorted),
  });
}

function* renderProjects(projects: readonly string[]): Generator<string> {
  yield '<ul>\n';
  for (const project of projects)
    yield `<li><a href="${encodeURIComponent(project)}/">${escapeHtml(project)}</a></li>\n`;
  yield '</ul>\n';
}
