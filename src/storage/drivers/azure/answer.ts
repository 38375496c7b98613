import type { Readable } from 'node:stream';
import type { BlobDownloadResponseParsed } from '@azure/storage-blob';
import { wholeSizeIn } from '../../byte-range.ts';
import type { OpenedObject } from '../../container.ts';
import { exactBody } from '../../exact-body.ts';
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
  const body = exactBody(answer.readableStreamBody as Readable, {
    what: key,
    sizeBytes: contentLength,
    md5,
    signal,
    translate: (thrown) => brokenOff(thrown, what, signal),
  });
  const whole = {
    etag,
    contentLength: wholeSizeIn(contentRange) ?? contentLength,
    lastModified,
    contentType,
  };
  return { ...describeBlob(key, whole), body };
}
