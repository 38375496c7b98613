import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { Agent, EnvHttpProxyAgent, Pool, type Dispatcher } from 'undici';
import { reasonOf, WheelhouseError } from '../model/errors.ts';

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
  const proxies = readProxies(environment);
  if (proxies === undefined) return new Agent(settings);
  return new EnvHttpProxyAgent({
    ...settings,
    ...proxies,
    // A plain request is forwarded, not tunnelled: many proxies allow CONNECT to port 443 only.
    proxyTunnel: false,
    requestTls: { timeout: connectTimeoutMs, ...tls },
    proxyTls: { timeout: connectTimeoutMs, ...tls },
    clientFactory: (origin, pool) => new Pool(origin, { ...pool, headersTimeout: connectTimeoutMs }),
  });
}

/** The proxies, if any; the lower-case variable wins, as in curl and pip. */
function readProxies(
  environment: Environment,
): { httpProxy: string; httpsProxy: string; noProxy: string } | undefined {
  const read = (name: string) => {
    const value = environment[name.toLowerCase()] ?? environment[name] ?? '';
    if (value === '' || name === 'NO_PROXY') return value;
    const url = value.includes('://') ? value : `http://${value}`;
    if (URL.canParse(url)) return url;
    // The value may hold a password: it is not repeated.
    throw new WheelhouseError('CONFIG', `${name} is no URL`, {
      hint: `write it as http://host:port, or unset ${name}`,
    });
  };
  const all = read('ALL_PROXY');
  const httpProxy = read('HTTP_PROXY') || all;
  const httpsProxy = read('HTTPS_PROXY') || all;
  return httpProxy === '' && httpsProxy === ''
    ? undefined
    : { httpProxy, httpsProxy, noProxy: read('NO_PROXY') };
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
