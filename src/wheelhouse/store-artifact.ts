import { WheelhouseError } from '../model/errors.ts';
import type { Container, StoredObject } from '../storage/container.ts';
import { findArtifact, listRecords, readRecords, type FoundArtifact } from './find-artifact.ts';
import { artifactHeaders } from './headers.ts';
import type { RecordName } from './stored-artifact.ts';
import { artifactKey } from './layout.ts';
import { overwritten, type NewArtifact } from './new-artifact.ts';
import type { RecordBody } from './record.ts';
import { hasSidecar, stands } from './stands.ts';
import { storeBeside } from './store-beside.ts';
import { verifiedSource } from './verified-source.ts';
import { isLostRace, maxRaces, retried, unchangedSince, type WriteMode } from './write-mode.ts';

/** Same name, other bytes. */
export type OnConflict = 'error' | 'overwrite' | 'skip';

export type InTurn = <T>(send: () => Promise<T>) => Promise<T>;

export interface StoreOptions extends WriteMode {
  readonly onConflict: OnConflict;
  /** Look at what is there before anything is sent; without it, an object in the way is found by the write. */
  readonly look: boolean;
  /** When an artifact's bytes have their turn: how many are on their way at once is the caller's affair. Default: now. */
  readonly inTurn?: InTurn | undefined;
  readonly onProgress?: ((doneBytes: number) => void) | undefined;
}

export interface StoreResult {
  readonly outcome: 'uploaded' | 'unchanged' | 'skipped';
  /** The body of the record, if this call wrote it. */
  readonly body?: RecordBody;
  /** The version tag of the artifact, if this call wrote it. */
  readonly tag?: string;
}

/** What to do about other bytes under the same name. */
export const conflictHint = 'give the build a new version, or use --on-conflict overwrite';

const atOnce: InTurn = (send) => send();

/**
 * Stores one artifact: its bytes, its sidecar, its record, in this order, so that a record always tells of something
 * complete. Identical bytes are never sent again, and nothing is overwritten that was not looked at before. Throws
 * `CONFLICT` when other bytes have the name, `HASH_MISMATCH` when the source changed under way.
 */
export async function storeArtifact(
  container: Container,
  artifact: NewArtifact,
  options: StoreOptions,
): Promise<StoreResult> {
  const { filename } = artifact;
  let look = options.look || !options.conditional;
  for (let race = 0; race < maxRaces; race++) {
    try {
      const found = look ? await findArtifact(container, filename, artifact, options.signal) : undefined;
      look = true;
      if (found?.identical === true) return await complete(container, artifact, found, options);
      if (found !== undefined && options.onConflict === 'skip') return { outcome: 'skipped' };
      // Whatever is mistyped in JavaScript overwrites nothing.
      if (found !== undefined && options.onConflict !== 'overwrite') throw conflict(artifact, found);
      return await send(container, artifact, found, options);
    } catch (thrown) {
      if (!isLostRace(thrown)) throw thrown;
    }
  }
  throw overwritten(filename);
}

async function send(
  container: Container,
  artifact: NewArtifact,
  found: FoundArtifact | undefined,
  options: StoreOptions,
): Promise<StoreResult> {
  const { filename, distribution, sha256, sizeBytes } = artifact;
  const { signal, onProgress, inTurn = atOnce } = options;
  const key = artifactKey(filename);
  const isChecked = container.checksSha256?.(sizeBytes) === true;
  const verified = isChecked ? undefined : verifiedSource(artifact.source, filename, sha256);
  const tagNow = async (): Promise<string | undefined> => (await container.stat(key, signal))?.tag;
  const { tag } = await retried(`the upload of ${filename}`, options, async (n) => {
    // After a lost answer the bytes may be there: what is there is looked at before they are sent again.
    if (n > 1 && (await tagNow()) !== found?.object.tag)
      throw new WheelhouseError('PRECONDITION_FAILED', `${filename} is there by now`);
    const write = {
      ...artifactHeaders('artifact', distribution),
      ...unchangedSince(found?.object, options),
      sha256,
      signal,
      onProgress,
    };
    return inTurn(() => container.write(key, verified ?? artifact.source, write));
  });
  const isOurs = async (): Promise<boolean> => isStill(filename, await container.stat(key, signal), tag);
  try {
    await verified?.verify();
  } catch (thrown) {
    if ((await tagNow()) === tag) await container.delete(key, signal); // better missing than wrong
    throw thrown;
  }
  const met = found !== undefined;
  // Those of other bytes that are written from now on are withdrawn by whoever writes them.
  const records = met ? await listRecords(container, filename, signal) : [];
  const dated = await dateAfter(container, artifact, records, options);
  const body = await storeBeside(container, dated, { ...options, met, replacing: met, isOurs });
  if (met && !(await isOurs()) && !(await stands(container, artifact, { tag, signal })))
    throw overwritten(filename);
  return { outcome: 'uploaded', tag, ...(body && { body }) };
}

/** Adds what a killed upload has left out beside bytes that are there. */
async function complete(
  container: Container,
  artifact: NewArtifact,
  found: FoundArtifact,
  options: StoreOptions,
): Promise<StoreResult> {
  const { records, object } = found;
  const rivals = records.filter((record) => record.sha256 !== artifact.sha256);
  const contested = rivals.some(({ sizeBytes }) => sizeBytes === artifact.sizeBytes);
  const recorded = records.length > rivals.length && !contested;
  if (recorded && (await hasSidecar(container, artifact, options.signal))) return { outcome: 'unchanged' };
  const isOurs = async (): Promise<boolean> =>
    isStill(artifact.filename, await container.stat(object.key, options.signal), object.tag);
  const dated = await dateAfter(container, artifact, records, options);
  const body = await storeBeside(container, dated, {
    ...options,
    met: true,
    replacing: contested,
    isOurs,
  });
  return { outcome: 'unchanged', ...(body && { body }) };
}

/** Whether an object is the one with this tag. One that is gone is no other's: retention has removed what was pruned. */
function isStill(filename: string, now: StoredObject | undefined, tag: string | undefined): boolean {
  if (now === undefined)
    throw new WheelhouseError('PRECONDITION_FAILED', `${filename} was removed meanwhile`);
  return now.tag === tag;
}

/** Clocks of two build machines differ: a record that follows others is dated after them. */
async function dateAfter(
  container: Container,
  artifact: NewArtifact,
  records: readonly RecordName[],
  { signal }: StoreOptions,
): Promise<NewArtifact> {
  const { uploaded } = artifact.body;
  if (uploaded === undefined) return artifact;
  const times = (await readRecords(container, records, signal)).map((body) =>
    Date.parse(body.uploaded ?? ''),
  );
  const newestMs = Math.max(0, ...times.filter((time) => !Number.isNaN(time)));
  if (Date.parse(uploaded) > newestMs) return artifact;
  return { ...artifact, body: { ...artifact.body, uploaded: new Date(newestMs + 1).toISOString() } };
}

function conflict(
  { filename, sizeBytes }: NewArtifact,
  { object }: { object: StoredObject },
): WheelhouseError {
  const sizes =
    object.sizeBytes === sizeBytes ? 'of the same size' : `${object.sizeBytes} instead of ${sizeBytes}`;
  return new WheelhouseError('CONFLICT', `${filename} is there with other bytes (${sizes})`, {
    hint: conflictHint,
  });
}
