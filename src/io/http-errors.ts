import { STATUS_CODES } from 'node:http';
import { reasonOf, WheelhouseError, type ErrorCode } from '../model/errors.ts';
import { findTlsFault, plainHttpHint } from './tls-fault.ts';

/** The part of a response that tells how it failed. */
export interface FailedResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: { get(name: string): string | undefined };
  readonly url?: URL;
}

const codes: Readonly<Record<number, ErrorCode>> = {
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  408: 'TIMEOUT',
  410: 'NOT_FOUND',
  412: 'PRECONDITION_FAILED',
  425: 'TIMEOUT', // too early: as transient as a time-out
  429: 'RATE_LIMITED',
};

const hints: Partial<Record<ErrorCode, string>> = {
  UNAUTHORIZED: 'check the user name and the password or token',
  FORBIDDEN: 'the credentials are missing, or may not do this',
  NOT_FOUND: 'check the URL, or what lists it',
  RATE_LIMITED: 'wait a while, or use fewer --max-workers',
};

/** What an answer that is no success means, as an error; `what` says what was tried. */
export function statusError(response: FailedResponse, what: string): WheelhouseError {
  const { status, headers } = response;
  const code = codes[status] ?? codeOfClass(status);
  return new WheelhouseError(code, `${what}: the server answered ${status}${phraseOf(response)}`, {
    status,
    hint: hints[code] ?? plainHttpHint(status, response.url),
    retryAfterMs: askedWaitMs(headers, status),
  });
}

function codeOfClass(status: number): ErrorCode {
  if (status >= 500) return 'SERVER_ERROR';
  return status >= 300 && status < 400 ? 'REDIRECTED' : 'REJECTED';
}

/** The reason phrase: some registries say there what they object to. It is foreign text: one line, not too long. */
function phraseOf({ status, statusText }: FailedResponse): string {
  const plain = statusText.replace(/[^\x20-\x7e\xa0-\uffff]+/g, ' ').trim();
  const phrase = plain === '' ? STATUS_CODES[status] : plain.slice(0, 300);
  return phrase === undefined ? '' : ` ${phrase}`;
}

/** `Retry-After` (seconds or a date), or the `RateLimit-Reset` of a 429, in milliseconds from now. */
export function askedWaitMs(
  headers: FailedResponse['headers'],
  status: number,
  nowMs = Date.now(),
): number | undefined {
  const after = headers.get('retry-after');
  if (after === undefined) return status === 429 ? limitResetMs(headers) : undefined;
  if (wholeSeconds.test(after)) return Number(after) * 1000;
  const dateMs = Date.parse(after);
  return Number.isNaN(dateMs) ? undefined : Math.max(0, dateMs - nowMs);
}

const wholeSeconds = /^\s*\d{1,9}\s*$/;

/** One limit (draft-ietf-httpapi-ratelimit-headers-06), or two: Buildkite counts organization and user apart. */
const limits = ['ratelimit', 'ratelimit-user'] as const;

/** How long until every limit that an answer calls used up is reset, in milliseconds; undefined while none is. */
export function usedUpLimitMs(headers: FailedResponse['headers']): number | undefined {
  return latestReset(
    headers,
    limits.filter((name) => headers.get(`${name}-remaining`)?.trim() === '0'),
  );
}

/** A refusal that does not say which limit it means may mean any of them. */
function limitResetMs(headers: FailedResponse['headers']): number | undefined {
  return usedUpLimitMs(headers) ?? latestReset(headers, limits);
}

function latestReset(headers: FailedResponse['headers'], names: readonly string[]): number | undefined {
  const resets = names
    .map((name) => headers.get(`${name}-reset`) ?? '')
    .filter((text) => wholeSeconds.test(text))
    .map((text) => Number(text) * 1000);
  return resets.length === 0 ? undefined : Math.max(...resets);
}

/** How far an exchange had come when it failed. */
export interface Progress {
  readonly url: URL;
  readonly answered: boolean;
  readonly receivedBytes: number;
  readonly announcedBytes?: number | undefined;
  readonly headersTimeoutMs: number;
}

/** A fault of the network as a {@link WheelhouseError}: names the host and the reason, nothing of the request. */
export function networkError(thrown: unknown, progress: Progress): WheelhouseError {
  if (thrown instanceof WheelhouseError) return thrown;
  const { host } = progress.url;
  const code = codeOf(thrown);
  const fail = (as: ErrorCode, message: string, hint?: string, final?: boolean) =>
    new WheelhouseError(as, message, { cause: thrown, hint, final });
  if (code === 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH')
    return fail('TRUNCATED', `what was sent to ${host} has another length than announced`);
  if (code === 'UND_ERR_HEADERS_OVERFLOW' || code === 'HPE_HEADER_OVERFLOW')
    return fail('TOO_LARGE', `${host} answered with more headers than any server needs`);
  if (progress.answered) return fail('TRUNCATED', brokenOff(host, progress));
  if (code === 'UND_ERR_HEADERS_TIMEOUT')
    return fail('TIMEOUT', `${host} did not answer within ${seconds(progress.headersTimeoutMs)}`);
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT')
    return fail('TIMEOUT', `no connection to ${host}: it does not answer`, 'check the network and the proxy');
  const tls = findTlsFault(thrown, code, host);
  // What OpenSSL says of it would be no help below a line that tells it in plain words.
  if (tls !== undefined) return new WheelhouseError('NETWORK', tls.message, tls.details);
  if (reasonOf(thrown).startsWith('Proxy'))
    return fail('NETWORK', `the proxy does not let us through to ${host}`, proxyHint, true);
  const reason = plainReasons[code] ?? reasonOf(thrown);
  // A server that expects TLS often just hangs up on plain HTTP.
  const mayWantTls = reason === hungUp && progress.url.protocol === 'http:';
  return fail('NETWORK', `no answer from ${host}: ${reason}`, mayWantTls ? tlsHint : reachHint);
}

const proxyHint = 'check HTTP_PROXY, HTTPS_PROXY and NO_PROXY, and the credentials in them';
const reachHint = 'check the URL, the network and the proxy';
const tlsHint = 'check the URL (it may have to begin with https://), the network and the proxy';
const hungUp = 'it closed the connection';

const plainReasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name cannot be looked up now',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: hungUp,
  EPIPE: hungUp,
  UND_ERR_SOCKET: hungUp,
  EHOSTUNREACH: 'no route leads there',
  ENETUNREACH: 'no route leads there',
};

function brokenOff(host: string, { receivedBytes, announcedBytes }: Progress): string {
  const of = announcedBytes === undefined ? '' : ` of ${announcedBytes}`;
  return `the answer of ${host} broke off after ${receivedBytes}${of} bytes`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

/** The code of an error, or of the first of several that stand for it (one for each address of a host). */
function codeOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return codeOf(thrown.errors[0]);
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}
