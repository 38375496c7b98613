import type { IndexedFile } from '../model/artifact.ts';
import { byVersion, type VersionFiles } from './file-order.ts';
import { formatSize } from './format-size.ts';
import { attribute, escapeHtml } from './markup.ts';
import { tagsInWords } from './tags-in-words.ts';

/** The files of one project as a table, newest version first; links begin with `root`, such as `../../`. */
export function* renderFileTable(files: readonly IndexedFile[], root: string): Generator<string> {
  yield `<table>
<thead><tr><th scope="col">File</th><th scope="col">Python</th><th scope="col">Size</th><th scope="col">Uploaded</th><th scope="col">SHA-256</th></tr></thead>
`;
  for (const group of byVersion(files)) yield renderVersion(group, root);
  yield '</table>\n';
}

function renderVersion({ version, files }: VersionFiles, root: string): string {
  const rows = files.map((file) => renderRow(file, root));
  return `<tbody><tr><th colspan="5" scope="rowgroup">${escapeHtml(version)}</th></tr>
${rows.join('')}</tbody>
`;
}

/**
 * One file. `href` comes first, lower-case and in double quotes: the Python wheelhouse-uploader finds its links with
 * the regular expression `\bhref="([^"]+)"`.
 */
function renderRow(file: IndexedFile, root: string): string {
  const { filename, distribution, sizeBytes, sha256, requiresPython = '', uploaded, yanked } = file;
  const date = uploaded?.slice(0, 10);
  const row = yanked === undefined ? '<tr>' : '<tr class="yanked">';
  return `${row}<td><a href="${hrefOf(file, root)}"${attributesOf(file)}>${escapeHtml(filename)}</a><small>${escapeHtml(tagsInWords(distribution))}</small>${renderYank(yanked)}</td><td>${escapeHtml(requiresPython).replaceAll(',', ',<wbr>')}</td><td>${formatSize(sizeBytes)}</td><td>${date === undefined ? '' : `<time${attribute('datetime', uploaded)}>${escapeHtml(date)}</time>`}</td><td>${sha256 === undefined ? '' : `<button title="${escapeHtml(sha256)}">${escapeHtml(sha256.slice(0, 12))}</button>`}</td></tr>
`;
}

/** Every segment through `encodeURIComponent`, so that `+` is `%2B`: a CDN may take a bare one for a blank. */
function hrefOf({ filename, sha256 }: IndexedFile, root: string): string {
  const path = root + encodeURIComponent(filename).replaceAll("'", '%27');
  return escapeHtml(sha256 === undefined ? path : `${path}#sha256=${sha256}`);
}

/** What installers read: PEP 503 (requires-python), 592 (yanked), 658 and 714 (metadata, under both names). */
function attributesOf({ requiresPython, metadataSha256, yanked }: IndexedFile): string {
  const metadata = metadataSha256 === undefined ? undefined : `sha256=${metadataSha256}`;
  return [
    attribute('data-requires-python', requiresPython),
    attribute('data-core-metadata', metadata),
    attribute('data-dist-info-metadata', metadata),
    attribute('data-yanked', yanked === true ? '' : yanked), // with a value always: pip overlooks a bare one
  ].join('');
}

function renderYank(yanked: true | string | undefined): string {
  if (yanked === undefined) return '';
  return `<mark>yanked${yanked === true || yanked === '' ? '' : `: ${escapeHtml(yanked)}`}</mark>`;
}
