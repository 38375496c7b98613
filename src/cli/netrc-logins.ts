import { homeFolder } from '../config/home-folder.ts';
import { findNetrcLogin, readNetrc, type NetrcLogin } from '../registry/identity/netrc.ts';
import type { Session } from './session.ts';

type FindLogin = (url: URL, options?: { readonly useDefault?: boolean }) => NetrcLogin | undefined;

/** Reads the user's netrc; the password of each login that is found in it is masked from then on. */
export async function readNetrcLogins({
  environment,
  onEvent,
  guard,
}: Pick<Session, 'environment' | 'onEvent' | 'guard'>): Promise<FindLogin> {
  const entries = await readNetrc(environment, homeFolder(environment), (message) =>
    onEvent({ event: 'warning', message }),
  );
  return ({ hostname }, options) => {
    const login = findNetrcLogin(entries, hostname, options);
    if (login !== undefined) guard(login.password);
    return login;
  };
}
