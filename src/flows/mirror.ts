import type { HttpClient } from '../io/http.ts';
import { parseIndex } from '../io/index-place.ts';
import { WheelhouseError } from '../model/errors.ts';
import { summarize, type MirrorOutcome, type Summary } from '../model/events.ts';
import { normalizeName } from '../model/name.ts';
import { specifierFlaw } from '../model/specifier.ts';
import { isContainerUrl } from '../storage/location.ts';
import { converge, type ConvergeResult } from '../wheelhouse/converge.ts';
import { noFiles, type Files } from '../wheelhouse/files.ts';
import { listArtifacts } from '../wheelhouse/list-artifacts.ts';
import { mergeLinks, unprovenFiles } from './fetch/candidates.ts';
import { ifThere } from './if-there.ts';
import type { MirrorOptions } from './mirror/options.ts';
import { foresee, isChange, planMirror, toRow } from './mirror/plan.ts';
import { planRemovals } from './mirror/removals.ts';
import { removed, toRemovalRow } from './mirror/remove.ts';
import { selectForMirror } from './mirror/select.ts';
import { readSources, type SourcesRead } from './mirror/sources.ts';
import { carryOut } from './mirror/steps.ts';
import { findMirroredYanks } from './mirror/yank.ts';
import { withHttp } from './http.ts';
import { tellPlan } from './tell-plan.ts';
import { checkMaxWorkers, checkProjectName, usage } from './usage.ts';

/**
 * Copies what indexes list into a container, as far as it is not there yet, and brings the container's index up to
 * date. Made to be run again and again: what is there with the same digest is not sent again, a killed run is gone on
 * with, and several runs and uploads may be at work at once. An index or an artifact that fails does not stop the
 * others: it is told, and makes the summary not `ok`. Throws what goes wrong with the container.
 */
export async function mirror(options: MirrorOptions): Promise<Summary<MirrorOutcome>> {
  checkUsage(options);
  return withHttp(options, (http) => mirrorWith(http, options));
}

async function mirrorWith(http: HttpClient, options: MirrorOptions): Promise<Summary<MirrorOutcome>> {
  const { container, dryRun = false, clock = () => new Date() } = options;
  const now = clock();
  const { read, look } = await readBoth(http, options);
  const failures = tellFailures(read, options);
  if (read.sources.length === 0) return summarize('mirror', [], notOk);

  const candidates = candidatesOf(read, options);
  let looked = await look();
  if (looked.missing === true && candidates.length > 0) {
    await container.create(options.signal);
    looked = await lookAt(options);
  }
  const { files, converged } = looked;
  const mirroredYanks = await findMirroredYanks(options, candidates, files);
  const steps = planMirror(candidates, files, { ...options, mirroredYanks, now });
  const removals = options.delete === true ? planDeletion(files, read, options) : { files: [], failures: 0 };
  const rows = [...steps.filter(isChange).map(toRow), ...removals.files.map(toRemovalRow)];
  tellPlan('mirror', container.url, rows, options);
  // What could not be read or trusted makes a run fail, even if all that could be copied is there.
  const ending = failures + removals.failures > 0 ? notOk : {};
  if (converged === undefined) {
    const expected = [...steps.map(foresee), ...removals.files.map(removed)];
    return summarize('mirror', expected, dryRun ? { ...ending, dryRun } : ending);
  }
  const plan = { steps, removals: removals.files };
  const results = await carryOut(plan, converged, { ...options, http, sources: read.sources, now });
  return summarize('mirror', results, ending);
}

const notOk = { ok: false, exitCode: 1 } as const;

interface Looked {
  readonly files: Files;
  readonly converged?: ConvergeResult;
  /** The container is not there yet. */
  readonly missing?: true;
}

/**
 * Reads the indexes, and looks at the container meanwhile. That begins with the first page: where no index can be read,
 * the container is left alone.
 */
async function readBoth(
  http: HttpClient,
  options: MirrorOptions,
): Promise<{ read: SourcesRead; look: () => Promise<Looked> }> {
  let looking: Promise<Looked> | undefined;
  const look = (): Promise<Looked> => (looking ??= lookAt(options));
  const onPage = (): void => void look().catch(() => undefined); // who needs it asks again
  try {
    return { read: await readSources({ ...options, http, onPage }), look };
  } finally {
    await Promise.allSettled([looking]);
  }
}

