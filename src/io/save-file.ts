import { lstat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { hasCode, toWheelhouseError, WheelhouseError } from '../model/errors.ts';
import { Download, type DownloadedFile, type DownloadOptions } from './download.ts';
import type { DownloadLink } from './open-link.ts';
import { findParts, removeParts } from './part-name.ts';
import { retry, type Retry } from './retry.ts';

export interface SaveOptions extends Omit<DownloadOptions, 'parts'> {
  /** Fallbacks for each other, best first. */
  readonly links: readonly DownloadLink[];
  /** The target; its folder exists. A regular file there is replaced, anything else is an error. */
  readonly path: string;
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** The part files in the folder, where known ({@link findParts}): else it is listed. */
  readonly parts?: readonly string[] | undefined;
  /** See {@link retry}. */
  readonly baseDelayMs?: number | undefined;
}

/** After so much new data the failures before it are forgotten: a long download over a bad line ends some day. */
const progressBytes = 1024 * 1024;

/**
 * Downloads a file, whole and verified or not at all: into a part file, hashed on the way, synced, renamed. Every
 * given hash that we can compute must fit, and the size. An earlier part is gone on with if a hash or the server's
 * version tag proves that it is of the same content. Throws `HASH_MISMATCH`, `TRUNCATED` (also for more bytes than
 * announced), `TOO_LARGE`, `FILE_SYSTEM`, `ABORTED` or what the network says, once no link is left.
 */
export async function saveFile(options: SaveOptions): Promise<DownloadedFile> {
  const { path, links, signal, onRetry } = options;
  const filename = basename(path);
  await refuseOccupied(path);
  const failures: WheelhouseError[] = [];
  let download: Download | undefined;
  try {
    const parts = options.parts ?? (await findParts(dirname(path)));
    download = new Download({ ...options, parts });
    for (const [i, link] of links.entries()) {
      const saved = await persist(download, link, options).catch((thrown: unknown) => {
        if (!(thrown instanceof WheelhouseError) || isOurs(thrown, signal)) throw thrown;
        return thrown;
      });
      if (!(saved instanceof WheelhouseError)) {
        await download.commit();
        await removeParts(path, parts);
        return saved;
      }
      failures.push(saved);
      if (i < links.length - 1)
        onRetry?.({ what: filename, attempt: i + 1, delayMs: 0, reason: `${saved.message}; on to a mirror` });
    }
  } catch (thrown) {
    throw toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot write ${filename}`);
  } finally {
    await download?.end();
  }
  throw together(filename, failures);
}

/** Whether a failure is none of the link's, so that another one would be no help. */
function isOurs({ code }: WheelhouseError, signal: AbortSignal | undefined): boolean {
  return code === 'FILE_SYSTEM' || code === 'ABORTED' || signal?.aborted === true;
}

/** Tries one link until it works, fails for good, or makes no more progress. */
async function persist(
  download: Download,
  link: DownloadLink,
  options: SaveOptions,
): Promise<DownloadedFile> {
  const { path, signal, onRetry, baseDelayMs } = options;
  const settings = {
    what: basename(path),
    signal,
    onRetry,
    baseDelayMs,
  };
  for (;;) {
    const before = download.furthestBytes;
    try {
      return await retry(() => download.attempt(link), settings);
    } catch (thrown) {
      const transient = thrown instanceof WheelhouseError && thrown.transient;
      if (!transient || download.furthestBytes - before < progressBytes) throw thrown;
    }
  }
}

/** A link or a folder in the target's place was not put there by us: it could lead anywhere. */
async function refuseOccupied(path: string): Promise<void> {
  const there = await lstat(path).catch((thrown: unknown) => {
    if (hasCode(thrown, 'ENOENT')) return undefined;
    throw toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot write ${basename(path)}`);
  });
  if (there === undefined || there.isFile()) return;
  const what = there.isSymbolicLink() ? 'a symbolic link' : there.isDirectory() ? 'a folder' : 'no file';
  throw new WheelhouseError('FILE_SYSTEM', `cannot write ${path}: there is ${what} of that name`, {
    hint: 'move it away, or download into another folder',
  });
}

function together(filename: string, failures: readonly WheelhouseError[]): WheelhouseError {
  const [first] = failures;
  if (first === undefined) return new WheelhouseError('NOT_FOUND', `there is no link to ${filename}`);
  if (failures.length === 1) return first;
  const message = `none of the ${failures.length} links to ${filename} works: ${first.message}`;
  return new WheelhouseError(first.code, message, {
    errors: failures,
    cause: first,
    hint: first.hint,
  });
}
