import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { throwIfAborted } from '../../io/abort.ts';
import { retry, tellRetries, type RetryOptions } from '../../io/retry.ts';
import { told, toWheelhouseError, WheelhouseError } from '../../model/errors.ts';
import type { EventSink, PublishOutcome } from '../../model/events.ts';
import { normalizeName } from '../../model/name.ts';
import type { PublishableArtifact, PublishTarget, SendAnswer } from '../../registry/target.ts';
import type { Journal } from './journal.ts';
import { createPace, type Pace, type Sleep } from './pace.ts';
import { otherBytes, type PublishStep } from './plan.ts';
import { presenceOf, writtenProject, type PresenceOptions } from './presence.ts';

/** What became of a step: taken by the registry, decided for good, or failed in a way that leaves open whether it landed. */
export type Fate =
  | { readonly state: 'accepted' }
  | { readonly state: 'settled'; readonly outcome: PublishOutcome; readonly reason?: string }
  | { readonly state: 'unsure'; readonly reason: string };

export interface SendReleaseOptions {
  readonly journal: Journal;
  readonly maxWorkers: number;
  readonly skipExisting: boolean;
  readonly retries: Pick<RetryOptions, 'attempts' | 'baseDelayMs' | 'maxDelayMs' | 'random'>;
  readonly sleep: Sleep;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: EventSink | undefined;
  /** Told as soon as the fate of a step is known, unless the run was stopped by then. */
  readonly onFate: (step: PublishStep, fate: Fate) => void;
}

export interface SentRelease {
  readonly fates: ReadonlyMap<PublishStep, Fate>;
  /** What ended the run before everything was tried: credentials or a URL that will not do for any file. */
  readonly stoppedBy?: WheelhouseError;
}

/**
 * Carries a plan out: one wheel of each release, then the others in parallel, then its sdist, if all its wheels are
 * there. The first one goes alone because a registry may have to create the project and the release for it, and wrong
 * credentials show before the others are on their way. One bad file stops no other; refused credentials stop
 * everything at once. Throws only when it is interrupted.
 */
export async function sendRelease(
  target: PublishTarget,
  steps: readonly PublishStep[],
  options: SendReleaseOptions,
): Promise<SentRelease> {
  const fates = new Map<PublishStep, Fate>();
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal]);
  // Every worker listens to it; Node takes more than ten for a leak.
  setMaxListeners(0, signal);
  const run: Run = { ...options, target, signal, stop, pace: createPace(options.sleep, signal) };
  const limit = pLimit(options.maxWorkers);
  const carryOutAll = async (stage: readonly PublishStep[]) => {
    const carryOut = async (step: PublishStep) => {
      const fate = await carryOutStep(step, fates, run);
      fates.set(step, fate);
      if (!signal.aborted) options.onFate(step, fate);
    };
    await Promise.all(stage.map((step) => limit(() => carryOut(step))));
  };
  const [firsts, others] = partition(steps.filter((step) => !isSdist(step)));
  await carryOutAll(firsts);
  await carryOutAll(others);
  await carryOutAll(steps.filter(isSdist));
  throwIfAborted(options.signal);
  const stoppedBy: unknown = stop.signal.reason;
  stop.abort(); // whoever still holds the pace would keep the process waiting
  return stoppedBy instanceof WheelhouseError ? { fates, stoppedBy } : { fates };
}

interface Run extends SendReleaseOptions {
  readonly target: PublishTarget;
  /** Ends with an interruption, and with `stop`. */
  readonly signal: AbortSignal;
  readonly stop: AbortController;
  readonly pace: Pace;
}

async function carryOutStep(
  step: PublishStep,
  fates: ReadonlyMap<PublishStep, Fate>,
  run: Run,
): Promise<Fate> {
  const { action, state, reason } = step;
  switch (action) {
    case 'keep':
    case 'skip':
      return { state: 'settled', outcome: 'already-there', ...(state === 'identical' ? {} : { reason }) };
    case 'refuse':
      return { state: 'settled', outcome: state === 'conflict' ? 'conflict' : 'failed', reason };
    case 'send': {
      if (isSdist(step) && lacksWheels(step, fates))
        return failed('not sent: it goes last, when every wheel of its release is known to be there');
      return sendStep(step, run);
    }
  }
}

/** The first wheel to be sent of each release, and all the others. */
function partition(wheels: readonly PublishStep[]): [firsts: PublishStep[], others: PublishStep[]] {
  const firsts: PublishStep[] = [];
  const others: PublishStep[] = [];
  for (const step of wheels) {
    const opens = step.action === 'send' && !firsts.some((first) => isSameRelease(first, step));
    (opens ? firsts : others).push(step);
  }
  return [firsts, others];
}

function lacksWheels(sdist: PublishStep, fates: ReadonlyMap<PublishStep, Fate>): boolean {
  return [...fates].some(([step, fate]) => !isSdist(step) && isSameRelease(step, sdist) && !isThere(fate));
}

