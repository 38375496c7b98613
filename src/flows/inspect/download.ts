import { join } from 'node:path';
import { isHashName, type Hashes } from '../../model/digest.ts';
import { WheelhouseError } from '../../model/errors.ts';
import type { FlowOptions } from '../../model/events.ts';
import { isPlainFilename } from '../../model/filename.ts';
import { printableUrl } from '../../model/secret.ts';
import { createHttp, liftCredentials, type HttpClient } from '../../io/http.ts';
import { tellRetries } from '../../io/retry.ts';
import { saveFile } from '../../io/save-file.ts';
import { makeScratchFolder } from '../../io/scratch-folder.ts';

export interface DownloadOptions extends FlowOptions {
  /** Default: one of its own, closed when the download is disposed. */
  readonly http?: HttpClient | undefined;
}

/** A file that is there until it is disposed. */
export interface Download extends AsyncDisposable {
  readonly path: string;
}

/** Downloads one file into a temporary folder, under its own name; a `#sha256=…` in the URL is verified. */
export async function downloadForInspection(
  given: string,
  { http, signal, onEvent }: DownloadOptions,
): Promise<Download> {
  const { url, credentials } = liftCredentials(given);
  const filename = filenameOf(url);
  const scratch = await makeScratchFolder();
  const client = http ?? createHttp();
  const dispose = async () => {
    await scratch[Symbol.asyncDispose]();
    if (http === undefined) await client.close();
  };
  const hashes = hashesOf(url);
  url.hash = '';
  try {
    const path = join(scratch.path, filename);
    await saveFile({
      links: [{ url: url.href, credentials }],
      path,
      hashes,
      http: client,
      signal,
      onProgress: (doneBytes: number) =>
        onEvent?.({ event: 'progress', filename, doneBytes, totalBytes: null }),
      onRetry: tellRetries(onEvent),
    });
    return { path, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

function filenameOf(url: URL): string {
  let filename = '';
  try {
    filename = decodeURIComponent(url.pathname.split('/').pop() ?? '');
  } catch {
    // a stray % in the path: no name then
  }
  if (!isPlainFilename(filename))
    throw new WheelhouseError('INVALID_FILENAME', `${printableUrl(url)} does not end in the name of a file`, {
      hint: 'give the URL of a wheel or an sdist',
    });
  return filename;
}

function hashesOf(url: URL): Hashes {
  const [, name = '', hex = ''] = /^#([a-z0-9_]+)=([0-9a-f]+)$/i.exec(url.hash) ?? [];
  return isHashName(name.toLowerCase()) ? { [name.toLowerCase()]: hex.toLowerCase() } : {};
}
