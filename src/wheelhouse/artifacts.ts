import { recordKey } from './layout.ts';
import {
  packDigest,
  PackedLists,
  unpackDigest,
  type NamedValues,
  type PackedOptions,
  type Packing,
} from './packed.ts';
import { partKey, StoredArtifact, type Part } from './stored-artifact.ts';

/** The artifacts of a container by file name. */
export class Artifacts implements NamedValues<StoredArtifact> {
  readonly #listed: PackedLists<Part>;
  /** What was found beyond the listing, and holds instead. */
  readonly #found: ReadonlyMap<string, readonly Part[]>;
  /** The names that carry a prune mark. */
  readonly #pruned: ReadonlySet<string>;

  constructor(
    listed: PackedLists<Part>,
    pruned: ReadonlySet<string>,
    found: ReadonlyMap<string, readonly Part[]> = new Map(),
  ) {
    this.#listed = listed;
    this.#pruned = pruned;
    this.#found = found;
  }

  get(filename: string): StoredArtifact | undefined {
    const parts = this.#partsOf(filename);
    return parts && new StoredArtifact(filename, parts);
  }

  has(filename: string): boolean {
    return this.#found.has(filename) || this.#listed.has(filename);
  }

  *keys(): Generator<string, void> {
    yield* this.#listed.keys();
    for (const filename of this.#found.keys()) if (!this.#listed.has(filename)) yield filename;
  }

  values(): Generator<StoredArtifact, void> {
    return this.#each(this.keys());
  }

  /** Those that are not on their way out. */
  live(): Generator<StoredArtifact, void> {
    return this.#each(this.liveNames());
  }

  *liveNames(): Generator<string, void> {
    for (const filename of this.keys()) if (!this.#pruned.has(filename)) yield filename;
  }

  /** Those that carry a prune mark. */
  pruned(): Generator<StoredArtifact, void> {
    return this.#each(this.#pruned);
  }

  isPruned(filename: string): boolean {
    return this.#pruned.has(filename);
  }

  /** With what was found beyond the listing: parts in place of those of the same keys, and new ones. */
  with(found: Iterable<readonly [filename: string, parts: readonly Part[]]>): Artifacts {
    const changed = new Map(this.#found);
    const pruned = new Set(this.#pruned);
    for (const [filename, parts] of found) {
      const keys = new Set(parts.map(({ key }) => key));
      const others = (this.#partsOf(filename) ?? []).filter(({ key }) => !keys.has(key));
      changed.set(filename, [...parts, ...others]);
      if (parts.some(({ kind }) => kind === 'pruned')) pruned.add(filename);
    }
    return new Artifacts(this.#listed, pruned, changed);
  }

  #partsOf(filename: string): readonly Part[] | undefined {
    return this.#found.get(filename) ?? this.#listed.get(filename);
  }

  *#each(names: Iterable<string>): Generator<StoredArtifact, void> {
    for (const filename of names) {
      const artifact = this.get(filename);
      if (artifact !== undefined) yield artifact;
    }
  }
}

/** Gathers the parts of artifacts from a listing, in whatever order they come, but each only once. */
export class ArtifactParts {
  readonly #parts: PackedLists<Part>;
  readonly #pruned = new Set<string>();
  #artifactCount = 0;

  constructor(options?: PackedOptions) {
    this.#parts = new PackedLists(packing, options);
  }

  add(filename: string, part: Part): void {
    this.#parts.add(filename, part);
    if (part.kind === 'artifact') this.#artifactCount += 1;
    if (part.kind === 'pruned') this.#pruned.add(filename);
  }

  /** The artifacts, and the keys of what belongs to others, which are not there. */
  gathered(): { readonly artifacts: Artifacts; readonly orphans: readonly string[] } {
    const orphans: string[] = [];
    for (const [filename, parts] of this.#incomplete()) {
      orphans.push(...parts.map(({ key }) => key));
      this.#parts.delete(filename);
      this.#pruned.delete(filename);
    }
    return { artifacts: new Artifacts(this.#parts, this.#pruned), orphans };
  }

  /** Names of which only something beside the artifact is there. */
  #incomplete(): [filename: string, parts: readonly Part[]][] {
    if (this.#artifactCount === this.#parts.size) return [];
    const incomplete: [string, readonly Part[]][] = [];
    for (const filename of this.#parts.keys()) {
      const parts = this.#parts.get(filename) ?? [];
      if (!parts.some(({ kind }) => kind === 'artifact')) incomplete.push([filename, parts]);
    }
    return incomplete;
  }
}

const kinds = { a: 'artifact', s: 'sidecar', y: 'yanked', p: 'pruned' } as const;

/** Without the key, which follows from the file name; null: the listing does not tell. */
type PackedPart =
  | readonly [kind: keyof typeof kinds, sizeBytes: number, modifiedMs: number | null, tag: string | null]
  | readonly [
      kind: 'r',
      sizeBytes: number,
      modifiedMs: number | null,
      digest: string,
      bodyBytes: number | null,
    ];

const packing: Packing<Part> = {
  pack: (part) => JSON.stringify(packPart(part)),
  unpack: (packed, filename) => unpackPart(JSON.parse(packed) as PackedPart, filename),
};

function packPart(part: Part): PackedPart {
  const { kind, sizeBytes, modifiedMs = null } = part;
  if (kind === 'record') return ['r', sizeBytes, modifiedMs, packDigest(part.sha256), part.bodyBytes ?? null];
  return [kind.charAt(0) as keyof typeof kinds, sizeBytes, modifiedMs, part.tag ?? null];
}

function unpackPart(packed: PackedPart, filename: string): Part {
  const [, sizeBytes, modified, , bodyBytes] = packed;
  const modifiedMs = modified ?? undefined;
  if (packed[0] !== 'r') {
    const kind = kinds[packed[0]];
    return { kind, key: partKey(filename, kind), sizeBytes, modifiedMs, tag: packed[3] ?? undefined };
  }
  const sha256 = unpackDigest(packed[3]);
  const key = recordKey(filename, sha256, sizeBytes);
  return { kind: 'record', key, sha256, sizeBytes, modifiedMs, bodyBytes: bodyBytes ?? undefined };
}
