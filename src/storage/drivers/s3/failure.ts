import { isAbort, reasonOf, WheelhouseError, type ErrorCode } from '../../../model/errors.ts';
import { abortError } from '../../abort.ts';

/** The parts of an SDK error that tell what happened; everything is optional because compatibles differ. */
interface ServiceError extends Error {
  readonly code?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

const byName: Readonly<Record<string, ErrorCode>> = {
  NoSuchBucket: 'NOT_FOUND',
  PreconditionFailed: 'PRECONDITION_FAILED',
  ConditionalRequestConflict: 'PRECONDITION_FAILED',
  InvalidAccessKeyId: 'UNAUTHORIZED',
  SignatureDoesNotMatch: 'UNAUTHORIZED',
  ExpiredToken: 'UNAUTHORIZED',
  InvalidToken: 'UNAUTHORIZED',
  RequestTimeTooSkewed: 'FORBIDDEN',
  AccessDenied: 'FORBIDDEN',
  CredentialsProviderError: 'CONFIG',
  TokenProviderError: 'CONFIG',
  SlowDown: 'RATE_LIMITED',
  RequestTimeout: 'TIMEOUT',
  TimeoutError: 'TIMEOUT',
  BadDigest: 'TRUNCATED',
  IncompleteBody: 'TRUNCATED',
};

const hints: Partial<Record<string, string>> = {
  NoSuchBucket: 'create the bucket, or check its name and --region',
  InvalidAccessKeyId: 'check --username / AWS_ACCESS_KEY_ID',
  SignatureDoesNotMatch: 'check --secret / AWS_SECRET_ACCESS_KEY',
  ExpiredToken: 'the session token has expired: get a new one',
  RequestTimeTooSkewed: "this machine's clock is off",
  AccessDenied: 'the key needs s3:ListBucket, s3:GetObject, s3:PutObject and s3:DeleteObject',
  CredentialsProviderError: 'set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile with AWS_PROFILE',
  PermanentRedirect: 'the bucket is in another region: give it with --region',
  AuthorizationHeaderMalformed: 'the bucket is in another region: give it with --region',
};

/** Whether the service says that the object (not the bucket) is not there. */
export function isNoSuchKey(thrown: unknown): boolean {
  if (!(thrown instanceof Error) || thrown.name === 'NoSuchBucket') return false;
  return thrown.name === 'NoSuchKey' || thrown.name === 'NotFound' || statusOf(thrown) === 404;
}

/** Whether the range asked for begins at or after the end of the object. */
export function isOutOfRange(thrown: unknown): boolean {
  return thrown instanceof Error && (thrown.name === 'InvalidRange' || statusOf(thrown) === 416);
}

export function statusOf(thrown: unknown): number | undefined {
  return (thrown as ServiceError | undefined)?.$metadata?.httpStatusCode;
}

/** What the SDK threw, as one clear line with the code that decides about retries. */
export function s3Failure(thrown: unknown, what: string, signal?: AbortSignal): WheelhouseError {
  if (signal?.aborted === true) return abortError(signal);
  if (thrown instanceof WheelhouseError) return thrown;
  if (isAbort(thrown)) return new WheelhouseError('ABORTED', 'interrupted', { cause: thrown });
  const error = thrown as ServiceError;
  const status = statusOf(error);
  const code = byName[error.name] ?? codeOfStatus(status) ?? 'NETWORK';
  const hint = hints[error.name];
  const retryAfter = Number(error.$response?.headers?.['retry-after']);
  return new WheelhouseError(code, `${what}: ${saying(error, status)}`, {
    cause: thrown,
    ...(hint === undefined ? {} : { hint }),
    ...(status === undefined ? {} : { status }),
    ...(Number.isFinite(retryAfter) ? { retryAfterMs: retryAfter * 1000 } : {}),
  });
}

function saying(error: ServiceError, status: number | undefined): string {
  const reason = reasonOf(error);
  const said = reason === 'UnknownError' || reason === '' ? error.name : reason;
  // A HEAD has no body: all there is to say is the status.
  return status === undefined || said.includes(String(status)) ? said : `${said} (${status})`;
}

function codeOfStatus(status: number | undefined): ErrorCode | undefined {
  if (status === undefined) return undefined;
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  if (status === 409 || status === 412) return 'PRECONDITION_FAILED';
  if (status === 408) return 'TIMEOUT';
  if (status === 429) return 'RATE_LIMITED';
  if (status === 413) return 'TOO_LARGE';
  return status >= 500 ? 'SERVER_ERROR' : 'REJECTED';
}
