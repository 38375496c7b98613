import { STATUS_CODES } from 'node:http';
import { networkError } from '../../../io/http-errors.ts';
import { plainHttpHint } from '../../../io/tls-fault.ts';
import { reasonOf, WheelhouseError, type ErrorCode } from '../../../model/errors.ts';
import { knownError } from '../../../io/abort.ts';

/** The parts of an SDK error that tell what happened; everything is optional because compatibles differ. */
interface ServiceError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly clockSkewCorrected?: boolean };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** What was tried, and where. */
export interface Attempted {
  readonly what: string;
  /** The store's address. */
  readonly url: URL;
  readonly idleTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html; the last ones are the SDK's own. */
const codes: Readonly<Record<string, ErrorCode>> = {
  NoSuchBucket: 'NOT_FOUND',
  InvalidBucketName: 'USAGE',
  BucketAlreadyExists: 'FORBIDDEN',
  PreconditionFailed: 'PRECONDITION_FAILED',
  ConditionalRequestConflict: 'PRECONDITION_FAILED',
  OperationAborted: 'SERVER_ERROR',
  InternalError: 'SERVER_ERROR',
  ServiceUnavailable: 'SERVER_ERROR',
  SlowDown: 'RATE_LIMITED',
  RequestTimeout: 'TIMEOUT',
  InvalidAccessKeyId: 'UNAUTHORIZED',
  SignatureDoesNotMatch: 'UNAUTHORIZED',
  ExpiredToken: 'UNAUTHORIZED',
  InvalidToken: 'UNAUTHORIZED',
  RequestTimeTooSkewed: 'FORBIDDEN',
  AccessDenied: 'FORBIDDEN',
  AuthorizationHeaderMalformed: 'CONFIG',
  IllegalLocationConstraintException: 'CONFIG',
  PermanentRedirect: 'CONFIG',
  BadDigest: 'TRUNCATED',
  IncompleteBody: 'TRUNCATED',
  XAmzContentSHA256Mismatch: 'TRUNCATED',
  CredentialsProviderError: 'CONFIG',
  TokenProviderError: 'CONFIG',
  TimeoutError: 'TIMEOUT',
};

const region = 'the bucket is in another region: give it with --region';
const hints: Readonly<Record<string, string>> = {
  NoSuchBucket: 'create the bucket, or check its name and --region',
  InvalidBucketName: 'a bucket has 3 to 63 of a-z, 0-9, dot and hyphen',
  BucketAlreadyExists: 'the name is taken by another account: choose another',
  InvalidAccessKeyId: 'check --username / AWS_ACCESS_KEY_ID',
  SignatureDoesNotMatch: 'check --secret / AWS_SECRET_ACCESS_KEY',
  ExpiredToken: 'the session has expired: get a new AWS_SESSION_TOKEN, or log in again',
  InvalidToken: 'check AWS_SESSION_TOKEN: it goes with one access key only',
  RequestTimeTooSkewed: "this machine's clock is off: set it",
  AccessDenied: 'the key needs s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject',
  AuthorizationHeaderMalformed: region,
  IllegalLocationConstraintException: region,
  PermanentRedirect: region,
  CredentialsProviderError: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile with AWS_PROFILE',
  TokenProviderError: 'log in again: aws sso login',
};

/** Whether the store refused with that code, by which the SDK names its errors. */
export function isNamed(thrown: unknown, code: string): boolean {
  return nameOf(thrown) === code;
}

/** Whether the answer to a GET or a DELETE says that the object is not there; a stranger's 404 page does not. */
export function isNoSuchKey(thrown: unknown): boolean {
  return isNamed(thrown, 'NoSuchKey');
}

/** Whether a HEAD found nothing: it has no body to say whether the object or the bucket is missing. */
export function isNotFound(thrown: unknown): boolean {
  return isNoSuchKey(thrown) || (statusOf(thrown) === 404 && !isNamed(thrown, 'NoSuchBucket'));
}

/** Whether the range asked for begins at or after the end of the object. */
export function isOutOfRange(thrown: unknown): boolean {
  return isNamed(thrown, 'InvalidRange') || statusOf(thrown) === 416;
}

/** Whether a HEAD was refused without a word. */
export function isSpeechless(thrown: unknown): boolean {
  return [301, 400, 401, 403].includes(statusOf(thrown) ?? 0) && codes[nameOf(thrown)] === undefined;
}

/** Whether the store says that it received other bytes than those whose digest it was told. */
export function isDigestRefused(thrown: unknown): boolean {
  return isNamed(thrown, 'XAmzContentSHA256Mismatch') || isNamed(thrown, 'BadDigest');
}

/** Whether the SDK has set its clock after the store's: then the same request may be signed once more. */
export function isClockCorrected(thrown: unknown): boolean {
  const error = thrown instanceof WheelhouseError ? thrown.cause : thrown;
  return (error as ServiceError | undefined)?.$metadata?.clockSkewCorrected === true;
}

function statusOf(thrown: unknown): number | undefined {
  return (thrown as ServiceError | undefined)?.$metadata?.httpStatusCode;
}

/** What the SDK threw, as one clear line with the code that decides about retries. */
export function s3Failure(thrown: unknown, attempted: Attempted): WheelhouseError {
  const { what, signal } = attempted;
  const known = knownError(thrown, signal);
  if (known !== undefined) return known;
  const error = thrown as ServiceError;
  const status = statusOf(error);
  const code = isReset(error) ? undefined : (codes[error.name] ?? codeOfStatus(status));
  if (code === undefined) return misconfigured(error, what) ?? unreachable(error, attempted);
  const bare = isUnread(error) || isGarbled(error);
  const hint =
    hintFor(error) ??
    (code === 'FORBIDDEN' ? hints['AccessDenied'] : undefined) ??
    (bare ? plainHttpHint(status, attempted.url) : undefined);
  const retryAfter = Number(error.$response?.headers?.['retry-after']);
  return new WheelhouseError(code, `${what}: ${saying(error, status, attempted)}`, {
    ...(bare ? {} : { cause: thrown }),
    ...(hint === undefined ? {} : { hint }),
    ...(status === undefined ? {} : { status }),
    // What a store does not know it will not know a second later.
    ...(status === 501 ? { final: true } : {}),
    ...(Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter * 1000 } : {}),
  });
}

