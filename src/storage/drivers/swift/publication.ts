import { WheelhouseError } from '../../../model/errors.ts';
import type { EventSink } from '../../../model/events.ts';
import { orWarn } from '../../or-warn.ts';
import { keyUrl } from '../../public-url.ts';
import { isMissing, type Headers } from './failure.ts';
import type { LargeObjects } from './large-object.ts';
import type { SwiftProvider } from './settings.ts';
import type { Store } from './store.ts';

/** The least that Rackspace's CDN takes (https://docs-ospc.rackspace.com/cloud-files/v1/cdn-api-reference/), and the original's. */
const cdnTtlSeconds = 900;
const indexFile = 'index.html';
/** Anyone may read objects, and list them. */
const publicRead = ['.r:*', '.rlistings'];

/** The headers that a container lacks before anyone can read it, and a folder of it shows its page. */
export function publicHeaders(container: Headers): Record<string, string> {
  const readers = readersOf(container);
  const lacking = publicRead.filter((reader) => !readers.includes(reader));
  return {
    ...(lacking.length > 0 && { 'x-container-read': [...readers, ...lacking].join(',') }),
    ...websiteHeaders(container),
  };
}

/** Whether anyone may read the container's objects. */
function isPublic(container: Headers): boolean {
  return readersOf(container).includes('.r:*');
}

function websiteHeaders(container: Headers): Record<string, string> {
  // Another page that its owner has chosen stays.
  return (container['x-container-meta-web-index'] ?? '') === ''
    ? { 'x-container-meta-web-index': indexFile }
    : {};
}

function readersOf(container: Headers): string[] {
  return (container['x-container-read'] ?? '')
    .split(',')
    .map((reader) => reader.trim())
    .filter((reader) => reader !== '');
}

/** A container, and what the store says of it. */
interface Published {
  readonly store: Store;
  readonly large: LargeObjects;
  readonly container: string;
  readonly there: Headers;
  readonly signal: AbortSignal | undefined;
}

export interface PublishOptions {
  readonly provider: SwiftProvider;
  readonly url: string;
  readonly enableCdn: boolean;
  readonly onEvent: EventSink | undefined;
}

/**
 * Makes a container public, unless that is not wanted, and gives its public URL if it has one. That it cannot be made
 * public is a warning: whoever has the credentials can still use it.
 */
export async function publish(
  target: Published,
  { provider, url, enableCdn: wanted, onEvent }: PublishOptions,
): Promise<string | undefined> {
  const { store, signal } = target;
  const what = wanted ? `cannot make ${url} public` : `cannot see whether ${url} is public`;
  const hint = 'everything else works; to leave out who may read it, use --no-enable-cdn';
  const step = provider === 'rackspace' ? publishByCdn : publishItself;
  return orWarn({ signal, onEvent, hint }, () => store.call(what, signal, () => step(target, wanted)));
}

async function publishByCdn(target: Published, wanted: boolean): Promise<string | undefined> {
  return wanted ? enableCdn(target) : cdnUrlOf(await findCdn(target));
}

async function publishItself(target: Published, wanted: boolean): Promise<string | undefined> {
  const { store, container, there } = target;
  if (wanted) await openToPublic(target);
  return wanted || isPublic(there) ? keyUrl(store.storageUrl ?? '', container) : undefined;
}

/** Opens an OpenStack container to the public, with a static website. Whoever could read it before still can. */
async function openToPublic({ store, large, container, there, signal }: Published): Promise<void> {
  const headers = publicHeaders(there);
  if (Object.keys(headers).length === 0) return;
  await store.ask({ method: 'POST', container, headers }, signal);
  const readers = headers['x-container-read'];
  if (readers !== undefined) await large.share(readers, signal);
}

/** Puts a Rackspace container on the CDN, with a static website; gives the CDN's URL for it. */
async function enableCdn(target: Published): Promise<string> {
  const { store, container, there, signal } = target;
  const headers = websiteHeaders(there);
  if (Object.keys(headers).length > 0) await store.ask({ method: 'POST', container, headers }, signal);
  const before = await findCdn(target);
  const on = isOn(before);
  // The CDN's own default is three days, which is how old an index would be.
  if (!on || !(Number(before?.['x-ttl']) <= cdnTtlSeconds)) {
    const enable = { 'x-cdn-enabled': 'True', 'x-ttl': String(cdnTtlSeconds) };
    await store.ask({ method: 'PUT', container, service: 'cdn', headers: enable }, signal);
  }
  const url = cdnUrlOf(on ? before : await findCdn(target));
  if (url === undefined) throw new WheelhouseError('REJECTED', 'the CDN gives no URL for the container');
  return url;
}

function isOn(cdn: Headers | undefined): boolean {
  return cdn?.['x-cdn-enabled']?.toLowerCase() === 'true';
}

/** The URL under which the CDN serves a container, if it does. */
function cdnUrlOf(cdn: Headers | undefined): string | undefined {
  if (!isOn(cdn)) return undefined;
  const url = cdn?.['x-cdn-ssl-uri'] ?? cdn?.['x-cdn-uri'];
  return url !== undefined && URL.canParse(url) ? url : undefined;
}

/** What the CDN knows of a container; undefined when that is nothing. */
async function findCdn({ store, container, signal }: Published): Promise<Headers | undefined> {
  try {
    return (await store.ask({ method: 'HEAD', container, service: 'cdn' }, signal)).headers;
  } catch (thrown) {
    if (isMissing(thrown)) return undefined;
    throw thrown;
  }
}
