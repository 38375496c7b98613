import { createHttp, type HttpClient } from '../io/http.ts';
import { WheelhouseError } from '../model/errors.ts';
import { Secret, type Credentials } from '../model/secret.ts';
import type { Container } from '../storage/container.ts';
import { isIndexContainer, openIndexContainer, withStoreLogin, type IndexFlags } from './containers.ts';
import { readNetrcLogins } from './netrc-logins.ts';
import type { ContainerLink } from '../flows/fetch/indexes.ts';
import type { Session } from './session.ts';

interface IndexAccess {
  readonly options: {
    readonly http: HttpClient;
    readonly username?: string;
    readonly secret?: Secret;
    readonly credentialsFor: (url: URL) => Credentials | undefined;
    /** Undefined for what is no container. */
    readonly readContainerIndex: (index: string) => Promise<readonly ContainerLink[] | undefined>;
  };
  close(): Promise<void>;
}

/**
 * How indexes are read: the HTTP client, and the login of the flags, else the one that netrc has for a host.
 * `storeFlags`: how an index that is a container is opened. Default: with the same flags, else the store's login of the environment.
 */
export async function openIndexAccess(
  flags: IndexFlags,
  session: Session,
  storeFlags: (index: string) => IndexFlags = () => withStoreLogin(flags, session),
): Promise<IndexAccess> {
  const findLogin = await readNetrcLogins(session);
  const secret = flags.secret === undefined || flags.secret === '' ? undefined : new Secret(flags.secret);
  if (secret !== undefined) session.guard(secret);
  if (secret !== undefined && flags.username === undefined) {
    throw new WheelhouseError('USAGE', 'a secret was given without a user name', {
      hint: 'give --username too, or write both into netrc',
    });
  }
  const http = createHttp({ verifyTls: flags.sslCheck });
  const containers: Container[] = [];
  return {
    options: {
      http,
      ...(flags.username === undefined ? {} : { username: flags.username }),
      ...(secret === undefined ? {} : { secret }),
      credentialsFor: (url) => {
        const login = findLogin(url, { useDefault: true });
        if (login === undefined) return undefined;
        return { kind: 'basic', username: login.login, password: login.password };
      },
      readContainerIndex: async (index) => {
        if (!isIndexContainer(index, flags)) return undefined;
        const container = await openIndexContainer(index, storeFlags(index), session);
        containers.push(container);
        const { readContainerLinks } = await import('../flows/fetch/container.ts');
        return readContainerLinks(container, session.signal);
      },
    },
    close: async () => {
      await Promise.allSettled(containers.map((container) => container.close()));
      await http.close();
    },
  };
}
