import { basename } from 'node:path';
import pLimit from 'p-limit';
import { sleep as pause } from '../io/retry.ts';
import { WheelhouseError } from '../model/errors.ts';
import {
  summarize,
  type ArtifactResult,
  type FlowOptions,
  type Summary,
  type YankOutcome,
} from '../model/events.ts';
import type { Container } from '../storage/container.ts';
import { bytesSource } from '../storage/source.ts';
import { converge, type ConvergeOptions, type ConvergeResult } from '../wheelhouse/converge.ts';
import { pageHeaders } from '../wheelhouse/headers.ts';
import { readInventory } from '../wheelhouse/inventory.ts';
import type { StoredArtifact } from '../wheelhouse/stored-artifact.ts';
import { markKey, type Layout } from '../wheelhouse/layout.ts';
import { parseMark, renderMark } from '../wheelhouse/mark.ts';
import { settled } from '../wheelhouse/settled.ts';
import { readText } from '../wheelhouse/stored-page.ts';
import { nearNames } from './yank/near-names.ts';

export interface UnyankOptions extends FlowOptions {
  readonly container: Container;
  /** Names of files in the container; of a path only the last part counts. */
  readonly files: readonly string[];
  /** Default: `all`. */
  readonly layout?: Layout | undefined;
  /** How the index waits for other writers; for tests. */
  readonly waiting?: Pick<ConvergeOptions, 'sleep' | 'random'> | undefined;
}

export interface YankOptions extends UnyankOptions {
  /** What installers show to those who have pinned the file. One line. Default: the reason of an earlier yank, if any. */
  readonly reason?: string | undefined;
  /** Default: the system's clock. */
  readonly clock?: (() => Date) | undefined;
}

/**
 * Marks files as yanked (PEP 592): installers pass them over unless they are pinned. Their objects stay. Throws
 * `NOT_FOUND`, and changes nothing, when one of the files is not there.
 */
export async function yank(options: YankOptions): Promise<Summary<YankOutcome>> {
  const { container, signal, clock = () => new Date() } = options;
  const given = options.reason?.trim();
  if (given !== undefined && /[\u0000-\u001f\u007f]/.test(given))
    throw new WheelhouseError('USAGE', 'the reason holds a line break or a control character', {
      hint: 'give it in one line of text',
    });
  return changeMarks(options, 'yank', async ({ filename, yankMark }) => {
    const key = markKey(filename, 'yanked');
    const there = yankMark === undefined ? undefined : await readText(container, key, signal);
    const mark = there === undefined ? undefined : parseMark(there);
    const reason = given ?? mark?.reason ?? '';
    const yanked = reason === '' ? true : reason;
    // One that a mirror has brought would go when its source takes it back; from now on it is the container's own.
    if (mark?.reason === reason && mark.mirrored !== true) return { outcome: 'unchanged', yanked };
    const text = renderMark({ reason, date: clock().toISOString() });
    await container.write(key, bytesSource(text), { ...pageHeaders('json'), signal });
    return { outcome: 'yanked', yanked };
  });
}

/** Takes the mark of {@link yank} off. Throws `NOT_FOUND`, and changes nothing, when one of the files is not there. */
export async function unyank(options: UnyankOptions): Promise<Summary<YankOutcome>> {
  const { container, signal } = options;
  return changeMarks(options, 'unyank', async ({ filename, yankMark }) => {
    if (yankMark === undefined) return { outcome: 'unchanged' };
    await container.delete(markKey(filename, 'yanked'), signal);
    return { outcome: 'unyanked' };
  });
}

const parallelMarks = 8;
/** A listing that lags may not show a mark yet that has just been set: how often it is waited for. */
const maxLooks = 5;
const lookEveryMs = 1000;

interface Changed {
  readonly outcome: YankOutcome;
  /** What pages are to show: the reason, or true where there is none. */
  readonly yanked?: true | string;
}

async function changeMarks(
  options: UnyankOptions,
  command: 'yank' | 'unyank',
  change: (artifact: StoredArtifact) => Promise<Changed>,
): Promise<Summary<YankOutcome>> {
  const { container, onEvent } = options;
  const artifacts = await findArtifacts(options);
  const wanted = new Map<string, Changed['yanked']>();
  const limit = pLimit(parallelMarks);
  const results = await settled(
    artifacts.map((artifact) =>
      limit(async (): Promise<ArtifactResult<YankOutcome>> => {
        const { outcome, yanked } = await change(artifact);
        const { filename, object, records } = artifact;
        wanted.set(filename, yanked);
        const sha256 = records.length === 1 ? (records[0]?.sha256 ?? null) : null;
        const result = { filename, outcome, sha256, size: object.sizeBytes };
        onEvent?.({ event: 'artifact', ...result });
        return result;
      }),
    ),
  );
  await showMarks(options, artifacts, wanted);
  return summarize(command, results, { url: container.publicUrl() });
}

/** Brings the pages up to date, and makes sure that they show the marks. */
async function showMarks(
  options: UnyankOptions,
  artifacts: readonly StoredArtifact[],
  wanted: ReadonlyMap<string, Changed['yanked']>,
): Promise<void> {
  const written = new Set<string>();
  for (let look = 1; ; look++) {
    const result = await bringUpToDate(options, artifacts);
    for (const key of result.written) written.add(key);
    const amiss = [...wanted.keys()].find((filename) => {
      const listed = result.files.get(filename);
      return listed !== undefined && listed.yanked !== wanted.get(filename);
    });
    if (amiss === undefined) {
      options.onEvent?.({ event: 'pages', written: [...written], unchanged: result.unchanged });
      return;
    }
    if (look === maxLooks)
      throw new WheelhouseError('UNVERIFIED', `the store does not list the mark of ${amiss} yet`, {
        hint: 'it is set; `wheelhouse index` brings the pages up to date later',
      });
    await (options.waiting?.sleep ?? pause)(lookEveryMs, options.signal);
  }
}

/** The artifacts that are meant, each once. */
async function findArtifacts({ container, files, signal }: UnyankOptions): Promise<StoredArtifact[]> {
  const { artifacts } = await readInventory(container, signal);
  const listed = new Set(artifacts.liveNames());
  const names = [...new Set(files.map((file) => basename(file)))];
  const errors = names.flatMap((name) => (listed.has(name) ? [] : [missing(name, listed, container)]));
  if (errors.length === 1 && errors[0] !== undefined) throw errors[0];
  if (errors.length > 1)
    throw new WheelhouseError(
      'NOT_FOUND',
      `${errors.length} files are not in ${container.url}; nothing is changed`,
      { errors, hint: namesHint },
    );
  return names.flatMap((name) => artifacts.get(name) ?? []);
}

const namesHint = 'give the names of files as the index page of the container lists them';

function missing(name: string, names: Iterable<string>, { url }: Container): WheelhouseError {
  const near = nearNames(name, names);
  const message = `${name} is not in ${url}${near.length === 0 ? '' : `; near it: ${near.join(', ')}`}`;
  return new WheelhouseError('NOT_FOUND', message, near.length === 0 ? { hint: namesHint } : {});
}

function bringUpToDate(
  options: UnyankOptions,
  artifacts: readonly StoredArtifact[],
): Promise<ConvergeResult> {
  const { container, layout, signal, onEvent, waiting } = options;
  return converge(container, {
    projects: artifacts.map(({ project }) => project),
    layout,
    signal,
    onEvent,
    ...waiting,
  });
}
