import { retry, tellRetries } from '../../io/retry.ts';
import type { LocalArtifact } from '../../model/artifact.ts';
import { WheelhouseError } from '../../model/errors.ts';
import type { ArtifactResult, PublishOutcome } from '../../model/events.ts';
import type { PublishableArtifact, PublishTarget } from '../../registry/target.ts';
import { parseExpectation } from '../preflight/expectation.ts';
import { preflight } from '../preflight/preflight.ts';
import type { Problem } from '../preflight/rule.ts';
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
  const forbids = ({ filename, severity }: Problem) =>
    unreadable.has(filename) || (strict && severity === 'error');
  for (const problem of problems)
    if (!forbids(problem))
      onEvent?.({ event: 'warning', message: `${problem.filename}: ${problem.message}` });
  const forbidding = problems.filter(forbids);
  if (forbidding.length === 0) return artifacts;
  for (const result of unsent(chosen, artifacts, forbidding))
    onEvent?.({ event: 'artifact', said: true, ...result });
  const count = forbidding.length === 1 ? 'a problem' : `${forbidding.length} problems`;
  // What cannot be read cannot be sent: its form needs the metadata.
  const passable = strict && unreadable.size === 0;
  throw new WheelhouseError('INCOMPLETE', `nothing was sent: ${count} with the files`, {
    errors: forbidding.map((problem) => new WheelhouseError('REJECTED', inWords(problem))),
    hint: hintFor(forbidding, passable),
  });
}

function hintFor(problems: readonly Problem[], passable: boolean): string {
  if (problems.every(({ rule }) => rule === 'expected'))
    return `build or fetch what is missing${passable ? '; --no-preflight publishes without it' : ''}`;
  const them = problems.length === 1 ? 'it' : 'them';
  return `build ${them} anew${passable ? `; --no-preflight sends ${them} all the same` : ''}`;
}

/** What becomes of each artifact where some must not be sent: its own problems, or what keeps it back. */
function unsent(
  chosen: readonly LocalArtifact[],
  readable: readonly PublishableArtifact[],
  problems: readonly Problem[],
): ArtifactResult<PublishOutcome>[] {
  const digests = new Map(readable.map(({ filename, sha256 }) => [filename, sha256]));
  const [first] = problems;
  const others = problems.length === 1 ? '' : ` (and ${problems.length - 1} more)`;
  return chosen.map(({ filename, sizeBytes: size }) => {
    const own = problems.filter((problem) => problem.filename === filename).map(({ message }) => message);
    const kept = `not sent: ${first === undefined ? '' : inWords(first)}${others}`;
    const reason = own.length > 0 ? own.join('; ') : kept;
    return { filename, outcome: 'failed', sha256: digests.get(filename) ?? null, size, reason };
  });
}

function inWords({ filename, message }: Problem): string {
  return `${filename}: ${message}`;
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
      onRetry: tellRetries(onEvent),
    });
    known.set(project, files);
  }
  return known;
}
