import { sleep as realSleep } from '../io/retry.ts';
import { scanFolder } from '../io/scan-folder.ts';
import type { LocalArtifact } from '../model/artifact.ts';
import { isAbort } from '../model/errors.ts';
import { summarize, type PublishOutcome, type Summary } from '../model/events.ts';
import type { PublishableArtifact, PublishTarget } from '../registry/target.ts';
import { withOpened } from './opened.ts';
import { attestSteps, requireAttestations } from './publish/attest.ts';
import { chooseRelease } from './publish/choice.ts';
import { journalName, openJournal, type Journal } from './publish/journal.ts';
import { installSteps, releasePage, repairStep } from './publish/next-steps.ts';
import type { PublishOptions } from './publish/options.ts';
import { writtenProjects } from './publish/presence.ts';
import { planPublish, type PublishStep } from './publish/plan.ts';
import { askIndex, examine } from './publish/prepare.ts';
import { foresee, judgeFate, type JudgedResult } from './publish/results.ts';
import { sendRelease, type Fate } from './publish/send.ts';
import { tell, tellFate, tellInterruption, type Telling } from './publish/telling.ts';
import { workersFor } from './publish/workers.ts';
import { verifyRelease, type Verdict } from './publish/verify.ts';
import { tellPlan } from './tell-plan.ts';
import { checkMaxWorkers } from './usage.ts';

/**
 * Publishes every artifact of one release: looks at all files, asks the registry's index, plans by digest, sends
 * wheels then sdists, and verifies. A file that fails is an outcome of the summary. Throws `USAGE` or `NOT_FOUND` for
 * a folder that does not hold one release, `INCOMPLETE` with every problem when the files are not fit, and whatever
 * makes all uploads impossible (credentials, URL, index) before anything was published.
 */
export async function publish(options: PublishOptions): Promise<Summary<PublishOutcome>> {
  if (options.maxWorkers !== undefined) checkMaxWorkers(options.maxWorkers);
  return withOpened(options.target, (target) => publishFolder(target, options));
}

async function publishFolder(
  target: PublishTarget,
  options: PublishOptions,
): Promise<Summary<PublishOutcome>> {
  const { localFolder = 'dist', signal, onEvent } = options;
  const { artifacts: local, passedOver } = await scanFolder(localFolder, { signal });
  for (const { name, reason } of passedOver)
    if (name !== journalName) onEvent?.({ event: 'passed-over', name, reason });
  return publishChosen(target, chooseRelease(local, localFolder, options), options);
}

/** Publishes these artifacts, and no others that may lie beside them. */
export async function publishChosen(
  target: PublishTarget,
  chosen: readonly LocalArtifact[],
  options: PublishOptions & { readonly repair?: string },
): Promise<Summary<PublishOutcome>> {
  const { localFolder = 'dist', skipExisting = false, dryRun = false, onEvent } = options;
  requireAttestations(target, options);
  const artifacts = await examine(chosen, target, options);
  const known = await askIndex(target, writtenProjects(artifacts), options);
  const journal = await openJournal(localFolder, target.url, onEvent);

  const sentBefore = (artifact: PublishableArtifact) => journal.sentBefore(artifact);
  const plan = planPublish(artifacts, known, { skipExisting, sentBefore });
  tellPlan('publish', target.url, plan, options);
  if (dryRun) return summarize('publish', plan.map(foresee), { dryRun });

  const telling: Telling = { accepted: [], told: new Set(), onEvent };
  let complete = false;
  try {
    const steps = await attestSteps(target, plan, options);
    const fates = await sendAll(target, steps, journal, telling, options);
    const verdicts = await verifyAll(target, steps, fates, options);
    const judged = judgeAll(steps, fates, verdicts, telling);
    complete = judged.every(
      ({ result, unverified }) => !unverified && isThere(result.outcome) && result.reason === undefined,
    );
    return conclude(target, artifacts, judged, options);
  } catch (thrown) {
    if (isAbort(thrown)) tellInterruption(plan.length, telling);
    throw thrown;
  } finally {
    await journal.close({ complete });
  }
}

