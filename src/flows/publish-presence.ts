import { compareHashes } from '../model/digest.ts';
import type { PublishableArtifact, RegistryFile } from '../registry/target.ts';

/** What a registry's index says of an artifact; `unproven`: its name is listed without a digest to compare. */
export type Presence = 'absent' | 'same' | 'different' | 'unproven' | 'unreadable';

type Digested = Pick<PublishableArtifact, 'filename' | 'md5' | 'sha256' | 'blake2b256'>;

/** Compares an artifact by digest with the registry's files; undefined stands for an index that cannot be read. */
export function presenceOf(
  { filename, md5, sha256, blake2b256 }: Digested,
  files: ReadonlyMap<string, RegistryFile> | undefined,
): Presence {
  if (files === undefined) return 'unreadable';
  const file = files.get(filename);
  if (file === undefined) return 'absent';
  const agreement = compareHashes({ md5, sha256, blake2b_256: blake2b256 }, file.hashes);
  return agreement === 'unknown' ? 'unproven' : agreement;
}
