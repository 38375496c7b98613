import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Distribution } from '../../src/model/artifact.ts';
import { parseDistributionFilename } from '../../src/model/filename.ts';

/** Folder of the distributions that real build back-ends made; fixtures/README.md says which. */
export const distributionsFolder = join(
  dirname(fileURLToPath(import.meta.url)),
  '../../fixtures/distributions',
);

export const distributionNames: readonly string[] = readdirSync(distributionsFolder).sort();

/** What a file name says, of the kind that the test means. */
export function distributionOf<K extends Distribution['kind']>(
  filename: string,
  kind: K,
): Extract<Distribution, { kind: K }> {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(`${filename}: ${parsed.reason}`);
  if (parsed.value.kind !== kind) throw new Error(`${filename} is no ${kind}`);
  return parsed.value as Extract<Distribution, { kind: K }>;
}