/** What never left this machine: a file of credentials that cannot be read, or a key that no header can hold. */
function misconfigured(error: ServiceError, what: string): WheelhouseError | undefined {
  const { code = '' } = error;
  const fail = (reason: string, hint: string) =>
    new WheelhouseError('CONFIG', `${what}: ${reason}`, { cause: error, hint });
  if (/^(?:ENOENT|EACCES|EISDIR)$/.test(code))
    return fail(
      `the credentials cannot be read: ${reasonOf(error)}`,
      'check AWS_WEB_IDENTITY_TOKEN_FILE, and the files that the profile names',
    );
  if (code === 'ERR_INVALID_CHAR')
    return fail(
      'the access key or the session token holds a line break, or another character that it cannot have',
      'check --username / AWS_ACCESS_KEY_ID, and AWS_SESSION_TOKEN',
    );
  return undefined;
}

/** The SDK does not say what is wrong with a profile, but Amazon's own tool does. */
function hintFor(error: ServiceError): string | undefined {
  const { name } = error;
  if (/requester.?pays/i.test(reasonOf(error)))
    return 'a bucket whose requester pays is for the account that owns it only: use its key, or another bucket';
  const profile = process.env['AWS_PROFILE'] ?? '';
  if (name !== 'CredentialsProviderError' || profile === '') return hints[name];
  return `check the profile ${profile}: what it lacks is told by aws sts get-caller-identity --profile ${profile}`;
}

/** There was no answer at all. */
function unreachable(error: ServiceError, { what, url, idleTimeoutMs }: Attempted): WheelhouseError {
  const progress = { url, answered: false, receivedBytes: 0, headersTimeoutMs: idleTimeoutMs };
  const { code, message, hint, transient, cause } = networkError(error, progress);
  return new WheelhouseError(code, `${what}: ${message}`, {
    cause,
    ...(hint === undefined ? {} : { hint }),
    ...(transient ? {} : { final: true }),
  });
}

function saying(error: ServiceError, status: number | undefined, { url, idleTimeoutMs }: Attempted): string {
  if (error.name === 'TimeoutError') return `${url.host} was silent for ${idleTimeoutMs / 1000} s`;
  const reason = reasonOf(error);
  if (!isUnread(error) && !isGarbled(error)) return reason;
  if (status === undefined) return error.name;
  if (status < 300) return `the answer of ${url.host} was cut short, or is none of a store`;
  const name = codes[error.name] === undefined ? '' : ` (${error.name})`;
  return `${url.host} answered ${status} ${STATUS_CODES[status] ?? ''}`.trimEnd() + name;
}

/** A HEAD has no body, and a page of some proxy is no answer of a store: all there is to say is the status. */
function isUnread(error: ServiceError): boolean {
  return ['', 'UnknownError', error.name].includes(reasonOf(error));
}

function isGarbled(error: ServiceError): boolean {
  return /XML parse error|[Dd]eserialization/.test(reasonOf(error));
}

/** The SDK calls it a time-out as well when the other side closes the connection. */
function isReset({ code }: ServiceError): boolean {
  return code === 'ECONNRESET' || code === 'EPIPE';
}

function codeOfStatus(status: number | undefined): ErrorCode | undefined {
  if (status === undefined) return undefined;
  if (status < 300) return 'TRUNCATED';
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  if (status === 409 || status === 412) return 'PRECONDITION_FAILED';
  if (status === 408) return 'TIMEOUT';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 413) return 'TOO_LARGE';
  return status >= 500 ? 'SERVER_ERROR' : 'REJECTED';
}

function nameOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.name : '';
}
