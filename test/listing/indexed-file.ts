import type { FilesByProject } from '../../src/listing/file-order.ts';
import type { IndexedFile } from '../../src/model/artifact.ts';
import { parseDistributionFilename } from '../../src/model/filename.ts';
import { normalizeName } from '../../src/model/name.ts';

/** A file of a wheelhouse, told by its name; what is not given is left out. */
export function indexedFile(filename: string, fields: Partial<IndexedFile> = {}): IndexedFile {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(`${filename}: ${parsed.reason}`);
  return { filename, distribution: parsed.value, sizeBytes: 1234, ...fields };
}

/** Files as the flat page shows them, each project's in the order that is given. */
export function byProject(files: readonly IndexedFile[]): FilesByProject {
  const projects = new Map<string, IndexedFile[]>();
  for (const file of files) {
    const project = normalizeName(file.distribution.project);
    projects.set(project, [...(projects.get(project) ?? []), file]);
  }
  const sorted = [...projects].sort(([a], [b]) => (a < b ? -1 : 1));
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  return {
    size: sorted.length,
    fileCount: files.length,
    sizeBytes,
    [Symbol.iterator]: () => sorted.values(),
  };
}
