import type { IndexedFile } from '../model/artifact.ts';
import { isPreRelease } from '../model/version.ts';
import type { FilesByProject } from './file-order.ts';
import { formatSize } from './format-size.ts';
import { installLines, type InstallOptions } from './install-lines.ts';
import { escapeHtml } from './markup.ts';

/** `12 files · 184 MB` */
export function summarizeFiles(files: readonly IndexedFile[]): string {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return summarize([count(files.length, 'file')], sizeBytes);
}

/** `3 projects · 12 files · 184 MB` */
export function summarizeProjects({ size, fileCount, sizeBytes }: FilesByProject): string {
  return summarize([count(size, 'project'), count(fileCount, 'file')], sizeBytes);
}

function summarize(counts: readonly string[], sizeBytes: number): string {
  return [...counts, formatSize(sizeBytes)].join(' · ');
}

export function count(number: number, noun: string): string {
  return `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`;
}

/** Where a page is cannot be known when it is written; the script puts it in, resolving `path`. */
export interface Address {
  readonly option: 'indexUrl' | 'flatUrl';
  readonly path: string;
  /** What stands there without the script. */
  readonly name: string;
}

/** The lines that install a project, with its page's own address. */
export function renderInstallLines(project: string, files: readonly IndexedFile[], address: Address): string {
  const pre = files.every(({ distribution }) => isPreRelease(distribution.version));
  const options: InstallOptions = { [address.option]: address.name, project, pre };
  const { pip, uv } = installLines(options);
  const name = escapeHtml(address.name);
  const lines = [...pip, ...uv].map((line) => {
    const markup = escapeHtml(line).replace(name, `<i data-path="${escapeHtml(address.path)}">${name}</i>`);
    return `<code>${markup}</code>`;
  });
  return `<pre>${lines.join('')}</pre>\n`;
}
