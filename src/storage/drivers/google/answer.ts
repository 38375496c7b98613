import type { HttpResponse } from '../../../io/http.ts';
import { wholeSizeIn } from '../../byte-range.ts';
import type { OpenedObject } from '../../container.ts';
import { exactBody } from '../../exact-body.ts';
import { googleFailure } from './failure.ts';
import { describeResource, md5Of } from './object.ts';

/** The bytes of an object, or of a part of it, and what the headers of the answer tell of the whole. */
export function openAnswer(
  key: string,
  answer: HttpResponse,
  what: string,
  signal: AbortSignal | undefined,
): OpenedObject {
  const header = (name: string) => answer.headers.get(name);
  const announced = header('content-length');
  const total = wholeSizeIn(header('content-range'));
  const stored = header('x-goog-stored-content-encoding') ?? 'identity';
  const isWhole = total === undefined && (stored === 'identity' || stored === header('content-encoding'));
  const md5 = /\bmd5=([\w+/]+={0,2})/.exec(header('x-goog-hash') ?? '')?.[1];
  const body = exactBody(answer.body, {
    what: key,
    sizeBytes: announced === undefined ? undefined : Number(announced),
    md5: isWhole ? md5Of({ ...(md5 && { md5Hash: md5 }) }) : undefined,
    signal,
    translate: (thrown) => googleFailure(thrown, what, signal),
  });
  const modified = header('last-modified');
  const contentType = header('content-type');
  const resource = {
    size: String(total ?? header('x-goog-stored-content-length') ?? announced ?? 0),
    generation: header('x-goog-generation') ?? '',
    ...(modified !== undefined && { updated: modified }),
    ...(contentType !== undefined && { contentType }),
  };
  return { ...describeResource(key, resource), body };
}
