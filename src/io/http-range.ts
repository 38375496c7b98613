import type { HttpResponse } from './http.ts';

type Headers = HttpResponse['headers'];

/** A date says nothing about what happened within its own second, nor, where clocks differ, shortly after. */
const settledMs = 60_000;

/**
 * What `If-Range` can hold a version of a file by: a strong ETag, or else a date of change that was well over when
 * the answer was made (RFC 9110, 8.8 and 13.1.5).
 */
export function validatorOf(headers: Headers): string | undefined {
  const tag = headers.get('etag');
  if (tag !== undefined && /^"[\x21\x23-\x7e\x80-\xff]*"$/.test(tag)) return tag;
  const changed = headers.get('last-modified');
  if (changed === undefined) return undefined;
  const ageMs = Date.parse(headers.get('date') ?? '') - Date.parse(changed);
  return ageMs >= settledMs ? changed : undefined;
}

/** The headers that ask for the rest of a file, provided that it is still that version. */
export function rangeHeaders(startBytes: number, validator: string | undefined): Record<string, string> {
  if (startBytes === 0) return {};
  return {
    range: `bytes=${startBytes}-`,
    ...(validator === undefined ? {} : { 'if-range': validator }),
  };
}

/** Which part of the file an answer holds. */
export interface AnsweredRange {
  readonly startBytes: number;
  readonly totalBytes?: number | undefined;
}

/**
 * What a successful answer holds of the file that was asked for from `startBytes` on; undefined when it cannot be
 * used: another range, several of them, or a part of another version.
 */
export function answeredRange(
  { status, headers }: { readonly status: number; readonly headers: Headers },
  startBytes: number,
  validator?: string,
): AnsweredRange | undefined {
  if (status !== 206) {
    const length = headers.get('content-length');
    return { startBytes: 0, totalBytes: length === undefined ? undefined : Number(length) };
  }
  if (startBytes === 0) return undefined;
  const version = validatorOf(headers);
  // A server that ignores If-Range would glue two versions together.
  if (validator?.startsWith('"') === true && version?.startsWith('"') === true && version !== validator)
    return undefined;
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/i.exec(headers.get('content-range')?.trim() ?? '');
  if (range === null || Number(range[1]) !== startBytes || Number(range[2]) < startBytes) return undefined;
  return { startBytes, totalBytes: range[3] === '*' ? undefined : Number(range[3]) };
}
