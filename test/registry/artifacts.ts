import { join } from 'node:path';
import { hashFile } from '../../src/io/hash-file.ts';
import { parseDistributionFilename } from '../../src/model/filename.ts';
import { parseMetadata } from '../../src/model/metadata.ts';
import type { PublishableArtifact } from '../../src/registry/target.ts';
import type { MadeDistribution } from '../make-distribution.ts';

/** A distribution of a test as a target takes it; it must be in the folder. */
export async function publishable(made: MadeDistribution, folder: string): Promise<PublishableArtifact> {
  const { filename, bytes, metadata } = made;
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(parsed.reason);
  const path = join(folder, filename);
  const { hashes } = await hashFile(path, ['md5', 'sha256', 'blake2b_256']);
  return {
    path,
    filename,
    sizeBytes: bytes.length,
    distribution: parsed.value,
    metadata: parseMetadata(metadata),
    md5: hashes.md5,
    sha256: hashes.sha256,
    blake2b256: hashes.blake2b_256,
  };
}

/** An artifact that exists in name only, for what is decided without its bytes. */
export function imaginary(
  filename: string,
  metadata: string,
  details: Partial<PublishableArtifact> = {},
): PublishableArtifact {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(parsed.reason);
  return {
    path: filename,
    filename,
    sizeBytes: 1,
    distribution: parsed.value,
    metadata: parseMetadata(metadata),
    md5: '1'.repeat(32),
    sha256: '2'.repeat(64),
    blake2b256: '3'.repeat(64),
    ...details,
  };
}
