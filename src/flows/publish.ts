import { retry, sleep as realSleep, type RetryOptions } from '../io/retry.ts';
import { scanFolder } from '../io/scan-folder.ts';
import type { LocalArtifact } from '../model/artifact.ts';
import { isAbort, WheelhouseError } from '../model/errors.ts';
import { summarize, type FlowOptions, type PublishOutcome, type Summary } from '../model/events.ts';
import { normalizeName } from '../model/name.ts';
import type { PublishableArtifact, PublishTarget } from '../registry/target.ts';
import { preflight } from './preflight.ts';
import { chooseRelease, type Choice } from './publish-choice.ts';
import { journalName, openJournal, type Journal } from './publish-journal.ts';
import { installSteps, releasePage, repairStep } from './publish-next-steps.ts';
import type { Sleep } from './publish-pace.ts';
import { planPublish, type KnownFiles, type PublishStep } from './publish-plan.ts';
import { foresee, judgeFate, type JudgedResult } from './publish-results.ts';
import { sendRelease, type Fate, type SentRelease } from './publish-send.ts';
import { verifyRelease, type Verdict } from './verify.ts';

export interface PublishOptions extends FlowOptions, Choice {
  /** The caller closes a target that it has opened; one that the flow opens, the flow closes. */
  readonly target: PublishTarget | { open(): Promise<PublishTarget> };
  /** Default: `dist`. */
  readonly localFolder?: string;
  /** A file name that is there already is no error, whatever its bytes. */
  readonly skipExisting?: boolean;
  /** Whether problems of the files forbid to send anything. Default: true; otherwise they are warnings. */
  readonly preflight?: boolean;
  /** Whether the registry's index is checked afterwards. Default: true. */
  readonly verify?: boolean;
  /** Files read or sent at the same time. Default: 4. */
  readonly maxWorkers?: number;
  /** Make the plan, send nothing. */
  readonly dryRun?: boolean;
  /** How often, and after which waits, a transient failure is tried again. */
  readonly retries?: Pick<RetryOptions, 'attempts' | 'baseDelayMs' | 'maxDelayMs' | 'random'>;
  /** How long to wait, in milliseconds, for an index that is behind. Default: 120 000. */
  readonly verifyPatienceMs?: number;
  /** How to wait; for tests. */
  readonly sleep?: Sleep;
}

/**
 * Publishes every artifact of one release: looks at all files, asks the registry's index, plans by digest, sends
 * wheels then sdists, and verifies. A file that fails is an outcome of the summary. Throws `USAGE` or `NOT_FOUND` for
 * a folder that does not hold one release, `INCOMPLETE` with every problem when the files are not fit, and whatever
 * makes all uploads impossible (credentials, URL, index) before anything was published.
 */
export async function publish(options: PublishOptions): Promise<Summary<PublishOutcome>> {
  const { target } = options;
  if (!('open' in target)) return publishTo(target, options);
  const opened = await target.open();
  try {
    return await publishTo(opened, options);
  } finally {
    await opened.close();
  }
}

async function publishTo(target: PublishTarget, options: PublishOptions): Promise<Summary<PublishOutcome>> {
  const { localFolder = 'dist', skipExisting = false, dryRun = false, signal, onEvent } = options;
  const { artifacts: local, passedOver } = await scanFolder(
    localFolder,
    signal === undefined ? {} : { signal },
  );
  for (const { name, reason } of passedOver)
    if (name !== journalName) onEvent?.({ event: 'passed-over', name, reason });
  const chosen = chooseRelease(local, localFolder, options);
  const artifacts = await examine(chosen, target, options);
  const known = await askIndex(target, artifacts, options);
  const journal = await openJournal(localFolder, target.url, onEvent);

  const sentBefore = (artifact: PublishableArtifact) => journal.sentBefore(artifact);
  const steps = planPublish(artifacts, known, { skipExisting, sentBefore });
  const told = steps.map(({ filename, action, reason, size }) => ({ filename, action, reason, size }));
  onEvent?.({ event: 'plan', command: 'publish', dryRun, target: target.url, steps: told });
  if (dryRun) return summarize('publish', steps.map(foresee), { dryRun });

  let complete = false;
  try {
    const sent = await sendAll(target, steps, journal, options);
    const verdicts = await verifyAll(target, steps, sent.fates, options);
    const judged = judgeAll(steps, sent, verdicts, options);
    complete = judged.every(
      ({ result, unverified }) => !unverified && isThere(result.outcome) && result.reason === undefined,
    );
    return conclude(target, artifacts, judged, options);
  } finally {
    await journal.close({ complete });
  }
}

