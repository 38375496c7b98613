import { createHash } from 'node:crypto';
import { renderFlatPage } from '../listing/render-flat.ts';
import { renderProjectJson, renderRootJson } from '../listing/render-json.ts';
import { renderProjectPage, renderRootPage } from '../listing/render-simple.ts';
import type { IndexedFile } from '../model/artifact.ts';
import { pageHeaders, type ObjectHeaders } from './headers.ts';
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

/** A derived object as it should be. */
export interface Page {
  readonly key: string;
  readonly text: string;
  readonly headers: ObjectHeaders;
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

export function projectPages(
  project: string,
  files: readonly IndexedFile[],
  slashKeys: boolean,
): readonly Page[] {
  const html = renderProjectPage(project, files);
  const json = renderProjectJson(project, files);
  return toPages(projectKeys(project, slashKeys), html, json);
}

/** What can be said of a project's pages without keeping their text. */
export interface PageFacts {
  /** Changes whenever one of the pages does. */
  readonly digest: string;
  /** By key. */
  readonly sizesBytes: ReadonlyMap<string, number>;
}

export function measurePages(pages: readonly Page[]): PageFacts {
  const hash = createHash('sha256');
  for (const { text } of pages) hash.update(text);
  const sizesBytes = new Map(pages.map(({ key, text }) => [key, Buffer.byteLength(text)]));
  return { digest: hash.digest('hex').slice(0, 32), sizesBytes };
}

export function rootPages(projects: readonly string[], slashKeys: boolean): readonly Page[] {
  return toPages(rootKeys(slashKeys), renderRootPage(projects), renderRootJson(projects));
}

/** The flat page; a digest of a project's pages certifies that they are written. */
export function flatPage(files: readonly IndexedFile[], projectDigests: ReadonlyMap<string, string>): Page {
  return { key: flatPageKey, text: renderFlatPage(files, { projectDigests }), headers: pageHeaders('html') };
}

/** Whether a page in HTML is one of ours. */
export function isOurPage(text: string): boolean {
  return text.includes('<meta name="generator" content="wheelhouse-uploader">');
}

export function metadataPage(metadata: MetadataFile): Page {
  return { key: metadataKey, text: renderMetadataFile(metadata), headers: pageHeaders('json') };
}

function toPages(keys: readonly string[], html: string, json: string): Page[] {
  return keys.map((key) =>
    key.endsWith('.json')
      ? { key, text: json, headers: pageHeaders('simpleJson') }
      : { key, text: html, headers: pageHeaders('html') },
  );
}