/** Sends; what the registry took is told only once it is verified. What stops a run throws while nothing is there. */
async function sendAll(
  target: PublishTarget,
  steps: readonly PublishStep[],
  journal: Journal,
  telling: Telling,
  options: PublishOptions,
): Promise<ReadonlyMap<PublishStep, Fate>> {
  const { skipExisting = false, retries = {}, sleep = realSleep, signal, onEvent } = options;
  const sizes = sizesToSend(steps);
  const maxWorkers = options.maxWorkers ?? workersFor(sizes);
  const onFate = (step: PublishStep, fate: Fate) => tellFate(step, fate, sizes.length, telling);
  const run = { journal, maxWorkers, skipExisting, retries, sleep, signal, onEvent, onFate };
  const { fates, stoppedBy } = await sendRelease(target, steps, run);
  if (stoppedBy === undefined) return fates;
  if (![...fates.values()].some(({ state }) => state === 'accepted')) throw stoppedBy;
  const { message, hint } = stoppedBy;
  onEvent?.({ event: 'warning', message, hint });
  return fates;
}

function sizesToSend(steps: readonly PublishStep[]): number[] {
  return steps.filter(({ action }) => action === 'send').map(({ artifact }) => artifact.sizeBytes);
}

async function verifyAll(
  target: PublishTarget,
  steps: readonly PublishStep[],
  fates: ReadonlyMap<PublishStep, Fate>,
  { verify = true, verifyPatienceMs = 120_000, sleep = realSleep, signal, onEvent }: PublishOptions,
): Promise<ReadonlyMap<string, Verdict>> {
  const open = steps.filter((step) => fates.get(step)?.state !== 'settled');
  if (!verify || open.length === 0) return new Map();
  const accepted = open.filter((step) => fates.get(step)?.state === 'accepted');
  return verifyRelease(
    target,
    open.map(({ artifact }) => artifact),
    new Set(accepted.map(({ filename }) => filename)),
    {
      patienceMs: verifyPatienceMs,
      sleep,
      signal,
      onBehind: ({ length }, reason) =>
        onEvent?.({
          event: 'notice',
          message: `waiting for the index to show ${length} of ${open.length} files${reason === undefined ? '' : `: ${reason}`}`,
        }),
    },
  );
}

function judgeAll(
  steps: readonly PublishStep[],
  fates: ReadonlyMap<PublishStep, Fate>,
  verdicts: ReadonlyMap<string, Verdict>,
  telling: Telling,
): JudgedResult[] {
  return steps.flatMap((step) => {
    const fate = fates.get(step);
    if (fate === undefined) return [];
    const judged = judgeFate(step, fate, verdicts.get(step.filename));
    tell(step, judged, telling);
    return [judged];
  });
}

function conclude(
  target: PublishTarget,
  artifacts: readonly PublishableArtifact[],
  judged: readonly JudgedResult[],
  options: PublishOptions & { readonly repair?: string },
): Summary<PublishOutcome> {
  const unverified = judged.filter((one) => one.unverified).length;
  if (unverified > 0)
    options.onEvent?.({
      event: 'warning',
      message: `unverified: ${target.url} accepted ${unverified} ${unverified === 1 ? 'file' : 'files'} that its index does not show yet`,
      hint: 'an index behind a CDN can be late by minutes, and one that cannot be read shows nothing: the command below looks again, and sends only what is missing',
    });
  const summary = summarize(
    'publish',
    judged.map(({ result }) => result),
    { url: releasePage(target, artifacts) },
  );
  if (summary.ok && unverified === 0) return { ...summary, nextSteps: installSteps(target, artifacts) };
  const failed = { ...summary, ok: false, exitCode: 1 as const };
  // The same command would stop at the same file.
  if ('conflict' in summary.counts) return failed;
  return { ...failed, nextSteps: [options.repair ?? repairStep(target, artifacts, options)] };
}

function isThere(outcome: PublishOutcome): boolean {
  return outcome === 'published' || outcome === 'already-there';
}
