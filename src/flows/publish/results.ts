import type { ArtifactResult, PublishOutcome } from '../../model/events.ts';
import type { Presence } from './presence.ts';
import type { Plannable, PublishStep } from './plan.ts';
import type { Fate } from './send.ts';
import type { Verdict } from './verify.ts';

export type PublishResult = ArtifactResult<PublishOutcome>;

/** The result of one artifact, and whether the registry took it but does not show it. */
export interface JudgedResult {
  readonly result: PublishResult;
  readonly unverified: boolean;
}

/**
 * What is told of an artifact in the end. Only what the index shows counts as verified; a registry that has no index
 * to read has had its say when it accepted the file, and the reason says so. No verdict: verification was not asked for.
 */
export function judgeFate(step: PublishStep, fate: Fate, verdict: Verdict | undefined): JudgedResult {
  const result = (outcome: PublishOutcome, reason?: string) => resultOf(step, outcome, reason);
  switch (fate.state) {
    case 'settled':
      return { result: result(fate.outcome, fate.reason), unverified: false };
    case 'unsure': {
      if (verdict?.presence === 'same') return { result: result('published'), unverified: false };
      if (verdict?.presence === 'different')
        return { result: result('conflict', otherBytesShown), unverified: false };
      return { result: result('failed', `${fate.reason}; ${doubts(verdict)}`), unverified: false };
    }
    case 'accepted': {
      if (verdict === undefined)
        return { result: result('published', 'accepted; not verified'), unverified: false };
      if (verdict.presence === 'different')
        return { result: result('conflict', otherBytesShown), unverified: false };
      const reason =
        verdict.reason === undefined
          ? reasons[verdict.presence]
          : `unverified: accepted, but the index cannot be read (${verdict.reason})`;
      return { result: result('published', reason), unverified: verdict.presence === 'absent' };
    }
  }
}

const otherBytesShown = 'the index shows other bytes than were sent';

/** What is left to say of a file whose every answer was lost: nobody may take it for missing unless the index says so. */
function doubts(verdict: Verdict | undefined): string {
  const presence = verdict?.reason === undefined ? verdict?.presence : undefined;
  if (presence === 'absent') return 'the index does not show it';
  return presence === 'unproven'
    ? 'the index lists its name, without a digest to compare'
    : 'it may have arrived all the same';
}

const reasons: Partial<Record<Presence, string>> = {
  absent: 'unverified: accepted, but the index does not show it yet',
  unproven: 'accepted and listed; the index gives no digest to compare',
  unreadable: 'accepted; the registry has no index to verify it with',
};

/** What a dry run expects to become of a step. */
export function foresee(step: PublishStep<Plannable>): PublishResult {
  const { action, state, reason } = step;
  switch (action) {
    case 'send':
      return resultOf(step, 'published', reason);
    case 'keep':
    case 'skip':
      return resultOf(step, 'already-there', reason);
    case 'refuse':
      return resultOf(step, state === 'conflict' ? 'conflict' : 'failed', reason);
  }
}

function resultOf(
  { artifact }: PublishStep<Plannable>,
  outcome: PublishOutcome,
  reason?: string,
): PublishResult {
  const { filename, sha256 = null, sizeBytes: size } = artifact;
  return { filename, outcome, sha256, size, ...(reason === undefined ? {} : { reason }) };
}
