import { WheelhouseError } from '../model/errors.ts';
import type { ContainerOptions } from '../storage/container-options.ts';
import { flagSecret } from './flag-secret.ts';
import type { StoreFlags } from './options.ts';
import type { Session } from './session.ts';

/** How long a store may be silent, in whole or broken seconds. */
const timeoutVariable = 'WHEELHOUSE_UPLOADER_TIMEOUT';

/** How a container is opened, by the flags and the environment. Throws `CONFIG` for a time that is none. */
export function storeOptions(flags: StoreFlags, session: Session): ContainerOptions {
  const { username, region, endpoint, sslCheck } = flags;
  const secret = flagSecret(flags.secret, session);
  const timeout = session.environment[timeoutVariable] ?? '';
  if (timeout !== '' && !(Number(timeout) > 0 && Number(timeout) <= 3600))
    throw new WheelhouseError('CONFIG', `${timeoutVariable} is no number of seconds up to 3600`);
  return {
    username: username === '' ? undefined : username,
    secret,
    region,
    endpoint,
    idleTimeoutMs: timeout === '' ? undefined : Number(timeout) * 1000,
    verifyTls: sslCheck,
    onEvent: session.onEvent,
    signal: session.signal,
  };
}
