import { statusError, type HttpClient, type HttpResponse } from '../io/http.ts';
import { WheelhouseError } from '../model/errors.ts';
import { normalizeName } from '../model/name.ts';
import { printableUrl } from '../model/secret.ts';
import { buildkiteAdvice } from './buildkite-advice.ts';
import { parsePage, type BuildkitePackage } from './buildkite-answers.ts';
import type { CredentialsSource } from './identity/credentials-source.ts';

/** The packages of a registry, and who asks for them. */
export interface BuildkiteApi {
  readonly url: URL;
  readonly credentials: CredentialsSource;
  readonly http: HttpClient;
}

/** The most that the API gives: few large pages are kinder to its rate limits than many small ones. */
const perPage = '100';
const mostPageBytes = 16 * 1024 * 1024;
/** A list that goes on for longer goes in circles, or is none that can be read within the API's rate limits. */
const mostPages = 500;

/** The packages of a project, of all versions; undefined where the token may write but not read. */
export async function listPackages(
  project: string,
  api: BuildkiteApi,
  signal?: AbortSignal,
): Promise<readonly BuildkitePackage[] | undefined> {
  const normalized = normalizeName(project);
  const found = new Map<string, BuildkitePackage>();
  for (const name of spellingsOf(project)) {
    const first = new URL(api.url);
    first.search = new URLSearchParams({ name, per_page: perPage }).toString();
    for await (const page of readPages(first, api, signal)) {
      if (page === undefined) return undefined;
      for (const one of page) if (normalizeName(one.name) === normalized) found.set(one.id, one);
    }
  }
  return [...found.values()];
}

/**
 * Which spelling of a name a registry keeps, and whether its filter knows others, is not documented: that of the
 * metadata, that of the file name (PEP 427, PEP 625), or the normalized one. For most projects these are one or two.
 */
function spellingsOf(project: string): ReadonlySet<string> {
  const normalized = normalizeName(project);
  return new Set([project, project.replace(/[-.]+/g, '_'), normalized, normalized.replaceAll('-', '_')]);
}

async function* readPages(
  first: URL,
  { credentials, http }: BuildkiteApi,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly BuildkitePackage[] | undefined> {
  const seen = new Set<string>();
  for (let url: URL | undefined = first; url !== undefined;) {
    seen.add(url.href);
    const response: HttpResponse = await http.request({
      url,
      headers: { accept: 'application/json' },
      credentials: await credentials.current(signal),
      redirect: 'same-origin',
      signal,
    });
    if (response.status === 403) {
      await response.discard();
      yield undefined;
      return;
    }
    const { packages, next } = await readPage(response);
    yield packages;
    url = next;
    if (url !== undefined && (seen.has(url.href) || seen.size >= mostPages))
      throw unreadable(first, 'goes on without end');
  }
}

async function readPage(
  response: HttpResponse,
): Promise<{ packages: readonly BuildkitePackage[]; next: URL | undefined }> {
  const { status, headers, url } = response;
  if (status !== 200) {
    await response.discard();
    throw withAdvice(statusError(response, `reading the list of packages ${printableUrl(url)}`));
  }
  const page = parsePage(await response.text(mostPageBytes));
  if (page === undefined) throw unreadable(url, 'is none');
  // The list of packages gives its links in the body, other lists of the API in a header.
  const linked = page.next ?? /<([^>]+)>\s*;\s*rel="?next"?/i.exec(headers.get('link') ?? '')?.[1];
  if (linked === undefined) return { packages: page.packages, next: undefined };
  if (!URL.canParse(linked, url.href)) throw unreadable(url, 'links to what is no URL');
  const next = new URL(linked, url);
  // The token goes along: to nobody but the API.
  if (next.origin !== url.origin) throw unreadable(url, `goes on at ${printableUrl(next)}, another host`);
  return { packages: page.packages, next };
}

function withAdvice(error: WheelhouseError): WheelhouseError {
  const { code, message, status } = error;
  const hint = buildkiteAdvice[code];
  if (hint === undefined) return error;
  return new WheelhouseError(code, message, { hint, status });
}

function unreadable(url: URL, why: string): WheelhouseError {
  return new WheelhouseError('INVALID_LISTING', `the list of packages ${printableUrl(url)} ${why}`);
}