async function sendStep({ artifact, state }: PublishStep, run: Run): Promise<Fate> {
  const { target, journal, pace, stop, signal, retries, onEvent } = run;
  const { filename, sizeBytes: totalBytes } = artifact;
  // An earlier attempt may have landed although its answer did not come.
  const doubt = { landed: false };
  const attempt = async (n: number): Promise<Fate> => {
    await pace.ready();
    if (doubt.landed) {
      const landed = await ask(artifact, run);
      if (landed === 'same') return { state: 'accepted' };
      if (landed === 'different') return conflict;
      // Its name was not there when the index was read, and is now: ours, by all that can be known.
      if (landed === 'unproven' && state === 'new') return { state: 'accepted' };
    }
    journal.record(artifact, { event: 'attempt', attempt: n });
    const onProgress = (doneBytes: number) =>
      onEvent?.({ event: 'progress', filename, doneBytes, totalBytes });
    const answer = await target.send(artifact, { signal, onProgress }).catch((thrown: unknown) => {
      const error = toWheelhouseError(thrown, 'NETWORK', `${filename} cannot be sent`);
      pace.note(error);
      // What was on its way when another file stopped the run may have arrived, too.
      doubt.landed ||= mayHaveLanded(error) || signal.aborted;
      throw error;
    });
    pace.hold(answer.pauseMs ?? 0);
    return answer.status === 'accepted'
      ? { state: 'accepted' }
      : judgeClaim(answer, { artifact, state }, doubt.landed, run);
  };
  try {
    const onRetry = tellRetries(onEvent);
    const fate = await retry(attempt, { ...retries, what: filename, signal, onRetry });
    const event = fate.state === 'accepted' ? 'accepted' : isThere(fate) ? 'already-there' : 'failed';
    journal.record(artifact, { event, ...('reason' in fate ? { reason: fate.reason } : {}) });
    return fate;
  } catch (thrown) {
    const error = toWheelhouseError(thrown, 'NETWORK', `${filename} cannot be sent`);
    journal.record(artifact, { event: 'failed', reason: error.message });
    const stopsAll = isFatal(error) && !stop.signal.aborted;
    if (stopsAll) stop.abort(error);
    if (doubt.landed) return { state: 'unsure', reason: told(error) };
    const stoppedByOther = error === stop.signal.reason && !stopsAll;
    return failed(stoppedByOther ? `not sent: ${error.message}` : told(error));
  }
}

const conflict: Fate = { state: 'settled', outcome: 'conflict', reason: otherBytes };

/** An answer that says that the name is taken, held against the index: only a digest tells whose bytes those are. */
async function judgeClaim(
  { message }: Extract<SendAnswer, { status: 'already-there' }>,
  { artifact, state }: Pick<PublishStep, 'artifact' | 'state'>,
  ambiguous: boolean,
  run: Run,
): Promise<Fate> {
  const there: Fate = { state: 'settled', outcome: 'already-there' };
  const presence = await ask(artifact, run, { nameTaken: !ambiguous });
  switch (presence) {
    case 'same':
      return ambiguous ? { state: 'accepted' } : there;
    case 'different':
      return run.skipExisting ? { ...there, reason: 'other bytes are there, and stay' } : conflict;
    case 'absent':
    case 'unproven':
    case 'unreadable': {
      // Ours where the index did not have it before, by all that can be known: verification has the last word.
      if (ambiguous && (state === 'new' || presence === 'absent')) return { state: 'accepted' };
      if (run.journal.sentBefore(artifact)) return { ...there, reason: 'sent by an earlier run' };
      const perhaps = ambiguous ? '; it may be what an earlier attempt sent' : '';
      const unknown = `the registry says “${message}”, ${silences[presence]}${perhaps}`;
      return run.skipExisting
        ? { ...there, reason: unknown }
        : failed(`${unknown}; --skip-existing passes it over`);
    }
  }
}

const silences = {
  absent: 'but its index does not show it',
  unproven: 'and its index gives no digest to compare',
  unreadable: 'and has no index to ask',
} as const;

async function ask(artifact: PublishableArtifact, { target, signal }: Run, options?: PresenceOptions) {
  return presenceOf(artifact, await target.known(writtenProject(artifact), signal), options);
}

function isThere(fate: Fate): boolean {
  return fate.state === 'accepted' || (fate.state === 'settled' && fate.outcome === 'already-there');
}

function isSdist({ artifact }: PublishStep): boolean {
  return artifact.distribution.kind === 'sdist';
}

function isSameRelease({ artifact: a }: PublishStep, { artifact: b }: PublishStep): boolean {
  return (
    normalizeName(a.distribution.project) === normalizeName(b.distribution.project) &&
    a.distribution.version === b.distribution.version
  );
}

/** A rate limit is told before anything is stored; every other transient failure may hide a success. */
function mayHaveLanded(error: WheelhouseError): boolean {
  return error.transient && error.code !== 'RATE_LIMITED';
}

/** Failures that every other file would meet too. */
function isFatal(error: WheelhouseError): boolean {
  if (error.code === 'NETWORK') return !error.transient;
  return ['UNAUTHORIZED', 'FORBIDDEN', 'NOT_AN_UPLOAD_URL', 'REDIRECTED'].includes(error.code);
}

function failed(reason: string): Fate {
  return { state: 'settled', outcome: 'failed', reason };
}
