import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { chooseCredentials } from '../config/store-credentials.ts';
import { readProjectConfig } from '../config/project-files.ts';
import { WheelhouseError } from '../model/errors.ts';
import type { Container } from '../storage/container.ts';
import { openContainer } from '../storage/drivers.ts';
import { parseLocation, type Location } from '../storage/location.ts';
import { usernameMissing } from './missing-credentials.ts';
import type { StoreFlags } from './options.ts';
import type { Session } from './session.ts';
import { storeOptions } from './store-options.ts';

interface ContainerFlags extends StoreFlags {
  readonly enableCdn: boolean;
  readonly requireCredentials?: boolean;
  /** Where the files come from: they cannot go there. */
  readonly localFolder?: string;
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
  if (location.scheme === 'file' && isSameFolder(location.name, flags.localFolder))
    throw new WheelhouseError('USAGE', `${location.url} is the folder that is uploaded from`, {
      hint: 'name where its files go to; to make a wheelhouse of that very folder: wheelhouse index',
    });
  if (!hasCredentials(location, flags, session)) return undefined;
  return openContainer(location, { ...storeOptions(flags, session), enableCdn: flags.enableCdn });
}

/** Opens a container for a command that keeps it in order, and closes it. A missing secret is an error here. */
export async function withContainer<T>(
  name: string | undefined,
  flags: StoreFlags,
  session: Session,
  act: (container: Container) => Promise<T>,
): Promise<T> {
  const strict = { ...flags, enableCdn: false, requireCredentials: true };
  const location = await locate(name, strict, session);
  hasCredentials(location, strict, session);
  const container = await openContainer(location, { ...storeOptions(flags, session), enableCdn: false });
  try {
    return await act(container);
  } finally {
    await container.close();
  }
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
  const { provider, username } = flags;
  return parseLocation(container, { provider, username });
}

function isSameFolder(path: string, other = ''): boolean {
  const [one, two] = [path, other].map((each) => statSync(each, { bigint: true, throwIfNoEntry: false }));
  return one !== undefined && one.dev === two?.dev && one.ino === two.ino;
}

function hasCredentials(location: Location, flags: ContainerFlags, session: Session): boolean {
  const { scheme } = location;
  if (scheme === 'file') return true;
  const { environment } = session;
  const choice = chooseCredentials({
    store: scheme,
    username: flags.username,
    secretGiven: (flags.secret ?? '') !== '',
    endpoint: flags.endpoint,
    environment,
    homeFolder: environment['HOME'] ?? homedir(),
    isFile: (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true,
    machine: readMachine(),
  });
  if (choice === 'given' || choice === 'own') return true;
  if (choice === 'username-missing') throw usernameMissing(scheme, location);
  if (flags.requireCredentials === true) {
    throw new WheelhouseError('CONFIG', 'the secret of the store is missing', {
      hint: "give --secret or set WHEELHOUSE_UPLOADER_SECRET, or the store's own variables",
    });
  }
  session.onEvent({
    event: 'warning',
    message: 'the secret of the store is missing: nothing is uploaded',
    hint: 'set WHEELHOUSE_UPLOADER_SECRET; with --require-credentials this is an error',
  });
  return false;
}

/** What the firmware of a Linux machine says of its maker. */
function readMachine(): string | undefined {
  try {
    return readFileSync('/sys/class/dmi/id/sys_vendor', 'utf8').trim();
  } catch {
    return undefined; // other systems, and machines without such firmware
  }
}
