import { WheelhouseError } from '../model/errors.ts';
import { throwIfAborted } from '../io/abort.ts';
import type { ContainerOptions } from './container-options.ts';
import type { Container } from './container.ts';
import type { Location } from './location.ts';
import type { Scheme } from './providers.ts';

type Open = (location: Location, options: ContainerOptions) => Promise<Container>;

/** How each kind of container is opened; a driver and its SDK are loaded at first use. */
const drivers: Readonly<Record<Scheme, Open>> = {
  file: async ({ name, url }) => (await import('./drivers/folder.ts')).openFolder(name, { url }),
  s3: async (location, options) => (await import('./drivers/s3.ts')).openS3(location, options),
  swift: openSwift,
  rackspace: openSwift,
  azure: async (location, options) => (await import('./drivers/azure.ts')).openAzure(location, options),
  gs: async (location, options) => (await import('./drivers/google.ts')).openGoogle(location, options),
  hp: openSwift,
};

async function openSwift(location: Location, options: ContainerOptions): Promise<Container> {
  return (await import('./drivers/swift.ts')).openSwift(location, options);
}

/** Opens a container. Nothing is asked of the store yet. Throws `USAGE` and `MISSING_DRIVER`. */
export async function openContainer(location: Location, options: ContainerOptions = {}): Promise<Container> {
  throwIfAborted(options.signal);
  if (location.doubt !== undefined) options.onEvent?.({ event: 'notice', message: location.doubt });
  return drivers[location.scheme](location, addressOf(location, options));
}

/**
 * Options with the region and endpoint that the location implies, where no flag gave others. Throws `USAGE` when the
 * store's address cannot be known.
 */
export function addressOf(location: Location, options: ContainerOptions): ContainerOptions {
  const region = options.region ?? location.region ?? (location.scheme === 'rackspace' ? 'ord' : undefined);
  const endpoint = options.endpoint ?? location.endpoint;
  if (location.needsEndpoint === true && endpoint === undefined)
    throw new WheelhouseError('USAGE', `the address of ${location.url} is not known`, {
      hint: 'give it with --endpoint https://host',
    });
  if (endpoint?.includes('{region}') === true && region === undefined)
    throw new WheelhouseError('USAGE', `the region of ${location.url} is not known`, {
      hint: 'give it with --region, or the whole address with --endpoint',
    });
  return {
    ...options,
    region,
    endpoint: endpoint?.replaceAll('{region}', region ?? ''),
  };
}
