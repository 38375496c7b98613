import { isDigest } from '../model/digest.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { isJsonObject, parseJsonObject, recordBody, recordFields, type RecordBody } from './record.ts';

/** What `metadata.json` says of one artifact: the original's digest and size, and a copy of its record's body. */
export interface KnownArtifact {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly body: RecordBody;
  /** The yank mark as it was read last, with the tag it had. */
  readonly yank?: { readonly tag: string; readonly reason: string };
}

/** The content of `metadata.json`. */
export interface MetadataFile {
  readonly artifacts: ReadonlyMap<string, KnownArtifact>;
  /** Entries whose key names no distribution: another tool's, carried along as they are. */
  readonly foreign: ReadonlyMap<string, unknown>;
}

export const emptyMetadataFile: MetadataFile = { artifacts: new Map(), foreign: new Map() };

/**
 * Reads `metadata.json`, ours or the one that the Python tool wrote; undefined when it is no JSON object. An
 * entry without a well-formed digest and size says nothing about its artifact.
 */
export function parseMetadataFile(text: string): MetadataFile | undefined {
  try {
    return toMetadataFile(entriesByLine(text));
  } catch {
    const entries = parseJsonObject(text);
    return entries && toMetadataFile(Object.entries(entries));
  }
}

const readBefore = new WeakMap<Buffer, MetadataFile | undefined>();

/** The same of bytes that were read from a container: a run that asks for them again gets what it got before. */
export function readMetadataFile(bytes: Buffer): MetadataFile | undefined {
  if (!readBefore.has(bytes)) readBefore.set(bytes, parseMetadataFile(bytes.toString('utf8')));
  return readBefore.get(bytes);
}

/**
 * The entries of a file that we wrote, one per line: parsed whole, 100,000 of them take several times their memory.
 * Throws for whatever is written in another way.
 */
function* entriesByLine(text: string): Generator<[string, unknown]> {
  const [head, tail] = ['{\n', '\n}\n'];
  const end = text.length - tail.length;
  if (!text.startsWith(head) || text.indexOf(tail) !== end) throw new SyntaxError('not in lines');
  for (let start = head.length, stop = start; start < end; start = stop + ',\n'.length) {
    const comma = text.indexOf(',\n', start);
    stop = comma === -1 || comma + 1 >= end ? end : comma;
    const line = text.slice(start, stop);
    const colon = line.indexOf('": ');
    const name: unknown = JSON.parse(line.slice(0, colon + 1));
    yield [String(name), JSON.parse(line.slice(colon + 3))];
  }
}

function toMetadataFile(entries: Iterable<[string, unknown]>): MetadataFile {
  const artifacts = new Map<string, KnownArtifact>();
  const foreign = new Map<string, unknown>();
  for (const [filename, entry] of entries) {
    if (!parseDistributionFilename(filename).ok) {
      foreign.set(filename, entry);
      continue;
    }
    const known = isJsonObject(entry) ? parseEntry(entry) : undefined;
    if (known !== undefined) artifacts.set(filename, known);
  }
  return { artifacts, foreign };
}

function parseEntry(entry: Readonly<Record<string, unknown>>): KnownArtifact | undefined {
  const { sha256, size, yanked, 'yanked-tag': tag } = entry;
  if (typeof sha256 !== 'string' || !isDigest('sha256', sha256)) return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
  const yank = typeof yanked === 'string' && typeof tag === 'string' ? { yank: { tag, reason: yanked } } : {};
  return { sha256, sizeBytes: size, body: recordBody(entry), ...yank };
}

/** Writes `metadata.json`, one line per file, so that two versions can be compared by eye. */
export function* renderMetadataFile({ artifacts, foreign }: MetadataFile): Generator<string> {
  const filenames = [...new Set([...foreign.keys(), ...artifacts.keys()])].sort();
  if (filenames.length === 0) {
    yield '{}\n';
    return;
  }
  let before = '{\n';
  for (const filename of filenames) {
    const known = artifacts.get(filename);
    const entry = known === undefined ? foreign.get(filename) : entryOf(known);
    yield `${before}${JSON.stringify(filename)}: ${JSON.stringify(entry)}`;
    before = ',\n';
  }
  yield '\n}\n';
}

function entryOf({ sha256, sizeBytes, body, yank }: KnownArtifact): object {
  return { sha256, size: sizeBytes, ...recordFields(body), yanked: yank?.reason, 'yanked-tag': yank?.tag };
}
