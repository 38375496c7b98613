import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { chooseCredentials } from '../config/store-credentials.ts';
import { readProjectConfig } from '../config/project-files.ts';
import { WheelhouseError } from '../model/errors.ts';
import type { Container } from '../storage/container.ts';
import { openContainer } from '../storage/drivers.ts';
import type { ContainerOptions } from '../storage/container-options.ts';
import { isContainerUrl, parseLocation, type Location } from '../storage/location.ts';
import { flagSecret } from './flag-secret.ts';
import { usernameMissing } from './missing-credentials.ts';
import type { StoreFlags } from './options.ts';
import type { Session } from './session.ts';

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

/** Whether an index is read with a store's protocol. A folder is read by its page, if it has one. */
export function isIndexContainer(index: string, flags: StoreFlags): boolean {
  if (/^[a-z][a-z0-9+.-]*:/i.test(index)) return isContainerUrl(index);
  if (isName(index, flags)) return true;
  const kind = (path: string) => statSync(path, { throwIfNoEntry: false });
  return kind(index)?.isDirectory() === true && kind(join(index, 'index.html')) === undefined;
}

/** A container that is only read: what is missing of its credentials, the store itself will say. */
export function openIndexContainer(name: string, flags: StoreFlags, session: Session): Promise<Container> {
  return openContainer(locateIndex(name, flags), storeOptions(flags, session));
}

/**
 * The flags, with the store's login as the environment has it where they name none. Only for containers: a page on
 * the web must never see it.
 */
export function withStoreLogin(flags: StoreFlags, { environment }: Session): StoreFlags {
  const username = environment['WHEELHOUSE_UPLOADER_USERNAME'] ?? '';
  const secret = environment['WHEELHOUSE_UPLOADER_SECRET'] ?? '';
  if (flags.username !== undefined || flags.secret !== undefined || secret === '') return flags;
  return { ...flags, secret, ...(username === '' ? {} : { username }) };
}

/** Whether two containers are kept in the same kind of store, so that one may be opened as the other is. */
export function areAlike(index: string, container: string): boolean {
  return isContainerUrl(container) && locateIndex(index).scheme === locateIndex(container).scheme;
}

/** A folder may be written without the `./` that tells it from a container's name, unless there is a provider. */
function locateIndex(name: string, flags: Partial<StoreFlags> = {}): Location {
  if (isName(name, flags)) return parseLocation(name, providerOf(flags));
  return parseLocation(isContainerUrl(name) || isAbsolute(name) ? name : `./${name}`);
}

/** Whether an index is the name of a container: no URL, no path, and nothing that is here. */
function isName(index: string, flags: Partial<StoreFlags>): boolean {
  const { provider } = providerOf(flags);
  return provider !== undefined && !/^(?:\.{0,2}[/\\]|[a-z][a-z0-9+.-]*:)/i.test(index) && !existsSync(index);
}

/** How long a store may be silent, in whole or broken seconds. */
const timeoutVariable = 'WHEELHOUSE_UPLOADER_TIMEOUT';

function storeOptions(flags: StoreFlags, session: Session): ContainerOptions {
  const { username, region, endpoint, sslCheck } = flags;
  const timeout = session.environment[timeoutVariable] ?? '';
  if (timeout !== '' && !(Number(timeout) > 0 && Number(timeout) <= 3600))
    throw new WheelhouseError('CONFIG', `${timeoutVariable} is no number of seconds up to 3600`);
  return {
    username: username === '' ? undefined : username,
    secret: flagSecret(flags.secret, session),
    region,
    endpoint,
    ...(timeout === '' ? {} : { idleTimeoutMs: Number(timeout) * 1000 }),
    verifyTls: sslCheck,
    onEvent: session.onEvent,
    signal: session.signal,
  };
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
  return parseLocation(container, providerOf(flags));
}

function isSameFolder(path: string, other = ''): boolean {
  const [one, two] = [path, other].map((each) => statSync(each, { bigint: true, throwIfNoEntry: false }));
  return one !== undefined && one.dev === two?.dev && one.ino === two.ino;
}

/** Whose container a bare NAME is. */
function providerOf({ provider, username }: Partial<StoreFlags>) {
  return {
    provider,
    username,
  };
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
