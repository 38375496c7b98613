import type { FilesByProject } from '../listing/file-order.ts';
import { renderFlatPage } from '../listing/render-flat.ts';
import { renderProjectJson, renderRootJson } from '../listing/render-json.ts';
import { renderProjectPage, renderRootPage } from '../listing/render-simple.ts';
import type { IndexedFile } from '../model/artifact.ts';
import { pageHeaders } from './headers.ts';
import {
  flatPageKey,
  metadataKey,
  projectJsonKey,
  projectPageKey,
  projectSlashKey,
  rootJsonKey,
  rootPageKey,
  rootSlashKey,
} from './layout.ts';
import { renderMetadataFile, type MetadataFile } from './metadata-file.ts';
import { mostUnpacked } from './packed.ts';
import { measureContent, type Page, type PageContent } from './page.ts';

const mostBytesHeld = 8 * 1024 * 1024;

/** The two pages that list every file are held rather than rendered twice, as long as they are not too long. */
function heldBytes(lineCount: number): number {
  return lineCount > mostUnpacked ? 0 : mostBytesHeld;
}

/** The keys of a project's pages, the pages in HTML first. */
export function projectKeys(project: string, slashKeys: boolean): string[] {
  const slash = slashKeys ? [projectSlashKey(project)] : [];
  return [projectPageKey(project), ...slash, projectJsonKey(project)];
}

/** The keys of the root pages, which list the projects. */
export function rootKeys(slashKeys: boolean): string[] {
  return [rootPageKey, ...(slashKeys ? [rootSlashKey] : []), rootJsonKey];
}

/** The pages of a project; `files` is asked for its files whenever a page is rendered. */
export function projectPages(
  project: string,
  files: () => readonly IndexedFile[],
  slashKeys: boolean,
): readonly Page[] {
  const html = measureContent(() => renderProjectPage(project, files()));
  const json = measureContent(() => renderProjectJson(project, files()));
  return toPages(projectKeys(project, slashKeys), html, json);
}

/** The pages of a project that has lost its files. */
export function emptyPages(project: string, slashKeys: boolean): readonly Page[] {
  return projectPages(project, () => [], slashKeys);
}

export function rootPages(projects: readonly string[], slashKeys: boolean): readonly Page[] {
  const html = measureContent(() => renderRootPage(projects));
  const json = measureContent(() => renderRootJson(projects));
  return toPages(rootKeys(slashKeys), html, json);
}

/** The flat page. Its certificates, by project, say which pages of projects are written. */
export function flatPage(projects: FilesByProject, certificates: ReadonlyMap<string, string>): Page {
  const render = () => renderFlatPage(projects, certificates);
  const content = measureContent(render, { heldBytes: heldBytes(projects.fileCount) });
  return { key: flatPageKey, headers: pageHeaders('html'), content };
}

/** Whether a page in HTML, or a part of it, is one of ours. */
export function isOurPage(text: string): boolean {
  return text.includes('<meta name="generator" content="wheelhouse-uploader">');
}

export function metadataPage(metadata: MetadataFile, lineCount: number): Page {
  const content = measureContent(() => renderMetadataFile(metadata), { heldBytes: heldBytes(lineCount) });
  return { key: metadataKey, headers: pageHeaders('json'), content };
}

function toPages(keys: readonly string[], html: PageContent, json: PageContent): Page[] {
  return keys.map((key) =>
    key.endsWith('.json')
      ? { key, headers: pageHeaders('simpleJson'), content: json }
      : { key, headers: pageHeaders('html'), content: html },
  );
}
