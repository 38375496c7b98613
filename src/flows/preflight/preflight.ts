import type { LocalArtifact } from '../../model/artifact.ts';
import { isAbort, toWheelhouseError } from '../../model/errors.ts';
import type { FlowOptions } from '../../model/events.ts';
import { hashFile } from '../../io/hash-file.ts';
import { inParallel } from '../../io/in-parallel.ts';
import { readArtifact, type ArchiveContents } from '../../io/read-artifact.ts';
import type { PublishableArtifact } from '../../registry/target.ts';
import type { Expected } from './expectation.ts';
import { findMissingFiles } from './release-rules.ts';
import { findProblems, type FindOptions } from './rules.ts';
import type { Candidate, Problem } from './rule.ts';

export interface PreflightOptions extends FindOptions, FlowOptions {
  /** What each release must have. */
  readonly expected?: readonly Expected[];
  /** Files that are read at the same time. Default 4. */
  readonly maxWorkers?: number;
}

export interface PreflightReport {
  /** What could be read, in the order given, with the hashes that a registry asks for. */
  readonly artifacts: PublishableArtifact[];
  /** Everything that is wrong with any of them; only errors forbid to publish. */
  readonly problems: Problem[];
}

/**
 * Reads and hashes all artifacts and holds them against the rules of a registry. A file that cannot be read is a
 * problem among the others; only an interruption throws.
 */
export async function preflight(
  artifacts: readonly LocalArtifact[],
  { signal, maxWorkers = 4, onEvent, expected = [], ...find }: PreflightOptions,
): Promise<PreflightReport> {
  const judged = await inParallel(artifacts, maxWorkers, (artifact) => read(artifact, { signal, onEvent }));
  const readable = judged.flatMap((result) => ('contents' in result ? [result] : []));
  const unreadable = judged.flatMap((result) => ('problem' in result ? [result.problem] : []));
  const candidates = readable.map(({ publishable, contents }) => candidateOf(publishable, contents));
  return {
    artifacts: readable.map(({ publishable }) => publishable),
    problems: [
      ...unreadable,
      ...findProblems(candidates, find),
      // What cannot be read is there all the same, and told of already.
      ...findMissingFiles(artifacts, expected),
    ],
  };
}

/** What the rules look at, from an artifact and what was read of it with `contents`. */
export function candidateOf(
  { filename, sizeBytes, distribution }: Omit<LocalArtifact, 'path'>,
  { metadata, metadataBytes, facts, entries = [] }: ArchiveContents,
): Candidate {
  const files = new Set(entries.map(({ name }) => name));
  const known = { filename, sizeBytes, distribution, metadata, metadataBytes, files };
  return facts === undefined ? known : { ...known, facts };
}

/** A file that could not be read as a problem of it. */
function unreadableProblem(filename: string, error: unknown): Problem {
  const { code, message } = toWheelhouseError(error, 'INVALID_ARCHIVE', filename);
  const rule = code === 'INVALID_METADATA' ? 'metadata' : code === 'FILE_SYSTEM' ? 'readable' : 'archive';
  return { filename, rule, message: withoutName(message, filename), severity: 'error', registry: 'any' };
}

type Read =
  | { readonly publishable: PublishableArtifact; readonly contents: ArchiveContents }
  | { readonly problem: Problem };

async function read(artifact: LocalArtifact, { signal, onEvent }: FlowOptions): Promise<Read> {
  const { filename, sizeBytes } = artifact;
  try {
    const contents = await readArtifact(artifact, { contents: true, signal });
    const { hashes } = await hashFile(artifact.path, ['md5', 'sha256', 'blake2b_256'], {
      signal,
      onProgress: (doneBytes: number) =>
        onEvent?.({ event: 'progress', filename, doneBytes, totalBytes: sizeBytes }),
    });
    const { md5, sha256, blake2b_256: blake2b256 } = hashes;
    return { publishable: { ...artifact, md5, sha256, blake2b256, metadata: contents.metadata }, contents };
  } catch (error) {
    if (isAbort(error) || signal?.aborted === true) throw toWheelhouseError(error, 'ABORTED', filename);
    return { problem: unreadableProblem(filename, error) };
  }
}

/** The file is named beside the problem already. */
function withoutName(message: string, filename: string): string {
  return message.startsWith(`${filename} `) ? message.slice(filename.length + 1) : message;
}
