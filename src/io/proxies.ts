import { WheelhouseError } from '../model/errors.ts';
import { Secret } from '../model/secret.ts';
import { liftCredentials } from './http-credentials.ts';
import { passesProxyBy } from './no-proxy.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

const variables = ['ALL_PROXY', 'HTTP_PROXY', 'HTTPS_PROXY'];

/** Whether the environment names a proxy at all. */
export function namesProxy(environment: Environment): boolean {
  return variables.some((name) => valueIn(environment, name) !== '');
}

/**
 * Tells the proxy of a URL, if any, with the user info in it. The lower-case variable wins, and `HTTP_PROXY` is for http
 * URLs only, as in curl and pip. Throws `CONFIG`.
 */
export function readProxies(environment: Environment): (url: URL) => URL | undefined {
  const noProxy = valueIn(environment, 'NO_PROXY');
  const all = readProxy('ALL_PROXY', environment);
  const http = readProxy('HTTP_PROXY', environment) ?? all;
  const https = readProxy('HTTPS_PROXY', environment) ?? all;
  return (url) => (passesProxyBy(url, noProxy) ? undefined : url.protocol === 'https:' ? https : http);
}

/** What the proxies that the environment names are sent, as some repeat it. Throws `CONFIG`. */
export function proxySecrets(environment: Environment = process.env): Secret[] {
  return variables.flatMap((name) => {
    const url = readProxy(name, environment);
    const credentials = url && liftCredentials(url).credentials;
    if (credentials?.kind !== 'basic') return [];
    const { username, password } = credentials;
    return [new Secret(`${username}:${password.reveal()}`), password];
  });
}

function valueIn(environment: Environment, name: string): string {
  return environment[name.toLowerCase()] ?? environment[name] ?? '';
}

function readProxy(name: string, environment: Environment): URL | undefined {
  const value = valueIn(environment, name);
  if (value === '') return undefined;
  const text = value.includes('://') ? value : `http://${value}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^(?:https?|socks5h?):$/.test(url.protocol)) return url;
  // The value may hold a password: it is not repeated.
  throw new WheelhouseError('CONFIG', `${name} is no URL of a proxy`, {
    hint: `write it as http://host:port, or unset ${name}`,
  });
}
