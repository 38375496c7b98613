import type { Container, StoredObject } from '../storage/container.ts';
import { ArtifactParts, type Artifacts } from './artifacts.ts';
import { classify, markKey } from './layout.ts';
import { toPart, toRecord } from './stored-artifact.ts';

/** A page of the container, with the normalized project whose page it is. */
interface StoredPageObject extends StoredObject {
  readonly project?: string;
}

/** What a container holds, by one listing. */
export interface Inventory {
  readonly artifacts: Artifacts;
  /** By key. */
  readonly pages: ReadonlyMap<string, StoredPageObject>;
  /** Keys of records, marks and sidecars whose artifact is not there: no page shows them. */
  readonly orphans: readonly string[];
  /** Objects that are none of ours. They are kept. */
  readonly foreign: readonly StoredObject[];
}

/** Lists the container, once. */
export async function readInventory(container: Container, signal?: AbortSignal): Promise<Inventory> {
  const shelves = new Shelves();
  let before = '';
  for await (const object of container.list('', signal)) {
    if (object.key === before) continue; // a store that changes meanwhile may begin a page with it again
    before = object.key;
    shelves.sort(object);
  }
  return shelves.inventory();
}

/** Sorts the objects of a listing by what they are. */
export function takeInventory(objects: Iterable<StoredObject>): Inventory {
  const shelves = new Shelves();
  for (const object of objects) shelves.sort(object);
  return shelves.inventory();
}

/** Where a listing is sorted, object by object. */
class Shelves {
  readonly #parts = new ArtifactParts();
  readonly #pages = new Map<string, StoredPageObject>();
  readonly #foreign: StoredObject[] = [];

  sort(object: StoredObject): void {
    const key = classify(object.key);
    if (key.kind === 'foreign') this.#foreign.push(object);
    else if (key.kind === 'record') this.#parts.add(key.filename, toRecord(object, key));
    else if (key.kind !== 'page')
      this.#parts.add(key.filename, toPart(object, key.kind === 'mark' ? key.mark : key.kind));
    else
      this.#pages.set(object.key, key.project === undefined ? object : { ...object, project: key.project });
  }

  inventory(): Inventory {
    return { ...this.#parts.gathered(), pages: this.#pages, foreign: this.#foreign };
  }
}

/** Whether a name carries a prune mark, even one whose artifact is gone already. */
export function isPruned({ artifacts, orphans }: Inventory, filename: string): boolean {
  if (artifacts.has(filename)) return artifacts.isPruned(filename);
  return orphans.includes(markKey(filename, 'pruned'));
}
