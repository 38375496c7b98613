import { existsSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Container } from '../storage/container.ts';
import { openContainer } from '../storage/drivers.ts';
import { isContainerUrl, parseLocation, type Location } from '../storage/location.ts';
import type { StoreFlags } from './options.ts';
import type { Session } from './session.ts';
import { storeOptions } from './store-options.ts';

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

/** Whose container a bare NAME is. */
type NameFlags = Pick<StoreFlags, 'provider' | 'username'>;

/** A folder may be written without the `./` that tells it from a container's name, unless there is a provider. */
function locateIndex(name: string, { provider, username }: NameFlags = {}): Location {
  if (isName(name, { provider })) return parseLocation(name, { provider, username });
  return parseLocation(isContainerUrl(name) || isAbsolute(name) ? name : `./${name}`);
}

/** Whether an index is the name of a container: no URL, no path, and nothing that is here. */
function isName(index: string, { provider }: NameFlags): boolean {
  return provider !== undefined && !/^(?:\.{0,2}[/\\]|[a-z][a-z0-9+.-]*:)/i.test(index) && !existsSync(index);
}
