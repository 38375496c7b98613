import type { Disagreement, FlowOptions } from '../model/events.ts';
import { throwIfAborted } from '../io/abort.ts';
import type { Container } from '../storage/container.ts';
import { isYoungerThanRecord, mayBeOverwritten } from './audit-plan.ts';
import type { Inventory } from './inventory.ts';
import type { StoredArtifact } from './stored-artifact.ts';
import { artifactKey, sidecarKey } from './layout.ts';
import { parseRecord } from './record.ts';
import { inParallel } from '../io/in-parallel.ts';
import { readStoredPage, readText } from './stored-page.ts';
import { hashBytes, hashStream } from './verified-source.ts';

const parallelHashes = 4;

/**
 * Reads artifacts, and the sidecars beside them, whose bytes may not be those of their record: all of them, or those
 * that were written after it. An upload writes the record last, so nothing that it made is among these.
 */
export async function auditBytes(
  container: Container,
  { artifacts }: Inventory,
  { read = false, signal }: FlowOptions & { readonly read?: boolean | undefined },
): Promise<Disagreement[]> {
  const doubtful: string[] = [];
  for (const artifact of artifacts.live()) if (read || isYounger(artifact)) doubtful.push(artifact.filename);
  const check = async (filename: string): Promise<Disagreement[]> => {
    throwIfAborted(signal);
    const artifact = artifacts.get(filename);
    if (artifact === undefined) return [];
    const [record, ...others] = artifact.records;
    if (record === undefined || others.length > 0) return []; // told already
    const wrong = await checkObject(container, artifact, record.sha256, signal);
    const beside = await checkSidecar(container, artifact, record.key, signal);
    return [...wrong, ...beside];
  };
  return (await inParallel(doubtful, parallelHashes, check)).flat();
}

function isYounger(artifact: StoredArtifact): boolean {
  return isYoungerThanRecord(artifact) || isYoungerThanRecord(artifact, 'sidecar');
}

async function checkObject(
  container: Container,
  artifact: StoredArtifact,
  sha256: string,
  signal: AbortSignal | undefined,
): Promise<Disagreement[]> {
  const { filename, object } = artifact;
  const opened = await container.read(object.key, { signal });
  const found = opened === undefined ? sha256 : await hashStream(opened.body);
  if (found === sha256) return [];
  const message = `${filename} has bytes of sha256 ${found}, its record says ${sha256}`;
  const repairable = mayBeOverwritten(artifact) && isYoungerThanRecord(artifact);
  return [{ code: 'wrong-digest', key: artifactKey(filename), filename, message, repairable }];
}

async function checkSidecar(
  container: Container,
  { filename, sidecar }: StoredArtifact,
  recordKey: string,
  signal: AbortSignal | undefined,
): Promise<Disagreement[]> {
  if (sidecar === undefined) return [];
  const { metadataSha256 } = parseRecord((await readText(container, recordKey, signal)) ?? '');
  const { bytes } = await readStoredPage(container, sidecar.key, signal);
  if (metadataSha256 === undefined || bytes === undefined) return [];
  if (hashBytes(bytes) === metadataSha256) return [];
  const message = `${sidecarKey(filename)} holds other core metadata than its record says`;
  return [{ code: 'wrong-sidecar', key: sidecarKey(filename), filename, message, repairable: false }];
}
