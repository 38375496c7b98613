import { readNetrcLogins } from './netrc-logins.ts';
import type { Session } from './session.ts';

/**
 * The check URL, with netrc's login for its host where it brings none: the login of the upload is never sent to another
 * origin. What is no URL is left to whoever reads it.
 */
export async function withOwnLogin(
  checkUrl: string | undefined,
  uploadUrl: string,
  session: Pick<Session, 'environment' | 'onEvent' | 'guard'>,
): Promise<string | URL | undefined> {
  if (checkUrl === undefined || !URL.canParse(checkUrl)) return checkUrl;
  const url = new URL(checkUrl);
  if (url.username !== '' || url.password !== '' || url.origin === new URL(uploadUrl).origin) return checkUrl;
  const findLogin = await readNetrcLogins(session);
  const login = findLogin(url);
  if (login === undefined) return checkUrl;
  url.username = encodeURIComponent(login.login);
  url.password = encodeURIComponent(login.password.reveal());
  return url;
}
