import { compareHashes, type Hashes } from '../../model/digest.ts';
import { normalizeName } from '../../model/name.ts';
import type { PublishableArtifact, RegistryFile } from '../../registry/target.ts';

/** What a registry's index says of an artifact; `unproven`: its name is listed without a digest to compare. */
export type Presence = 'absent' | 'same' | 'different' | 'unproven' | 'unreadable';

/** An artifact with the digests that are known of it: all of one that was read, an index's own of one that was not. */
export type Digested = Pick<PublishableArtifact, 'filename' | 'distribution'> & {
  readonly md5?: string | undefined;
  readonly sha256?: string | undefined;
  readonly blake2b256?: string | undefined;
};

export interface PresenceOptions {
  /** The registry has said that the name is taken: what its index does not name may have it. Default: false. */
  readonly nameTaken?: boolean;
}

/** Compares an artifact by digest with the registry's files; undefined stands for an index that cannot be read. */
export function presenceOf(
  artifact: Digested,
  files: ReadonlyMap<string, RegistryFile> | undefined,
  { nameTaken = false }: PresenceOptions = {},
): Presence {
  if (files === undefined) return 'unreadable';
  const named = files.get(artifact.filename);
  const agreement = named === undefined ? 'unknown' : compareHashes(hashesOf(artifact), named.hashes);
  if (agreement !== 'unknown') return agreement;
  const among = amongNameless(artifact, files);
  if (among === 'same') return 'same';
  if (among === 'different' && (named !== undefined || nameTaken)) return 'different';
  return named === undefined ? 'absent' : 'unproven';
}

/**
 * What files without names tell: the same bytes are the same file; and a name that is taken is taken by other bytes
 * when its version has files, and none of them has these bytes.
 */
function amongNameless(
  artifact: Digested,
  files: ReadonlyMap<string, RegistryFile>,
): 'same' | 'different' | 'unknown' {
  const ours = hashesOf(artifact);
  let rivals = 0;
  let unknown = 0;
  for (const { hashes, nameless } of files.values()) {
    if (nameless === undefined) continue;
    const agreement = compareHashes(ours, hashes);
    if (agreement === 'same') return 'same';
    if (nameless.version !== artifact.distribution.version) continue;
    rivals++;
    if (agreement === 'unknown') unknown++;
  }
  return rivals > 0 && unknown === 0 ? 'different' : 'unknown';
}

function hashesOf({ md5, sha256, blake2b256 }: Digested): Hashes {
  return {
    ...(md5 === undefined ? {} : { md5 }),
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(blake2b256 === undefined ? {} : { blake2b_256: blake2b256 }),
  };
}

/** A project as the metadata of its artifact writes it: some registries list it by that very spelling. */
export function writtenProject({ metadata, distribution }: PublishableArtifact): string {
  return metadata.name ?? distribution.project;
}

/** The projects of a release by normalized name, as they are written. */
export function writtenProjects(artifacts: readonly PublishableArtifact[]): ReadonlyMap<string, string> {
  return new Map(
    artifacts.map((artifact) => [normalizeName(artifact.distribution.project), writtenProject(artifact)]),
  );
}
