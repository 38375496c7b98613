import { normalizeName } from '../model/name.ts';
import type { PublishTarget } from './target.ts';

export const legacyPath = '/legacy/';

const pypiHosts: ReadonlySet<string> = new Set([
  'upload.pypi.org',
  'pypi.org',
  'test.pypi.org',
  'upload.pypi.io',
]);

/** Whether a URL is one of PyPI's or TestPyPI's. */
export function isPypi(url: URL): boolean {
  return pypiHosts.has(url.hostname);
}

/** Which rules a registry holds its uploads to, as far as its upload URL tells. */
export function rulesOf(uploadUrl: URL): PublishTarget['rules'] {
  if (isPypi(uploadUrl)) return 'pypi';
  return /\/api\/v4\/projects\/[^/]+\/packages\/pypi\/?$/.test(uploadUrl.pathname) ? 'gitlab' : 'any';
}

/** The flags that name a registry on the command line; PyPI is the default and needs none. */
export function flagsOf(uploadUrl: URL): readonly string[] {
  if (uploadUrl.href === 'https://upload.pypi.org/legacy/') return [];
  if (uploadUrl.href === 'https://test.pypi.org/legacy/') return ['--repository', 'testpypi'];
  return ['--repository-url', uploadUrl.href];
}

/** The page of a release for people; only PyPI and TestPyPI have one that can be known. */
export function releasePageOf(uploadUrl: URL, project: string, version: string): string | undefined {
  if (!isPypi(uploadUrl)) return undefined;
  const host = uploadUrl.hostname === 'test.pypi.org' ? 'test.pypi.org' : 'pypi.org';
  return `https://${host}/project/${normalizeName(project)}/${encodeURIComponent(version)}/`;
}

/**
 * Where the simple index of a registry may be, the likeliest first. One place is certain only for PyPI and GitLab;
 * devpi and a pypiserver behind a path cannot be told apart by URL, and no registry says where its index is.
 */
export function indexUrlsFor(uploadUrl: URL): readonly URL[] {
  const url = new URL(uploadUrl);
  url.search = '';
  url.hash = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  const at = (path: string) => new URL(path, url);
  if (isPypi(url)) return [new URL('/simple/', url.hostname === 'test.pypi.org' ? url : 'https://pypi.org/')];
  if (/\/\+?simple\/$/.test(url.pathname)) return [url];
  // Copies of PyPI (…/legacy/) and Azure Artifacts (…/pypi/upload/) have it beside the upload URL, the rest below it.
  if (/\/(?:legacy|upload)\/$/.test(url.pathname)) return [at('../simple/'), at('simple/')];
  // devpi: /{user}/{index}/
  if (/^\/[^/]+\/[^/]+\/$/.test(url.pathname)) return [at('simple/'), at('+simple/')];
  return [at('simple/')];
}
