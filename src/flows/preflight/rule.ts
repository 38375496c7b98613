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

/** A single-use metadata field; empty and `UNKNOWN`, as old tools write it, mean absent. */
export function one(metadata: CoreMetadata, field: string): string | undefined {
  const value: string | readonly string[] | undefined = metadata[field];
  const text = typeof value === 'string' ? value : value?.[0];
  return text === undefined || text.trim() === '' || text === 'UNKNOWN' ? undefined : text;
}

/** The values of a multiple-use metadata field. */
export function many(metadata: CoreMetadata, field: string): readonly string[] {
  const value: string | readonly string[] | undefined = metadata[field];
  const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  return values.filter((text) => text.trim() !== '' && text !== 'UNKNOWN');
}

/** Metadata-Version as a number that compares: `2.4` is 204; 0 when it is none. */
export function metadataAge(version: CoreMetadata | string): number {
  const text = typeof version === 'string' ? version : (one(version, 'metadata_version') ?? '');
  const [, major, minor] = /^(\d+)\.(\d+)$/.exec(text) ?? [];
  return major === undefined ? 0 : Number(major) * 100 + Number(minor);
}

/** Up to three names for a message, and how many more there are. */
export function some(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

/** A metadata field as its header writes it: `requires_dist` is `Requires-Dist`. */
export function headerOf(field: string): string {
  return field
    .split('_')
    .map((word) => (word === 'url' ? 'URL' : word.charAt(0).toUpperCase() + word.slice(1)))
    .join('-');
}
