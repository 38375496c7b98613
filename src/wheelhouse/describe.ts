import type { IndexedFile } from '../model/artifact.ts';
import { Files } from './files.ts';
import type { Inventory } from './inventory.ts';
import type { KnownArtifact, MetadataFile } from './metadata-file.ts';
import { renderRecord, type RecordBody } from './record.ts';
import type { RecordBodies } from './record-bodies.ts';
import type { RecordName, StoredArtifact } from './stored-artifact.ts';

/** Bodies that were read from the container, or that this run wrote. */
export interface Bodies {
  readonly records: RecordBodies;
  /** The reasons of yank marks, by key. */
  readonly yanks: ReadonlyMap<string, string>;
}

/** What the pages of a wheelhouse are made of. Nothing is made of an artifact until it is asked for. */
export interface Description {
  readonly files: Files;
  readonly metadata: MetadataFile;
}

/** Bodies that must be read. */
export interface MissingBodies {
  /** Names of which the body of the one record is missing. */
  readonly records: string[];
  /** Names that have several records. An overwrite may replace such a body: it holds for one listing only. */
  readonly contested: string[];
  /** Keys of yank marks. */
  readonly yanks: string[];
}

/** The bodies that neither this run nor `metadata.json` has. */
export function missingBodies(
  inventory: Inventory,
  cache: MetadataFile,
  bodies: RecordBodies,
): MissingBodies {
  const missing: MissingBodies = { records: [], contested: [], yanks: [] };
  for (const { filename, records, yankMark } of inventory.artifacts.live()) {
    const known = cache.artifacts.get(filename);
    const [record, ...others] = records;
    if (record !== undefined && !records.every((one) => bodies.has(filename, one))) {
      // With two records their times decide, and after an overwrite to and fro the cache may hold an old one.
      if (others.length > 0) missing.contested.push(filename);
      else if (!isOf(known, record) || saysMore(record, known)) missing.records.push(filename);
    }
    if (yankMark === undefined) continue;
    if (yankMark.tag === undefined || known?.yank?.tag !== yankMark.tag) missing.yanks.push(yankMark.key);
  }
  return missing;
}

/**
 * Whether a record is longer than what is known of it: one that `index` gave says nothing, and is completed by an upload
 * of the same bytes that was on its way.
 */
function saysMore({ bodyBytes = 0 }: RecordName, { body }: KnownArtifact): boolean {
  return body.uploaded === undefined && bodyBytes > Buffer.byteLength(renderRecord(body));
}

/**
 * Every file that the pages list, from the objects and their records. An object without a record keeps the digest
 * that `metadata.json` gives it, if the size agrees; else it is listed without one. A pruned one is not listed.
 */
export function describeFiles(inventory: Inventory, cache: MetadataFile, bodies: Bodies): Description {
  const { artifacts } = inventory;
  const look = (filename: string): Look | undefined => {
    const artifact = artifacts.get(filename);
    if (artifact === undefined || artifact.pruneMark !== undefined) return undefined;
    const cached = cache.artifacts.get(filename);
    const content = contentOf(artifact, cached, bodies.records);
    return { artifact, content, yanked: reasonOf(artifact, cached, bodies.yanks) };
  };
  const names = [...artifacts.liveNames()].sort();
  const made =
    <T>(make: (looked: Look) => T) =>
    (filename: string): T | undefined => {
      const looked = look(filename);
      return looked && make(looked);
    };
  const known = {
    get: made(toKnown),
    has: (filename: string) => known.get(filename) !== undefined,
    keys: () => names,
  };
  return {
    files: new Files(names, made(toFile)),
    metadata: { artifacts: known, foreign: cache.foreign },
  };
}

/** An artifact, and what is known of it. */
interface Look {
  readonly artifact: StoredArtifact;
  readonly content: Content | undefined;
  /** The reason of its yank. */
  readonly yanked: string | undefined;
}

/** The record that holds: the newer of two, since an overwrite writes its record after the bytes. */
function newestRecord(
  records: readonly RecordName[],
  bodyOf: (record: RecordName) => RecordBody | undefined,
): RecordName | undefined {
  const timeOf = (record: RecordName): number =>
    Date.parse(bodyOf(record)?.uploaded ?? '1970-01-01T00:00:00Z');
  if (records.length < 2) return records[0];
  return [...records].sort((a, b) => timeOf(b) - timeOf(a) || (a.sha256 < b.sha256 ? -1 : 1))[0];
}

interface Content {
  readonly sha256: string;
  readonly body: RecordBody;
}

function contentOf(
  artifact: StoredArtifact,
  cached: KnownArtifact | undefined,
  records: Bodies['records'],
): Content | undefined {
  const { filename } = artifact;
  const holding = newestRecord(artifact.records, (record) => records.get(filename, record));
  if (holding !== undefined) {
    const read = records.get(filename, holding) ?? {};
    // A record that `index` gave while the upload's own was on its way says nothing; what the upload says holds.
    const body = read.uploaded === undefined && isOf(cached, holding) ? cached.body : read;
    return { sha256: holding.sha256, body };
  }
  if (cached?.sizeBytes !== artifact.object.sizeBytes) return undefined;
  return { sha256: cached.sha256, body: cached.body };
}

function reasonOf(
  { yankMark }: StoredArtifact,
  cached: KnownArtifact | undefined,
  yanks: Bodies['yanks'],
): string | undefined {
  return yankMark === undefined ? undefined : (yanks.get(yankMark.key) ?? cached?.yank?.reason ?? '');
}

function toFile({ artifact, content, yanked }: Look): IndexedFile {
  const { filename, distribution, object, sidecar } = artifact;
  const { uploaded, requiresPython, metadataSha256 } = content?.body ?? {};
  return {
    filename,
    distribution,
    sizeBytes: object.sizeBytes,
    ...(content === undefined ? {} : { sha256: content.sha256 }),
    ...(requiresPython === undefined ? {} : { requiresPython }),
    // Only a sidecar that is there may be promised: pip fails when the promise does not hold.
    ...(metadataSha256 === undefined || sidecar === undefined ? {} : { metadataSha256 }),
    ...(uploaded === undefined ? {} : { uploaded }),
    ...(yanked === undefined ? {} : { yanked: yanked === '' ? true : yanked }),
  };
}

function toKnown({ artifact, content, yanked }: Look): KnownArtifact | undefined {
  if (content === undefined) return undefined;
  const tag = artifact.yankMark?.tag;
  return {
    ...content,
    sizeBytes: artifact.object.sizeBytes,
    ...(yanked !== undefined && tag !== undefined && { yank: { tag, reason: yanked } }),
  };
}

function isOf(known: KnownArtifact | undefined, record: RecordName): known is KnownArtifact {
  return known?.sha256 === record.sha256 && known.sizeBytes === record.sizeBytes;
}
