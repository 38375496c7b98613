import type { IndexedFile } from '../../src/model/artifact.ts';
import { parseDistributionFilename } from '../../src/model/filename.ts';

/** A file of a wheelhouse, told by its name; what is not given is left out. */
export function indexedFile(filename: string, fields: Partial<IndexedFile> = {}): IndexedFile {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(`${filename}: ${parsed.reason}`);
  return { filename, distribution: parsed.value, sizeBytes: 1234, ...fields };
}
