import { join } from 'node:path';
import type { HttpClient } from '../io/http.ts';
import type { LocalArtifact } from '../model/artifact.ts';
import { WheelhouseError } from '../model/errors.ts';
import { summarize, type Summary } from '../model/events.ts';
import type { PublishTarget } from '../registry/target.ts';
import { parseExpectation, type Expected } from './preflight/expectation.ts';
import { prepareFetch } from './fetch.ts';
import { withHttp } from './http.ts';
import { withOpened } from './opened.ts';
import { findMissingFiles } from './preflight/release-rules.ts';
import { askIndex } from './publish/prepare.ts';
import { foresee } from './publish/results.ts';
import { publishChosen } from './publish.ts';
import { releaseStep } from './release/next-steps.ts';
import type { ReleaseOptions } from './release/options.ts';
import {
  foretell,
  holdBack,
  onlyVersion,
  planFromAfar,
  projectsOf,
  type ForetoldArtifact,
  type ReleaseResult,
} from './release/plan.ts';
import { tellPlan } from './tell-plan.ts';

type ReleaseSummary = Summary<ReleaseResult['outcome']>;

/**
 * Fetches a release from all indexes and publishes exactly its files. Whatever can be seen before a download stops it
 * there: indexes that disagree, expected files that none of them lists, other bytes on the registry. Nothing is sent
 * unless every file is there and passes the preflight. Throws as `fetchArtifacts` and `publish` do.
 */
export function release(options: ReleaseOptions): Promise<ReleaseSummary> {
  const expected = parseExpectation(options.expect ?? '');
  return withOpened(options.target, (target) =>
    withHttp(options, (http) => releaseTo(target, http, expected, options)),
  );
}

async function releaseTo(
  target: PublishTarget,
  http: HttpClient,
  expected: readonly Expected[],
  options: ReleaseOptions,
): Promise<ReleaseSummary> {
  const { localFolder = 'dist', skipExisting = false, dryRun = false, onEvent } = options;
  const { steps, indexes, carryOut } = await prepareFetch(http, options);
  const foretold = foretell(steps);
  const version = onlyVersion(options.project, foretold);
  requireExpected(foretold, expected, options);
  const known = await askIndex(target, projectsOf(foretold), options);
  const publications = planFromAfar(foretold, known, skipExisting);
  const heldBack = holdBack(steps, publications);
  if (heldBack !== undefined) {
    tellPlan('publish', target.url, publications, options);
    if (!dryRun) for (const result of heldBack) onEvent?.({ event: 'artifact', ...result });
    return summarize('release', heldBack, dryRun ? { dryRun } : {});
  }
  const chosen = () => localArtifacts(foretold, localFolder);
  // What is there already can be looked at in a dry run too; what is not there, only foretold.
  const here = steps.every(({ action }) => action === 'keep');
  if (dryRun && !here) {
    tellPlan('publish', target.url, publications, options);
    onEvent?.({
      event: 'notice',
      message:
        'a dry run downloads nothing: this is what indexes and registry tell; the files were not looked into',
    });
    return summarize('release', publications.map(foresee), { dryRun });
  }
  const repair = releaseStep(target, { ...options, indexes, version });
  const fetched = dryRun ? [] : await carryOut();
  const failed = fetched.filter(({ outcome }) => outcome === 'failed' || outcome === 'conflict');
  if (failed.length > 0) {
    onEvent?.({
      event: 'notice',
      message: `nothing was sent: ${failed.length} of ${fetched.length} files could not be fetched`,
    });
    return { ...summarize('release', fetched), nextSteps: [repair] };
  }
  const sizes = new Map(fetched.map(({ filename, size }) => [filename, size]));
  const artifacts = chosen().map((one) => ({ ...one, sizeBytes: sizes.get(one.filename) ?? one.sizeBytes }));
  const summary = await publishChosen(target, artifacts, { ...options, repair });
  return { ...summary, command: 'release' };
}

/** What no index lists cannot be fetched, and so cannot be published. */
function requireExpected(
  foretold: readonly ForetoldArtifact[],
  expected: readonly Expected[],
  { preflight = true }: ReleaseOptions,
): void {
  const missing = findMissingFiles(foretold, expected);
  if (missing.length === 0 || !preflight) return; // without a preflight, publishing warns of it
  throw new WheelhouseError(
    'INCOMPLETE',
    `nothing was downloaded or sent: no index lists all that is expected`,
    {
      errors: missing.map(
        ({ filename, message }) => new WheelhouseError('REJECTED', `${filename}: ${message}`),
      ),
      hint: 'wait for the builds that are missing, or look at the indexes',
    },
  );
}

function localArtifacts(foretold: readonly ForetoldArtifact[], folder: string): LocalArtifact[] {
  return foretold.map(({ filename, distribution, sizeBytes }) => ({
    path: join(folder, filename),
    filename,
    sizeBytes: sizeBytes ?? 0,
    distribution,
  }));
}
