import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { Agent, Pool, ProxyAgent, type Dispatcher } from 'undici';
import { reasonOf, WheelhouseError } from '../model/errors.ts';
import { Secret } from '../model/secret.ts';
import { authorizationOf, liftCredentials } from './http-credentials.ts';
import { passesProxyBy } from './no-proxy.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ConnectionOptions {
  /** Default 10 000. */
  readonly connectTimeoutMs?: number;
  /** `false` trusts every certificate. Default `true`. */
  readonly verifyTls?: boolean;
  /** A PEM file of authorities that are trusted beside the usual ones. */
  readonly caFile?: string;
  /** A PEM file with the certificate and the key that this client shows. */
  readonly clientCertFile?: string;
  /** The most sockets to one origin. Default 64. */
  readonly connections?: number;
  /** Where the proxy variables are read. Default `process.env`. */
  readonly environment?: Environment;
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
        ...proxy,
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
        const closed = thrown instanceof Error && 'code' in thrown && thrown.code === 'UND_ERR_SOCKET';
        throw closed ? new Error('the proxy closed the connection', { cause: thrown }) : thrown;
      }),
  });
}

/** A proxy's URL, and the header that the user info in it makes. */
interface Proxy {
  readonly uri: string;
  readonly token?: string;
}

/**
 * Tells the proxy of a URL, if any. The lower-case variable wins, and `HTTP_PROXY` is for http URLs only, as in curl
 * and pip. Throws `CONFIG`.
 */
function readProxies(environment: Environment): (url: URL) => Proxy | undefined {
  const valueOf = (name: string) => environment[name.toLowerCase()] ?? environment[name] ?? '';
  const noProxy = valueOf('NO_PROXY');
  const all = readProxy('ALL_PROXY', valueOf('ALL_PROXY'));
  const http = readProxy('HTTP_PROXY', valueOf('HTTP_PROXY')) ?? all;
  const https = readProxy('HTTPS_PROXY', valueOf('HTTPS_PROXY')) ?? all;
  return (url) => (passesProxyBy(url, noProxy) ? undefined : url.protocol === 'https:' ? https : http);
}

/** What the proxies that the environment names are sent, as some repeat it. Throws `CONFIG`. */
export function proxySecrets(environment: Environment = process.env): Secret[] {
  const tokens = ['ALL_PROXY', 'HTTP_PROXY', 'HTTPS_PROXY'].flatMap(
    (name) => readProxy(name, environment[name.toLowerCase()] ?? environment[name] ?? '')?.token ?? [],
  );
  return tokens.flatMap((token) => {
    const pair = Buffer.from(token.replace(/^Basic /, ''), 'base64').toString();
    return [new Secret(pair), new Secret(pair.slice(pair.indexOf(':') + 1))];
  });
}

function readProxy(name: string, value: string): Proxy | undefined {
  if (value === '') return undefined;
  const url = parseProxy(value.includes('://') ? value : `http://${value}`);
  if (url !== undefined) {
    const { credentials } = liftCredentials(url);
    return { uri: url.href, ...(credentials === undefined ? {} : { token: authorizationOf(credentials) }) };
  }
  // The value may hold a password: it is not repeated.
  throw new WheelhouseError('CONFIG', `${name} is no URL of a proxy`, {
    hint: `write it as http://host:port, or unset ${name}`,
  });
}

/** Curl's `socks5h` has the proxy look the host up, as undici does for every SOCKS 5 proxy. */
function parseProxy(text: string): URL | undefined {
  const written = text.replace(/^socks5h:/i, 'socks5:');
  const url = URL.canParse(written) ? new URL(written) : undefined;
  return url !== undefined && /^(?:https?|socks5?):$/.test(url.protocol) ? url : undefined;
}

/** A list of authorities replaces the usual ones, and those of Node's own variable: they are all named again. */
function trustedWith(caFile: string, environment: Environment): string[] {
  const extra = environment['NODE_EXTRA_CA_CERTS'] ?? '';
  const files = [caFile, ...(extra === '' ? [] : [extra])];
  return [...rootCertificates, ...files.map((path) => readPem(path, 'the certificate authorities'))];
}

function clientCertificate(path: string | undefined): { cert?: string; key?: string } {
  if (path === undefined) return {};
  const pem = readPem(path, 'the client certificate');
  return { cert: pem, key: pem };
}

function readPem(path: string, what: string): string {
  try {
    const pem = readFileSync(path, 'utf8');
    new X509Certificate(pem); // throws if there is none
    return pem;
  } catch (thrown) {
    throw new WheelhouseError('CONFIG', `cannot read ${what}: ${reasonOf(thrown)}`, {
      hint: 'give the path of a PEM file',
      cause: thrown,
    });
  }
}