/** Reads and checks the files. Throws `INCOMPLETE` with every problem; without a preflight they are warnings. */
async function examine(
  chosen: readonly LocalArtifact[],
  target: PublishTarget,
  { preflight: strict = true, allProjects = false, maxWorkers = 4, signal, onEvent }: PublishOptions,
): Promise<PublishableArtifact[]> {
  const { artifacts, problems } = await preflight(chosen, {
    rules: target.rules,
    allProjects,
    maxWorkers,
    ...(signal && { signal }),
    ...(onEvent && { onEvent }),
  });
  const readable = new Set(artifacts.map(({ filename }) => filename));
  const forbids = ({ filename, severity }: (typeof problems)[number]) =>
    !readable.has(filename) || (strict && severity === 'error');
  for (const problem of problems)
    if (!forbids(problem))
      onEvent?.({ event: 'warning', message: `${problem.filename}: ${problem.message}` });
  const errors = problems
    .filter(forbids)
    .map(({ filename, message }) => new WheelhouseError('REJECTED', `${filename}: ${message}`));
  if (errors.length === 0) return artifacts;
  const count = errors.length === 1 ? 'a problem' : `${errors.length} problems`;
  throw new WheelhouseError('INCOMPLETE', `nothing was sent: ${count} with the files`, {
    errors,
    hint: strict ? 'build them anew; --no-preflight sends them all the same' : 'build them anew',
  });
}

/** The registry's files, read once for each project. */
async function askIndex(
  target: PublishTarget,
  artifacts: readonly PublishableArtifact[],
  { retries, signal, onEvent }: PublishOptions,
): Promise<KnownFiles> {
  const known = new Map<string, Awaited<ReturnType<PublishTarget['known']>>>();
  for (const project of new Set(artifacts.map(({ distribution }) => normalizeName(distribution.project)))) {
    const files = await retry(() => target.known(project, signal), {
      ...retries,
      what: `reading the index of ${project}`,
      signal,
      onRetry: (told) => onEvent?.({ event: 'retry', ...told }),
    });
    known.set(project, files);
  }
  return known;
}

/** Sends; what the registry took is told only once it is verified. Refused credentials throw while nothing is there. */
async function sendAll(
  target: PublishTarget,
  steps: readonly PublishStep[],
  journal: Journal,
  options: PublishOptions,
): Promise<SentRelease> {
  const { maxWorkers = 4, skipExisting = false, retries = {}, sleep = realSleep, signal, onEvent } = options;
  let accepted = 0;
  const onFate = (step: PublishStep, fate: Fate) => {
    if (fate.state === 'accepted') accepted++;
    if (fate.state === 'settled')
      onEvent?.({ event: 'artifact', ...judgeFate(step, fate, undefined).result });
    else onEvent?.({ event: 'detail', message: `${fate.state} ${step.filename}` });
  };
  try {
    const run = { journal, maxWorkers, skipExisting, retries, sleep, signal, onEvent, onFate };
    const sent = await sendRelease(target, steps, run);
    const { stoppedBy } = sent;
    if (stoppedBy === undefined) return sent;
    if (accepted === 0) throw stoppedBy;
    const { message, hint } = stoppedBy;
    onEvent?.({ event: 'warning', message, ...(hint === undefined ? {} : { hint }) });
    return sent;
  } catch (thrown) {
    if (isAbort(thrown) && accepted > 0)
      onEvent?.({
        event: 'notice',
        message: `${accepted} of ${steps.length} files were accepted; the same command sends only what is missing`,
      });
    throw thrown;
  }
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
      onBehind: ({ length }) =>
        onEvent?.({
          event: 'notice',
          message: `waiting for the index to show ${length} of ${open.length} files`,
        }),
    },
  );
}

function judgeAll(
  steps: readonly PublishStep[],
  { fates }: SentRelease,
  verdicts: ReadonlyMap<string, Verdict>,
  { onEvent }: PublishOptions,
): JudgedResult[] {
  return steps.flatMap((step) => {
    const fate = fates.get(step);
    if (fate === undefined) return [];
    const judged = judgeFate(step, fate, verdicts.get(step.filename));
    if (fate.state !== 'settled') onEvent?.({ event: 'artifact', ...judged.result });
    return [judged];
  });
}

function conclude(
  target: PublishTarget,
  artifacts: readonly PublishableArtifact[],
  judged: readonly JudgedResult[],
  options: PublishOptions,
): Summary<PublishOutcome> {
  const unverified = judged.filter((one) => one.unverified).length;
  if (unverified > 0)
    options.onEvent?.({
      event: 'warning',
      message: `unverified: ${target.url} accepted ${unverified} files that its index does not show yet`,
      hint: 'an index behind a CDN can be late by minutes: the command below looks again, and sends only what is missing',
    });
  const url = releasePage(target, artifacts);
  const summary = summarize(
    'publish',
    judged.map(({ result }) => result),
    url === undefined ? {} : { url },
  );
  if (summary.ok && unverified === 0) return { ...summary, nextSteps: installSteps(target, artifacts) };
  return { ...summary, ok: false, exitCode: 1, nextSteps: [repairStep(target, artifacts, options)] };
}

function isThere(outcome: PublishOutcome): boolean {
  return outcome === 'published' || outcome === 'already-there';
}
