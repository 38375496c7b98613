import type { ArtifactResult, PublishOutcome } from '../model/events.ts';
import type { Presence } from './publish-presence.ts';
import type { Plannable, PublishStep } from './publish-plan.ts';
import type { Fate } from './publish-send.ts';
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
    case 'unsure':
      return verdict?.presence === 'same'
        ? { result: result('published'), unverified: false }
        : { result: result('failed', fate.reason), unverified: false };
    case 'accepted': {
      if (verdict === undefined)
        return { result: result('published', 'accepted; not verified'), unverified: false };
      if (verdict.presence === 'different')
        return {
          result: result('conflict', 'the index shows other bytes than were sent'),
          unverified: false,
        };
      const because = verdict.reason === undefined ? '' : ` (${verdict.reason})`;
      const reason = reasons[verdict.presence];
      return {
        result: result('published', reason === undefined ? undefined : reason + because),
        unverified: verdict.presence === 'absent',
      };
    }
  }
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
