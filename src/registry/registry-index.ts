import { throwIfAborted } from '../io/abort.ts';
import { liftCredentials, statusError, type HttpClient, type HttpResponse } from '../io/http.ts';
import { parseListing } from '../listing/parse.ts';
import { WheelhouseError } from '../model/errors.ts';
import { normalizeName } from '../model/name.ts';
import { printableUrl, type Credentials } from '../model/secret.ts';
import type { CredentialsSource } from './identity/credentials-source.ts';
import { hintForCredentials } from './answer-hints.ts';
import { tokenUsername } from './identity/environment.ts';
import { indexUrlsFor, isPypi, rulesOf } from './known-registries.ts';
import type { RegistryFile } from './target.ts';

export interface RegistryIndexOptions {
  readonly uploadUrl: URL;
  /** The simple index, or a project in it. Default: derived from the upload URL. */
  readonly checkUrl?: string | URL | undefined;
  /** Of the upload URL. */
  readonly credentials: CredentialsSource;
  readonly http: HttpClient;
  /** Told once where the given index seems to be none: it has neither the project nor a list of projects. */
  readonly onDoubt?: ((message: string, hint: string) => void) | undefined;
}

export interface RegistryIndex {
  /** The index for pip, as far as it is known: derived with certainty, given, or found. */
  readonly url: string | undefined;
  known(project: string, signal?: AbortSignal): Promise<ReadonlyMap<string, RegistryFile> | undefined>;
}

/** HTML is what every index has; JSON is quicker to read and always gives digests. */
const accept =
  'application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1, */*;q=0.01';
/** The largest project pages of PyPI stay under 30 MB. */
const mostPageBytes = 128 * 1024 * 1024;
const mostRedirects = 5;

/** The simple index (PEP 503 or 691) of a registry to which files are uploaded. */
export function openRegistryIndex(options: RegistryIndexOptions): RegistryIndex {
  const { uploadUrl, http } = options;
  const given = options.checkUrl === undefined ? undefined : parseCheckUrl(options.checkUrl);
  const candidates = given === undefined ? indexUrlsFor(uploadUrl) : [given.url];
  const certain = given !== undefined || rulesOf(uploadUrl) !== 'any';
  let found: URL | undefined = certain ? candidates[0] : undefined;

  /** Credentials of the upload URL's own origin only; PyPI's index is public, and needs none. */
  const credentialsFor = async (url: URL, signal: AbortSignal | undefined) => {
    if (given?.credentials !== undefined) return given.credentials;
    return url.origin === uploadUrl.origin && !isPypi(url) ? options.credentials.current(signal) : undefined;
  };
  const get = async (url: URL, signal: AbortSignal | undefined) =>
    getWithinHost(http, url, await credentialsFor(url, signal), signal);
  let doubted = false;
  /** A project that is not there yet is normal; a given index of which nothing is there may be mistyped. */
  const doubt = async (index: URL, project: string, signal: AbortSignal | undefined) => {
    if (doubted || options.onDoubt === undefined) return;
    doubted = true;
    const root = await get(index, signal).catch(() => undefined);
    throwIfAborted(signal);
    if (root === undefined) return;
    if (root !== 'elsewhere') root.body.destroy();
    if (root !== 'elsewhere' && root.status !== 404 && root.status !== 410) return;
    const answer = root === 'elsewhere' ? 'it leads to another host' : String(root.status);
    options.onDoubt(
      `there is neither ${project} nor a list of projects at ${printableUrl(index)} (${answer})`,
      'check --check-url: what is sent is looked for there afterwards, and not found if it is mistyped',
    );
  };

  return {
    get url() {
      return found === undefined ? undefined : printableUrl(found);
    },
    async known(project, signal) {
      const places = found === undefined ? candidates : [found];
      for (const place of places) {
        const response = await get(projectPage(place, project), signal);
        if (response === 'elsewhere' || response.status === 404 || response.status === 410) {
          if (response !== 'elsewhere') await response.discard();
          continue;
        }
        if (response.status === 403) {
          // Tokens that may only write: the registry itself will say whether they may.
          await response.discard();
          return undefined;
        }
        if (response.status !== 200)
          throw await indexError(response, await credentialsFor(response.url, signal), uploadUrl);
        found = place;
        return readFiles(response);
      }
      if (found !== undefined) {
        if (given !== undefined) await doubt(given.url, project, signal);
        return new Map();
      }
      // No project there, or no index at all? Only the page of all projects tells.
      for (const place of candidates) {
        const root = await get(place, signal);
        if (root === 'elsewhere') continue;
        root.body.destroy();
        if (root.status !== 200) continue;
        found = place;
        return new Map();
      }
      return undefined;
    },
  };
}

