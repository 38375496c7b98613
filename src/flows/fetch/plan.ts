import { WheelhouseError } from '../../model/errors.ts';
import type { ArtifactResult, FetchOutcome, PlanStep } from '../../model/events.ts';
import { compareHashes, type Hashes } from '../../model/digest.ts';
import { compareVersions } from '../../model/version.ts';
import { hasProof, verifiable, type Candidate } from './candidates.ts';

/** What lies in the local folder under a candidate's name. */
export type LocalFile =
  /** The hashes are those that the candidate has, and SHA-256; none were taken where there is nothing to compare. */
  | { readonly kind: 'file'; readonly hashes: Hashes; readonly sizeBytes: number }
  /** Something that is in the way, in words. */
  | { readonly kind: 'other'; readonly what: string };

/** What is done with one file, and why. */
export type FetchStep = PlanStep & { readonly candidate: Candidate } & (
    | { readonly action: 'keep'; readonly sha256: string | null }
    | { readonly action: 'download' }
    | { readonly action: 'refuse'; readonly outcome: 'conflict' | 'failed' }
  );

/** What a hint can hold. */
const mostVersions = 30;

/**
 * Decides what becomes of each candidate. A local file is kept if a hash of the index proves it; without any hash it
 * is downloaded again, because the size proves nothing: two builds of one wheel often have the same.
 */
export function planFetch(
  candidates: readonly Candidate[],
  local: ReadonlyMap<string, LocalFile>,
  { requireHashes = false }: { requireHashes?: boolean | undefined } = {},
): FetchStep[] {
  return candidates.map((candidate) => planOne(candidate, local.get(candidate.filename), requireHashes));
}

function planOne(candidate: Candidate, local: LocalFile | undefined, requireHashes: boolean): FetchStep {
  const { filename, conflict, hashes, links, sizeBytes = null } = candidate;
  const step = { candidate, filename, size: sizeBytes };
  const known = verifiable(hashes);
  if (conflict !== undefined) return { ...step, action: 'refuse', outcome: 'conflict', reason: conflict };
  if (requireHashes && !hasProof(hashes))
    return { ...step, action: 'refuse', outcome: 'failed', reason: 'no index gives a hash that proves it' };
  if (local?.kind === 'other')
    return { ...step, action: 'refuse', outcome: 'failed', reason: `there is ${local.what} of that name` };
  const from = sourcesOf(links.map(({ index }) => index));
  if (local === undefined) return { ...step, action: 'download', reason: from };
  if (known.length === 0)
    return { ...step, action: 'download', reason: `${from}; no hash tells whether the local file is right` };
  const right =
    known.every((name) => Object.hasOwn(local.hashes, name)) &&
    compareHashes(hashes, local.hashes) === 'same';
  if (!right) return { ...step, action: 'download', reason: `${from}; the local file has other bytes` };
  const { sha256 = null } = local.hashes;
  return {
    ...step,
    action: 'keep',
    size: local.sizeBytes,
    sha256,
    reason: 'the local file has the right hash',
  };
}

function sourcesOf(indexes: readonly string[]): string {
  const [first = '', ...others] = new Set(indexes);
  if (others.length === 0) return `from ${first}`;
  return `from ${first}, or ${others.length === 1 ? (others[0] ?? '') : `${others.length} others`}`;
}

/** What a step that needs no download comes to; for a dry run, also what a download is expected to come to. */
export function foresee(step: FetchStep): ArtifactResult<FetchOutcome> {
  const { filename, size, reason, candidate } = step;
  switch (step.action) {
    case 'keep':
      return { filename, outcome: 'kept', sha256: step.sha256, size };
    case 'refuse':
      return { filename, outcome: step.outcome, sha256: null, size, reason };
    case 'download':
      return { filename, outcome: 'downloaded', sha256: candidate.hashes['sha256'] ?? null, size, reason };
  }
}

/** The error of a fetch that finds nothing: with the versions that are there, newest first. */
export function nothingFound(
  { project, version }: { project: string; version?: string | undefined },
  indexes: readonly string[],
  versions: readonly string[],
): WheelhouseError {
  const where = indexes.length === 1 ? (indexes[0] ?? '') : `any of the ${indexes.length} indexes`;
  const known = [...new Set(versions)].sort((a, b) => compareVersions(b, a));
  if (known.length === 0)
    return new WheelhouseError('NOT_FOUND', `there is no file of ${project} in ${where}`, {
      hint: 'check the name, and that the index is the right one',
    });
  const hint = `versions that are there: ${known.slice(0, mostVersions).join(', ')}${
    known.length > mostVersions ? ` and ${known.length - mostVersions} older ones` : ''
  }`;
  if (version === undefined || known.some((one) => compareVersions(one, version) === 0))
    return new WheelhouseError('NOT_FOUND', `the filters leave no file of ${project} in ${where}`, { hint });
  return new WheelhouseError('NOT_FOUND', `there is no ${project} ${version} in ${where}`, { hint });
}
