import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { toWheelhouseError, WheelhouseError } from '../model/errors.ts';
import type { Credentials } from '../model/secret.ts';
import { answeredRange, rangeHeaders, validatorOf, type AnsweredRange } from './http-range.ts';
import { statusError, type HttpClient, type HttpResponse } from './http.ts';

/** Bytes of a file, from `startBytes` to its end. */
export interface OpenedBytes {
  readonly body: Readable;
  /** What was asked for, or 0: then the file comes from its beginning. */
  readonly startBytes: number;
  readonly totalBytes?: number | undefined;
  /** Changes with the file's content; undefined when the other side gives nothing of the kind. */
  readonly validator?: string | undefined;
}

/** Where a file can be downloaded from. */
export interface DownloadLink {
  /** `http:`, `https:` or `file:`. */
  readonly url: string;
  /** Sent to the URL's origin only. */
  readonly credentials?: Credentials | undefined;
  /** Reads the file by another way than its URL, such as a store's own protocol. */
  readonly open?: ((start: OpenFrom) => Promise<OpenedBytes>) | undefined;
}

/** From where on the bytes are wanted, and of which version where that matters. */
export interface OpenFrom {
  readonly startBytes: number;
  readonly validator?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Opens a file for one attempt to read it. Throws what {@link statusError} says, `REJECTED`, `FILE_SYSTEM`. */
export async function openLink(link: DownloadLink, from: OpenFrom, http: HttpClient): Promise<OpenedBytes> {
  if (link.open !== undefined) return link.open(from);
  if (link.url.startsWith('file:')) return openFile(link.url, from);
  const response = await http.request({
    url: link.url,
    credentials: link.credentials,
    headers: rangeHeaders(from.startBytes, from.validator),
    signal: from.signal,
  });
  const what = `cannot download from ${response.url.host}`;
  const useless = response.status === 416 || !(response.status in { 200: 1, 203: 1, 206: 1 });
  const range = useless ? undefined : answeredRange(response, from.startBytes, from.validator);
  if (range !== undefined) return opened(response, range);
  await response.discard();
  // Whatever is wrong with the range, the whole file is still to be had.
  if (from.startBytes > 0 && (response.status === 416 || response.status === 206))
    return openLink(link, { startBytes: 0, signal: from.signal }, http);
  if (response.status >= 300) throw statusError(response, what);
  throw new WheelhouseError('REJECTED', `${what}: it answered ${response.status}, which is no file`, {
    status: response.status,
  });
}

function opened(response: HttpResponse, range: AnsweredRange): OpenedBytes {
  const validator = validatorOf(response.headers);
  return { ...range, body: response.body, validator };
}

async function openFile(url: string, { startBytes, validator, signal }: OpenFrom): Promise<OpenedBytes> {
  try {
    const path = fileURLToPath(url);
    const { size, mtimeMs, ino } = await lstat(path);
    const version = `${ino}-${mtimeMs}-${size}`;
    const start = validator === version && startBytes < size ? startBytes : 0;
    const body = createReadStream(path, { start, highWaterMark: 256 * 1024, signal });
    return { body, startBytes: start, totalBytes: size, validator: version };
  } catch (thrown) {
    throw toWheelhouseError(thrown, 'FILE_SYSTEM', 'cannot read the file that the index names');
  }
}
