import { addAbortSignal, type Readable } from 'node:stream';
import type { BlobDownloadResponseParsed } from '@azure/storage-blob';
import type { OpenedObject } from '../../container.ts';
import { exactBody } from '../../exact-body.ts';
import { verifiedBody } from '../../hashed-body.ts';
import { brokenOff } from './failure.ts';
import { describeBlob, md5Of } from './object.ts';

/** The bytes of a blob, or of a part of it, and what the headers of the answer tell of the whole. */
export function openAnswer(
  key: string,
  answer: BlobDownloadResponseParsed,
  what: string,
  signal: AbortSignal | undefined,
): OpenedObject {
  // Its properties are getters, which a spread would lose.
  const { etag, lastModified, contentType, contentRange, contentLength, contentMD5 } = answer;
  // Of a range, the service tells no digest.
  const md5 = contentRange === undefined ? md5Of(contentMD5) : undefined;
  const whole = verifiedBody(key, answer.readableStreamBody as Readable, md5);
  const body = exactBody(whole, contentLength, key, (thrown) => brokenOff(thrown, what, signal));
  if (signal !== undefined) addAbortSignal(signal, body);
  const totalBytes = Number(/\/(\d+)$/.exec(contentRange ?? '')?.[1] ?? contentLength);
  return { ...describeBlob(key, { etag, contentLength: totalBytes, lastModified, contentType }), body };
}
