import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LocalArtifact } from '../model/artifact.ts';
import { hasCode, isAbort, reasonOf, told, toWheelhouseError, WheelhouseError } from '../model/errors.ts';
import {
  summarize,
  type ArtifactResult,
  type FlowOptions,
  type InspectOutcome,
  type Summary,
} from '../model/events.ts';
import { parseDistributionFilename } from '../model/filename.ts';
import { printableUrl } from '../model/secret.ts';
import { hashFile } from '../io/hash-file.ts';
import type { HttpClient } from '../io/http.ts';
import { readArtifact } from '../io/read-artifact.ts';
import { describeArtifact, type ArtifactDetails } from './inspect/details.ts';
import { downloadForInspection } from './inspect/download.ts';
import { candidateOf } from './preflight/preflight.ts';
import { findProblems } from './preflight/rules.ts';

export interface InspectOptions {
  /** Paths, `file:` URLs, or http(s) URLs whose last segment is the file's name; a `#sha256=…` is verified. */
  readonly files: readonly string[];
  /** Also lists the files in each archive. */
  readonly contents?: boolean | undefined;
  /** The index that the install lines name. */
  readonly indexUrl?: string | undefined;
  /** Default: one with the default time limits, closed at the end. */
  readonly http?: HttpClient | undefined;
}

export interface InspectReport {
  readonly summary: Summary<InspectOutcome>;
  /** One per file that could be read, in the order given. */
  readonly details: readonly ArtifactDetails[];
}

/**
 * Reads distributions and says everything about them: name, tags, hashes, metadata, contents, install lines, and
 * every reason why PyPI or GitLab would refuse them. A bad file fails with its reason, the others go on.
 */
export async function inspect(options: InspectOptions & FlowOptions): Promise<InspectReport> {
  const results: ArtifactResult<InspectOutcome>[] = [];
  const details: ArtifactDetails[] = [];
  for (const given of options.files) {
    const read = await inspectOne(given, options);
    if ('details' in read) details.push(read.details);
    results.push(read.result);
    options.onEvent?.({ event: 'artifact', ...read.result });
  }
  return { summary: summarize('inspect', results), details };
}

type Inspected =
  | { readonly result: ArtifactResult<InspectOutcome>; readonly details: ArtifactDetails }
  | { readonly result: ArtifactResult<InspectOutcome> };

async function inspectOne(given: string, options: InspectOptions & FlowOptions): Promise<Inspected> {
  const remote = /^https?:/i.test(given);
  const label = remote ? shownUrl(given) : basename(given);
  try {
    if (!remote) return await inspectFile(pathOf(given), given, options);
    await using download = await downloadForInspection(given, options);
    return await inspectFile(download.path, printableUrl(given), options);
  } catch (error) {
    if (isAbort(error) || options.signal?.aborted === true) throw toWheelhouseError(error, 'ABORTED', label);
    const reason = told(toWheelhouseError(error, 'INVALID_ARCHIVE', label));
    return { result: { filename: label, outcome: 'failed', sha256: null, size: null, reason } };
  }
}

async function inspectFile(
  path: string,
  source: string,
  { contents = false, indexUrl, signal, onEvent }: InspectOptions & FlowOptions,
): Promise<Inspected> {
  const artifact = await artifactAt(path);
  const { filename, sizeBytes } = artifact;
  const read = await readArtifact(artifact, { contents: true, signal });
  const { hashes } = await hashFile(path, ['md5', 'sha1', 'sha256', 'sha512', 'blake2b_256'], {
    signal,
    onProgress: (doneBytes: number) =>
      onEvent?.({ event: 'progress', filename, doneBytes, totalBytes: sizeBytes }),
  });
  const problems = findProblems([candidateOf(artifact, read)], { rules: 'all' });
  return {
    result: { filename, outcome: 'inspected', sha256: hashes.sha256, size: sizeBytes },
    details: describeArtifact({ source, artifact, read, hashes, problems, contents, indexUrl }),
  };
}

async function artifactAt(path: string): Promise<LocalArtifact> {
  const filename = basename(path);
  const file = await stat(path).catch((error: unknown) => {
    const missing = hasCode(error, 'ENOENT');
    throw missing
      ? new WheelhouseError('NOT_FOUND', `there is no file ${path}`, { cause: error, hint: 'check the path' })
      : new WheelhouseError('FILE_SYSTEM', `${filename} cannot be read: ${reasonOf(error)}`, {
          cause: error,
        });
  });
  if (!file.isFile())
    throw new WheelhouseError('FILE_SYSTEM', `${filename} is not a file`, { hint: 'name the files in it' });
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok)
    throw new WheelhouseError('INVALID_FILENAME', `${filename} is no distribution: ${parsed.reason}`);
  return { path, filename, sizeBytes: file.size, distribution: parsed.value };
}

/** A URL that cannot be read may hold a password all the same. */
function shownUrl(given: string): string {
  return URL.canParse(given) ? printableUrl(given) : 'a URL that is none';
}

function pathOf(given: string): string {
  return /^file:/i.test(given) ? fileURLToPath(given) : given;
}
