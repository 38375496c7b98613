import { throwIfAborted } from '../../io/abort.ts';
import type { HttpClient } from '../../io/http.ts';
import { readProjects, type ProjectsRead } from '../../io/read-projects.ts';
import { tellRetries } from '../../io/retry.ts';
import { projectsOf } from '../../listing/select.ts';
import { isAbort, toWheelhouseError, type WheelhouseError } from '../../model/errors.ts';
import { normalizeName } from '../../model/name.ts';
import { areSeveral, printableIndex, readWithAccess, type ReadIndex } from '../fetch/indexes.ts';
import type { MirrorOptions } from './options.ts';

/** An index that was read, perhaps without some of its projects. */
export interface MirrorSource extends ReadIndex, Omit<ProjectsRead, 'links'> {}

/** An index that could not be read at all. */
interface UnreadIndex {
  readonly index: string;
  readonly error: WheelhouseError;
}

export interface SourcesRead {
  readonly sources: readonly MirrorSource[];
  readonly unread: readonly UnreadIndex[];
}

interface Options extends MirrorOptions {
  readonly http: HttpClient;
  /** Called when something of an index could be read, as often as that happens. */
  readonly onPage: () => void;
}

/**
 * Reads all indexes at the same time, as far as they can be read: unlike a release, a mirror is of use without what is
 * missing today. Throws only `ABORTED`.
 */
export async function readSources(options: Options): Promise<SourcesRead> {
  const indexes = [...new Set(options.indexes)];
  const several = areSeveral(indexes);
  const sources: MirrorSource[] = [];
  const unread: UnreadIndex[] = [];
  const results = await Promise.allSettled(indexes.map((index) => readSource(index, several, options)));
  throwIfAborted(options.signal);
  for (const [i, result] of results.entries()) {
    if (result.status === 'fulfilled') {
      sources.push(result.value);
      continue;
    }
    const error = toWheelhouseError(result.reason, 'NETWORK', 'an index cannot be read');
    if (isAbort(error)) throw error;
    unread.push({ index: printableIndex(indexes[i] ?? ''), error });
  }
  return { sources, unread };
}

async function readSource(index: string, several: boolean, options: Options): Promise<MirrorSource> {
  const { projects, http, signal, onEvent, onPage, baseDelayMs, cache, maxWorkers = 4 } = options;
  const shown = printableIndex(index);
  const contained = await options.readContainerIndex?.(index);
  if (contained !== undefined) {
    onPage();
    const there = projectsOf(contained);
    const silent = (projects ?? []).map(normalizeName).filter((project) => !there.has(project));
    const whole = { silent: new Set(silent), failures: new Map<string, WheelhouseError>() };
    return { index: shown, links: contained, projects: there, credentialsFor: () => undefined, ...whole };
  }
  const { read, credentialsFor } = await readWithAccess(index, several, options, (credentials) =>
    readProjects(index, {
      projects,
      http,
      credentials,
      signal,
      baseDelayMs,
      cache,
      maxWorkers,
      onPage,
      onRetry: tellRetries(onEvent),
    }),
  );
  return { ...read, index: shown, credentialsFor };
}
