import type { Inventory } from './inventory.ts';
import { classify, markKey, recordPrefix, type ObjectKind } from './layout.ts';

/** What is left of an artifact that is not there. */
export interface Orphans {
  readonly filename: string;
  /** Of everything that is left. */
  readonly keys: readonly string[];
  /** The key of the sidecar, if there is one. */
  readonly objects: readonly string[];
  /** The last parts of the records' names. */
  readonly records: readonly string[];
  /** Whether it carries a prune mark. */
  readonly isPruned: boolean;
}

/** What is left of artifacts that are not there, for each of them. */
export function groupOrphans({ orphans }: Pick<Inventory, 'orphans'>): Orphans[] {
  const groups = new Map<string, string[]>();
  for (const key of orphans) {
    const found = classify(key);
    if (!('filename' in found)) continue;
    const keys = groups.get(found.filename);
    if (keys === undefined) groups.set(found.filename, [key]);
    else keys.push(key);
  }
  return [...groups].map(([filename, keys]) => {
    const ofKind = (kind: ObjectKind['kind']) => keys.filter((key) => classify(key).kind === kind);
    const prefix = recordPrefix(filename);
    return {
      filename,
      keys,
      objects: ofKind('sidecar'),
      records: ofKind('record').map((key) => key.slice(prefix.length)),
      isPruned: keys.includes(markKey(filename, 'pruned')),
    };
  });
}
