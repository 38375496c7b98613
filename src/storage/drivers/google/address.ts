import { WheelhouseError } from '../../../model/errors.ts';
import { parseEndpoint } from '../../endpoint.ts';

/** Where the service is, and whether it gets to see who we are. */
export interface GoogleAddress {
  /** Without a slash at the end; undefined for Google's own. */
  readonly endpoint?: string;
  readonly authenticated: boolean;
}

/**
 * An endpoint by `--endpoint` or, as for all of Google's tools, by STORAGE_EMULATOR_HOST. Emulators speak plain HTTP and
 * know no accounts: a token goes there only if credentials were given, and over plain HTTP only within the machine.
 * Throws `CONFIG`.
 */
export function chooseAddress(
  given: string | undefined,
  emulator: string | undefined,
  hasCredentials: boolean,
): GoogleAddress {
  const text = given ?? (emulator === '' ? undefined : emulator);
  if (text === undefined) return { authenticated: true };
  const spelt = given === undefined && !/^https?:\/\//i.test(text) ? `http://${text}` : text;
  const url = parseEndpoint(spelt, 'http://127.0.0.1:4443');
  const secure = url.protocol === 'https:' && given !== undefined;
  const isLocal = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  if (hasCredentials && url.protocol === 'http:' && !isLocal)
    throw new WheelhouseError('CONFIG', `a token would go to ${url.host} where everybody can read it`, {
      hint: 'use an https endpoint, or leave out --secret',
    });
  // Some clients want the whole base of the API there.
  const path = url.pathname.replace(/\/+$/, '').replace(/\/storage\/v1$/, '');
  return { endpoint: `${url.origin}${path}`, authenticated: hasCredentials || secure };
}
