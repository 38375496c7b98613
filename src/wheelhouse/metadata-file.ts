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
  const entries = parseJsonObject(text);
  if (entries === undefined) return undefined;
  const artifacts = new Map<string, KnownArtifact>();
  const foreign = new Map<string, unknown>();
  for (const [filename, entry] of Object.entries(entries)) {
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
export function renderMetadataFile({ artifacts, foreign }: MetadataFile): string {
  const entries = new Map<string, unknown>(foreign);
  for (const [filename, { sha256, sizeBytes, body, yank }] of artifacts) {
    const yanked = yank === undefined ? {} : { yanked: yank.reason, 'yanked-tag': yank.tag };
    entries.set(filename, { sha256, size: sizeBytes, ...recordFields(body), ...yanked });
  }
  const filenames = [...entries.keys()].sort();
  const lines = filenames.map((name) => `${JSON.stringify(name)}: ${JSON.stringify(entries.get(name))}`);
  return lines.length === 0 ? '{}\n' : `{\n${lines.join(',\n')}\n}\n`;
}
