import pLimit from 'p-limit';
import type { Container } from '../storage/container.ts';
import type { Inventory } from './inventory.ts';
import { toPart, toRecord, type Part } from './stored-artifact.ts';
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
  const orphans = new Set(inventory.orphans);
  const doubtful: Promise<Confirmed | undefined>[] = [];
  for (const [filename, own] of claims.own) {
    if (lists(inventory, filename, own.sha256)) continue;
    doubtful.push(limit(() => confirm(container, filename, { ...own, recorded: true }, signal)));
  }
  for (const filename of claims.cache.artifacts.keys()) {
    if (inventory.artifacts.has(filename) || claims.own.has(filename)) continue;
    const known = claims.cache.artifacts.get(filename);
    if (known === undefined || orphans.has(markKey(filename, 'pruned'))) continue;
    doubtful.push(limit(() => confirm(container, filename, { ...known, recorded: false }, signal)));
  }
  const confirmed = (await settled(doubtful)).filter((one) => one !== undefined);
  return confirmed.length === 0
    ? inventory
    : { ...inventory, artifacts: inventory.artifacts.with(confirmed) };
}

function lists(inventory: Inventory, filename: string, sha256: string): boolean {
  return inventory.artifacts.get(filename)?.records.some((record) => record.sha256 === sha256) ?? false;
}

type Confirmed = readonly [filename: string, parts: readonly Part[]];

async function confirm(
  container: Container,
  filename: string,
  { sha256, sizeBytes, body, recorded }: OwnArtifact & { readonly recorded: boolean },
  signal: AbortSignal | undefined,
): Promise<Confirmed | undefined> {
  const look = (key: string) => container.stat(key, signal);
  const object = await look(artifactKey(filename));
  if (object?.sizeBytes !== sizeBytes) return undefined;
  const record = recorded ? await look(recordKey(filename, sha256, sizeBytes)) : undefined;
  if (recorded && record === undefined) return undefined;
  const sidecar = body.metadataSha256 === undefined ? undefined : await look(sidecarKey(filename));
  return [
    filename,
    [
      toPart(object, 'artifact'),
      ...(record === undefined ? [] : [toRecord(record, { sha256, sizeBytes })]),
      ...(sidecar === undefined ? [] : [toPart(sidecar, 'sidecar')]),
    ],
  ];
}
