import type { CoreMetadata } from '../model/metadata.ts';

/** The most that METADATA or PKG-INFO may hold, in bytes; PyPI's largest real ones stay under 2 MB. */
export const maxMetadataBytes = 16 * 1024 * 1024;

/**
 * PyPI's bounds for zips, taken for sdists too: beyond 64 MiB an archive may unpack to 50 times its size.
 * warehouse, forklift/legacy.py: COMPRESSION_RATIO_MIN_SIZE, COMPRESSION_RATIO_THRESHOLD.
 */
export const compressionBounds = { freeBytes: 64 * 1024 * 1024, ratio: 50 } as const;

export interface ReadArchiveOptions {
  readonly signal?: AbortSignal | undefined;
  /** Also names every entry, and the facts of the archive's form. Default: only what the metadata needs. */
  readonly contents?: boolean;
}

/** One file of an archive; folders are not listed. */
export interface ArchiveEntry {
  readonly name: string;
  /** Bytes, once unpacked. */
  readonly sizeBytes: number;
}

/** What a strict registry looks at in the archive's own form. Names are as the archive writes them. */
export interface ArchiveFacts {
  /** The folder that holds the metadata: `foo-1.0.dist-info`, or an sdist's top folder. Empty for an installer. */
  readonly metadataFolder: string;
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** Names that occur more than once. */
  readonly duplicates: readonly string[];
  /** Entries of a zip that are neither stored nor deflated. */
  readonly foreignCompression: readonly string[];
  /** Entries of a zip whose sizes follow their bytes, as streaming writers leave them. */
  readonly dataDescriptors: readonly string[];
  /** Whether the zip, or an entry of it, has a comment. */
  readonly commented: boolean;
  /** Whether bytes that belong to no entry come before the first one. */
  readonly prefixed: boolean;
  /** Links that lead out of an sdist's tar file, devices and pipes. */
  readonly refusedEntries: readonly string[];
  /** Files of a wheel that RECORD does not list, and rows of RECORD without a file. */
  readonly unrecorded: readonly string[];
  readonly unfound: readonly string[];
}

/** What was read from an artifact. */
export interface ArchiveContents {
  /** The bytes of METADATA or PKG-INFO, as they are; empty for a Windows installer, which has none to serve. */
  readonly metadataBytes: Buffer;
  readonly metadata: CoreMetadata;
  /** Files and folders as far as the archive was read; a whole count needs `contents` (zips always have one). */
  readonly entryCount: number;
  /** With `contents`: every file, in the archive's order. */
  readonly entries?: readonly ArchiveEntry[];
  /** With `contents`. */
  readonly facts?: ArchiveFacts;
}
