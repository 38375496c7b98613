import { WheelhouseError } from '../model/errors.ts';

/**
 * Where a store is, as somebody gave it: an http(s) URL, without what may be a secret. Throws `CONFIG`, which does not
 * repeat it; `example` shows how it is written.
 */
export function parseEndpoint(text: string, example: string, what = 'endpoint'): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isWeb = url !== undefined && /^https?:$/.test(url.protocol);
  if (isWeb && [url.username, url.password, url.search, url.hash].every((part) => part === '')) return url;
  throw new WheelhouseError('CONFIG', `the ${what} is not an http(s) URL without user info and query`, {
    hint: `give it as in --endpoint ${example}`,
  });
}
