import { retry } from '../io/retry.ts';
import type { Distribution } from '../model/artifact.ts';
import { WheelhouseError } from '../model/errors.ts';
import type { FlowOptions } from '../model/events.ts';
import type { Container, Source, StoredObject, WriteCondition } from '../storage/container.ts';
import { bytesSource } from '../storage/source.ts';
import { findArtifact, newestRecordMs, type Bytes, type FoundArtifact } from './find-artifact.ts';
import { artifactHeaders, pageHeaders } from './headers.ts';
import { artifactKey, recordKey, sidecarKey } from './layout.ts';
import { renderRecord, type RecordBody } from './record.ts';
import { readStoredPage } from './stored-page.ts';
import { verifiedSource } from './verified-source.ts';

/** Same name, other bytes. */
export type OnConflict = 'error' | 'overwrite' | 'skip';

/** An artifact on its way into a container. */
export interface NewArtifact extends Bytes {
  readonly filename: string;
  readonly distribution: Distribution;
  readonly source: Source;
  readonly body: RecordBody;
  /** The core metadata that goes beside a wheel. */
  readonly sidecar?: Uint8Array;
}

export interface StoreOptions extends FlowOptions {
  /** What {@link Container.conditionalWrites} answered. */
  readonly conditional: boolean;
  readonly onConflict: OnConflict;
  /** Look at what is there before anything is sent; without it, an object in the way is found by the write. */
  readonly look: boolean;
  readonly onProgress?: (doneBytes: number) => void;
}

export interface StoreResult {
  readonly outcome: 'uploaded' | 'unchanged' | 'skipped';
  /** The body of the record, if this call wrote it. */
  readonly body?: RecordBody;
  /** The version tag of the artifact, if this call wrote it. */
  readonly tag?: string;
}

const maxRaces = 8;

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
    const found = look ? await findArtifact(container, filename, artifact, options.signal) : undefined;
    look = true;
    if (found?.identical === true) return complete(container, artifact, found, options);
    if (found !== undefined && options.onConflict === 'skip') return { outcome: 'skipped' };
    if (found !== undefined && options.onConflict === 'error') throw conflict(artifact, found);
    try {
      return await send(container, artifact, found, options);
    } catch (thrown) {
      if (!isLostRace(thrown)) throw thrown;
    }
  }
  throw overwritten(filename);
}

/** The failure of an upload whose object another upload has replaced meanwhile. */
export function overwritten(filename: string): WheelhouseError {
  return new WheelhouseError('CONFLICT', `${filename} was overwritten by another upload`, {
    hint: 'two builds made the same file name; run again if this one should win',
  });
}

