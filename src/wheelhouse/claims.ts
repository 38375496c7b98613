import pLimit from 'p-limit';
import { normalizeName } from '../model/name.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import type { Container } from '../storage/container.ts';
import { nameRecord, toListed, type Inventory, type StoredArtifact } from './inventory.ts';
import { artifactKey, markKey, recordKey, sidecarKey } from './layout.ts';
import type { MetadataFile } from './metadata-file.ts';
import type { RecordBody } from './record.ts';
import { settled } from './settled.ts';

/** An artifact that this run has stored: it is there even if a listing does not show it yet. */
export interface OwnArtifact {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly body: RecordBody;
}

const parallelStats = 16;

/**
 * The inventory of an eventual listing, completed: what this run has stored and what `metadata.json` lists counts
 * as there if the store confirms it by name. A removed artifact is not confirmed, so it does not come back.
 */
export async function confirmClaims(
  container: Container,
  inventory: Inventory,
  claims: { readonly own: ReadonlyMap<string, OwnArtifact>; readonly cache: MetadataFile },
  signal?: AbortSignal,
): Promise<Inventory> {
  const limit = pLimit(parallelStats);
  const orphans = new Set(inventory.orphans.map(({ key }) => key));
  const doubtful: Promise<StoredArtifact | undefined>[] = [];
  for (const [filename, own] of claims.own) {
    if (lists(inventory, filename, own.sha256)) continue;
    doubtful.push(limit(() => confirm(container, filename, { ...own, recorded: true }, signal)));
  }
  for (const [filename, known] of claims.cache.artifacts) {
    if (inventory.artifacts.has(filename) || claims.own.has(filename)) continue;
    if (orphans.has(markKey(filename, 'pruned'))) continue;
    doubtful.push(limit(() => confirm(container, filename, { ...known, recorded: false }, signal)));
  }
  const confirmed = await settled(doubtful);
  const artifacts = new Map(inventory.artifacts);
  for (const artifact of confirmed) {
    if (artifact !== undefined)
      artifacts.set(artifact.filename, merge(artifact, artifacts.get(artifact.filename)));
  }
  return { ...inventory, artifacts };
}

function lists(inventory: Inventory, filename: string, sha256: string): boolean {
  return inventory.artifacts.get(filename)?.records.some((record) => record.sha256 === sha256) ?? false;
}

async function confirm(
  container: Container,
  filename: string,
  claim: OwnArtifact & { readonly recorded: boolean },
  signal: AbortSignal | undefined,
): Promise<StoredArtifact | undefined> {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) return undefined;
  const object = await container.stat(artifactKey(filename), signal);
  if (object?.sizeBytes !== claim.sizeBytes) return undefined;
  const key = recordKey(filename, claim.sha256, claim.sizeBytes);
  if (claim.recorded && (await container.stat(key, signal)) === undefined) return undefined;
  const promised = claim.body.metadataSha256 !== undefined;
  const sidecar = promised ? await container.stat(sidecarKey(filename), signal) : undefined;
  return {
    filename,
    distribution: parsed.value,
    project: normalizeName(parsed.value.project),
    object: toListed(object),
    records: claim.recorded ? [nameRecord(filename, claim.sha256, claim.sizeBytes)] : [],
    staleRecords: [],
    ...(sidecar === undefined ? {} : { sidecar: toListed(sidecar) }),
  };
}

/** A confirmed artifact with the records and marks of the listed one that it replaces. */
function merge(confirmed: StoredArtifact, listed: StoredArtifact | undefined): StoredArtifact {
  if (listed === undefined) return confirmed;
  const others = [...listed.records, ...listed.staleRecords];
  const { sizeBytes } = confirmed.object;
  return {
    ...listed,
    ...confirmed,
    records: [...confirmed.records, ...others.filter((record) => record.sizeBytes === sizeBytes)],
    staleRecords: others.filter((record) => record.sizeBytes !== sizeBytes),
  };
}
