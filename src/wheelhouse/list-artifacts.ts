import type { IndexedFile } from '../model/artifact.ts';
import type { Container } from '../storage/container.ts';
import { describeFiles, missingBodies, type Description } from './describe.ts';
import { readInventory, type Inventory } from './inventory.ts';
import { metadataKey } from './layout.ts';
import { parseMark } from './mark.ts';
import { emptyMetadataFile, readMetadataFile, type MetadataFile } from './metadata-file.ts';
import { parseRecord } from './record.ts';
import { settledEach } from './settled.ts';
import { readStoredPage, readText, type ReadPage } from './stored-page.ts';

const parallelReads = 16;

/** A container's objects, and what they and their records tell of its artifacts. */
export interface ContainerDescription extends Description {
  readonly inventory: Inventory;
  /** What the stored `metadata.json` says; nothing where it is none. */
  readonly stored: MetadataFile;
  /** That object itself. */
  readonly metadataPage: ReadPage;
}

/** Every artifact that a container holds. Throws what a failed read throws. */
export async function listArtifacts(
  container: Container,
  signal?: AbortSignal,
): Promise<readonly IndexedFile[]> {
  return (await describeContainer(container, signal)).files;
}

/**
 * What a container holds, as its objects and records tell: one listing, and the bodies that `metadata.json` lacks. No
 * page is needed, and nothing is written. Throws what a failed read throws.
 */
export async function describeContainer(
  container: Container,
  signal?: AbortSignal,
): Promise<ContainerDescription> {
  const { stored, metadataPage } = await readMetadata(container, signal);
  const inventory = await readInventory(container, signal);
  const missing = missingBodies(inventory, stored, { records: new Map(), yanks: new Map() });
  const readAll = async <T>(keys: readonly string[], parse: (text: string) => T): Promise<Map<string, T>> => {
    const bodies = new Map<string, T>();
    await settledEach(keys, parallelReads, async (key) => {
      const text = await readText(container, key, signal);
      if (text !== undefined) bodies.set(key, parse(text)); // else removed since the listing
    });
    return bodies;
  };
  const records = await readAll([...missing.records, ...missing.contested], parseRecord);
  const yanks = await readAll(missing.yanks, (text) => parseMark(text).reason);
  return { inventory, stored, metadataPage, ...describeFiles(inventory, stored, { records, yanks }) };
}

/** A function of its own, so that the bytes are let go before the listing begins. */
async function readMetadata(
  container: Container,
  signal: AbortSignal | undefined,
): Promise<Pick<ContainerDescription, 'stored' | 'metadataPage'>> {
  const { bytes, ...metadataPage } = await readStoredPage(container, metadataKey, signal);
  return { metadataPage, stored: (bytes && readMetadataFile(bytes)) ?? emptyMetadataFile };
}
