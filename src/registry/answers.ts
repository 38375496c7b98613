import { WheelhouseError, type ErrorCode } from '../model/errors.ts';
import { printableUrl } from '../model/secret.ts';
import { reasonIn, type Answer } from './answer-reason.ts';
import { hintFor, type Attempt } from './answer-hints.ts';
import type { SendAnswer } from './target.ts';

/** An answer with what its headers say. */
export interface UploadAnswer extends Answer {
  /** Where a redirect leads, fit to be told. */
  readonly location?: string | undefined;
  /** The same as it came, with whatever of ours is in it: only to be followed. */
  readonly movedTo?: string | undefined;
  readonly retryAfterMs?: number | undefined;
  /** How long until a limit that this upload has used up is reset. */
  readonly pauseMs?: number | undefined;
}

/** What an answer to one upload means: taken, said to be there, or why not. Texts of the registry are not masked yet. */
export function judgeAnswer(answer: UploadAnswer, attempt: Attempt): SendAnswer | WheelhouseError {
  const { status, pauseMs } = answer;
  const pause = pauseMs === undefined ? {} : { pauseMs };
  if (status >= 200 && status < 300) return { status: 'accepted', ...pause };
  const reason = reasonIn(answer);
  if (claimsPresence(answer, reason))
    return { status: 'already-there', message: reason ?? `status ${status}`, ...pause };
  const code = codeOf(status, reason ?? '');
  return new WheelhouseError(code, describe(code, answer, attempt, reason), {
    status,
    hint: hintFor(code, status, reason ?? '', attempt, answer.location),
    retryAfterMs: answer.retryAfterMs,
  });
}

/**
 * Whether the registry says that a file of this name is there. Only a claim: PyPI says so also when another name has
 * the same content, GitLab for identical and for different bytes alike.
 */
function claimsPresence({ status, text, statusText }: Answer, reason = ''): boolean {
  if (status === 409) return true; // pypiserver, devpi, Azure Artifacts, Gitea
  const said = `${reason}\n${statusText}\n${text}`;
  return presence.some(([of, pattern]) => of === status && pattern.test(said));
}

const presence: readonly (readonly [status: number, pattern: RegExp])[] = [
  [400, /already exist/i], // PyPI, Google Artifact Registry, Gitea; pypiserver to a user agent that says twine
  [400, /has already been taken/i], // GitLab
  [400, /does not allow updating assets|cannot be updated/i], // Nexus
  [403, /overwrite (?:all )?artifact/i], // Artifactory, in its older and newer words (twine issue 1251)
  [422, /already exist|has already been taken/i], // Buildkite Packages (legacy)
];

/** Answers after which the same upload may succeed; other 5xx (501, 505, 507, 511) will not go away. */
const busy: ReadonlySet<number> = new Set([
  500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 529, 530,
]);

function codeOf(status: number, reason: string): ErrorCode {
  if (status >= 300 && status < 400) return 'REDIRECTED';
  if (busy.has(status)) return 'SERVER_ERROR';
  switch (status) {
    case 401:
      return 'UNAUTHORIZED';
    case 403:
      return 'FORBIDDEN';
    case 404:
    case 405:
    case 410:
    case 501: // a web server that shows files
      return 'NOT_AN_UPLOAD_URL';
    case 408:
    case 425:
      return 'TIMEOUT';
    case 413:
      return 'TOO_LARGE';
    case 429:
      return 'RATE_LIMITED';
    default:
      return /^file (?:is )?too large/i.test(reason) ? 'TOO_LARGE' : 'REJECTED';
  }
}

function describe(
  code: ErrorCode,
  answer: UploadAnswer,
  { url, filename }: Attempt,
  reason?: string,
): string {
  const { status, location } = answer;
  const because = reason === undefined ? '' : `: ${reason}`;
  switch (code) {
    case 'NOT_AN_UPLOAD_URL':
      return `${printableUrl(url)} answered ${status}: it does not accept uploads${reason === undefined ? '' : ` (${reason})`}`;
    case 'REDIRECTED':
      return `${printableUrl(url)} redirects uploads to ${whereTo(location, url)}`;
    case 'UNAUTHORIZED':
    case 'FORBIDDEN':
      return `${url.host} refused the credentials (${status})${because}`;
    default:
      return `${filename}: ${url.host} answered ${status}${because}`;
  }
}

function whereTo(location: string | undefined, url: URL): string {
  if (location === undefined || !URL.canParse(location, url.href)) return 'nowhere';
  return printableUrl(new URL(location, url));
}