/** What goes; tells what stays although no source lists it, and answers how often that is for the user to decide. */
function planDeletion(files: Files, read: SourcesRead, options: MirrorOptions) {
  const { removals, heldBack } = planRemovals(files, read, options, options.force === true);
  for (const { project, count, reason, forcible } of heldBack) {
    const message = `nothing of ${project} is removed (${count} ${count === 1 ? 'file is' : 'files are'} no longer listed): ${reason}`;
    if (forcible)
      options.onEvent?.({
        event: 'error',
        code: 'INCOMPLETE',
        message,
        hint: 'if that is meant, use --force',
      });
    else options.onEvent?.({ event: 'warning', message });
  }
  return { files: removals, failures: heldBack.filter(({ forcible }) => forcible).length };
}

/**
 * What the container holds. The index is brought up to date first: what a killed run has left counts as there, and one
 * listing does for both. A dry run only looks. One that is missing is left so: it is made when there is something to put
 * into it, not for a project that was mistyped.
 */
async function lookAt({
  container,
  dryRun,
  layout,
  signal,
  onEvent,
  waiting,
}: MirrorOptions): Promise<Looked> {
  if (dryRun === true)
    return { files: (await ifThere(container, listArtifacts(container, signal))) ?? noFiles };
  const converged = await ifThere(
    container,
    converge(container, {
      layout,
      signal,
      onEvent,
      ...waiting,
    }),
  );
  if (converged === undefined) return { files: noFiles, missing: true };
  await container.create(signal); // of one that is there: shows it to the public, where that is wanted
  return { files: converged.files, converged };
}

function candidatesOf({ sources }: SourcesRead, options: MirrorOptions) {
  const candidates = mergeLinks(selectForMirror(sources, options));
  for (const message of unprovenFiles(candidates)) options.onEvent?.({ event: 'warning', message });
  return candidates;
}

/**
 * Tells what could not be read, which projects nobody lists, and which page is perhaps no index; answers how many failures
 * that were.
 */
function tellFailures({ sources, unread }: SourcesRead, { projects = [], onEvent }: MirrorOptions): number {
  if (projects.length === 0)
    for (const { index, projects: there, failures } of sources)
      if (there.size === 0 && failures.size === 0)
        onEvent?.({
          event: 'warning',
          message: `${index} lists no distribution, and no project that has one`,
          hint: 'check that it is the right page',
        });
  const errors = [
    ...unread.map(({ index, error }) => named(error, index)),
    ...sources.flatMap(({ index, failures }) => [...failures.values()].map((error) => named(error, index))),
  ];
  const whole = errors.length === 0;
  for (const project of new Set(projects.map(normalizeName))) {
    if (whole && !sources.some((source) => source.projects.has(project)))
      errors.push(
        new WheelhouseError('NOT_FOUND', `no index lists a file of ${project}`, {
          hint: 'check the name, and that the indexes are the right ones',
        }),
      );
  }
  for (const { code, message, hint } of errors) onEvent?.({ event: 'error', code, message, hint });
  return errors.length;
}

function named(error: WheelhouseError, index: string): WheelhouseError {
  if (error.message.includes(index)) return error;
  const { code, hint } = error;
  return new WheelhouseError(code, `the index ${index}: ${error.message}`, { hint });
}

function checkUsage({ indexes, projects = [], versions, latest, maxWorkers = 4 }: MirrorOptions): void {
  if (indexes.length === 0) throw usage('there is no index to mirror', 'give the URL or path of one');
  for (const index of indexes) if (!isContainerUrl(index)) parseIndex(index);
  for (const project of projects) checkProjectName(project, '--versions');
  const flaw = versions === undefined ? undefined : specifierFlaw(versions);
  if (flaw !== undefined) throw usage(`--versions: ${flaw}`, 'such as: >=1.20,<2 (PEP 440)');
  if (latest !== undefined && !(Number.isInteger(latest) && latest > 0))
    throw usage(`${latest} is no number of versions`, 'give 1 or more');
  checkMaxWorkers(maxWorkers);
}
