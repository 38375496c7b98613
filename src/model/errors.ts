/** Every way this tool fails. The set is closed: scripts may rely on a code that `--json` prints. */
export type ErrorCode =
  | 'USAGE' // a flag, an argument or a combination of them is wrong
  | 'CONFIG' // a setting, a file of settings or a missing credential
  | 'INVALID_FILENAME'
  | 'INVALID_ARCHIVE'
  | 'INVALID_METADATA'
  | 'INVALID_LISTING' // a page that is no index, or not readable as one
  | 'NOT_FOUND'
  | 'UNAUTHORIZED' // 401: never retried
  | 'FORBIDDEN' // 403: never retried
  | 'CONFLICT' // the same file name with other bytes
  | 'HASH_MISMATCH'
  | 'PRECONDITION_FAILED' // a conditional write lost its race
  | 'NOT_AN_UPLOAD_URL'
  | 'REDIRECTED' // an upload was answered with a redirect: following it would carry credentials away
  | 'REJECTED' // the other side understood, and refused
  | 'RATE_LIMITED'
  | 'SERVER_ERROR'
  | 'NETWORK'
  | 'TIMEOUT'
  | 'TRUNCATED' // fewer (or more) bytes than were announced
  | 'TOO_LARGE'
  | 'FILE_SYSTEM'
  | 'MISSING_DRIVER'
  | 'UNVERIFIED' // done, but the registry's index does not show it
  | 'INCOMPLETE' // several failures, carried in `errors`
  | 'ABORTED';

/** Failures that may go away by themselves; everything else is final. */
const transient: ReadonlySet<ErrorCode> = new Set([
  'RATE_LIMITED',
  'SERVER_ERROR',
  'NETWORK',
  'TIMEOUT',
  'TRUNCATED',
]);

export interface ErrorDetails {
  /** What the user can do about it; one clause, without a full stop. */
  hint?: string | undefined;
  cause?: unknown;
  /** How long the other side asked to wait, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** HTTP status of the answer, where there was one. */
  status?: number | undefined;
  /** Several failures that travel together. */
  errors?: readonly WheelhouseError[];
  /** Trying again is no use, whatever the code says: a certificate that cannot be trusted stays so. */
  final?: boolean | undefined;
}

/**
 * The one error class. `message` says what failed and why in one line, `hint` what to do.
 * Neither ever holds a secret, a stack or a body of more than a line.
 */
export class WheelhouseError extends Error {
  override readonly name = 'WheelhouseError';
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly retryAfterMs?: number;
  readonly status?: number;
  readonly errors: readonly WheelhouseError[];
  readonly #final: boolean;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.errors = details.errors ?? [];
    this.#final = details.final === true;
    if (details.hint !== undefined) this.hint = details.hint;
    if (details.retryAfterMs !== undefined) this.retryAfterMs = details.retryAfterMs;
    if (details.status !== undefined) this.status = details.status;
  }

  /** Whether the same call may succeed later. */
  get transient(): boolean {
    return !this.#final && transient.has(this.code);
  }

  /** 2 for wrong usage or configuration, 130 when interrupted, else 1. */
  get exitCode(): 1 | 2 | 130 {
    if (this.code === 'USAGE' || this.code === 'CONFIG') return 2;
    return this.code === 'ABORTED' ? 130 : 1;
  }
}

/** What an unknown thrown value is as a {@link WheelhouseError}; one of those is returned as it is. */
export function toWheelhouseError(thrown: unknown, code: ErrorCode, what: string): WheelhouseError {
  if (thrown instanceof WheelhouseError) return thrown;
  if (isAbort(thrown)) return new WheelhouseError('ABORTED', 'interrupted', { cause: thrown });
  return new WheelhouseError(code, `${what}: ${reasonOf(thrown)}`, { cause: thrown });
}

/** What failed, why and what to do, in one line: the reason of a result, which has no hint of its own. */
export function told({ message, hint }: WheelhouseError): string {
  return hint === undefined ? message : `${message} (${hint})`;
}

/** Whether a thrown value is a system error, or a library's, with one of these codes. */
export function hasCode(thrown: unknown, ...codes: readonly string[]): boolean {
  return (
    thrown instanceof Error &&
    'code' in thrown &&
    typeof thrown.code === 'string' &&
    codes.includes(thrown.code)
  );
}

/** Whether a thrown value is the end of an `AbortSignal`. */
export function isAbort(thrown: unknown): boolean {
  if (thrown instanceof WheelhouseError) return thrown.code === 'ABORTED';
  return (thrown instanceof Error && thrown.name === 'AbortError') || hasCode(thrown, 'ABORT_ERR');
}

/** The first line of what a thrown value says of itself. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return firstLine(String(thrown));
  const message = firstLine(thrown.message);
  if (message !== '') return message;
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return reasonOf(thrown.errors[0]);
  return 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : thrown.name;
}

function firstLine(text: string): string {
  return (text.split(/\r?\n/, 1)[0] ?? '').slice(0, 500);
}
