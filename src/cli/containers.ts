import { readProjectConfig } from '../config/project-files.ts';
import { WheelhouseError } from '../model/errors.ts';
import { Secret } from '../model/secret.ts';
import type { Container } from '../storage/container.ts';
import { openContainer } from '../storage/drivers.ts';
import { parseLocation, type Location } from '../storage/location.ts';
import type { Session } from './session.ts';

export interface ContainerFlags {
  readonly provider?: string;
  readonly providerName?: string;
  readonly username?: string;
  readonly secret?: string;
  readonly region?: string;
  readonly endpoint?: string;
  readonly sslCheck: boolean;
  readonly enableCdn: boolean;
  readonly requireCredentials?: boolean;
}

/**
 * The container of an upload, or undefined when there is no secret to open it with: forks have none, and
 * their builds must not fail for that (the original's rule).
 */
export async function openUploadContainer(
  name: string | undefined,
  flags: ContainerFlags,
  session: Session,
): Promise<Container | undefined> {
  const location = await locate(name, flags, session);
  if (location.scheme !== 'file' && !hasCredentials(flags, session)) return undefined;
  const secret = flags.secret === undefined ? undefined : new Secret(flags.secret);
  if (secret !== undefined) session.guard(secret);
  return openContainer(location, {
    ...(flags.username === undefined ? {} : { username: flags.username }),
    ...(secret === undefined ? {} : { secret }),
    ...(flags.region === undefined ? {} : { region: flags.region }),
    ...(flags.endpoint === undefined ? {} : { endpoint: flags.endpoint }),
    verifyTls: flags.sslCheck,
    enableCdn: flags.enableCdn,
    onEvent: session.onEvent,
    signal: session.signal,
  });
}

async function locate(name: string | undefined, flags: ContainerFlags, session: Session): Promise<Location> {
  const fallback = session.environment['WHEELHOUSE_UPLOADER_CONTAINER'];
  const container =
    name ?? (fallback === '' ? undefined : fallback) ?? (await readProjectConfig(session.folder)).container;
  if (container === undefined) {
    throw new WheelhouseError('USAGE', 'no container given', {
      hint: 'name one, such as ./wheelhouse or s3://bucket, or set `container` in [tool.wheelhouse-uploader] of pyproject.toml',
    });
  }
  const provider = flags.provider ?? flags.providerName;
  return parseLocation(container, {
    ...(provider === undefined ? {} : { provider }),
    ...(flags.username === undefined ? {} : { username: flags.username }),
  });
}

function hasCredentials(flags: ContainerFlags, session: Session): boolean {
  if (flags.username === undefined || flags.username === '') {
    throw new WheelhouseError('CONFIG', 'the store needs a user name', {
      hint: 'give --username or set WHEELHOUSE_UPLOADER_USERNAME',
    });
  }
  if (flags.secret !== undefined && flags.secret !== '') return true;
  if (flags.requireCredentials === true) {
    throw new WheelhouseError('CONFIG', 'the secret of the store is missing', {
      hint: 'give --secret or set WHEELHOUSE_UPLOADER_SECRET',
    });
  }
  session.onEvent({
    event: 'warning',
    message: 'the secret of the store is missing: nothing is uploaded',
    hint: 'set WHEELHOUSE_UPLOADER_SECRET; with --require-credentials this is an error',
  });
  return false;
}
