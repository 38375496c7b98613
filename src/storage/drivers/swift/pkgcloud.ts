import type { Agent, IncomingMessage } from 'node:http';
import { toWheelhouseError, WheelhouseError } from '../../../model/errors.ts';
import { loadSdk } from '../../../io/load-sdk.ts';
import { trustedWith } from '../../../io/pem.ts';
import { readProxies } from '../../../io/proxies.ts';
import type { Identity } from './identity.ts';
import type { Session } from './keystone.ts';
import { quietly } from './quietly.ts';
import type { SwiftProvider, SwiftSettings } from './settings.ts';

/** A request of `request`, the library below pkgcloud: a stream of the oldest kind, both ways. */
interface Outgoing extends NodeJS.WritableStream {
  abort(): void;
  on(event: 'response', listener: (response: IncomingMessage) => void): this;
  on(event: 'socket', listener: (socket: NodeJS.EventEmitter & { connecting: boolean }) => void): this;
  on(event: 'error' | 'complete', listener: (thrown: unknown) => void): this;
  pipe<T extends NodeJS.WritableStream>(destination: T): T;
}

interface OutgoingOptions {
  readonly method: string;
  readonly uri: string;
  readonly path: string;
  readonly headers: Record<string, string>;
}

/** The part of a pkgcloud storage client that is used. */
export interface PkgcloudClient {
  readonly before: ((options: Record<string, unknown> & { readonly path: string }) => void)[];
  _identity: Identity;
  auth(done: (error?: unknown) => void): void;
  _isAuthorized(): boolean;
  _request(options: OutgoingOptions): Outgoing;
  setCustomUserAgent(name: string): void;
}

export interface Connection {
  readonly client: PkgcloudClient;
  readonly identity: Identity;
  readonly loginUrl: string;
  /** Resolves once the client has a token: before that it must not be used. */
  ready(signal: AbortSignal | undefined): Promise<Session>;
  close(): Promise<void>;
}

const mostSockets = 64;
const stores: Readonly<Record<SwiftProvider, string>> = {
  openstack: 'OpenStack Swift',
  rackspace: 'Rackspace Cloud Files',
  hp: 'HP Helion',
};

/** A pkgcloud client that logs in through `identity`. Throws `MISSING_DRIVER` when pkgcloud is not installed. */
export async function connect(
  provider: SwiftProvider,
  settings: SwiftSettings,
  identity: Identity,
): Promise<Connection> {
  const { caFile } = settings;
  const ca = caFile === undefined ? undefined : trustedWith(caFile, process.env);
  const proxyFor = readProxies(process.env);
  const pool: Record<string, unknown> = { maxSockets: mostSockets };
  const { default: pkgcloud } = await loadSdk('pkgcloud', stores[provider], () => import('pkgcloud'));
  const client = quietly(() =>
    pkgcloud.storage.createClient({
      provider,
      authUrl: settings.login.url,
      strictSSL: settings.verifyTls,
    }),
  ) as PkgcloudClient;
  // The option `identity` would do for OpenStack, but pkgcloud's Rackspace and HP clients overwrite it.
  client._identity = identity;
  client.setCustomUserAgent('wheelhouse-uploader');
  client.before.push((options) => {
    Object.assign(options, {
      // The token would go along, to wherever a redirect leads.
      followRedirect: false,
      // pkgcloud asks for JSON in the body and in the answer whatever the request is.
      json: false,
      // By rules of its own, `request` would choose another proxy than everything else here.
      proxy: proxyFor(new URL(options.path))?.href ?? null,
      forever: true,
      pool,
      ...(ca && { ca }),
    });
  });
  return {
    client,
    identity,
    loginUrl: settings.login.url,
    ready: async (signal) => {
      const session = await identity.ready(signal);
      assertPassable(proxyFor(new URL(session.storageUrl)));
      if (!client._isAuthorized())
        await new Promise<void>((resolve, reject) =>
          client.auth((error) =>
            error === undefined ? resolve() : reject(toWheelhouseError(error, 'NETWORK', 'cannot log in')),
          ),
        );
      return session;
    },
    close: async () => {
      for (const agent of Object.values(pool)) if (isAgent(agent)) agent.destroy();
      await identity.close();
    },
  };
}

function assertPassable(proxy: URL | undefined): void {
  if (proxy?.protocol.startsWith('socks') !== true) return;
  throw new WheelhouseError('CONFIG', 'the library for OpenStack Swift knows no SOCKS proxies', {
    hint: 'name an http:// proxy in HTTPS_PROXY or HTTP_PROXY, or the host of the store in NO_PROXY',
  });
}

function isAgent(value: unknown): value is Agent {
  return typeof value === 'object' && value !== null && 'destroy' in value;
}
