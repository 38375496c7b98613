import { WheelhouseError } from '../model/errors.ts';
import type { Container, StoredObject } from '../storage/container.ts';
import { nameRecord, type RecordName } from './stored-artifact.ts';
import { artifactKey, classify, recordPrefix } from './layout.ts';
import type { Bytes } from './new-artifact.ts';
import { parseRecord, type RecordBody } from './record.ts';
import { readText } from './stored-page.ts';
import { hashStream } from './verified-source.ts';

/** What is stored under an artifact's name. */
export interface FoundArtifact {
  readonly object: StoredObject;
  /** Whether it is these very bytes. */
  readonly identical: boolean;
  /** Every record of the name, whatever its size. */
  readonly records: readonly RecordName[];
}

/**
 * Looks at one name in the container: is something there, and is it these bytes? The one record of its size answers
 * that; without one (an upload half done, another tool's object) the object is read and hashed.
 */
export async function findArtifact(
  container: Container,
  filename: string,
  bytes: Bytes,
  signal?: AbortSignal,
): Promise<FoundArtifact | undefined> {
  const object = await container.stat(artifactKey(filename), signal);
  if (object === undefined) return undefined;
  const records = await listRecords(container, filename, signal);
  const identical = await isIdentical(container, object, records, bytes, signal);
  return identical === undefined ? undefined : { object, identical, records };
}

/** Every record of a name. */
export async function listRecords(
  container: Container,
  filename: string,
  signal?: AbortSignal,
): Promise<RecordName[]> {
  const records: RecordName[] = [];
  for await (const { key } of container.list(recordPrefix(filename), signal)) {
    const found = classify(key);
    if (found.kind === 'record') records.push(nameRecord(filename, found.sha256, found.sizeBytes));
  }
  return records;
}

/** The SHA-256 of an object's bytes, hex; undefined when it is not there. */
export async function hashObject(
  container: Container,
  key: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const opened = await container.read(key, { signal });
  return opened === undefined ? undefined : hashStream(opened.body);
}

/** What these records say, as far as they are there. */
export async function readRecords(
  container: Container,
  records: readonly RecordName[],
  signal?: AbortSignal,
): Promise<RecordBody[]> {
  const bodies: RecordBody[] = [];
  for (const { key } of records) bodies.push(parseRecord((await readText(container, key, signal)) ?? ''));
  return bodies;
}

/** Undefined: the object went away while it was looked at. */
async function isIdentical(
  container: Container,
  object: StoredObject,
  records: readonly RecordName[],
  bytes: Bytes,
  signal: AbortSignal | undefined,
): Promise<boolean | undefined> {
  if (object.sizeBytes !== bytes.sizeBytes) return false;
  const [first, ...others] = records.filter(({ sizeBytes }) => sizeBytes === object.sizeBytes);
  if (first !== undefined && others.length === 0) return first.sha256 === bytes.sha256;
  const opened = await container.read(object.key, { signal });
  if (opened === undefined) return undefined;
  if (object.tag !== undefined && opened.tag !== object.tag) {
    opened.body.destroy();
    throw new WheelhouseError('PRECONDITION_FAILED', `${object.key} changed while it was looked at`);
  }
  return (await hashStream(opened.body)) === bytes.sha256;
}
