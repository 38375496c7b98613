import type { Distribution } from '../model/artifact.ts';
import { normalizeName } from '../model/name.ts';
import type { Container, StoredObject } from '../storage/container.ts';
import { classify, markKey, recordKey, recordPrefix } from './layout.ts';

/** What a record's name says. */
export interface RecordName {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** When the record was written, as a listing tells. */
  readonly modified?: Date;
}

/** One artifact of a container with everything that the listing tells of it. */
export interface StoredArtifact {
  readonly filename: string;
  readonly distribution: Distribution;
  /** Normalized. */
  readonly project: string;
  readonly object: StoredObject;
  /** The records that can be this object's: those of its size. More than one while an overwrite is half done. */
  readonly records: readonly RecordName[];
  /** Records of another size: what is left of bytes that were overwritten. */
  readonly staleRecords: readonly RecordName[];
  readonly sidecar?: StoredObject;
  readonly yankMark?: StoredObject;
  readonly pruneMark?: StoredObject;
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
  readonly orphans: readonly StoredObject[];
  /** Objects that are none of ours. They are kept. */
  readonly foreign: readonly StoredObject[];
}

/** Lists the container, once. */
export async function readInventory(container: Container, signal?: AbortSignal): Promise<Inventory> {
  const objects: StoredObject[] = [];
  for await (const object of container.list('', signal)) objects.push(object);
  return takeInventory(objects);
}

interface Shelf {
  artifact?: { object: StoredObject; distribution: Distribution };
  readonly records: (RecordName & { object: StoredObject })[];
  sidecar?: StoredObject;
  yanked?: StoredObject;
  pruned?: StoredObject;
}

/** Sorts the objects of a listing by what they are. */
export function takeInventory(objects: Iterable<StoredObject>): Inventory {
  const shelves = new Map<string, Shelf>();
  const pages = new Map<string, StoredPageObject>();
  const foreign: StoredObject[] = [];
  const shelf = (filename: string): Shelf => {
    const found = shelves.get(filename) ?? { records: [] };
    shelves.set(filename, found);
    return found;
  };
  for (const object of objects) {
    const key = classify(object.key);
    switch (key.kind) {
      case 'artifact':
        shelf(key.filename).artifact = { object, distribution: key.distribution };
        break;
      case 'sidecar':
        shelf(key.filename).sidecar = object;
        break;
      case 'record':
        shelf(key.filename).records.push({ ...nameRecord(key.filename, key.sha256, key.sizeBytes), object });
        break;
      case 'mark':
        shelf(key.filename)[key.mark] = object;
        break;
      case 'page':
        pages.set(object.key, key.project === undefined ? object : { ...object, project: key.project });
        break;
      case 'foreign':
        foreign.push(object);
    }
  }
  const artifacts = new Map<string, StoredArtifact>();
  const orphans: StoredObject[] = [];
  for (const [filename, found] of shelves) {
    const artifact = toArtifact(filename, found);
    if (artifact === undefined) orphans.push(...strays(found));
    else artifacts.set(filename, artifact);
  }
  return { artifacts, pages, orphans, foreign };
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

function toArtifact(filename: string, shelf: Shelf): StoredArtifact | undefined {
  if (shelf.artifact === undefined) return undefined;
  const { object, distribution } = shelf.artifact;
  const names = shelf.records.map(({ key, sha256, sizeBytes, object: { modified } }) => {
    return { key, sha256, sizeBytes, ...(modified !== undefined && { modified }) };
  });
  return {
    filename,
    distribution,
    project: normalizeName(distribution.project),
    object,
    records: names.filter(({ sizeBytes }) => sizeBytes === object.sizeBytes),
    staleRecords: names.filter(({ sizeBytes }) => sizeBytes !== object.sizeBytes),
    ...(shelf.sidecar === undefined ? {} : { sidecar: shelf.sidecar }),
    ...(shelf.yanked === undefined ? {} : { yankMark: shelf.yanked }),
    ...(shelf.pruned === undefined ? {} : { pruneMark: shelf.pruned }),
  };
}

function strays({ records, sidecar, yanked, pruned }: Shelf): StoredObject[] {
  const others = [sidecar, yanked, pruned].filter((object) => object !== undefined);
  return [...records.map(({ object }) => object), ...others];
}
