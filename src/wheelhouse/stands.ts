import type { Container } from '../storage/container.ts';
import { hashObject } from './find-artifact.ts';
import { giveRecord } from './give-record.ts';
import { artifactKey, recordKey, sidecarKey } from './layout.ts';
import type { NewArtifact } from './new-artifact.ts';
import { readStoredPage } from './stored-page.ts';

/**
 * Whether the bytes that were stored are still there, under that tag or another upload's. If not, their record is
 * withdrawn: it would speak for other bytes. The sidecar is the other upload's affair, which replaces it.
 */
export async function stands(
  container: Container,
  artifact: NewArtifact,
  { tag, signal }: { readonly tag: string | undefined; readonly signal: AbortSignal | undefined },
): Promise<boolean> {
  const { filename, sha256, sizeBytes } = artifact;
  const key = artifactKey(filename);
  const there = await container.stat(key, signal);
  if (there !== undefined && there.tag === tag) return true;
  // No record is asked: the one of these bytes is there in any case.
  const found = there?.sizeBytes === sizeBytes ? await hashObject(container, key, signal) : undefined;
  if (found === sha256) return true;
  if (found !== undefined) {
    // Pages would go on with what `metadata.json` has of ours, should the other upload have died before its own record.
    const conditional = await container.conditionalWrites(signal);
    await giveRecord(container, recordKey(filename, found, sizeBytes), {}, { conditional, signal });
  }
  await container.delete(recordKey(filename, sha256, sizeBytes), signal);
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
