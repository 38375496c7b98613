import { WheelhouseError } from '../../model/errors.ts';
import type { PublishTarget } from '../../registry/target.ts';
import { inParallel } from '../../io/in-parallel.ts';
import type { PublishStep } from './plan.ts';
import type { PublishOptions } from './options.ts';

/** Throws `USAGE` where attestations are asked for that the registry would not take. */
export function requireAttestations(target: PublishTarget, { attestations, dryRun }: PublishOptions): void {
  if (attestations !== true || dryRun === true || target.attest !== undefined) return;
  throw new WheelhouseError('USAGE', `${target.url} takes no attestations from here`, {
    hint: 'PyPI and TestPyPI take them, from trusted publishers',
  });
}

/**
 * The steps, each that sends a file with its attestation. All are signed before anything is sent, and what is not sent is
 * not signed: the log of signatures is public and for ever.
 */
export async function attestSteps(
  target: PublishTarget,
  steps: readonly PublishStep[],
  { attestations, maxWorkers = 4, signal }: PublishOptions,
): Promise<readonly PublishStep[]> {
  if (attestations !== true) return steps;
  return inParallel(steps, maxWorkers, async (step) => {
    const attestation = step.action === 'send' ? await target.attest?.(step.artifact, signal) : undefined;
    if (attestation === undefined) return step;
    return { ...step, artifact: { ...step.artifact, attestations: [attestation] } };
  });
}
