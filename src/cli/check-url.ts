import { homeFolder } from '../config/home-folder.ts';
import { findNetrcLogin, readNetrc } from '../registry/identity/netrc.ts';
import type { Session } from './session.ts';

/**
 * The check URL, with netrc's login for its host where it brings none: the login of the upload is never sent to another
 * origin. What is no URL is left to whoever reads it.
 */
export async function withOwnLogin(
  checkUrl: string | undefined,
  uploadUrl: string,
  { environment, onEvent, guard }: Pick<Session, 'environment' | 'onEvent' | 'guard'>,
): Promise<string | URL | undefined> {
  if (checkUrl === undefined || !URL.canParse(checkUrl)) return checkUrl;
  const url = new URL(checkUrl);
  if (url.username !== '' || url.password !== '' || url.origin === new URL(uploadUrl).origin) return checkUrl;
  const entries = await readNetrc(environment, homeFolder(environment), (message) =>
    onEvent({ event: 'warning', message }),
  );
  const login = findNetrcLogin(entries, url.hostname);
  if (login === undefined) return checkUrl;
  guard(login.password);
  url.username = encodeURIComponent(login.login);
  url.password = encodeURIComponent(login.password.reveal());
  return url;
}
