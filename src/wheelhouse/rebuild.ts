import { throwIfAborted } from '../io/abort.ts';
import type { Container } from '../storage/container.ts';
import type { OwnArtifact } from './claims.ts';
import { isYoungerThanRecord, mayBeOverwritten } from './audit-plan.ts';
import { hashObject } from './find-artifact.ts';
import { giveRecord } from './give-record.ts';
import { converge, type ConvergeOptions, type ConvergeResult } from './converge.ts';
import { readInventory } from './inventory.ts';
import { recordKey } from './layout.ts';
import { inParallel } from '../io/in-parallel.ts';
import type { RecordName, StoredArtifact } from './stored-artifact.ts';
import { readMetadata } from './read-metadata.ts';

export interface RebuildResult extends ConvergeResult {
  /** File names that had no record before, with the digest that they got. */
  readonly recorded: ReadonlyMap<string, string>;
}

const parallelHashes = 4;

/**
 * Compares every page of a container, and gives a record to every artifact that has none: of the digest that
 * `metadata.json` has for it, else of its bytes, read once. Records of bytes that were overwritten go, as those of a dev
 * build do that was written after its record and proves to be another. A release that is not what its record says keeps
 * it, since nobody can say that its bytes are right. From then on everything derived may be deleted, and this makes the
 * same bytes again.
 */
export async function rebuild(
  container: Container,
  options: Omit<ConvergeOptions, 'projects' | 'own' | 'metadataRead'> = {},
): Promise<RebuildResult> {
  const { own, projects } = await giveRecords(container, options.signal);
  const converged = await converge(container, { ...options, projects, own });
  for (const { records, staleRecords } of converged.inventory.artifacts.live()) {
    if (records.length > 0) await dropRecords(container, staleRecords, options.signal);
  }
  return { ...converged, recorded: new Map([...own].map(([filename, { sha256 }]) => [filename, sha256])) };
}

interface Recorded {
  /** The artifacts that got a record. */
  readonly own: ReadonlyMap<string, OwnArtifact>;
  /** All projects of the container. */
  readonly projects: ReadonlySet<string>;
}

/** A record for each artifact that has none, and none that the bytes belie. */
async function giveRecords(container: Container, signal: AbortSignal | undefined): Promise<Recorded> {
  const conditional = await container.conditionalWrites(signal);
  const { file: cache } = await readMetadata(container, signal);
  const { artifacts } = await readInventory(container, signal);
  const own = new Map<string, OwnArtifact>();
  const give = async (filename: string, artifact: OwnArtifact): Promise<void> => {
    const key = recordKey(filename, artifact.sha256, artifact.sizeBytes);
    if (await giveRecord(container, key, artifact.body, { conditional, signal })) own.set(filename, artifact);
  };
  const record = async ({ filename, object }: StoredArtifact): Promise<void> => {
    const known = cache?.artifacts.get(filename);
    const trusted = known?.sizeBytes === object.sizeBytes ? known : undefined;
    const sha256 = trusted?.sha256 ?? (await hashObject(container, object.key, signal));
    if (sha256 === undefined) return;
    await give(filename, { sha256, sizeBytes: object.sizeBytes, body: trusted?.body ?? {} });
  };
  const judge = async (artifact: StoredArtifact): Promise<void> => {
    const { filename, object, records } = artifact;
    const sha256 = await hashObject(container, object.key, signal);
    if (sha256 === undefined) return;
    if (!records.some((one) => one.sha256 === sha256)) {
      if (!mayBeOverwritten(artifact)) return;
      await give(filename, { sha256, sizeBytes: object.sizeBytes, body: {} });
    }
    // One of the others may be an upload's again that has come since.
    if ((await container.stat(object.key, signal))?.tag !== object.tag) return;
    await dropRecords(
      container,
      records.filter((one) => one.sha256 !== sha256),
      signal,
    );
  };
  const each = (names: readonly string[], act: (artifact: StoredArtifact) => Promise<void>) =>
    inParallel(names, parallelHashes, async (filename) => {
      throwIfAborted(signal);
      const artifact = artifacts.get(filename);
      if (artifact !== undefined) await act(artifact);
    });
  const projects = new Set<string>();
  const unrecorded: string[] = [];
  const doubtful: string[] = [];
  for (const artifact of artifacts.values()) {
    const { filename, project, records, staleRecords, pruneMark } = artifact;
    projects.add(project);
    if (pruneMark !== undefined) continue;
    if (records.length === 0 && (staleRecords.length === 0 || mayBeOverwritten(artifact)))
      unrecorded.push(filename);
    // Which of two records is right, only the bytes can say; and so it is where an overwrite may have died before its own.
    if (records.length > 1 || (isYoungerThanRecord(artifact) && mayBeOverwritten(artifact)))
      doubtful.push(filename);
  }
  await each(unrecorded, record);
  await each(doubtful, judge);
  return { own, projects };
}

async function dropRecords(
  container: Container,
  records: readonly RecordName[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const { key } of records) {
    throwIfAborted(signal);
    await container.delete(key, signal);
  }
}
