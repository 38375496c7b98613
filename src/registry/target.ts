import type { LocalArtifact } from '../model/artifact.ts';
import type { Hashes } from '../model/digest.ts';
import type { CoreMetadata } from '../model/metadata.ts';

/** A local artifact, read and hashed, with everything that a registry may ask for. */
export interface PublishableArtifact extends LocalArtifact {
  readonly md5: string;
  readonly sha256: string;
  /** BLAKE2b with a 32-byte digest. */
  readonly blake2b256: string;
  readonly metadata: CoreMetadata;
  /** PEP 740, each as JSON: sent along where the registry takes them. */
  readonly attestations?: readonly string[];
}

/** A file as the registry's own index shows it. */
export interface RegistryFile {
  /** What is `nameless` has what the registry calls it instead. */
  readonly filename: string;
  /** Empty when the index gives none. */
  readonly hashes: Hashes;
  /** Set where the registry tells digest and version of a file, but not its name: Buildkite's list of packages. */
  readonly nameless?: { readonly version: string | undefined };
}

export interface SendOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneBytes: number) => void) | undefined;
}

/** What a registry answered to one upload. `already-there` is a claim about the name only: confirm it by digest. */
export type SendAnswer = (
  { readonly status: 'accepted' } | { readonly status: 'already-there'; readonly message: string }
) & {
  /** For how long nothing more should be sent, in milliseconds: a limit of the registry is used up by this upload. */
  readonly pauseMs?: number;
};

/**
 * Where a release is published. `send` makes one attempt; the flow owns retries, because only it can ask the
 * index whether an attempt whose answer was lost has landed.
 */
export interface PublishTarget {
  /** As printed: URL without secrets. */
  readonly url: string;
  /** Which preflight rules hold: PyPI's own, GitLab's version rule, or only what every index needs. */
  readonly rules: 'pypi' | 'gitlab' | 'any';
  /** Index pages for pip, where known: `--index-url`. */
  readonly indexUrl?: string | undefined;
  /** What goes before the host of the index where it is private: a user name, and what stands for a secret. */
  readonly indexLogin?: string | undefined;
  /** What names this target on the command line, such as `['--repository', 'testpypi']`; for repair commands. */
  readonly flags?: readonly string[];
  /**
   * The registry's files of a project, in any spelling, by file name; an empty map when the registry says that there is no such
   * project; undefined when it has no index that can be read. Throws when the index fails.
   */
  known(project: string, signal?: AbortSignal): Promise<ReadonlyMap<string, RegistryFile> | undefined>;
  /** Signs that it is this job that publishes an artifact (PEP 740); absent where the registry takes no such thing. */
  attest?(artifact: PublishableArtifact, signal?: AbortSignal): Promise<string>;
  /** Sends one artifact, once. Throws `WheelhouseError`; a transient one means that the outcome is unknown. */
  send(artifact: PublishableArtifact, options?: SendOptions): Promise<SendAnswer>;
  /** Where people look at a release, where the registry has such a page. */
  releaseUrl?(project: string, version: string): string | undefined;
  close(): Promise<void>;
}
