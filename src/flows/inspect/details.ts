import type { LocalArtifact } from '../../model/artifact.ts';
import type { Hashes } from '../../model/digest.ts';
import { presentFields, type CoreMetadata } from '../../model/metadata.ts';
import { installLines } from '../../listing/install-lines.ts';
import type { ArchiveContents, ArchiveEntry } from '../../io/read-artifact.ts';
import { many, one } from '../preflight/metadata-field.ts';
import type { Problem } from '../preflight/rule.ts';

/** Everything about one distribution, as plain JSON data. */
export interface ArtifactDetails {
  /** Where it was read from: a path, or a URL without secrets. */
  readonly source: string;
  readonly filename: string;
  readonly kind: 'wheel' | 'sdist' | 'wininst';
  /** As the metadata spells them. */
  readonly name: string;
  readonly version: string;
  /** Wheels and installers only. */
  readonly tags?: {
    readonly build?: string;
    readonly python: readonly string[];
    readonly abi: readonly string[];
    readonly platform: readonly string[];
  };
  readonly sizeBytes: number;
  /** Files in the archive, folders not counted. */
  readonly fileCount: number;
  /** `md5`, `sha1`, `sha256`, `sha512`, `blake2b_256`: lower-case hex. */
  readonly hashes: Hashes;
  /** Fields that say something, by lower-case name with `_`. */
  readonly metadata: CoreMetadata;
  /** Requires-Dist. */
  readonly dependencies: readonly string[];
  /** Every file in the archive, where it was asked for. */
  readonly contents?: readonly ArchiveEntry[];
  readonly install: ReturnType<typeof installLines>;
  /** Reasons why a registry would refuse it, and warnings. */
  readonly problems: readonly Problem[];
}

export interface DescribedArtifact {
  readonly source: string;
  readonly artifact: LocalArtifact;
  readonly read: ArchiveContents;
  readonly hashes: Hashes;
  readonly problems: readonly Problem[];
  readonly contents: boolean;
  readonly indexUrl: string | undefined;
}

/** Puts together what is known of an artifact. */
export function describeArtifact({
  source,
  artifact: { filename, sizeBytes, distribution },
  read: { metadata, entries = [] },
  hashes,
  problems,
  contents,
  indexUrl,
}: DescribedArtifact): ArtifactDetails {
  const name = one(metadata, 'name') ?? distribution.project;
  const version = one(metadata, 'version') ?? distribution.version;
  return {
    source,
    filename,
    kind: distribution.kind,
    name,
    version,
    ...(distribution.kind === 'sdist' ? {} : { tags: tagsOf(distribution) }),
    sizeBytes,
    fileCount: entries.length,
    hashes,
    metadata: presentFields(metadata),
    dependencies: many(metadata, 'requires_dist'),
    ...(contents ? { contents: entries } : {}),
    install: installLines({ project: name, version, indexUrl }),
    problems,
  };
}

function tagsOf(
  distribution: Exclude<LocalArtifact['distribution'], { kind: 'sdist' }>,
): NonNullable<ArtifactDetails['tags']> {
  const { pythonTags: python, platformTags: platform } = distribution;
  if (distribution.kind === 'wininst') return { python, abi: [], platform };
  const { build, abiTags: abi } = distribution;
  return { ...(build === undefined ? {} : { build }), python, abi, platform };
}
