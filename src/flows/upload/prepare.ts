import { hashFile } from '../../io/hash-file.ts';
import { readArtifact } from '../../io/read-artifact.ts';
import type { LocalArtifact } from '../../model/artifact.ts';
import type { WheelhouseError } from '../../model/errors.ts';
import { failureOf } from '../../io/abort.ts';
import { fileSource } from '../../storage/source.ts';
import type { Bytes, NewArtifact } from '../../wheelhouse/new-artifact.ts';
import { hashBytes } from '../../wheelhouse/verified-source.ts';
import { inParallel } from '../../io/in-parallel.ts';

/** A local artifact that cannot be uploaded, and why. */
export interface UnfitArtifact {
  readonly artifact: LocalArtifact;
  readonly error: WheelhouseError;
}

export interface PrepareOptions {
  readonly maxWorkers: number;
  /** ISO 8601 in UTC: when the run began. */
  readonly uploaded: string;
  readonly signal: AbortSignal | undefined;
}

/** Reads and hashes local artifacts. One that is broken stands aside; the others go on. */
export async function prepareUpload(
  local: readonly LocalArtifact[],
  { maxWorkers, uploaded, signal }: PrepareOptions,
): Promise<{ readonly fit: NewArtifact[]; readonly unfit: UnfitArtifact[] }> {
  const fit: NewArtifact[] = [];
  const unfit: UnfitArtifact[] = [];
  const results = await inParallel(local, maxWorkers, async (artifact) => {
    try {
      return await prepareArtifact(artifact, { uploaded, signal });
    } catch (thrown) {
      const error = failureOf(thrown, 'FILE_SYSTEM', `cannot read ${artifact.filename}`, signal);
      if (error.code === 'ABORTED') throw error;
      return { artifact, error };
    }
  });
  for (const result of results) {
    if ('error' in result) unfit.push(result);
    else fit.push(result);
  }
  return { fit, unfit };
}

/**
 * Reads one local artifact: what it says of itself, and its digest where that is not known from its download. Throws
 * `INVALID_ARCHIVE`, `INVALID_METADATA` (also when it disagrees with its name) or `FILE_SYSTEM`.
 */
export async function prepareArtifact(
  { path, filename, distribution }: LocalArtifact,
  { uploaded, signal, known }: Omit<PrepareOptions, 'maxWorkers'> & { readonly known?: Bytes },
): Promise<NewArtifact> {
  const { metadata, metadataBytes } = await readArtifact({ path, distribution }, { signal });
  // The size comes from the same pass as the digest: the file may have grown since the folder was read.
  const { sha256, sizeBytes } = known ?? (await hashOf(path, signal));
  const requiresPython = metadata.requires_python;
  const hasSidecar = distribution.kind === 'wheel';
  return {
    filename,
    distribution,
    sizeBytes,
    sha256,
    source: fileSource(path, sizeBytes),
    body: {
      uploaded,
      ...(requiresPython === undefined || requiresPython === '' ? {} : { requiresPython }),
      ...(hasSidecar ? { metadataSha256: hashBytes(metadataBytes) } : {}),
    },
    ...(hasSidecar ? { sidecar: metadataBytes } : {}),
  };
}

async function hashOf(path: string, signal: AbortSignal | undefined): Promise<Bytes> {
  const { hashes, sizeBytes } = await hashFile(path, ['sha256'], { signal });
  return { sha256: hashes.sha256, sizeBytes };
}
