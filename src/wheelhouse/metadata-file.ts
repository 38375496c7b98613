import { isDigest } from '../model/digest.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { PackedLists, type NamedValues, type Packing } from './packed.ts';
import { isJsonObject, parseJsonObject, recordBody, recordFields, type RecordBody } from './record.ts';
import { packContent, unpackContent, type PackedContent } from './record-bodies.ts';

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
  readonly artifacts: NamedValues<KnownArtifact>;
  /** Entries whose key names no distribution: another tool's, carried along as they are. */
  readonly foreign: ReadonlyMap<string, unknown>;
}

type PackedKnown = readonly [content: PackedContent, yank: readonly [tag: string, reason: string] | null];

const packing: Packing<KnownArtifact> = {
  pack: ({ yank, ...content }) => {
    const packedYank = yank === undefined ? null : ([yank.tag, yank.reason] as const);
    return JSON.stringify([packContent(content), packedYank] satisfies PackedKnown);
  },
  unpack: (packed) => {
    const [content, yank] = JSON.parse(packed) as PackedKnown;
    const known = unpackContent(content);
    return yank === null ? known : { ...known, yank: { tag: yank[0], reason: yank[1] } };
  },
};

export const emptyMetadataFile: MetadataFile = { artifacts: new Map(), foreign: new Map() };

/**
 * Reads `metadata.json`, ours or the one that the Python tool wrote; undefined when it is no JSON object. An
 * entry without a well-formed digest and size says nothing about its artifact.
 */
export function parseMetadataFile(text: string): MetadataFile | undefined {
  const entries = parseJsonObject(text);
  if (entries === undefined) return undefined;
  const file = new MetadataEntries();
  for (const [filename, entry] of Object.entries(entries)) file.take(filename, entry);
  return file;
}

/** The content of a `metadata.json` as its entries are read. */
export class MetadataEntries implements MetadataFile {
  readonly foreign = new Map<string, unknown>();
  readonly artifacts: NamedValues<KnownArtifact>;
  readonly #known = new PackedLists(packing);

  constructor() {
    const known = this.#known;
    this.artifacts = {
      get: (filename) => known.get(filename)?.[0],
      has: (filename) => known.has(filename),
      keys: () => known.keys(),
    };
  }

  take(filename: string, entry: unknown): void {
    const known = isJsonObject(entry) ? parseEntry(entry) : undefined;
    if (!parseDistributionFilename(filename).ok) this.foreign.set(filename, entry);
    else if (known !== undefined) this.#known.set(filename, known);
  }
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
  let before = '{\n';
  for (const filename of namesIn({ artifacts, foreign })) {
    const known = artifacts.get(filename);
    if (known === undefined && !foreign.has(filename)) continue;
    const entry = known === undefined ? foreign.get(filename) : entryOf(known);
    yield `${before}${JSON.stringify(filename)}: ${JSON.stringify(entry)}`;
    before = ',\n';
  }
  yield before === ',\n' ? '\n}\n' : '{}\n';
}

function namesIn({ artifacts, foreign }: MetadataFile): string[] {
  const known = [...artifacts.keys()];
  return foreign.size === 0 ? known.sort() : [...new Set([...foreign.keys(), ...known])].sort();
}

function entryOf({ sha256, sizeBytes, body, yank }: KnownArtifact): object {
  return { sha256, size: sizeBytes, ...recordFields(body), yanked: yank?.reason, 'yanked-tag': yank?.tag };
}
