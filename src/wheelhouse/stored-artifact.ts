import type { Distribution } from '../model/artifact.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { normalizeName } from '../model/name.ts';
import type { StoredObject } from '../storage/container.ts';
import { artifactKey, markKey, recordKey, recordPrefix, sidecarKey, type Mark } from './layout.ts';

/** What a record's name says. */
export interface RecordName {
  readonly key: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** When the record was written, as a listing tells: since the epoch. */
  readonly modifiedMs?: number | undefined;
  /** The size of the record itself, as a listing tells. */
  readonly bodyBytes?: number | undefined;
}

/** What a listing tells of an object. */
export interface ListedObject extends Pick<StoredObject, 'key' | 'sizeBytes'> {
  /** Since the epoch. */
  readonly modifiedMs: number | undefined;
  readonly tag: string | undefined;
}

/** What an object is to its artifact, by its key. */
export type PartKind = 'artifact' | 'sidecar' | Mark;

/** An object that belongs to an artifact, as a listing tells of it, or a look at it alone. */
export type Part = (ListedObject & { readonly kind: PartKind }) | (RecordName & { readonly kind: 'record' });

/** One artifact of a container with everything that the listing tells of it. */
export class StoredArtifact {
  readonly filename: string;
  readonly #parts: readonly Part[];

  /** `parts`: the artifact itself is one of them. */
  constructor(filename: string, parts: readonly Part[]) {
    this.filename = filename;
    this.#parts = parts;
  }

  get distribution(): Distribution {
    const parsed = parseDistributionFilename(this.filename);
    if (!parsed.ok) throw new TypeError(`${this.filename}: ${parsed.reason}`);
    return parsed.value;
  }

  /** Normalized. */
  get project(): string {
    return normalizeName(this.distribution.project);
  }

  get object(): ListedObject {
    const object = this.#find('artifact');
    if (object === undefined) throw new TypeError(`${this.filename} is not there`);
    return object;
  }

  /** The records that can be this object's: those of its size. More than one while an overwrite is half done. */
  get records(): readonly RecordName[] {
    const { sizeBytes } = this.object;
    return this.#records((record) => record.sizeBytes === sizeBytes);
  }

  /** Records of another size: what is left of bytes that were overwritten. */
  get staleRecords(): readonly RecordName[] {
    const { sizeBytes } = this.object;
    return this.#records((record) => record.sizeBytes !== sizeBytes);
  }

  get sidecar(): ListedObject | undefined {
    return this.#find('sidecar');
  }

  get yankMark(): ListedObject | undefined {
    return this.#find('yanked');
  }

  get pruneMark(): ListedObject | undefined {
    return this.#find('pruned');
  }

  #find(kind: PartKind): ListedObject | undefined {
    for (const part of this.#parts) if (part.kind === kind) return part;
    return undefined;
  }

  #records(isWanted: (record: RecordName) => boolean): readonly RecordName[] {
    const records: RecordName[] = [];
    for (const part of this.#parts) if (part.kind === 'record' && isWanted(part)) records.push(part);
    return records;
  }
}

/** The last parts of the names of an artifact's records, whatever their size. */
export function recordNames({ filename, records, staleRecords }: StoredArtifact): string[] {
  const prefix = recordPrefix(filename);
  return [...records, ...staleRecords].map(({ key }) => key.slice(prefix.length));
}

/** The name of the record of these bytes. */
export function nameRecord(filename: string, sha256: string, sizeBytes: number): RecordName {
  return { key: recordKey(filename, sha256, sizeBytes), sha256, sizeBytes };
}

export function toPart({ key, sizeBytes, modified, tag }: StoredObject, kind: PartKind): Part {
  return { kind, key, sizeBytes, modifiedMs: modified?.getTime(), tag };
}

export function toRecord(
  { key, sizeBytes: bodyBytes, modified }: StoredObject,
  { sha256, sizeBytes }: Pick<RecordName, 'sha256' | 'sizeBytes'>,
): Part {
  return { kind: 'record', key, sha256, sizeBytes, modifiedMs: modified?.getTime(), bodyBytes };
}

/** The key of a part that is no record. */
export function partKey(filename: string, kind: PartKind): string {
  switch (kind) {
    case 'artifact':
      return artifactKey(filename);
    case 'sidecar':
      return sidecarKey(filename);
    default:
      return markKey(filename, kind);
  }
}
