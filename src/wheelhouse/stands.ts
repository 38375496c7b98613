import type { Container } from '../storage/container.ts';
import { hashObject, listRecords, readRecords } from './find-artifact.ts';
import { artifactKey, recordKey, sidecarKey } from './layout.ts';
import type { NewArtifact } from './new-artifact.ts';
import type { RecordBody } from './record.ts';
import { readStoredPage } from './stored-page.ts';

/**
 * Whether the bytes that were stored are still there, under that tag or another upload's. If not, what lies beside them
 * is withdrawn: it would speak for other bytes.
 */
export async function stands(
  container: Container,
  artifact: NewArtifact,
  { tag, signal }: { readonly tag: string | undefined; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const { filename, sha256, sizeBytes, sidecar, body } = artifact;
  const key = artifactKey(filename);
  const there = await container.stat(key, signal);
  if (there !== undefined && there.tag === tag) return true;
  // No record is asked: the one of these bytes is there in any case.
  if (there?.sizeBytes === sizeBytes && (await hashObject(container, key, signal)) === sha256) return true;
  const ours = recordKey(filename, sha256, sizeBytes);
  await container.delete(ours, signal);
  if (there === undefined || sidecar === undefined) return false;
  const theirs = (await listRecords(container, filename, signal)).filter(
    (record) => record.key !== ours && record.sizeBytes === there.sizeBytes,
  );
  const bodies = await readRecords(container, theirs, signal);
  // The same core metadata, or none that is known yet, may be what they have beside them.
  const isOfOthers = ({ metadataSha256 }: RecordBody) =>
    metadataSha256 !== undefined && metadataSha256 !== body.metadataSha256;
  const unneeded = bodies.length > 0 && bodies.every(isOfOthers);
  if (unneeded && (await hasSidecar(container, artifact, signal)))
    await container.delete(sidecarKey(filename), signal);
  return false;
}

/**
 * Whether the sidecar is there, and this one: a removal that the upload overtook may have taken it, and an upload of
 * other bytes may have left its own.
 */
export async function hasSidecar(
  container: Container,
  { filename, sidecar }: NewArtifact,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (sidecar === undefined) return true;
  const { bytes } = await readStoredPage(container, sidecarKey(filename), signal);
  return bytes?.equals(sidecar) === true;
}
