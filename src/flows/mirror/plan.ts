import type { Distribution, IndexedFile } from '../../model/artifact.ts';
import type { ArtifactResult, MirrorOutcome, PlanStep } from '../../model/events.ts';
import { isDevVersion } from '../../model/version.ts';
import type { OnConflict } from '../../wheelhouse/store-artifact.ts';
import type { Files } from '../../wheelhouse/files.ts';
import { hasProof, type Candidate } from '../fetch/candidates.ts';

/** What is done with one file of the sources, and why. */
export interface MirrorStep extends PlanStep {
  readonly action: 'send' | 'overwrite' | 'keep' | 'refuse';
  readonly candidate: Candidate;
  readonly distribution: Distribution;
  readonly onConflict: OnConflict;
  /** Whether something of that name is there. */
  readonly met: boolean;
  /** SHA-256 of what is there, where that is kept. */
  readonly sha256: string | null;
  /** How the source's yank differs from the container's (PEP 592): its reason, empty where none is given; null: none. */
  readonly yank?: string | null;
  /** When the source says that it was uploaded: ISO 8601 in UTC. */
  readonly uploaded?: string;
}

export interface PlanMirrorOptions {
  readonly onConflict?: OnConflict | undefined;
  readonly requireHashes?: boolean | undefined;
  /** The files whose yank here was carried over from a source. Other yanks are the container's own. */
  readonly mirroredYanks?: ReadonlySet<string> | undefined;
  /** When the run began; a source's date after it is none. */
  readonly now: Date;
}

type Decision = Pick<MirrorStep, 'action' | 'reason'>;

/**
 * Compares what the sources list with what the container's pages list. A digest decides where both sides have one; else
 * the name does, and the size where the source gives it: an index without SHA-256 cannot tell that a file has changed.
 */
export function planMirror(
  candidates: readonly Candidate[],
  there: Pick<Files, 'get'>,
  options: PlanMirrorOptions,
): MirrorStep[] {
  return candidates.flatMap((candidate): MirrorStep[] => {
    const link = candidate.links[0]?.link;
    if (link === undefined) return [];
    const { filename, sizeBytes } = candidate;
    const { distribution, yanked } = link;
    const stored = there.get(filename);
    const onConflict = options.onConflict ?? (isDevVersion(distribution.version) ? 'overwrite' : 'error');
    const decision = decide(candidate, stored, onConflict, options.requireHashes === true);
    const kept = decision.action === 'keep';
    const own = stored?.yanked !== undefined && options.mirroredYanks?.has(filename) !== true;
    const marks = decision.action !== 'refuse' && !own && yankDiffers(candidate, stored);
    const uploaded = dateOf(candidate, options.now);
    return [
      {
        filename,
        ...decision,
        size: kept ? (stored?.sizeBytes ?? null) : (sizeBytes ?? null),
        sha256: kept ? (stored?.sha256 ?? null) : null,
        candidate,
        distribution,
        onConflict,
        met: stored !== undefined,
        ...(marks ? { yank: reasonOf(yanked) ?? null } : {}),
        ...(uploaded === undefined ? {} : { uploaded }),
      },
    ];
  });
}

function decide(
  { conflict, hashes, sizeBytes, links }: Candidate,
  stored: IndexedFile | undefined,
  onConflict: OnConflict,
  requireHashes: boolean,
): Decision {
  if (conflict !== undefined) return { action: 'refuse', reason: conflict };
  if (requireHashes && !hasProof(hashes))
    return { action: 'refuse', reason: 'no index gives a hash that proves it' };
  const from = `from ${links[0]?.index ?? ''}`;
  if (stored === undefined) return { action: 'send', reason: from };
  // What has no digest here gets one: it is compared with what comes.
  if (stored.sha256 === undefined) return { action: 'send', reason: `${from}; what is there has no digest` };
  const sha256 = Object.hasOwn(hashes, 'sha256') ? hashes['sha256'] : undefined;
  const same =
    sha256 === undefined
      ? sizeBytes === undefined || sizeBytes === stored.sizeBytes
      : sha256.toLowerCase() === stored.sha256;
  if (same)
    return {
      action: 'keep',
      reason: sha256 === undefined ? 'the name is there' : 'the same bytes are there',
    };
  switch (onConflict) {
    case 'overwrite':
      return { action: 'overwrite', reason: `${from}; other bytes are there` };
    case 'skip':
      return { action: 'keep', reason: 'other bytes are there, and stay' };
    case 'error':
      return {
        action: 'refuse',
        reason:
          'the container has other bytes of that name (--on-conflict overwrite or skip decides otherwise)',
      };
  }
}

/** Whether the source has yanked a file, or has not, or says otherwise why. */
export function yankDiffers({ links }: Candidate, stored: IndexedFile | undefined): boolean {
  return reasonOf(links[0]?.link.yanked) !== reasonOf(stored?.yanked);
}

/** In one line, as `yank` takes it: pages and terminals show it. */
function reasonOf(yanked: true | string | undefined): string | undefined {
  if (yanked === undefined || yanked === true) return yanked && '';
  return yanked.replace(/[\u0000-\u001f\u007f\s]+/g, ' ').trim();
}

/** Keeping the source's date lets `uv --exclude-newer` resolve from a mirror as it does from the source (PEP 700). */
function dateOf({ links }: Candidate, now: Date): string | undefined {
  for (const { link } of links) {
    const timeMs = Date.parse(link.uploadTime ?? '');
    if (timeMs <= now.getTime()) return new Date(timeMs).toISOString();
  }
  return undefined;
}

const outcomes = {
  send: 'copied',
  overwrite: 'copied',
  keep: 'unchanged',
  refuse: 'failed',
} as const satisfies Record<MirrorStep['action'], MirrorOutcome>;

/** What a step that needs no copying comes to; for a dry run, also what copying is expected to come to. */
export function foresee(step: MirrorStep): ArtifactResult<MirrorOutcome> {
  const { filename, action, reason, size, sha256, candidate, yank } = step;
  const outcome = outcomes[action];
  const told = action === 'keep' ? aboutYank(yank) : { reason };
  const expected = action === 'send' || action === 'overwrite' ? candidate.hashes['sha256'] : undefined;
  return { filename, outcome, sha256: sha256 ?? expected ?? null, size, ...told };
}

/** A step as the plan tells it. */
export function toRow(step: MirrorStep): PlanStep {
  const { filename, action, size, reason } = step;
  return { filename, action, reason: foresee(step).reason ?? reason, size };
}

function aboutYank(yank: MirrorStep['yank']): { reason?: string } {
  if (yank === undefined) return {};
  return { reason: yank === null ? 'no longer yanked in the source' : 'yanked in the source' };
}

/** Whether a step changes the container, or fails to. */
export function isChange({ action, yank }: MirrorStep): boolean {
  return action !== 'keep' || yank !== undefined;
}
