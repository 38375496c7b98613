import type { IndexedFile } from '../model/artifact.ts';
import type { Inventory, RecordName, StoredArtifact } from './inventory.ts';
import type { KnownArtifact, MetadataFile } from './metadata-file.ts';
import { renderRecord, type RecordBody } from './record.ts';

/** Bodies that were read from the container, or that this run wrote: by key. */
export interface Bodies {
  readonly records: ReadonlyMap<string, RecordBody>;
  /** The reasons of yank marks. */
  readonly yanks: ReadonlyMap<string, string>;
}

/** What the pages of a wheelhouse are made of. */
export interface Description {
  /** In the order of their names. */
  readonly files: readonly IndexedFile[];
  readonly metadata: MetadataFile;
}

/** Keys of bodies that must be read. */
export interface MissingBodies {
  readonly records: string[];
  /** Records of a name that has several. An overwrite may replace such a body: it holds for one listing only. */
  readonly contested: string[];
  readonly yanks: string[];
}

/** The bodies that neither this run nor `metadata.json` has. */
export function missingBodies(inventory: Inventory, cache: MetadataFile, bodies: Bodies): MissingBodies {
  const missing: MissingBodies = { records: [], contested: [], yanks: [] };
  for (const artifact of inventory.artifacts.values()) {
    if (artifact.pruneMark !== undefined) continue;
    const known = cache.artifacts.get(artifact.filename);
    for (const record of artifact.records) {
      if (bodies.records.has(record.key)) continue;
      // With two records their times decide, and after an overwrite to and fro the cache may hold an old one.
      if (artifact.records.length > 1) missing.contested.push(record.key);
      else if (!isOf(known, record) || saysMore(record, known)) missing.records.push(record.key);
    }
    const mark = artifact.yankMark;
    if (mark === undefined) continue;
    if (mark.tag === undefined || known?.yank?.tag !== mark.tag) missing.yanks.push(mark.key);
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
  const files: IndexedFile[] = [];
  const artifacts = new Map<string, KnownArtifact>();
  for (const filename of [...inventory.artifacts.keys()].sort()) {
    const artifact = inventory.artifacts.get(filename);
    if (artifact === undefined || artifact.pruneMark !== undefined) continue;
    const cached = cache.artifacts.get(filename);
    const content = contentOf(artifact, cached, bodies.records);
    const yanked = reasonOf(artifact, cached, bodies.yanks);
    files.push(toFile(artifact, content, yanked));
    const tag = artifact.yankMark?.tag;
    const yank = yanked === undefined || tag === undefined ? undefined : { tag, reason: yanked };
    if (content === undefined) continue;
    const { sizeBytes } = artifact.object;
    artifacts.set(
      filename,
      isKnown(cached, content, sizeBytes, yank) ? cached : toKnown(content, sizeBytes, yank),
    );
  }
  return { files, metadata: { artifacts, foreign: cache.foreign } };
}

/** The record that holds: the newer of two, since an overwrite writes its record after the bytes. */
function newestRecord(
  records: readonly RecordName[],
  bodyOf: (record: RecordName) => RecordBody | undefined,
): RecordName | undefined {
  const timeOf = (record: RecordName): number =>
    Date.parse(bodyOf(record)?.uploaded ?? '1970-01-01T00:00:00Z');
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
  const holding = newestRecord(artifact.records, ({ key }) => records.get(key));
  if (holding !== undefined) {
    const read = records.get(holding.key) ?? {};
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

function toFile(
  artifact: StoredArtifact,
  content: Content | undefined,
  yanked: string | undefined,
): IndexedFile {
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

/** Whether the cache says just this: then its entry stays, and 100,000 are not held twice. */
function isKnown(
  known: KnownArtifact | undefined,
  { sha256, body }: Content,
  sizeBytes: number,
  yank: KnownArtifact['yank'],
): known is KnownArtifact {
  return (
    known?.body === body &&
    known.sha256 === sha256 &&
    known.sizeBytes === sizeBytes &&
    known.yank?.tag === yank?.tag &&
    known.yank?.reason === yank?.reason
  );
}

function toKnown({ sha256, body }: Content, sizeBytes: number, yank: KnownArtifact['yank']): KnownArtifact {
  return { sha256, sizeBytes, body, ...(yank !== undefined && { yank }) };
}

function isOf(known: KnownArtifact | undefined, record: RecordName): known is KnownArtifact {
  return known?.sha256 === record.sha256 && known.sizeBytes === record.sizeBytes;
}