/** A simple index with its slash; the page of a project in it is shortened to the index. */
function parseCheckUrl(text: string | URL): { url: URL; credentials?: Credentials } {
  if (!URL.canParse(String(text)) || !/^https?:$/.test(new URL(text).protocol))
    throw new WheelhouseError('USAGE', 'the check URL is no http or https URL', {
      hint: 'give the simple index of the registry, such as https://pypi.org/simple/',
    });
  const lifted = liftCredentials(text);
  lifted.url.hash = '';
  lifted.url.pathname = lifted.url.pathname.replace(/(\/\+?simple)\/[^/]+\/?$/, '$1').replace(/\/*$/, '/');
  return lifted;
}

function projectPage(index: URL, project: string): URL {
  const page = new URL(`${encodeURIComponent(normalizeName(project))}/`, index);
  page.search = index.search;
  return page;
}

/**
 * Follows redirects within the origin. To another host means that the project is not here: GitLab and pypiserver
 * forward what they do not have to PyPI, whose files say nothing about this registry.
 */
async function getWithinHost(
  http: HttpClient,
  url: URL,
  credentials: Credentials | undefined,
  signal: AbortSignal | undefined,
): Promise<HttpResponse | 'elsewhere'> {
  let at = url;
  for (let hops = 0; hops <= mostRedirects; hops++) {
    const headers = { accept, 'cache-control': 'no-cache' };
    const response = await http.request({ url: at, headers, credentials, redirect: 'manual', signal });
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === undefined) return response;
    await response.discard();
    if (!URL.canParse(location, at.href)) break;
    const to = new URL(location, at);
    if (to.hostname !== at.hostname) return 'elsewhere';
    if (to.origin !== at.origin)
      throw new WheelhouseError(
        'REDIRECTED',
        `the index ${printableUrl(url)} redirects to ${printableUrl(to)}`,
        {
          hint: 'if that is the right place, give its upload URL, or its index as --check-url',
        },
      );
    at = to;
  }
  throw new WheelhouseError('REDIRECTED', `the index ${printableUrl(url)} redirects without end`);
}

async function indexError(
  response: HttpResponse,
  credentials: Credentials | undefined,
  uploadUrl: URL,
): Promise<WheelhouseError> {
  await response.discard();
  const { status, url } = response;
  if (status === 401) {
    const username = credentials?.kind === 'basic' ? credentials.username : credentials && tokenUsername;
    // Those of the upload URL are never sent to another origin.
    const elsewhere = credentials === undefined && url.origin !== uploadUrl.origin;
    const message = elsewhere
      ? `the index at ${url.host} needs a login of its own (401)`
      : `${url.host} refused the credentials (401) for its index`;
    const hint = elsewhere
      ? 'write one into netrc for that host, or into the URL: --check-url https://user:password@…'
      : hintForCredentials({ url, filename: '', username });
    return new WheelhouseError('UNAUTHORIZED', message, { status, hint });
  }
  return statusError(response, `reading the index ${printableUrl(response.url)}`);
}

async function readFiles(response: HttpResponse): Promise<ReadonlyMap<string, RegistryFile>> {
  const body = await response.text(mostPageBytes);
  const contentType = response.headers.get('content-type');
  const origin = { url: response.url.href, contentType };
  const files = new Map<string, RegistryFile>();
  for (const { filename, hashes } of parseListing(body, origin).links)
    files.set(filename, { filename, hashes: { ...hashes, ...files.get(filename)?.hashes } });
  return files;
}
