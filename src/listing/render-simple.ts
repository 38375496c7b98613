import type { IndexedFile } from '../model/artifact.ts';
import { renderFileTable } from './file-table.ts';
import { escapeHtml } from './markup.ts';
import { renderFrame } from './page-frame.ts';
import { count, renderInstallLines, summarizeFiles } from './project-summary.ts';

/** A project's page of the simple index (PEP 503), to be served at `simple/<project>/`. `project` is normalized. */
export function renderProjectPage(project: string, files: readonly IndexedFile[]): string {
  const install = renderInstallLines(project, files, {
    option: 'indexUrl',
    path: '../',
    name: 'ADDRESS-OF-THE-INDEX',
  });
  return renderFrame({
    title: project,
    summary: summarizeFiles(files),
    searched: 'files',
    content: files.length === 0 ? '' : install + renderFileTable(files, '../../'),
    parent: { path: '../', name: 'All projects' },
  });
}

/** The root of the simple index, to be served at `simple/`. `projects` are normalized. */
export function renderRootPage(projects: readonly string[]): string {
  const sorted = [...new Set(projects)].sort();
  const items = sorted.map(
    (project) => `<li><a href="${encodeURIComponent(project)}/">${escapeHtml(project)}</a></li>\n`,
  );
  return renderFrame({
    title: 'Simple index',
    summary: count(sorted.length, 'project'),
    searched: 'projects',
    content: items.length === 0 ? '' : `<ul>\n${items.join('')}</ul>\n`,
  });
}
