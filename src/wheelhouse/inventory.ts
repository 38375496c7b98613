import type { Distribution } from '../model/artifact.ts';
import { normalizeName } from '../model/name.ts';
import type { Container, StoredObject } from '../storage/container.ts';
import { classify, markKey, recordKey, recordPrefix } from './layout.ts';

/** What a record's name says. */
export interface RecordName {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** When the record was written, as a listing tells: since the epoch. */
  readonly modifiedMs?: number;
  /** The size of the record itself, as a listing tells. */
  readonly bodyBytes?: number;
}

/** What a listing tells of an object. A container may hold 300,000, so a date of a hundred bytes is too large. */
export interface ListedObject extends Omit<StoredObject, 'modified' | 'contentType'> {
  /** Since the epoch. */
  readonly modifiedMs?: number;
}

/** One artifact of a container with everything that the listing tells of it. */
export interface StoredArtifact {
  readonly filename: string;
  readonly distribution: Distribution;
  /** Normalized. */
  readonly project: string;
  readonly object: ListedObject;
  /** The records that can be this object's: those of its size. More than one while an overwrite is half done. */
  readonly records: readonly RecordName[];
  /** Records of another size: what is left of bytes that were overwritten. */
  readonly staleRecords: readonly RecordName[];
  readonly sidecar?: ListedObject;
  readonly yankMark?: ListedObject;
  readonly pruneMark?: ListedObject;
}

/** A page of the container, with the normalized project whose page it is. */
interface StoredPageObject extends StoredObject {
  readonly project?: string;
}

/** What a container holds, by one listing. */
export interface Inventory {
  /** By file name. */
  readonly artifacts: ReadonlyMap<string, StoredArtifact>;
  /** By key. */
  readonly pages: ReadonlyMap<string, StoredPageObject>;
  /** Records, marks and sidecars whose artifact is not there: no page shows them. */
  readonly orphans: readonly ListedObject[];
  /** Objects that are none of ours. They are kept. */
  readonly foreign: readonly StoredObject[];
}

/** Lists the container, once. */
export async function readInventory(container: Container, signal?: AbortSignal): Promise<Inventory> {
  const shelves = new Shelves();
  for await (const object of container.list('', signal)) shelves.sort(object);
  return shelves.inventory();
}

/** Sorts the objects of a listing by what they are. */
export function takeInventory(objects: Iterable<StoredObject>): Inventory {
  const shelves = new Shelves();
  for (const object of objects) shelves.sort(object);
  return shelves.inventory();
}

/** What a listing tells of an object, or a look at it alone. */
export function toListed({ key, sizeBytes, modified, tag }: StoredObject): ListedObject {
  return {
    key,
    sizeBytes,
    ...(tag !== undefined && { tag }),
    ...(modified !== undefined && { modifiedMs: modified.getTime() }),
  };
}

interface Shelf {
  artifact?: { object: ListedObject; distribution: Distribution };
  records?: RecordName[];
  sidecar?: ListedObject;
  yanked?: ListedObject;
  pruned?: ListedObject;
}

const none: readonly RecordName[] = [];

/** Where a listing is sorted, object by object: one shelf for all that belongs to one artifact. */
class Shelves {
  readonly #shelves = new Map<string, Shelf>();
  readonly #pages = new Map<string, StoredPageObject>();
  readonly #foreign: StoredObject[] = [];

  sort(object: StoredObject): void {
    const key = classify(object.key);
    switch (key.kind) {
      case 'artifact':
        this.#shelf(key.filename).artifact = { object: toListed(object), distribution: key.distribution };
        break;
      case 'sidecar':
        this.#shelf(key.filename).sidecar = toListed(object);
        break;
      case 'record':
        this.#addRecord(key.filename, toRecordName(object, key));
        break;
      case 'mark':
        this.#shelf(key.filename)[key.mark] = toListed(object);
        break;
      case 'page':
        this.#pages.set(object.key, key.project === undefined ? object : { ...object, project: key.project });
        break;
      case 'foreign':
        this.#foreign.push(object);
    }
  }

  /** Clears the shelves on the way: of a large container they are not held twice. */
  inventory(): Inventory {
    const artifacts = new Map<string, StoredArtifact>();
    const orphans: ListedObject[] = [];
    const projects = new Map<string, string>();
    for (const [filename, shelf] of this.#shelves) {
      const artifact = toArtifact(filename, shelf, projects);
      if (artifact === undefined) orphans.push(...strays(shelf));
      else artifacts.set(filename, artifact);
      this.#shelves.delete(filename);
    }
    return { artifacts, pages: this.#pages, orphans, foreign: this.#foreign };
  }

  /** Nearly every artifact has one record; an array that has grown keeps room for sixteen more. */
  #addRecord(filename: string, record: RecordName): void {
    const shelf = this.#shelf(filename);
    if (shelf.records === undefined) shelf.records = [record];
    else shelf.records.push(record);
  }

  #shelf(filename: string): Shelf {
    const found = this.#shelves.get(filename) ?? {};
    this.#shelves.set(filename, found);
    return found;
  }
}

/** The name of the record of these bytes. */
export function nameRecord(filename: string, sha256: string, sizeBytes: number): RecordName {
  return { key: recordKey(filename, sha256, sizeBytes), sha256, sizeBytes };
}

/** Whether a name carries a prune mark, even one whose artifact is gone already. */
export function isPruned({ artifacts, orphans }: Inventory, filename: string): boolean {
  const artifact = artifacts.get(filename);
  if (artifact !== undefined) return artifact.pruneMark !== undefined;
  const mark = markKey(filename, 'pruned');
  return orphans.some(({ key }) => key === mark);
}

/** The last parts of the names of an artifact's records, whatever their size. */
export function recordNames({ filename, records, staleRecords }: StoredArtifact): string[] {
  const prefix = recordPrefix(filename);
  return [...records, ...staleRecords].map(({ key }) => key.slice(prefix.length));
}

function toArtifact(
  filename: string,
  shelf: Shelf,
  projects: Map<string, string>,
): StoredArtifact | undefined {
  if (shelf.artifact === undefined) return undefined;
  const { object, distribution } = shelf.artifact;
  const names = shelf.records ?? none;
  const project = normalizeName(distribution.project);
  const shared = projects.get(project) ?? project;
  projects.set(project, shared);
  const allFit = names.every(({ sizeBytes }) => sizeBytes === object.sizeBytes);
  return {
    filename,
    distribution,
    project: shared,
    object,
    records: allFit ? names : names.filter(({ sizeBytes }) => sizeBytes === object.sizeBytes),
    staleRecords: allFit ? none : names.filter(({ sizeBytes }) => sizeBytes !== object.sizeBytes),
    ...(shelf.sidecar === undefined ? {} : { sidecar: shelf.sidecar }),
    ...(shelf.yanked === undefined ? {} : { yankMark: shelf.yanked }),
    ...(shelf.pruned === undefined ? {} : { pruneMark: shelf.pruned }),
  };
}

function toRecordName(
  { key, modified, sizeBytes: bodyBytes }: StoredObject,
  { sha256, sizeBytes }: Pick<RecordName, 'sha256' | 'sizeBytes'>,
): RecordName {
  const modifiedMs = modified?.getTime();
  return { key, sha256, sizeBytes, bodyBytes, ...(modifiedMs !== undefined && { modifiedMs }) };
}

function strays({ records = [], sidecar, yanked, pruned }: Shelf): ListedObject[] {
  const others = [sidecar, yanked, pruned].filter((object) => object !== undefined);
  return [...records, ...others];
}
