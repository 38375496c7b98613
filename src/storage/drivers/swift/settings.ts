import { WheelhouseError } from '../../../model/errors.ts';
import { Secret } from '../../../model/secret.ts';
import type { ContainerOptions } from '../../container-options.ts';
import { parseEndpoint } from '../../endpoint.ts';

export type SwiftProvider = 'openstack' | 'rackspace' | 'hp';

/** Something of Keystone's that has a name within a domain, or an id. */
type Named =
  | { readonly id: string }
  | { readonly name: string; readonly domain: { readonly id: string } | { readonly name: string } };

/** How a token is got. `url` is where the version's paths begin; it has no slash at its end. */
export type Login = { readonly url: string; readonly secret: Secret } & (
  | { readonly kind: 'v1'; readonly username: string }
  | { readonly kind: 'v2'; readonly username: string; readonly project?: { id: string } | { name: string } }
  | { readonly kind: 'api-key'; readonly username: string }
  | { readonly kind: 'v3'; readonly user: Named; readonly project?: Named }
  | { readonly kind: 'application'; readonly credential: { id: string } | { name: string; user: Named } }
);

export interface SwiftSettings {
  readonly login: Login;
  readonly region?: string;
  /** Which of the catalog's addresses. */
  readonly interface: 'public' | 'internal' | 'admin';
  /** Instead of the catalog's. */
  readonly storageUrl?: string;
  readonly verifyTls: boolean;
  /** A PEM file of authorities. */
  readonly caFile?: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What flags say; it goes before the environment. The endpoint is that of the identity service. */
export type Given = Pick<ContainerOptions, 'username' | 'secret' | 'region' | 'endpoint' | 'verifyTls'>;

const rackspaceHost = 'https://identity.api.rackspacecloud.com';
/** British accounts are known to their own host only. */
const britishHost = 'https://lon.identity.api.rackspacecloud.com';

/**
 * Who we are and where to say so, from flags and from the variables of OpenStack's clients
 * (https://docs.openstack.org/python-openstackclient/latest/cli/man/openstack.html). Throws `CONFIG` for what is missing.
 */
export function readSettings(provider: SwiftProvider, given: Given, environment: Environment): SwiftSettings {
  const read = (...names: readonly string[]) =>
    names.map((name) => environment[name]).find((value) => value !== undefined && value !== '');
  const region = given.region ?? read('OS_REGION_NAME');
  const storageUrl = read('OS_STORAGE_URL');
  const caFile = read('OS_CACERT');
  return {
    login: provider === 'rackspace' ? rackspaceLogin(given, region, read) : keystoneLogin(given, read),
    interface: interfaceOf(read('OS_INTERFACE', 'OS_ENDPOINT_TYPE')),
    verifyTls: given.verifyTls ?? true,
    ...(region !== undefined && { region }),
    ...(storageUrl !== undefined && { storageUrl: withoutSlash(storageUrl) }),
    ...(caFile !== undefined && { caFile }),
  };
}

type Read = (...names: readonly string[]) => string | undefined;

function rackspaceLogin(given: Given, region: string | undefined, read: Read): Login {
  const host = region?.toLowerCase() === 'lon' ? britishHost : rackspaceHost;
  const url = checkUrl(given.endpoint ?? read('OS_AUTH_URL') ?? host).replace(/\/v2\.0(?:\/tokens)?$/, '');
  const username = given.username ?? read('OS_USERNAME') ?? missing('user name', 'OS_USERNAME');
  const secret = secretOf(given, read('OS_PASSWORD')) ?? missing('API key', 'OS_PASSWORD');
  return { kind: 'api-key', url, username, secret };
}

function keystoneLogin(given: Given, read: Read): Login {
  const at =
    given.endpoint ??
    read('OS_AUTH_URL', 'ST_AUTH') ??
    missing('address of the identity service', 'OS_AUTH_URL', '--endpoint');
  const { url, version } = versionOf(checkUrl(at), read('OS_IDENTITY_API_VERSION', 'ST_AUTH_VERSION'));

  const credential = read('OS_APPLICATION_CREDENTIAL_ID', 'OS_APPLICATION_CREDENTIAL_NAME');
  if (given.username === undefined && credential !== undefined && version !== 1)
    return applicationLogin(url, given, read);

  const username = given.username ?? read('OS_USERNAME', ...(version === 1 ? ['ST_USER'] : []));
  const userId = given.username === undefined && version === 3 ? read('OS_USER_ID') : undefined;
  if (username === undefined && userId === undefined) return missing('user name', 'OS_USERNAME');
  const secret =
    secretOf(given, read('OS_PASSWORD', ...(version === 1 ? ['ST_KEY'] : []))) ??
    missing('password', 'OS_PASSWORD');
  const name = username ?? '';
  if (version === 1) return { kind: 'v1', url, username: name, secret };

  const projectId = read('OS_PROJECT_ID', 'OS_TENANT_ID');
  const projectName = read('OS_PROJECT_NAME', 'OS_TENANT_NAME');
  if (version === 2) {
    const project =
      projectId === undefined
        ? projectName === undefined
          ? undefined
          : { name: projectName }
        : { id: projectId };
    return { kind: 'v2', url, username: name, secret, ...(project && { project }) };
  }
  const project = named(read, 'PROJECT', projectId, projectName);
  const user = named(read, 'USER', userId, name) ?? missing('user name', 'OS_USERNAME');
  return { kind: 'v3', url, user, secret, ...(project && { project }) };
}

function applicationLogin(url: string, given: Given, read: Read): Login {
  const secret =
    secretOf(given, read('OS_APPLICATION_CREDENTIAL_SECRET')) ??
    missing('secret of the application credential', 'OS_APPLICATION_CREDENTIAL_SECRET');
  const id = read('OS_APPLICATION_CREDENTIAL_ID');
  if (id !== undefined) return { kind: 'application', url, secret, credential: { id } };
  const name = read('OS_APPLICATION_CREDENTIAL_NAME') ?? '';
  const user =
    named(read, 'USER', read('OS_USER_ID'), read('OS_USERNAME')) ?? missing('user name', 'OS_USERNAME');
  return { kind: 'application', url, secret, credential: { name, user } };
}

function named(
  read: Read,
  what: 'USER' | 'PROJECT',
  id: string | undefined,
  name: string | undefined,
): Named | undefined {
  if (id !== undefined) return { id };
  if (name === undefined) return undefined;
  const domainId = read(`OS_${what}_DOMAIN_ID`);
  const domainName = read(`OS_${what}_DOMAIN_NAME`);
  if (domainId !== undefined) return { name, domain: { id: domainId } };
  if (domainName !== undefined) return { name, domain: { name: domainName } };
  // Keystone's own first domain, which OpenStack's clients fall back on too.
  return { name, domain: { id: read('OS_DEFAULT_DOMAIN') ?? 'default' } };
}

/** The version that the path or the variable names (default: 3), and the URL that its paths are appended to. */
function versionOf(url: string, said: string | undefined): { url: string; version: 1 | 2 | 3 } {
  const [, base = url, number] = /^(.*)\/v([123])(?:\.\d)?(?:\/(?:auth\/)?tokens)?$/.exec(url) ?? [];
  const wanted = /^v?([123])(?:\.\d+)?$/.exec(said ?? '')?.[1] ?? number ?? '3';
  if (wanted === '1') return { url: number === '1' ? url : `${base}/auth/v1.0`, version: 1 };
  return { url: base, version: wanted === '2' ? 2 : 3 };
}

function interfaceOf(said: string | undefined): SwiftSettings['interface'] {
  const name = said?.toLowerCase().replace(/url$/, '');
  return name === 'internal' || name === 'admin' ? name : 'public';
}

function checkUrl(text: string): string {
  parseEndpoint(text, 'https://keystone.example.org:5000/v3', 'address of the identity service');
  return withoutSlash(text);
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

function secretOf({ secret }: Given, read: string | undefined): Secret | undefined {
  if (secret !== undefined && !secret.empty) return secret;
  return read === undefined ? undefined : new Secret(read);
}

function missing(what: string, variable: string, flag?: string): never {
  const ours =
    flag ??
    (variable.endsWith('USERNAME')
      ? '--username or WHEELHOUSE_UPLOADER_USERNAME'
      : 'WHEELHOUSE_UPLOADER_SECRET');
  throw new WheelhouseError('CONFIG', `the ${what} is not set`, {
    hint: `give it with ${ours} or ${variable}`,
  });
}
