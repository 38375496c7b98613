import { askedWaitMs, networkError } from '../../../io/http-errors.ts';
import { STATUS_CODES } from 'node:http';
import { WheelhouseError, type ErrorCode } from '../../../model/errors.ts';
import { failureOf, knownError } from '../../../io/abort.ts';

/** An answer that is no success. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly status: number;
  readonly headers: Headers;

  constructor(status: number, headers: Headers, reason: string) {
    super(reason);
    this.status = status;
    this.headers = headers;
  }
}

export type Headers = Readonly<Record<string, string | undefined>>;

/** Swift's own meanings where they differ from HTTP's (https://docs.openstack.org/swift/latest/api/). */
const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  408: 'TIMEOUT', // the proxy waited too long for our bytes
  410: 'NOT_FOUND',
  412: 'PRECONDITION_FAILED',
  413: 'TOO_LARGE', // a quota, or more than 5 GiB at once
  422: 'TRUNCATED', // the MD5 that was sent along is not that of the bytes that came
  429: 'RATE_LIMITED',
  498: 'RATE_LIMITED', // the rate limit middleware, when the wait would be too long
  499: 'NETWORK', // fewer bytes came than were announced
};

const hints: Partial<Record<ErrorCode, string>> = {
  UNAUTHORIZED: 'the store does not accept the token: check the project and the region',
  FORBIDDEN: 'the user may not do this in that container',
  NOT_FOUND: 'create the container, or check its name, the project and the region',
  RATE_LIMITED: 'wait a while, or use fewer --max-workers',
  TOO_LARGE: 'the account or the container has a quota, or the object is above the limit of one request',
};

/** Whether the store says that what was asked for is not there. */
export function isMissing(thrown: unknown): boolean {
  return thrown instanceof Refused && (thrown.status === 404 || thrown.status === 410);
}

/** What was thrown, as one clear line with the code that decides about retries. */
export function swiftFailure(
  thrown: unknown,
  what: string,
  url: URL,
  signal: AbortSignal | undefined,
): WheelhouseError {
  const known = knownError(thrown, signal);
  if (known !== undefined) return known;
  if (thrown instanceof Refused) return refusal(thrown, what);
  const error = networkError(thrown, { url, answered: false, receivedBytes: 0, headersTimeoutMs: 0 });
  return new WheelhouseError(error.code, `${what}: ${error.message}`, {
    cause: error.cause,
    ...(error.hint !== undefined && { hint: error.hint }),
    ...(!error.transient && { final: true as const }),
  });
}

/** What ended a body before its end, be it the connection or a reader's signal. */
export function bodyFailure(thrown: unknown, what: string, signal: AbortSignal | undefined): WheelhouseError {
  return failureOf(thrown, 'TRUNCATED', `${what} was cut short`, signal);
}

function refusal({ status, headers, message }: Refused, what: string): WheelhouseError {
  const code = codes[status] ?? (status >= 500 ? 'SERVER_ERROR' : status < 400 ? 'REDIRECTED' : 'REJECTED');
  const hint = hints[code];
  const said = message === '' ? (STATUS_CODES[status] ?? 'no reason given') : message;
  const retryAfterMs = askedWaitMs({ get: (name) => headers[name] }, status);
  return new WheelhouseError(code, `${what}: ${said} (${status})`, {
    status,
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** What an answer's body says went wrong, as one line: Swift wraps it in HTML, others answer plain text or JSON. */
export function reasonIn(body: string): string {
  const paragraph = /<p>([^]*?)<\/p>/i.exec(body)?.[1] ?? body;
  const text = paragraph
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return text.startsWith('{') || text.startsWith('[') ? '' : text.slice(0, 200);
}