async function send(
  container: Container,
  artifact: NewArtifact,
  found: FoundArtifact | undefined,
  options: StoreOptions,
): Promise<StoreResult> {
  const { filename, distribution, sha256, sizeBytes } = artifact;
  const { signal, onProgress } = options;
  const source = verifiedSource(artifact.source, filename, sha256);
  let attempts = 0;
  const stored = await retried(`the upload of ${filename}`, options, async () => {
    // After a lost answer the bytes may be there: what is there is looked at before they are sent again.
    if (attempts++ > 0 && (await container.stat(artifactKey(filename), signal))?.tag !== found?.object.tag) {
      throw new WheelhouseError('PRECONDITION_FAILED', `${filename} is there by now`);
    }
    return container.write(artifactKey(filename), source, {
      ...artifactHeaders('artifact', distribution),
      ...conditionOf(found?.object, options),
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
  });
  try {
    await source.verify();
  } catch (thrown) {
    await container.delete(artifactKey(filename), signal); // better missing than wrong
    throw thrown;
  }
  const isOurs = async (): Promise<boolean> =>
    (await container.stat(artifactKey(filename), signal))?.tag === stored.tag;
  await retried(`the metadata of ${filename}`, options, () =>
    putSidecar(container, artifact, { ...options, isOurs, look: found !== undefined }),
  );
  const newestMs = found === undefined ? 0 : await newestRecordMs(container, found.records, signal);
  const body = await putRecord(container, withTimeAfter(artifact, newestMs), options, found !== undefined);
  if (found !== undefined && !(await isOurs())) {
    const now = await findArtifact(container, filename, artifact, signal);
    if (now?.identical !== true) {
      await container.delete(recordKey(filename, sha256, sizeBytes), signal);
      throw overwritten(filename);
    }
  }
  return { outcome: 'uploaded', tag: stored.tag, ...(body && { body }) };
}

/** What a killed upload has left out beside bytes that are there. */
async function complete(
  container: Container,
  artifact: NewArtifact,
  found: FoundArtifact,
  options: StoreOptions,
): Promise<StoreResult> {
  if (found.records.some(({ sha256 }) => sha256 === artifact.sha256)) return { outcome: 'unchanged' };
  const { filename } = artifact;
  const isOurs = async (): Promise<boolean> =>
    (await container.stat(artifactKey(filename), options.signal))?.tag === found.object.tag;
  await retried(`the metadata of ${filename}`, options, () =>
    putSidecar(container, artifact, { ...options, isOurs, look: true }),
  );
  const newestMs = await newestRecordMs(container, found.records, options.signal);
  const body = await putRecord(container, withTimeAfter(artifact, newestMs), options, false);
  return { outcome: 'unchanged', ...(body && { body }) };
}

/** A sidecar in the way is replaced only while the artifact beside it is still the one that it belongs to. */
async function putSidecar(
  container: Container,
  { filename, distribution, sidecar }: NewArtifact,
  options: StoreOptions & { readonly isOurs: () => Promise<boolean> },
): Promise<void> {
  if (sidecar === undefined) return;
  const key = sidecarKey(filename);
  let { look } = options;
  for (let race = 0; race < maxRaces; race++) {
    const there = look ? await readStoredPage(container, key, options.signal) : undefined;
    if (there?.bytes?.equals(sidecar) === true) return;
    if (look && !(await options.isOurs())) throw overwritten(filename);
    look = true;
    try {
      await container.write(key, bytesSource(sidecar), {
        ...artifactHeaders('sidecar', distribution),
        ...conditionOf(there, options),
        ...(options.signal && { signal: options.signal }),
      });
      return;
    } catch (thrown) {
      if (!isLostRace(thrown)) throw thrown;
    }
  }
  throw overwritten(filename);
}

/**
 * Writes the record; answers its body, or undefined when the record was there before. Only an overwrite replaces an
 * older record of the same bytes, which a change to and fro has left: its time must be the newer one.
 */
async function putRecord(
  container: Container,
  { filename, sha256, sizeBytes, body }: NewArtifact,
  options: StoreOptions,
  replace: boolean,
): Promise<RecordBody | undefined> {
  const key = recordKey(filename, sha256, sizeBytes);
  const conditional = options.conditional && !replace;
  if (!options.conditional && !replace && (await container.stat(key, options.signal)) !== undefined) {
    return undefined;
  }
  try {
    await retried(`the record of ${filename}`, options, () =>
      container.write(key, bytesSource(renderRecord(body)), {
        ...pageHeaders('json'),
        ...conditionOf(undefined, { conditional }),
        ...(options.signal && { signal: options.signal }),
      }),
    );
    return body;
  } catch (thrown) {
    if (isLostRace(thrown)) return undefined;
    throw thrown;
  }
}

/** Clocks of two build machines differ: a record that follows others is dated after them. */
function withTimeAfter(artifact: NewArtifact, newestMs: number): NewArtifact {
  const { uploaded } = artifact.body;
  if (uploaded === undefined || Date.parse(uploaded) > newestMs) return artifact;
  return { ...artifact, body: { ...artifact.body, uploaded: new Date(newestMs + 1).toISOString() } };
}

function conditionOf(
  there: { readonly tag?: string } | undefined,
  { conditional }: { readonly conditional: boolean },
): { condition?: WriteCondition } {
  if (!conditional) return {};
  return { condition: there?.tag === undefined ? { ifAbsent: true } : { ifTag: there.tag } };
}

function retried<T>(what: string, options: FlowOptions, attempt: () => Promise<T>): Promise<T> {
  return retry(attempt, {
    attempts: 3,
    what,
    ...(options.signal && { signal: options.signal }),
    onRetry: (told) => options.onEvent?.({ event: 'retry', ...told }),
  });
}

function isLostRace(thrown: unknown): boolean {
  return thrown instanceof WheelhouseError && thrown.code === 'PRECONDITION_FAILED';
}

function conflict(artifact: NewArtifact, { object }: FoundArtifact): WheelhouseError {
  const size = (object satisfies StoredObject) && `${object.sizeBytes} bytes`;
  return new WheelhouseError(
    'CONFLICT',
    `${artifact.filename} is there with other bytes (${size}; this one has ${artifact.sizeBytes})`,
    { hint: 'give the build a new version, or use --on-conflict overwrite' },
  );
}
