import type { Hashes } from './digest.ts';

/** What a distribution's file name says. Arrays are the expanded compressed tag set, in the order written. */
export type Distribution = Wheel | SourceDistribution | WindowsInstaller;

export interface Wheel {
  readonly kind: 'wheel';
  /** The project as written in the file name. */
  readonly project: string;
  /** Normalized, PEP 440. */
  readonly version: string;
  /** The build tag as written, such as `1` or `2abc`. */
  readonly build?: string;
  readonly pythonTags: readonly string[];
  readonly abiTags: readonly string[];
  readonly platformTags: readonly string[];
}

export interface SourceDistribution {
  readonly kind: 'sdist';
  readonly project: string;
  readonly version: string;
}

/** The `.exe` of `bdist_wininst`, gone from Python 3.10; old indexes still list them. */
export interface WindowsInstaller {
  readonly kind: 'wininst';
  readonly project: string;
  readonly version: string;
  readonly pythonTags: readonly string[];
  readonly platformTags: readonly string[];
}

/** A distribution in a local folder: found by its name, its bytes not read yet. */
export interface LocalArtifact {
  readonly path: string;
  readonly filename: string;
  readonly sizeBytes: number;
  readonly distribution: Distribution;
}

/** One link of an index that names a file. */
export interface Link {
  /** Absolute, without its fragment. */
  readonly url: string;
  /** The last segment of the percent-decoded path: a plain name, never a path. */
  readonly filename: string;
  readonly hashes: Hashes;
  readonly requiresPython?: string;
  /** `true`, or the reason (PEP 592). */
  readonly yanked?: true | string;
  /** The sidecar `<url>.metadata` is there: `true`, or its hashes (PEP 658/714). */
  readonly coreMetadata?: true | Hashes;
  readonly size?: number;
  /** ISO 8601, from PEP 700 indexes. */
  readonly uploadTime?: string;
}

/** One file of a wheelhouse as its pages show it: what an object and its record say together. */
export interface IndexedFile {
  readonly filename: string;
  readonly distribution: Distribution;
  readonly sizeBytes: number;
  /** Absent only for an object of a foreign container that nobody has read yet. */
  readonly sha256?: string;
  readonly requiresPython?: string;
  /** SHA-256 of the metadata sidecar, where there is one. */
  readonly metadataSha256?: string;
  /** ISO 8601 in UTC. */
  readonly uploaded?: string;
  readonly yanked?: true | string;
}
