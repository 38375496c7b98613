import { scanFolder } from '../io/scan-folder.ts';
import { told } from '../model/errors.ts';
import { summarize, type ArtifactResult, type Summary, type UploadOutcome } from '../model/events.ts';
import type { Container } from '../storage/container.ts';
import { flatPageKey, rootPageKey } from '../wheelhouse/layout.ts';
import { emptyMetadataFile } from '../wheelhouse/metadata-file.ts';
import type { NewArtifact } from '../wheelhouse/new-artifact.ts';
import { noMetadata, readMetadata, type MetadataRead } from '../wheelhouse/read-metadata.ts';
import { ifThere } from './if-there.ts';
import { withOpened } from './opened.ts';
import { tellPlan } from './tell-plan.ts';
import { foresee, lookAhead } from './upload/foresee.ts';
import { nextSteps } from './upload/next-steps.ts';
import type { UploadOptions } from './upload/options.ts';
import { planUpload } from './upload/plan.ts';
import { prepareUpload } from './upload/prepare.ts';
import { tellIfPrivate } from './upload/private-notice.ts';
import { stampArtifacts } from './upload/stamp.ts';
import { carryOut } from './upload/steps.ts';
import { checkKeepDev, checkMaxWorkers } from './usage.ts';

/**
 * Uploads every wheel and sdist of a folder and brings the container's index up to date. An artifact that fails is an
 * outcome of the summary; a folder, a container or an index that cannot be read or written throws `WheelhouseError`.
 */
export async function upload(options: UploadOptions): Promise<Summary<UploadOutcome>> {
  const { localFolder = 'dist', maxWorkers = 4, stamp = true, signal, onEvent } = options;
  checkMaxWorkers(maxWorkers);
  if (options.keepDev !== undefined) checkKeepDev(options.keepDev);
  const { artifacts: local, passedOver } = await scanFolder(localFolder, options);
  for (const { name, reason } of passedOver) onEvent?.({ event: 'passed-over', name, reason });
  if (local.length === 0) {
    onEvent?.({ event: 'warning', ...nothingToUpload(localFolder, options) });
    return summarize('upload', []);
  }
  const now = options.clock?.() ?? new Date();
  const date = stamp ? now : undefined;
  await using stamped = await stampArtifacts(local, { date, maxWorkers, signal });
  const { fit, unfit } = await prepareUpload(stamped.artifacts, {
    maxWorkers,
    uploaded: now.toISOString(),
    signal,
  });
  const failed = [...stamped.unfit, ...unfit].map(({ artifact, error }): ArtifactResult<UploadOutcome> => {
    const { filename, sizeBytes: size } = artifact;
    return { filename, outcome: 'failed', sha256: null, size, reason: told(error) };
  });
  for (const result of failed) onEvent?.({ event: 'artifact', ...result });

  return await withOpened(options.container, (container) => uploadTo(container, fit, failed, options));
}

function nothingToUpload(localFolder: string, { include = [], exclude = [] }: UploadOptions) {
  if (include.length + exclude.length === 0)
    return {
      message: `${localFolder} holds no wheel or sdist to upload`,
      hint: 'build first: python -m build',
    };
  return {
    message: `${localFolder} holds no wheel or sdist that the filters let through`,
    hint: 'check --include and --exclude: they are compared with the whole file name',
  };
}

async function uploadTo(
  container: Container,
  artifacts: readonly NewArtifact[],
  failed: readonly ArtifactResult<UploadOutcome>[],
  options: UploadOptions,
): Promise<Summary<UploadOutcome>> {
  const { dryRun = false } = options;
  const metadataRead = await readClaims(container, options);
  const { artifacts: claimed } = metadataRead.file ?? emptyMetadataFile;
  const known = dryRun ? await lookAhead(container, artifacts, claimed, options) : claimed;
  const steps = planUpload(artifacts, known, options.onConflict);
  tellPlan('upload', container.url, steps, options);
  if (dryRun) return summarize('upload', [...failed, ...steps.map(foresee)], { dryRun });
  if (steps.length === 0) return summarize('upload', failed);

  const results = await carryOut(container, steps, metadataRead, options);
  const url = container.publicUrl();
  const amiss = new Set(results.flatMap(({ filename, outcome }) => (outcome === 'failed' ? [filename] : [])));
  const there = steps.filter(({ filename }) => !amiss.has(filename));
  if (url === undefined) return summarize('upload', [...failed, ...results]);
  const lines = nextSteps(container, there, options);
  // A page that is there: S3 refuses a stranger who asks for what is not.
  const page = container.publicUrl(options.layout === 'simple' ? rootPageKey : flatPageKey);
  if (lines.length > 0 && page !== undefined) await tellIfPrivate(page, options);
  return summarize('upload', [...failed, ...results], { url, nextSteps: lines });
}

/** `metadata.json` as it is; a container that is not there yet has none. */
async function readClaims(container: Container, { dryRun, signal }: UploadOptions): Promise<MetadataRead> {
  if (dryRun !== true) await container.create(signal);
  const reading = readMetadata(container, signal);
  return (await (dryRun === true ? ifThere(container, reading) : reading)) ?? noMetadata;
}
