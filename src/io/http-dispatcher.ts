import { hasCode } from '../model/errors.ts';
import { Agent, Pool, ProxyAgent, type Dispatcher } from 'undici';
import { authorizationOf, liftCredentials } from './http-credentials.ts';
import { readPem, trustedWith } from './pem.ts';
import { readProxies, type Environment } from './proxies.ts';

export interface ConnectionOptions {
  /** Default 10 000. */
  readonly connectTimeoutMs?: number | undefined;
  /** `false` trusts every certificate. Default `true`. */
  readonly verifyTls?: boolean | undefined;
  /** A PEM file of authorities that are trusted beside the usual ones. */
  readonly caFile?: string | undefined;
  /** A PEM file with the certificate and the key that this client shows. */
  readonly clientCertFile?: string | undefined;
  /** The most sockets to one origin. Default 64. */
  readonly connections?: number | undefined;
  /** Where the proxy variables are read. Default `process.env`. */
  readonly environment?: Environment | undefined;
}

/** Sockets that are kept alive, through the proxies that the environment names. Throws `CONFIG`. */
export function createDispatcher(options: ConnectionOptions): Dispatcher {
  const { connectTimeoutMs = 10_000, verifyTls = true, connections = 64 } = options;
  const { environment = process.env } = options;
  const tls = {
    rejectUnauthorized: verifyTls,
    ...(options.caFile === undefined ? {} : { ca: trustedWith(options.caFile, environment) }),
    ...clientCertificate(options.clientCertFile),
  };
  const settings = { connections, connect: { timeout: connectTimeoutMs, ...tls } };
  const proxyFor = readProxies(environment);
  return new Agent({
    ...settings,
    factory: (origin, pool) => {
      const proxy = proxyFor(new URL(origin));
      if (proxy === undefined) return new Pool(origin, pool);
      return new ProxyAgent({
        ...settings,
        ...proxySettings(proxy),
        // A plain request is forwarded, not tunnelled: many proxies allow CONNECT to port 443 only.
        proxyTunnel: false,
        requestTls: { timeout: connectTimeoutMs, ...tls },
        proxyTls: { timeout: connectTimeoutMs, ...tls },
        clientFactory: (address, options) =>
          tunnelsThrough(new Pool(address, { ...options, headersTimeout: connectTimeoutMs })),
      });
    },
  });
}

/**
 * A proxy that closes the connection instead of making a tunnel has failed. By the error's code undici would take that
 * for a socket that was idle too long, and try again for ever, without a pause.
 */
function tunnelsThrough(pool: Pool): Pool {
  const connect = pool.connect.bind(pool);
  return Object.assign(pool, {
    connect: (to: Dispatcher.ConnectOptions) =>
      connect(to).catch((thrown: unknown) => {
        throw hasCode(thrown, 'UND_ERR_SOCKET')
          ? new Error('the proxy closed the connection', { cause: thrown })
          : thrown;
      }),
  });
}

/** A proxy's URL as undici takes it, and the header that the user info in it makes. */
function proxySettings(proxy: URL): { uri: string; token?: string } {
  const { url, credentials } = liftCredentials(proxy);
  return {
    // Curl's `socks5h` has the proxy look the host up, as undici does for every SOCKS 5 proxy.
    uri: url.href.replace(/^socks5h:/, 'socks5:'),
    ...(credentials === undefined ? {} : { token: authorizationOf(credentials) }),
  };
}

function clientCertificate(path: string | undefined): { cert?: string; key?: string } {
  if (path === undefined) return {};
  const pem = readPem(path, 'the client certificate');
  return { cert: pem, key: pem };
}
