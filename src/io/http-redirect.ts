import { WheelhouseError } from '../model/errors.ts';
import { printableUrl, type Credentials } from '../model/secret.ts';
import { maskCredentials } from './http-credentials.ts';

/** What to do with a redirect: follow it, follow it within the origin only, or hand it to the caller. */
export type RedirectPolicy = 'follow' | 'same-origin' | 'manual';

/** One request of a chain of redirects. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent with this hop. */
  readonly credentials?: Credentials | undefined;
  /** Whether the chain began with credentials, sent any more or not. */
  readonly confidential: boolean;
}

/** What another origin may know of a request. Everything else (cookies, tokens of any name) stays at home. */
const harmlessHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'range',
  'user-agent',
]);

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/**
 * The request that a redirect asks for; undefined when the answer is none that is to be followed.
 * Credentials never travel to another origin, nor come back to the first one.
 * Throws `REDIRECTED` when the redirect must not be followed.
 */
export function followRedirect(
  hop: Hop,
  answer: { readonly status: number; readonly location?: string | undefined },
  policy: RedirectPolicy,
): Hop | undefined {
  if (policy === 'manual' || !redirects.has(answer.status) || answer.location === undefined) return undefined;
  const masked = (text: string) => maskCredentials(text, hop.credentials);
  const refuse = (where: string, why: string, hint?: string) =>
    new WheelhouseError('REDIRECTED', masked(`${printableUrl(hop.url)} redirects to ${where}: ${why}`), {
      status: answer.status,
      hint: hint && masked(hint),
    });
  if (!URL.canParse(answer.location, hop.url.href)) throw refuse('what is no URL', 'not followed');
  const url = new URL(answer.location, hop.url);
  url.username = '';
  url.password = '';
  if (url.hash === '') url.hash = hop.url.hash;
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw refuse(`a ${url.protocol} URL`, 'only http and https are followed');
  const where = printableUrl(url);
  const moved = `if that is the right place, give ${where} itself`;
  if (hop.method !== 'GET' && hop.method !== 'HEAD')
    throw refuse(where, `a ${hop.method} does not follow redirects`, moved);
  if (url.origin === hop.url.origin) return { ...hop, url };
  if (policy === 'same-origin') throw refuse(where, 'another origin', moved);
  if (hop.confidential && hop.url.protocol === 'https:' && url.protocol === 'http:')
    throw refuse(where, 'from https to http in a request that needs credentials');
  const headers = Object.fromEntries(
    Object.entries(hop.headers).filter(([name]) => harmlessHeaders.has(name.toLowerCase())),
  );
  return { url, method: hop.method, headers, confidential: hop.confidential };
}
