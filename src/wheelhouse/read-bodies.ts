import type { Container } from '../storage/container.ts';
import { missingBodies, type Bodies } from './describe.ts';
import type { Inventory } from './inventory.ts';
import { parseMark } from './mark.ts';
import type { MetadataFile } from './metadata-file.ts';
import { parseRecord } from './record.ts';
import { RecordBodies } from './record-bodies.ts';
import { inParallel } from '../io/in-parallel.ts';
import { readText } from './stored-page.ts';

export interface ReadBodiesOptions {
  /** Bodies that are known. Those that hold for longer than this listing are added to them. */
  readonly known: RecordBodies;
  /** Called for what was listed and is gone; it may throw. */
  readonly onVanished?: (key: string) => void;
  readonly signal: AbortSignal | undefined;
}

const parallelReads = 16;

/** Reads the records and marks of a listing that neither `metadata.json` nor the caller knows, each once. */
export async function readBodies(
  container: Container,
  inventory: Inventory,
  cache: MetadataFile,
  { known, onVanished, signal }: ReadBodiesOptions,
): Promise<Bodies> {
  const { artifacts } = inventory;
  const missing = missingBodies(inventory, cache, known);
  const read = async (key: string, take: (text: string) => void): Promise<void> => {
    const text = await readText(container, key, signal);
    if (text === undefined) onVanished?.(key);
    else take(text);
  };
  const readRecords = (names: readonly string[], bodies: RecordBodies) =>
    inParallel(names, parallelReads, async (filename) => {
      for (const record of artifacts.get(filename)?.records ?? []) {
        if (!known.has(filename, record))
          await read(record.key, (text) => bodies.add(filename, record, parseRecord(text)));
      }
    });
  await readRecords(missing.records, known);
  const contested = missing.contested.length === 0 ? known : new RecordBodies(known);
  await readRecords(missing.contested, contested);
  const yanks = new Map<string, string>();
  await inParallel(missing.yanks, parallelReads, (key) =>
    read(key, (text) => yanks.set(key, parseMark(text).reason)),
  );
  return { records: contested, yanks };
}
