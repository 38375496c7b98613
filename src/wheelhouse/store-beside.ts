import type { Container, StoredObject } from '../storage/container.ts';
import { bytesSource } from '../storage/source.ts';
import { hashObject, listRecords, readRecords } from './find-artifact.ts';
import { artifactHeaders, pageHeaders } from './headers.ts';
import { artifactKey, recordKey, sidecarKey } from './layout.ts';
import { overwritten, type NewArtifact } from './new-artifact.ts';
import { parseRecord, renderRecord, type RecordBody } from './record.ts';
import { readStoredPage } from './stored-page.ts';
import { hashBytes } from './verified-source.ts';
import { isLostRace, maxRaces, retried, unchangedSince, type WriteMode } from './write-mode.ts';

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
  const sidecar = () =>
    retried(`the metadata of ${artifact.filename}`, mode, () => putSidecar(container, artifact, mode));
  if (!(await sidecar())) throw overwritten(artifact.filename);
  const body = await putRecord(container, artifact, mode);
  // An upload that this one has overtaken may have put its own there since.
  if (mode.met) await sidecar();
  return body;
}

/**
 * A sidecar in the way is replaced only while the artifact beside it is still the one that it belongs to; false: it is
 * not, or others were faster every time.
 */
async function putSidecar(container: Container, artifact: NewArtifact, mode: BesideMode): Promise<boolean> {
  const { filename, sidecar } = artifact;
  if (sidecar === undefined) return true;
  let look = mode.met;
  for (let race = 0; race < maxRaces; race++) {
    const there = look ? await readStoredPage(container, sidecarKey(filename), mode.signal) : undefined;
    if (there?.bytes?.equals(sidecar) === true) return true;
    if (look && !(await mode.isOurs())) return false;
    look = true;
    const written = await writeSidecar(container, artifact, sidecar, { ...mode, there });
    if (written === undefined) continue;
    if (there?.bytes === undefined || (await mode.isOurs())) return true;
    if (await isOfOthers(container, filename, there.bytes, mode))
      await writeSidecar(container, artifact, there.bytes, { ...mode, there: written });
    return false;
  }
  return false;
}

/** Undefined: another was faster. */
async function writeSidecar(
  container: Container,
  { filename, distribution }: NewArtifact,
  bytes: Uint8Array,
  { there, signal, conditional }: WriteMode & { readonly there: { readonly tag?: string } | undefined },
): Promise<StoredObject | undefined> {
  try {
    return await container.write(sidecarKey(filename), bytesSource(bytes), {
      ...artifactHeaders('sidecar', distribution),
      ...unchangedSince(there, { conditional }),
      signal,
    });
  } catch (thrown) {
    if (!isLostRace(thrown)) throw thrown;
    return undefined;
  }
}

/**
 * Whether a sidecar is that of the bytes that are there: an upload that found it does not write it again, and one whose
 * record is there does not look again.
 */
async function isOfOthers(
  container: Container,
  filename: string,
  sidecar: Uint8Array,
  { signal }: WriteMode,
): Promise<boolean> {
  const sha256 = await hashObject(container, artifactKey(filename), signal);
  const records = (await listRecords(container, filename, signal)).filter((one) => one.sha256 === sha256);
  const [said] = await readRecords(container, records, signal);
  return said?.metadataSha256 === hashBytes(sidecar);
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
