import type { Container } from '../storage/container.ts';
import { missingBodies, type Bodies } from './describe.ts';
import type { Inventory } from './inventory.ts';
import { parseMark } from './mark.ts';
import type { MetadataFile } from './metadata-file.ts';
import { parseRecord, type RecordBody } from './record.ts';
import { inParallel } from '../io/in-parallel.ts';
import { readText } from './stored-page.ts';

export interface ReadBodiesOptions {
  /** Bodies that are known, by key. Those that hold for longer than this listing are added to them. */
  readonly known: Map<string, RecordBody>;
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
  const missing = missingBodies(inventory, cache, { records: known, yanks: new Map() });
  const readEach = (keys: readonly string[], take: (key: string, text: string) => void) =>
    inParallel(keys, parallelReads, async (key) => {
      const text = await readText(container, key, signal);
      if (text === undefined) onVanished?.(key);
      else take(key, text);
    });
  await readEach(missing.records, (key, text) => known.set(key, parseRecord(text)));
  const contested = new Map<string, RecordBody>();
  await readEach(missing.contested, (key, text) => contested.set(key, parseRecord(text)));
  const yanks = new Map<string, string>();
  await readEach(missing.yanks, (key, text) => yanks.set(key, parseMark(text).reason));
  return { records: contested.size === 0 ? known : new Map([...known, ...contested]), yanks };
}
