import { WheelhouseError } from '../../../model/errors.ts';
import { Secret } from '../../../model/secret.ts';
import { findEndpoint, readCatalog } from './catalog.ts';
import type { Login, SwiftSettings } from './settings.ts';

export interface LoginRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** A token, and what it opens. */
export interface Session {
  readonly token: Secret;
  /** Milliseconds since 1970; without it the store says when it is over. */
  readonly expiresMs?: number;
  /** Of the account, without a slash at its end. */
  readonly storageUrl: string;
  /** Rackspace only. */
  readonly cdnUrl?: string;
}

export interface LoginAnswer {
  readonly headers: { get(name: string): string | undefined };
  readonly body: string;
}

/**
 * What to ask the identity service: Keystone v3 (https://docs.openstack.org/api-ref/identity/v3/#authentication-and-token-management)
 * and v2, Rackspace's extension of v2, or TempAuth and other v1 services (https://docs.openstack.org/swift/latest/overview_auth.html).
 */
export function loginRequest(login: Login): LoginRequest {
  const secret = login.secret.reveal();
  switch (login.kind) {
    case 'v1':
      return {
        url: login.url,
        method: 'GET',
        headers: { 'x-auth-user': login.username, 'x-auth-key': secret },
      };
    case 'v2':
      return post(`${login.url}/v2.0/tokens`, {
        passwordCredentials: { username: login.username, password: secret },
        ...(login.project === undefined
          ? {}
          : 'id' in login.project
            ? { tenantId: login.project.id }
            : { tenantName: login.project.name }),
      });
    case 'api-key':
      return post(`${login.url}/v2.0/tokens`, {
        'RAX-KSKEY:apiKeyCredentials': { username: login.username, apiKey: secret },
      });
    case 'v3':
      return post(`${login.url}/v3/auth/tokens`, {
        identity: { methods: ['password'], password: { user: { ...login.user, password: secret } } },
        ...(login.project === undefined ? {} : { scope: { project: login.project } }),
      });
    case 'application':
      // It carries its project itself; Keystone refuses a scope beside it.
      return post(`${login.url}/v3/auth/tokens`, {
        identity: {
          methods: ['application_credential'],
          application_credential: { ...login.credential, secret },
        },
      });
  }
}

function post(url: string, auth: object): LoginRequest {
  return {
    url,
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify({ auth }),
  };
}

/** The session that a successful answer opens. Throws `CONFIG` where it opens no object store. */
export function readSession({ headers, body }: LoginAnswer, settings: SwiftSettings): Session {
  const { login } = settings;
  if (login.kind === 'v1') {
    const seconds = Number(headers.get('x-auth-token-expires'));
    return session(headers.get('x-auth-token'), settings.storageUrl ?? headers.get('x-storage-url'), {
      expiresMs: seconds > 0 ? Date.now() + seconds * 1000 : NaN,
    });
  }
  const answer = parseObject(body);
  const isV3 = login.kind === 'v3' || login.kind === 'application';
  const access = objectIn(answer, isV3 ? 'token' : 'access');
  const token = isV3 ? access : objectIn(access, 'token');
  const catalog = readCatalog(access[isV3 ? 'catalog' : 'serviceCatalog']);
  const storageUrl = settings.storageUrl ?? findEndpoint(catalog, 'object-store', settings);
  if (storageUrl === undefined)
    throw new WheelhouseError('CONFIG', 'the credentials open no object store', {
      hint: 'name the project in OS_PROJECT_NAME (and OS_PROJECT_DOMAIN_NAME), or check that it has the service',
    });
  const cdnUrl = login.kind === 'api-key' ? findEndpoint(catalog, 'rax:object-cdn', settings) : undefined;
  const id = isV3 ? headers.get('x-subject-token') : token['id'];
  const expires = isV3 ? token['expires_at'] : token['expires'];
  return session(id, storageUrl, {
    expiresMs: typeof expires === 'string' ? Date.parse(expires) : NaN,
    ...(cdnUrl !== undefined && { cdnUrl }),
  });
}

function session(
  token: unknown,
  storageUrl: string | undefined,
  { expiresMs, cdnUrl }: { expiresMs: number; cdnUrl?: string },
): Session {
  if (typeof token !== 'string' || token === '' || storageUrl === undefined || !URL.canParse(storageUrl))
    throw strange();
  return {
    token: new Secret(token),
    storageUrl: storageUrl.replace(/\/+$/, ''),
    ...(Number.isNaN(expiresMs) ? {} : { expiresMs }),
    ...(cdnUrl === undefined ? {} : { cdnUrl: cdnUrl.replace(/\/+$/, '') }),
  };
}

function parseObject(body: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(body));
  } catch (thrown) {
    throw thrown instanceof WheelhouseError ? thrown : strange();
  }
}

function objectIn(parent: Record<string, unknown>, name: string): Record<string, unknown> {
  return asObject(parent[name]);
}

function asObject(value: unknown): Record<string, unknown> {
  if (typeof value !== 'object' || value === null) throw strange();
  return value as Record<string, unknown>;
}

function strange(): WheelhouseError {
  return new WheelhouseError('REJECTED', 'the identity service does not answer as Keystone does', {
    hint: 'check OS_AUTH_URL (or --endpoint) and OS_IDENTITY_API_VERSION',
  });
}
