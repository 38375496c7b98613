import { statusError, type HttpResponse } from '../../../io/http.ts';
import { reasonOf, WheelhouseError, type ErrorCode } from '../../../model/errors.ts';
import { failureOf, knownError } from '../../../io/abort.ts';
import { lostRace } from '../../write-condition.ts';

const mostTextBytes = 64 * 1024;

/** Reasons that say more than the status; https://cloud.google.com/storage/docs/json_api/v1/status-codes. */
const byReason: Readonly<Record<string, ErrorCode>> = {
  rateLimitExceeded: 'RATE_LIMITED',
  userRateLimitExceeded: 'RATE_LIMITED',
  conditionNotMet: 'PRECONDITION_FAILED',
  retentionPolicyNotMet: 'FORBIDDEN',
  objectUnderActiveHold: 'FORBIDDEN',
};

const hints: Readonly<Partial<Record<ErrorCode, string>>> = {
  UNAUTHORIZED:
    'check the credentials: --secret, GOOGLE_APPLICATION_CREDENTIALS or gcloud auth application-default login',
  FORBIDDEN: 'the account needs the role "Storage Object Admin" (roles/storage.objectAdmin) for the bucket',
};

/** What an answer of the service that is no success means, in one line. */
export async function answerFailure(answer: HttpResponse, what: string): Promise<WheelhouseError> {
  const { message, reason } = parseProblem(await answer.text(mostTextBytes).catch(() => ''));
  const plain = statusError(answer, what);
  const code = byReason[reason ?? ''] ?? plain.code;
  // A 400 that says why is one of the service's own.
  const hint = hints[code] ?? (message !== undefined && code === 'REJECTED' ? undefined : plain.hint);
  const said =
    message === undefined ? plain.message : `${what}: ${reasonOf(new Error(message))} (${answer.status})`;
  return new WheelhouseError(code, said, {
    status: answer.status,
    ...(hint !== undefined && { hint }),
    ...(plain.retryAfterMs !== undefined && { retryAfterMs: plain.retryAfterMs }),
  });
}

/** Whatever was thrown, in our words. */
export function googleFailure(thrown: unknown, what: string, signal?: AbortSignal): WheelhouseError {
  return failureOf(thrown, 'SERVER_ERROR', what, signal);
}

/**
 * What a failed write into a bucket that is there means. Under a condition, a conflict with another request and an object
 * that has gone are lost races; without one, they (and the session of an upload that has gone) are worth another attempt.
 */
export function judgeWrite(key: string, failure: WheelhouseError, conditional: boolean): WheelhouseError {
  if (failure.code === 'PRECONDITION_FAILED') return lostRace(key, failure);
  if (failure.status !== 409 && failure.code !== 'NOT_FOUND') return failure;
  return conditional
    ? lostRace(key, failure)
    : new WheelhouseError('SERVER_ERROR', failure.message, { cause: failure });
}

function parseProblem(text: string): { message?: string; reason?: string } {
  try {
    const { error } = JSON.parse(text) as {
      error?: { message?: unknown; errors?: readonly { reason?: unknown }[] };
    };
    const reason = error?.errors?.[0]?.reason;
    return {
      ...(typeof error?.message === 'string' && error.message !== '' && { message: error.message }),
      ...(typeof reason === 'string' && { reason }),
    };
  } catch {
    return {};
  }
}

/** What the library of Google's credentials threw. It is never quoted beyond its reason: requests hold secrets. */
export function tokenFailure(thrown: unknown, signal: AbortSignal | undefined): WheelhouseError {
  const known = knownError(thrown, signal);
  if (known !== undefined) return known;
  const what = 'cannot log in to Google Cloud';
  const { status, reason } = readTokenProblem(thrown);
  if (status === undefined && !isNetworkFault(thrown))
    return new WheelhouseError('CONFIG', `${what}: ${keyFileProblem(thrown) ?? reasonOf(thrown)}`, {
      hint: 'set GOOGLE_APPLICATION_CREDENTIALS to a key file, give --secret, or run gcloud auth application-default login',
    });
  if (status === undefined) return new WheelhouseError('NETWORK', `${what}: ${reasonOf(thrown)}`);
  const code: ErrorCode =
    status === 403
      ? 'FORBIDDEN'
      : status === 429
        ? 'RATE_LIMITED'
        : status >= 500
          ? 'SERVER_ERROR'
          : 'UNAUTHORIZED';
  return new WheelhouseError(code, `${what}: ${reason ?? reasonOf(thrown)} (${status})`, {
    status,
    hint: 'check that the key is that of the account, and that neither was disabled or deleted',
  });
}

/** What JSON.parse says quotes the file, and what OpenSSL says is for those who write it. */
function keyFileProblem(thrown: unknown): string | undefined {
  const { name, code } = thrown as { name?: unknown; code?: unknown };
  if (name === 'SyntaxError') return 'the key file is not JSON';
  const isOpenSsl = typeof code === 'string' && code.startsWith('ERR_OSSL_');
  return isOpenSsl ? 'the private key of the key file is damaged' : undefined;
}

function readTokenProblem(thrown: unknown): { status?: number; reason?: string } {
  const { response } = thrown as { response?: { status?: unknown; data?: unknown } };
  if (typeof response?.status !== 'number') return {};
  const data = (response.data ?? {}) as { error?: unknown; error_description?: unknown };
  const reason = [data.error_description, data.error].find((text) => typeof text === 'string');
  return {
    status: response.status,
    ...(typeof reason === 'string' && { reason: reasonOf(new Error(reason)) }),
  };
}

function isNetworkFault(thrown: unknown): boolean {
  const { code, type } = thrown as { code?: unknown; type?: unknown };
  return (
    type === 'system' ||
    type === 'request-timeout' ||
    (typeof code === 'string' && /^(?:ECONN|ENOTFOUND|EAI_|ETIMEDOUT|EPIPE|EHOST|ENET)/.test(code))
  );
}
