import type { IndexedFile } from '../model/artifact.ts';
import { byVersion } from './file-order.ts';

/** The version of the API whose fields these are (PEP 700). */
const meta = { 'api-version': '1.1' };

/**
 * A project of the simple index in JSON (PEP 691 and 700), to be served at `simple/v1+json/<project>/index.json` as
 * `application/vnd.pypi.simple.v1+json`. `project` is normalized.
 */
export function* renderProjectJson(project: string, files: readonly IndexedFile[]): Generator<string> {
  const groups = byVersion(files);
  const versions = groups.map(({ version }) => version);
  const head = toText({ meta, name: project, versions, files: [] });
  if (files.length === 0) {
    yield head;
    return;
  }
  yield head.slice(0, -']\n}\n'.length);
  let before = '';
  for (const group of groups) {
    for (const file of group.files) {
      yield `${before}\n  ${JSON.stringify(toEntry(file), null, 1).replaceAll('\n', '\n  ')}`;
      before = ',';
    }
  }
  yield '\n ]\n}\n';
}

/** The root of the simple index in JSON, to be served at `simple/v1+json/index.json`. `projects` are normalized. */
export function renderRootJson(projects: readonly string[]): Iterable<string> {
  return [toText({ meta, projects: [...new Set(projects)].sort().map((name) => ({ name })) })];
}

function toEntry(file: IndexedFile): object {
  const { filename, sizeBytes, sha256, requiresPython, metadataSha256, uploaded, yanked } = file;
  const metadata = metadataSha256 === undefined ? undefined : { sha256: metadataSha256 };
  return {
    filename,
    url: `../../../${encodeURIComponent(filename)}`,
    hashes: sha256 === undefined ? {} : { sha256 },
    size: sizeBytes,
    'upload-time': uploaded,
    'requires-python': requiresPython,
    'core-metadata': metadata,
    'dist-info-metadata': metadata, // what PEP 658 called it; PEP 714 renamed it
    yanked: yanked === '' ? true : yanked, // to an installer an empty reason would mean: not yanked
  };
}

/** Fields without a value are left out. */
function toText(value: object): string {
  return `${JSON.stringify(value, null, 1)}\n`;
}
