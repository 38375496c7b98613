import type { Container } from '../storage/container.ts';
import { bytesSource } from '../storage/source.ts';
import { artifactHeaders, pageHeaders } from './headers.ts';
import { recordKey, sidecarKey } from './layout.ts';
import {
  isLostRace,
  maxRaces,
  overwritten,
  retried,
  unchangedSince,
  type NewArtifact,
  type WriteMode,
} from './new-artifact.ts';
import { parseRecord, renderRecord, type RecordBody } from './record.ts';
import { readStoredPage } from './stored-page.ts';

export interface BesideMode extends WriteMode {
  /** Whether an object of the same name was there, so that a sidecar may be. */
  readonly met: boolean;
  /** Whether a record of the same bytes is replaced. */
  readonly replacing: boolean;
  /** Whether the artifact in the container is still the one that this belongs to. */
  readonly isOurs: () => Promise<boolean>;
}

/** Writes what goes beside an artifact: sidecar, then record. Answers the record's body if it wrote it. */
export async function storeBeside(
  container: Container,
  artifact: NewArtifact,
  mode: BesideMode,
): Promise<RecordBody | undefined> {
  await retried(`the metadata of ${artifact.filename}`, mode, () => putSidecar(container, artifact, mode));
  return putRecord(container, artifact, mode);
}

/** A sidecar in the way is replaced only while the artifact beside it is still the one that it belongs to. */
async function putSidecar(
  container: Container,
  { filename, distribution, sidecar }: NewArtifact,
  mode: BesideMode,
): Promise<void> {
  if (sidecar === undefined) return;
  const key = sidecarKey(filename);
  let look = mode.met;
  for (let race = 0; race < maxRaces; race++) {
    const there = look ? await readStoredPage(container, key, mode.signal) : undefined;
    if (there?.bytes?.equals(sidecar) === true) return;
    if (look && !(await mode.isOurs())) throw overwritten(filename);
    look = true;
    try {
      await container.write(key, bytesSource(sidecar), {
        ...artifactHeaders('sidecar', distribution),
        ...unchangedSince(there, mode),
        signal: mode.signal,
      });
      return;
    } catch (thrown) {
      if (!isLostRace(thrown)) throw thrown;
    }
  }
  throw overwritten(filename);
}

/**
 * A record that is there stays: another upload of the same bytes has written it, and pages may show its time. Only an
 * overwrite replaces the one that a change to and fro has left, since its own time must be the newer one; and one that
 * `index` gave, having found the bytes without a record, says nothing of them.
 */
async function putRecord(
  container: Container,
  { filename, sha256, sizeBytes, body }: NewArtifact,
  { replacing, ...mode }: BesideMode,
): Promise<RecordBody | undefined> {
  const key = recordKey(filename, sha256, sizeBytes);
  let look = !mode.conditional;
  for (let race = 0; race < maxRaces; race++) {
    const there = look && !replacing ? await readStoredPage(container, key, mode.signal) : undefined;
    if (there?.bytes !== undefined && parseRecord(there.bytes.toString('utf8')).uploaded !== undefined)
      return undefined;
    look = true;
    try {
      await retried(`the record of ${filename}`, mode, () =>
        container.write(key, bytesSource(renderRecord(body)), {
          ...pageHeaders('json'),
          ...(replacing ? {} : unchangedSince(there, mode)),
          signal: mode.signal,
        }),
      );
      return body;
    } catch (thrown) {
      if (!isLostRace(thrown)) throw thrown;
    }
  }
  return undefined;
}
