import type { ArtifactResult, UploadOutcome } from '../../model/events.ts';
import type { Container } from '../../storage/container.ts';
import { findArtifact } from '../../wheelhouse/find-artifact.ts';
import { readInventory } from '../../wheelhouse/inventory.ts';
import type { StoredArtifact } from '../../wheelhouse/stored-artifact.ts';
import { conflictHint } from '../../wheelhouse/store-artifact.ts';
import { ifThere } from '../if-there.ts';
import { inParallel } from '../../io/in-parallel.ts';
import type { UploadOptions } from './options.ts';
import type { HashedArtifact, KnownDigests, UploadStep } from './plan.ts';

/**
 * What is in the container of the names that an upload would send, by digest; undefined where it is other bytes than
 * these. A dry run cannot find out by sending that `metadata.json` (`claimed`) knows too little or too much, so it lists
 * the container, and reads only what has no digest anywhere.
 */
export async function lookAhead(
  container: Container,
  artifacts: readonly HashedArtifact[],
  claimed: KnownDigests,
  { maxWorkers = 4, signal }: Pick<UploadOptions, 'maxWorkers' | 'signal'>,
): Promise<KnownDigests> {
  const inventory = await ifThere(container, readInventory(container, signal));
  const met = artifacts.flatMap((artifact) => {
    const stored = inventory?.artifacts.get(artifact.filename);
    return stored === undefined ? [] : [{ artifact, stored }];
  });
  const digests = await inParallel(met, maxWorkers, async ({ artifact, stored }) => {
    const sha256 = digestOf(stored, claimed.get(artifact.filename));
    if (sha256 !== undefined) return sha256;
    const found = await findArtifact(container, artifact.filename, artifact, signal);
    return found?.identical === true ? artifact.sha256 : undefined;
  });
  return new Map(met.map(({ artifact }, i) => [artifact.filename, { sha256: digests[i] }]));
}

function digestOf({ object, records }: StoredArtifact, claimed: ReturnType<KnownDigests['get']>) {
  const [record, ...others] = records;
  if (record !== undefined) return others.length === 0 ? record.sha256 : undefined;
  return claimed?.sizeBytes === object.sizeBytes ? claimed.sha256 : undefined;
}

const outcomes = {
  send: 'uploaded',
  overwrite: 'uploaded',
  keep: 'unchanged',
  skip: 'skipped',
  refuse: 'failed',
} as const satisfies Record<UploadStep['action'], UploadOutcome>;

/** What a dry run expects to become of an artifact. */
export function foresee({ artifact, action, reason }: UploadStep): ArtifactResult<UploadOutcome> {
  const { filename, sha256, sizeBytes: size } = artifact;
  const told = action === 'refuse' ? `${reason} (${conflictHint})` : reason;
  return { filename, outcome: outcomes[action], sha256, size, reason: told };
}
