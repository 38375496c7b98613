import { retry } from '../io/retry.ts';
import type { LocalArtifact } from '../model/artifact.ts';
import { WheelhouseError } from '../model/errors.ts';
import { normalizeName } from '../model/name.ts';
import type { PublishableArtifact, PublishTarget } from '../registry/target.ts';
import { preflight } from './preflight.ts';
import type { KnownFiles } from './publish-plan.ts';
import type { PublishOptions } from './publish.ts';

/** Reads and checks the files. Throws `INCOMPLETE` with every problem; without a preflight they are warnings. */
export async function examine(
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
export async function askIndex(
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
