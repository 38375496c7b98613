import type { Distribution } from '../../model/artifact.ts';
import type { CoreMetadata } from '../../model/metadata.ts';
import type { ArchiveFacts } from '../../io/archive-contents.ts';

/** Whose rule it is: PyPI's own, GitLab's own, or one that holds for every index. */
export type RuleSet = 'any' | 'pypi' | 'gitlab';

/** One reason why a registry would refuse a file (`error`), or show something wrong (`warning`). */
export interface Problem {
  /** Or the project and version, for what a release lacks. */
  readonly filename: string;
  /** The rule's name, stable for scripts. */
  readonly rule: string;
  /** One line: what is wrong, and what to do where that is not plain. */
  readonly message: string;
  readonly severity: 'error' | 'warning';
  readonly registry: RuleSet;
}

/** What the rules look at: an artifact that could be read. */
export interface Candidate {
  readonly filename: string;
  readonly sizeBytes: number;
  readonly distribution: Distribution;
  readonly metadata: CoreMetadata;
  readonly metadataBytes: Buffer;
  /** Absent for a Windows installer. */
  readonly facts?: ArchiveFacts;
  /** Names of the files in the archive. */
  readonly files: ReadonlySet<string>;
}

/** A rule about one file: its name, whose it is, and the messages that a candidate earns. */
export interface Rule {
  readonly name: string;
  readonly registry: RuleSet;
  /** Default: `error`. */
  readonly severity?: Problem['severity'];
  readonly check: (candidate: Candidate) => readonly string[];
}

/** Up to three names for a message, and how many more there are. */
export function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}
