import type { ErrorCode } from '../model/errors.ts';
import { printableUrl } from '../model/secret.ts';
import { isPypi, legacyPath } from './known-registries.ts';

/** What was tried, as far as a hint may depend on it. */
export interface Attempt {
  readonly url: URL;
  readonly filename: string;
  /** Undefined for no credentials at all. */
  readonly username?: string | undefined;
  /** Whether the password begins as PyPI's tokens do. */
  readonly pypiToken?: boolean;
  /** What this registry advises where its URL does not tell which one it is. */
  readonly advice?: Partial<Readonly<Record<ErrorCode, string>>>;
}

/** What to do about a refused upload; undefined when the registry's own words have to do. */
export function hintFor(
  code: ErrorCode,
  status: number,
  reason: string,
  attempt: Attempt,
  location?: string,
): string | undefined {
  const advised = attempt.advice?.[code];
  if (advised !== undefined) return advised;
  switch (code) {
    case 'UNAUTHORIZED':
    case 'FORBIDDEN':
      return hintForCredentials(attempt);
    case 'NOT_AN_UPLOAD_URL':
      return urlHint(attempt.url, status);
    case 'REDIRECTED':
      return redirectHint(attempt.url, location);
    case 'TOO_LARGE':
      return isPypi(attempt.url)
        ? 'PyPI takes 100 MiB a file unless the project asks for more: https://pypi.org/help/#file-size-limit'
        : 'raise the limit of the registry, or of the proxy before it';
    case 'RATE_LIMITED':
      return 'wait a while, or use fewer --max-workers';
    default:
      return reasonHints.find(([pattern]) => pattern.test(reason))?.[1];
  }
}

const reasonHints: readonly (readonly [pattern: RegExp, hint: string])[] = [
  [
    /previously used by a file that has since been deleted/i,
    'a deleted file name is never free again: publish a new version, or a wheel with a build tag',
  ],
  [
    /only one sdist/i,
    'the release has an sdist under another name: remove this one, or publish a new version',
  ],
];

/** What to do about credentials that a registry refuses. */
export function hintForCredentials({ url, username, pypiToken }: Attempt): string {
  if (username === undefined)
    return 'no credentials were given: set TWINE_USERNAME and TWINE_PASSWORD, or a section of .pypirc';
  if (isPypi(url)) {
    if (username !== '__token__')
      return 'PyPI takes API tokens only: the user name is __token__, the password the token';
    if (pypiToken !== true) return 'the password is no API token of PyPI: those begin with pypi-';
    return `check that the token is one of ${url.hostname} and may upload to this project: PyPI's and TestPyPI's are separate`;
  }
  if (isGitLab(url))
    return 'the token needs the scope api or write_package_registry; the user name is __token__, that of the deploy token, or gitlab-ci-token';
  return 'check the user name and the password or token, and that they may upload there';
}

function urlHint(url: URL, status: number): string {
  if (isPypi(url) || /^(?:test)?pypi\.python\.org$/.test(url.hostname)) {
    const right = url.hostname.startsWith('test')
      ? 'https://test.pypi.org/legacy/'
      : 'https://upload.pypi.org/legacy/';
    return `the upload URL is ${right}`;
  }
  if (isGitLab(url))
    return 'check the project: GitLab answers 404 also when the credentials may not see it; a path needs / as %2F';
  if (/\/\+?simple(?:\/|$)/.test(url.pathname))
    return `this looks like a simple index: the upload URL of PyPI ends in ${legacyPath}, that of most registries lacks simple/`;
  return status === 404
    ? 'check the upload URL; some registries also answer 404 when the credentials may not see the place'
    : `check the upload URL: that of PyPI ends in ${legacyPath}`;
}

function redirectHint(url: URL, location: string | undefined): string | undefined {
  if (location === undefined || !URL.canParse(location, url.href)) return undefined;
  const to = new URL(location, url);
  if (/\b(?:log-?in|sign_?in|sso|oauth2?|saml)\b/i.test(to.pathname))
    return 'that looks like a login page: check the credentials and the upload URL';
  return `uploads never follow redirects, because credentials would travel along; if that is the right place, use ${printableUrl(to)}`;
}

function isGitLab(url: URL): boolean {
  return /\/api\/v4\/.*\/packages\/pypi(?:\/|$)/.test(url.pathname);
}
