import type { Container } from '../storage/container.ts';
import { metadataKey } from './layout.ts';
import { emptyMetadataFile, MetadataEntries, parseMetadataFile, type MetadataFile } from './metadata-file.ts';
import { MetadataLines } from './metadata-lines.ts';
import { readPage, readStoredPage, withoutBytes, type ReadPage } from './stored-page.ts';

/** `metadata.json` as it was read. */
export interface MetadataRead {
  readonly page: ReadPage;
  /** What it says; undefined when it is no JSON object. Nothing where it is not there. */
  readonly file: MetadataFile | undefined;
}

/** As if there were none. */
export const noMetadata: MetadataRead = { page: { key: metadataKey }, file: emptyMetadataFile };

/** Reads `metadata.json` with its version tag. Only one that another tool wrote is held whole. */
export async function readMetadata(container: Container, signal?: AbortSignal): Promise<MetadataRead> {
  let file = new MetadataEntries();
  let lines = readInto(file);
  const page = await readPage(container, metadataKey, {
    begin: () => {
      file = new MetadataEntries();
      lines = readInto(file);
    },
    take: (chunk) => lines.push(chunk),
    signal,
  });
  if (page.tag === undefined) return noMetadata;
  return lines.end() ? { page, file } : readWhole(container, signal);
}

async function readWhole(container: Container, signal: AbortSignal | undefined): Promise<MetadataRead> {
  const stored = await readStoredPage(container, metadataKey, signal);
  if (stored.bytes === undefined) return noMetadata;
  return { page: withoutBytes(stored), file: parseMetadataFile(stored.bytes.toString('utf8')) };
}

function readInto(file: MetadataEntries): MetadataLines {
  return new MetadataLines((filename, entry) => file.take(filename, entry));
}
