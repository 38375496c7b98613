import type { Container } from '../storage/container.ts';
import { describeFiles, type Description } from './describe.ts';
import { readInventory, type Inventory } from './inventory.ts';
import { emptyMetadataFile, type MetadataFile } from './metadata-file.ts';
import type { Files } from './files.ts';
import { readBodies } from './read-bodies.ts';
import { RecordBodies } from './record-bodies.ts';
import { readMetadata } from './read-metadata.ts';
import type { ReadPage } from './stored-page.ts';

/** A container's objects, and what they and their records tell of its artifacts. */
export interface ContainerDescription extends Description {
  readonly inventory: Inventory;
  /** What the stored `metadata.json` says; nothing where it is none. */
  readonly stored: MetadataFile;
  /** That object itself. */
  readonly metadataPage: ReadPage;
}

/** Every artifact that a container holds. Throws what a failed read throws. */
export async function listArtifacts(container: Container, signal?: AbortSignal): Promise<Files> {
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
  const { file: stored = emptyMetadataFile, page: metadataPage } = await readMetadata(container, signal);
  const inventory = await readInventory(container, signal);
  const bodies = await readBodies(container, inventory, stored, { known: new RecordBodies(), signal });
  return { inventory, stored, metadataPage, ...describeFiles(inventory, stored, bodies) };
}
