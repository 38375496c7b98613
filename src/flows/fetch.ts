import { mkdir } from 'node:fs/promises';
import { throwIfAborted } from '../io/abort.ts';
import type { HttpClient } from '../io/http.ts';
import { inParallel } from '../io/in-parallel.ts';
import { selectLinks, type LinkFilter } from '../listing/select.ts';
import { toWheelhouseError } from '../model/errors.ts';
import {
  summarize,
  type ArtifactResult,
  type FetchOutcome,
  type FlowOptions,
  type Summary,
} from '../model/events.ts';
import { normalizeVersion } from '../model/version.ts';
import { mergeLinks, unprovenFiles, type Candidate } from './fetch/candidates.ts';
import { downloadAll } from './fetch/download.ts';
import { readIndexes, type IndexAccess, type ReadIndex } from './fetch/indexes.ts';
import { lookAt } from './fetch/local.ts';
import { foresee, nothingFound, planFetch, type FetchStep, type LocalFile } from './fetch/plan.ts';
import { withHttp } from './http.ts';
import { tellPlan } from './tell-plan.ts';
import { checkMaxWorkers, checkProjectName, usage } from './usage.ts';

export interface FetchOptions extends FlowOptions, IndexAccess, Omit<LinkFilter, 'project'> {
  readonly project: string;
  /** URLs, `file:` URLs or paths of pages; or containers, with `readContainerIndex`. */
  readonly indexes: readonly string[];
  /** Default: `dist`. */
  readonly localFolder?: string;
  /** Refuse files for which no index gives a hash that proves them. */
  readonly requireHashes?: boolean | undefined;
  /** Files on their way at the same time. Default: 4. */
  readonly maxWorkers?: number | undefined;
  /** Make the plan, write nothing. */
  readonly dryRun?: boolean | undefined;
  /** Default: one of its own, closed at the end. */
  readonly http?: HttpClient | undefined;
}

/**
 * Downloads every artifact of a project, or of one version of it, from all indexes. An artifact that fails or about
 * which indexes disagree is an outcome of the summary, and nothing of its name is written. Throws `NOT_FOUND` when
 * the indexes list nothing that fits, and what went wrong when any index cannot be read: then nothing is downloaded.
 */
export function fetchArtifacts(options: FetchOptions): Promise<Summary<FetchOutcome>> {
  return withHttp(options, (http) => fetchWith(http, options));
}

async function fetchWith(http: HttpClient, options: FetchOptions): Promise<Summary<FetchOutcome>> {
  const { dryRun = false } = options;
  const { steps, carryOut } = await prepareFetch(http, options);
  if (dryRun) return summarize('fetch', steps.map(foresee), { dryRun });
  return summarize('fetch', await carryOut());
}

/** A fetch whose plan is made and told. */
export interface PreparedFetch {
  readonly steps: readonly FetchStep[];
  /** The indexes as they are printed. */
  readonly indexes: readonly string[];
  /** Tells and gives what became of each step. */
  readonly carryOut: () => Promise<ArtifactResult<FetchOutcome>[]>;
}

/** Reads all indexes, looks at the local folder, and makes the plan of a fetch. Throws as {@link fetchArtifacts}. */
export async function prepareFetch(http: HttpClient, options: FetchOptions): Promise<PreparedFetch> {
  checkUsage(options);
  const { localFolder = 'dist', onEvent } = options;
  const indexes = await readIndexes([...new Set(options.indexes)], { ...options, http });
  const candidates = selectCandidates(indexes, options);
  for (const message of unprovenFiles(candidates)) onEvent?.({ event: 'warning', message });
  const local = await lookAtAll(localFolder, candidates, options);
  const steps = planFetch(candidates, local, options);
  tellPlan('fetch', localFolder, steps, options);
  const carryOut = async () => {
    const settled = steps.filter(({ action }) => action !== 'download').map(foresee);
    for (const result of settled) onEvent?.({ event: 'artifact', ...result });
    const downloads = steps.filter(({ action }) => action === 'download');
    return [...settled, ...(await download(downloads, localFolder, indexes, http, options))];
  };
  return { steps, indexes: indexes.map(({ index }) => index), carryOut };
}

async function download(
  steps: readonly FetchStep[],
  folder: string,
  indexes: readonly ReadIndex[],
  http: HttpClient,
  options: FetchOptions,
): Promise<ArtifactResult<FetchOutcome>[]> {
  if (steps.length === 0) return [];
  await mkdir(folder, { recursive: true }).catch((thrown: unknown) => {
    throw toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot make the folder ${folder}`);
  });
  return downloadAll(steps, { ...options, folder, indexes, http });
}

function selectCandidates(indexes: readonly ReadIndex[], options: FetchOptions): Candidate[] {
  const read = indexes.map(({ index, links }) => ({ index, ...selectLinks(links, options) }));
  const candidates = mergeLinks(
    read.flatMap(({ index, selected }) => selected.map((link) => ({ index, link }))),
  );
  if (candidates.length > 0) return candidates;
  throw nothingFound(
    options,
    read.map(({ index }) => index),
    read.flatMap(({ otherVersions }) => otherVersions),
  );
}

async function lookAtAll(
  folder: string,
  candidates: readonly Candidate[],
  { maxWorkers = 4, signal }: FetchOptions,
): Promise<Map<string, LocalFile>> {
  const local = new Map<string, LocalFile>();
  await inParallel(candidates, maxWorkers, async (candidate) => {
    throwIfAborted(signal);
    const found = await lookAt(folder, candidate, signal);
    if (found !== undefined) local.set(candidate.filename, found);
  });
  return local;
}

function checkUsage({ project, indexes, version, maxWorkers = 4 }: FetchOptions): void {
  checkProjectName(project, '--version');
  if (indexes.length === 0) throw usage('there is no index to fetch from', 'give the URL or path of one');
  if (version !== undefined && normalizeVersion(version) === undefined)
    throw usage(`${version} is no version`, 'such as: 1.26.0 (PEP 440)');
  checkMaxWorkers(maxWorkers);
}
