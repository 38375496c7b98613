import { retry } from '../../io/retry.ts';
import type { LocalArtifact } from '../../model/artifact.ts';
import { WheelhouseError } from '../../model/errors.ts';
import type { PublishableArtifact, PublishTarget } from '../../registry/target.ts';
import { parseExpectation } from '../preflight/expectation.ts';
import { preflight } from '../preflight/preflight.ts';
import type { KnownFiles } from './plan.ts';
import type { PublishOptions } from './options.ts';

/** Reads and checks the files. Throws `INCOMPLETE` with every problem; without a preflight they are warnings. */
export async function examine(
  chosen: readonly LocalArtifact[],
  target: PublishTarget,
  {
    preflight: strict = true,
    allProjects = false,
    expect = '',
    maxWorkers = 8,
    signal,
    onEvent,
  }: PublishOptions,
): Promise<PublishableArtifact[]> {
  const expected = parseExpectation(expect);
  const { artifacts, problems } = await preflight(chosen, {
    rules: target.rules,
    allProjects,
    expected,
    maxWorkers,
    signal,
    onEvent,
  });
  const readable = new Set(artifacts.map(({ filename }) => filename));
  const unreadable = new Set(chosen.map(({ filename }) => filename).filter((name) => !readable.has(name)));
  const forbids = ({ filename, severity }: (typeof problems)[number]) =>
    unreadable.has(filename) || (strict && severity === 'error');
  for (const problem of problems)
    if (!forbids(problem))
      onEvent?.({ event: 'warning', message: `${problem.filename}: ${problem.message}` });
  const errors = problems
    .filter(forbids)
    .map(({ filename, message }) => new WheelhouseError('REJECTED', `${filename}: ${message}`));
  if (errors.length === 0) return artifacts;
  const count = errors.length === 1 ? 'a problem' : `${errors.length} problems`;
  const lacking = problems.filter(forbids).every(({ rule }) => rule === 'expected');
  const repair = lacking ? 'build or fetch what is missing' : 'build them anew';
  // What cannot be read cannot be sent: its form needs the metadata.
  const passable = strict && unreadable.size === 0;
  throw new WheelhouseError('INCOMPLETE', `nothing was sent: ${count} with the files`, {
    errors,
    hint: passable ? `${repair}; --no-preflight sends them all the same` : repair,
  });
}

/** The registry's files, read once for each of these projects, named by normalized and by written name. */
export async function askIndex(
  target: PublishTarget,
  projects: ReadonlyMap<string, string>,
  { retries, signal, onEvent }: Pick<PublishOptions, 'retries' | 'signal' | 'onEvent'>,
): Promise<KnownFiles> {
  const known = new Map<string, Awaited<ReturnType<PublishTarget['known']>>>();
  for (const [project, written] of projects) {
    const files = await retry(() => target.known(written, signal), {
      ...retries,
      what: `reading the index of ${project}`,
      signal,
      onRetry: (told) => onEvent?.({ event: 'retry', ...told }),
    });
    known.set(project, files);
  }
  return known;
}
