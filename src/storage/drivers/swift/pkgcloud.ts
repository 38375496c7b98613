import { readFileSync } from 'node:fs';
import type { Agent, IncomingMessage } from 'node:http';
import { rootCertificates } from 'node:tls';
import { reasonOf, toWheelhouseError, WheelhouseError } from '../../../model/errors.ts';
import { loadSdk } from '../../../io/load-sdk.ts';
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
  readonly headers: Record<string, string>;
}

/** The part of a pkgcloud storage client that is used. */
export interface PkgcloudClient {
  readonly before: ((options: Record<string, unknown>) => void)[];
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
  const { caFile } = settings;
  const ca = caFile === undefined ? {} : { ca: [...rootCertificates, readPem(caFile)] };
  client.before.push((options) => {
    Object.assign(options, {
      // The token would go along, to wherever a redirect leads.
      followRedirect: false,
      // pkgcloud asks for JSON in the body and in the answer whatever the request is.
      json: false,
      forever: true,
      pool,
      ...ca,
    });
  });
  return {
    client,
    identity,
    loginUrl: settings.login.url,
    ready: async (signal) => {
      const session = await identity.ready(signal);
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

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new WheelhouseError('CONFIG', `cannot read OS_CACERT: ${reasonOf(cause)}`, { cause });
  }
}

function isAgent(value: unknown): value is Agent {
  return typeof value === 'object' && value !== null && 'destroy' in value;
}
