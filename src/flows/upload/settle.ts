import { isAbort, reasonOf, told } from '../../model/errors.ts';
import type { ArtifactResult, FlowOptions, UploadOutcome } from '../../model/events.ts';
import { normalizeName } from '../../model/name.ts';
import { throwIfAborted } from '../../io/abort.ts';
import type { Container } from '../../storage/container.ts';
import { findDoubles } from '../../wheelhouse/audit-plan.ts';
import type { ConvergeResult } from '../../wheelhouse/converge.ts';
import type { StoredArtifact } from '../../wheelhouse/stored-artifact.ts';
import { recordKey } from '../../wheelhouse/layout.ts';
import { overwritten, type NewArtifact } from '../../wheelhouse/new-artifact.ts';
import type { StoreResult } from '../../wheelhouse/store-artifact.ts';
import type { UploadStep } from './plan.ts';

/** What became of a step so far. */
export interface Done {
  readonly step: UploadStep<NewArtifact>;
  readonly outcome: UploadOutcome;
  readonly reason?: string;
  readonly stored?: StoreResult;
}

export function isThere({ outcome }: Done): boolean {
  return outcome === 'uploaded' || outcome === 'unchanged';
}

/** Whether the index does not list what should be there. */
export function isAmiss(done: Done, { files }: ConvergeResult): boolean {
  return isThere(done) && files.get(done.step.filename)?.sha256 !== done.step.artifact.sha256;
}

/** Whether other bytes than those that this run has stored are listed: another upload came after. */
export function isOvertaken({ step, stored }: Done, { files }: ConvergeResult): boolean {
  const sha256 = files.get(step.filename)?.sha256;
  return stored?.tag !== undefined && sha256 !== undefined && sha256 !== step.artifact.sha256;
}

/** Whether the object that a run has stored is another by now, as far as a listing tells. */
export function isReplaced(stored: StoreResult | undefined, there: StoredArtifact | undefined): boolean {
  const tag = there?.object.tag;
  return stored?.tag !== undefined && tag !== undefined && tag !== stored.tag;
}

export function fail({ step }: Done): Done {
  return { step, outcome: 'failed', reason: told(overwritten(step.filename)) };
}

/** The records of bytes that were overwritten go last: until the pages are right they are what proves the old ones. */
export async function removeReplacedRecords(
  container: Container,
  done: readonly { readonly artifact: NewArtifact; readonly stored?: StoreResult }[],
  { inventory }: ConvergeResult,
  { signal, onEvent }: FlowOptions,
): Promise<void> {
  for (const { artifact, stored } of done) {
    if (stored?.tag === undefined) continue;
    const { filename, sha256, sizeBytes } = artifact;
    const ours = recordKey(filename, sha256, sizeBytes);
    const artifactThere = inventory.artifacts.get(filename);
    if (artifactThere === undefined || isReplaced(stored, artifactThere)) continue;
    const { records, staleRecords } = artifactThere;
    const replaced = [...records, ...staleRecords].filter(({ key }) => key !== ours);
    // One of them may be another upload's again, which has overwritten ours since the listing.
    if (replaced.length === 0 || (await container.stat(artifactThere.object.key, signal))?.tag !== stored.tag)
      continue;
    for (const { key } of replaced) {
      throwIfAborted(signal);
      try {
        await container.delete(key, signal);
      } catch (thrown) {
        if (isAbort(thrown)) throw thrown;
        const message = `the record of the bytes that ${filename} had before could not be removed: ${reasonOf(thrown)}`;
        onEvent?.({
          event: 'warning',
          message,
          hint: 'pages are right without it; `wheelhouse index` removes it',
        });
      }
    }
  }
}

/** Warns of files of this run's projects that installers cannot tell apart. */
export function warnOfDoubles(
  done: readonly Done[],
  { files }: ConvergeResult,
  { onEvent }: FlowOptions,
): void {
  const projects = new Set(done.map(({ step }) => normalizeName(step.artifact.distribution.project)));
  for (const { message } of [...projects].flatMap((project) => findDoubles(files.namesOf(project))))
    onEvent?.({
      event: 'warning',
      message,
      hint: 'installers take either: delete one of them from the store',
    });
}

export function toResult({ step, outcome, reason }: Done): ArtifactResult<UploadOutcome> {
  const { filename, sha256, sizeBytes: size } = step.artifact;
  return { filename, outcome, sha256, size, ...(reason === undefined ? {} : { reason }) };
}
