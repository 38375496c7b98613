import { createHttp, type HttpClient } from '../io/http.ts';
import { WheelhouseError } from '../model/errors.ts';
import type { Credentials, Secret } from '../model/secret.ts';
import type { Container } from '../storage/container.ts';
import { isIndexContainer, openIndexContainer, withStoreLogin } from './index-containers.ts';
import { flagSecret } from './flag-secret.ts';
import { readNetrcLogins } from './netrc-logins.ts';
import type { ContainerLink } from '../flows/fetch/indexes.ts';
import type { StoreFlags } from './options.ts';
import type { Session } from './session.ts';

interface IndexAccess {
  readonly options: {
    readonly http: HttpClient;
    readonly username?: string | undefined;
    readonly secret?: Secret | undefined;
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
  flags: StoreFlags,
  session: Session,
  storeFlags: (index: string) => StoreFlags = () => withStoreLogin(flags, session),
): Promise<IndexAccess> {
  const findLogin = await readNetrcLogins(session);
  const secret = flagSecret(flags.secret, session);
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
      username: flags.username,
      secret,
      credentialsFor: (url) => {
        const login = findLogin(url, { useDefault: true });
        return login && { kind: 'basic', username: login.login, password: login.password };
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
