import { join } from 'node:path';
import { throwIfAborted } from '../../io/abort.ts';
import type { HttpClient } from '../../io/http.ts';
import { inParallel } from '../../io/in-parallel.ts';
import type { DownloadLink } from '../../io/open-link.ts';
import { findParts } from '../../io/part-name.ts';
import { tellRetries } from '../../io/retry.ts';
import { saveFile } from '../../io/save-file.ts';
import { isAbort, told, toWheelhouseError } from '../../model/errors.ts';
import type { ArtifactResult, EventSink, FetchOutcome, FlowOptions } from '../../model/events.ts';
import type { IndexedLink } from './candidates.ts';
import type { ContainerLink, ReadIndex } from './indexes.ts';
import type { FetchStep } from './plan.ts';

export interface DownloadAllOptions extends FlowOptions {
  readonly folder: string;
  readonly indexes: readonly ReadIndex[];
  readonly http: HttpClient;
  readonly maxWorkers?: number | undefined;
  readonly baseDelayMs?: number | undefined;
}

type Result = ArtifactResult<FetchOutcome>;

/** Downloads what the plan says, some at a time; what fails is an outcome. Throws `ABORTED`, once all have let go. */
export async function downloadAll(
  steps: readonly FetchStep[],
  options: DownloadAllOptions,
): Promise<Result[]> {
  const { folder, maxWorkers = 4, signal, onEvent } = options;
  const parts = await findParts(folder).catch((thrown: unknown) => {
    throw toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot look into ${folder}`);
  });
  const download = async (step: FetchStep): Promise<Result> => {
    throwIfAborted(signal);
    const result = await downloadOne(step, parts, options);
    onEvent?.({ event: 'artifact', ...result });
    return result;
  };
  return inParallel(steps, maxWorkers, download).finally(() => throwIfAborted(signal));
}

async function downloadOne(
  { filename, candidate }: FetchStep,
  parts: readonly string[],
  options: DownloadAllOptions,
): Promise<Result> {
  const { folder, http, signal, onEvent, baseDelayMs } = options;
  try {
    const saved = await saveFile({
      links: candidate.links.map((link) => linkOf(link, options.indexes)),
      path: join(folder, filename),
      hashes: candidate.hashes,
      sizeBytes: candidate.sizeBytes,
      http,
      signal,
      parts,
      baseDelayMs,
      onProgress: tellProgress(filename, onEvent),
      onRetry: tellRetries(onEvent),
    });
    return {
      filename,
      outcome: 'downloaded',
      sha256: saved.sha256,
      size: saved.sizeBytes,
      ...(saved.resumed ? { reason: 'resumed' } : {}),
    };
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    const error = toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot download ${filename}`);
    return { filename, outcome: 'failed', sha256: null, size: null, reason: told(error) };
  }
}

/** The link as it is downloaded: by the store's own protocol, or with what its own index needs. */
export function linkOf({ index, link }: IndexedLink, indexes: readonly ReadIndex[]): DownloadLink {
  const { open } = link as ContainerLink;
  if (open !== undefined) return { url: link.url, open };
  const from = indexes.find((one) => one.index === index);
  return { url: link.url, credentials: from?.credentialsFor(new URL(link.url)) };
}

/** A bar moves by whole percents: whoever reads the events as lines is spared the rest. */
export function tellProgress(filename: string, onEvent: EventSink | undefined) {
  let toldBytes = 0;
  return (doneBytes: number, totalBytes: number | undefined): void => {
    const stepBytes = Math.max(1024 * 1024, (totalBytes ?? 0) / 100);
    if (doneBytes !== totalBytes && Math.abs(doneBytes - toldBytes) < stepBytes) return;
    toldBytes = doneBytes;
    onEvent?.({ event: 'progress', filename, doneBytes, totalBytes: totalBytes ?? null });
  };
}
