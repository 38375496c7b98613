import type { IncomingMessage, ServerResponse } from 'node:http';

/** Who may log in, and as what. */
export interface Account {
  readonly project: string;
  readonly username: string;
  readonly password: string;
  readonly apiKey?: string;
  readonly credential?: { readonly id: string; readonly secret: string };
}

/** What a login is worth. */
export interface Grant {
  readonly token: string;
  readonly expires: Date;
  readonly storageUrl: string;
  readonly cdnUrl?: string;
}

export interface IdentityOptions {
  readonly account: Account;
  /** Regions that the catalog offers the store in; the others lead nowhere. Default: `RegionOne`. */
  readonly regions?: readonly string[];
  readonly grant: () => Promise<Grant> | Grant;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Answers a login as Keystone does, v3 (https://docs.openstack.org/api-ref/identity/v3/) and v2.0
 * (https://docs.openstack.org/api-ref/identity/v2/, Rackspace's API keys included); false for any other path.
 */
export async function answerLogin(
  request: IncomingMessage,
  response: ServerResponse,
  body: Buffer,
  options: IdentityOptions,
): Promise<boolean> {
  const isV3 = request.url === '/v3/auth/tokens';
  if (!isV3 && request.url !== '/v2.0/tokens') return false;
  const fail = (code: number, message: string) => {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code, message, title: 'Unauthorized' } }));
    return true;
  };
  if (request.method !== 'POST') return fail(405, 'Method not allowed');
  if (request.headers['content-type'] !== 'application/json') return fail(415, 'Expecting JSON');
  const auth = get(JSON.parse(body.toString('utf8')), 'auth');
  if (auth === undefined) return fail(400, "Expecting to find 'auth' in the request body");
  const checked = isV3 ? checkV3(auth, options.account) : checkV2(auth, options.account);
  if (typeof checked === 'string') return fail(400, checked);
  if (!checked.known) return fail(401, 'The request you have made requires authentication.');

  const grant = await options.grant();
  const services = catalog(grant, options.regions ?? ['RegionOne'], isV3);
  if (isV3) {
    response.writeHead(201, { 'content-type': 'application/json', 'x-subject-token': grant.token });
    const token = {
      methods: ['password'],
      user: { id: 'u1', name: options.account.username, domain: { id: 'default', name: 'Default' } },
      expires_at: grant.expires.toISOString(),
      issued_at: new Date().toISOString(),
      ...(checked.scoped && {
        project: { id: 'p1', name: options.account.project, domain: { id: 'default', name: 'Default' } },
        catalog: services,
      }),
    };
    response.end(JSON.stringify({ token }));
    return true;
  }
  response.writeHead(200, { 'content-type': 'application/json' });
  const token = { id: grant.token, expires: grant.expires.toISOString() };
  response.end(
    JSON.stringify({ access: { token, serviceCatalog: checked.scoped ? services : [], user: {} } }),
  );
  return true;
}

/** Whether the credentials are right, and whether the token is for a project; a text is why the request is bad. */
type Checked = string | { readonly known: boolean; readonly scoped: boolean };

function checkV3(auth: Json, account: Account): Checked {
  const identity = get(auth, 'identity');
  const methods = identity?.['methods'];
  if (!Array.isArray(methods)) return "Expecting to find 'methods' in identity";
  const project = get(get(auth, 'scope'), 'project');
  if (methods.includes('application_credential')) {
    if (auth['scope'] !== undefined) return 'Application credentials cannot request a scope.';
    const given = get(identity, 'application_credential');
    const known =
      given?.['id'] === account.credential?.id && given?.['secret'] === account.credential?.secret;
    return { known: known && account.credential !== undefined, scoped: true };
  }
  const user = get(get(identity, 'password'), 'user');
  if (user === undefined) return "Expecting to find 'user' in password";
  const bad = unnamed(user, 'user') ?? (project === undefined ? undefined : unnamed(project, 'project'));
  if (bad !== undefined) return bad;
  const inProject = project === undefined || project['name'] === account.project || project['id'] === 'p1';
  const known =
    (user['name'] === account.username || user['id'] === 'u1') && user['password'] === account.password;
  return {
    known: known && inProject && inDefault(user) && inDefault(project),
    scoped: project !== undefined,
  };
}

function checkV2(auth: Json, account: Account): Checked {
  const byKey = get(auth, 'RAX-KSKEY:apiKeyCredentials');
  if (byKey !== undefined) {
    const known = byKey['username'] === account.username && byKey['apiKey'] === account.apiKey;
    return { known: known && account.apiKey !== undefined, scoped: true };
  }
  const given = get(auth, 'passwordCredentials');
  if (given === undefined) return "Expecting to find 'passwordCredentials' in auth";
  const known = given['username'] === account.username && given['password'] === account.password;
  const project = auth['tenantName'] ?? auth['tenantId'];
  return {
    known: known && [undefined, account.project, 'p1'].includes(project as string),
    scoped: project !== undefined,
  };
}

/** A name means something within a domain only. */
function unnamed(thing: Json, what: string): string | undefined {
  if (thing['id'] !== undefined) return undefined;
  const domain = get(thing, 'domain');
  const inDomain = domain?.['id'] !== undefined || domain?.['name'] !== undefined;
  return thing['name'] !== undefined && inDomain ? undefined : `Expecting to find domain in ${what}.`;
}

function inDefault(thing: Json | undefined): boolean {
  const domain = get(thing, 'domain');
  return domain === undefined || domain['id'] === 'default' || domain['name'] === 'Default';
}

function catalog({ storageUrl, cdnUrl }: Grant, regions: readonly string[], isV3: boolean): unknown[] {
  const endpoints = (url: string) =>
    regions.flatMap((region, i): Json[] => {
      const at = i === 0 ? url : `http://192.0.2.1/${region}`;
      return isV3
        ? [
            { interface: 'admin', region, region_id: region, url: 'http://192.0.2.1/admin' },
            { interface: 'public', region, region_id: region, url: at },
          ]
        : [{ region, publicURL: at, internalURL: 'http://192.0.2.1/internal', tenantId: 'p1' }];
    });
  return [
    { type: 'identity', name: 'keystone', endpoints: endpoints('http://192.0.2.1/identity') },
    { type: 'object-store', name: 'swift', endpoints: endpoints(storageUrl) },
    ...(cdnUrl === undefined
      ? []
      : [{ type: 'rax:object-cdn', name: 'cloudFilesCDN', endpoints: endpoints(cdnUrl) }]),
  ];
}

function get(parent: unknown, name: string): Json | undefined {
  const value = (parent as Json | undefined)?.[name];
  return typeof value === 'object' && value !== null ? (value as Json) : undefined;
}
