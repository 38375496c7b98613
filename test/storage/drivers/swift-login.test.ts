import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import { loginRequest, readSession } from '../../../src/storage/drivers/swift/keystone.ts';
import { readSettings, type SwiftSettings } from '../../../src/storage/drivers/swift/settings.ts';
import { bytesSource } from '../../../src/storage/source.ts';
import { listKeys } from '../../conformance/contents.ts';
import { account, startSwiftServer } from '../../servers/swift-server.ts';
import { openOn, openrc, startPlace, wrongSecret } from './swift-places.ts';

// Proof: every way to log in that a user of OpenStack or Rackspace has leads to the store, and every way not to is told.

const v3 = {
  OS_AUTH_URL: 'https://keystone.example:5000/v3',
  OS_USERNAME: 'ci',
  OS_PASSWORD: 'pw',
  OS_PROJECT_NAME: 'numpy',
};
const inDefault = { domain: { id: 'default' } };
const passwordOf = (user: object, scope?: object) => ({
  auth: {
    identity: { methods: ['password'], password: { user: { ...user, password: 'pw' } } },
    ...(scope && { scope }),
  },
});

describe('a login', () => {
  it.each<[string, Record<string, string>, string, object]>([
    [
      'by name, in the default domain',
      v3,
      'https://keystone.example:5000/v3/auth/tokens',
      passwordOf({ name: 'ci', ...inDefault }, { project: { name: 'numpy', ...inDefault } }),
    ],
    [
      'at an address without a version',
      { ...v3, OS_AUTH_URL: 'https://k.example/identity/' },
      'https://k.example/identity/v3/auth/tokens',
      passwordOf({ name: 'ci', ...inDefault }, { project: { name: 'numpy', ...inDefault } }),
    ],
    [
      'in named domains',
      { ...v3, OS_USER_DOMAIN_NAME: 'people', OS_PROJECT_DOMAIN_NAME: 'science' },
      'https://keystone.example:5000/v3/auth/tokens',
      passwordOf(
        { name: 'ci', domain: { name: 'people' } },
        { project: { name: 'numpy', domain: { name: 'science' } } },
      ),
    ],
    [
      'by ids',
      { ...v3, OS_USER_ID: 'u', OS_PROJECT_ID: 'p', OS_PROJECT_NAME: 'ignored' },
      'https://keystone.example:5000/v3/auth/tokens',
      passwordOf({ id: 'u' }, { project: { id: 'p' } }),
    ],
    [
      'with an application credential',
      {
        OS_AUTH_URL: v3.OS_AUTH_URL,
        OS_APPLICATION_CREDENTIAL_ID: 'c',
        OS_APPLICATION_CREDENTIAL_SECRET: 's',
      },
      'https://keystone.example:5000/v3/auth/tokens',
      {
        auth: {
          identity: { methods: ['application_credential'], application_credential: { id: 'c', secret: 's' } },
        },
      },
    ],
    [
      'with an application credential by name',
      {
        OS_AUTH_URL: v3.OS_AUTH_URL,
        OS_USERNAME: 'ci',
        OS_APPLICATION_CREDENTIAL_NAME: 'c',
        OS_APPLICATION_CREDENTIAL_SECRET: 's',
      },
      'https://keystone.example:5000/v3/auth/tokens',
      {
        auth: {
          identity: {
            methods: ['application_credential'],
            application_credential: { name: 'c', user: { name: 'ci', ...inDefault }, secret: 's' },
          },
        },
      },
    ],
    [
      'to version 2, by its path',
      { ...v3, OS_AUTH_URL: 'https://k.example/v2.0' },
      'https://k.example/v2.0/tokens',
      { auth: { passwordCredentials: { username: 'ci', password: 'pw' }, tenantName: 'numpy' } },
    ],
    [
      'to version 2, by its number',
      { ...v3, OS_AUTH_URL: 'https://k.example', OS_IDENTITY_API_VERSION: '2', OS_TENANT_ID: 't' },
      'https://k.example/v2.0/tokens',
      { auth: { passwordCredentials: { username: 'ci', password: 'pw' }, tenantId: 't' } },
    ],
  ])('%s', (_what, environment, url, body) => {
    const request = loginRequest(readSettings('openstack', {}, environment).login);
    expect(request).toMatchObject({ url, method: 'POST' });
    expect(JSON.parse(request.body ?? '')).toEqual(body);
  });

  it.each<[string, Record<string, string>, string]>([
    ['its whole address', { OS_AUTH_URL: 'http://s.example/auth/v1.0' }, 'http://s.example/auth/v1.0'],
    [
      'its host',
      { OS_AUTH_URL: 'http://s.example', OS_IDENTITY_API_VERSION: '1' },
      'http://s.example/auth/v1.0',
    ],
    [
      "the variables of Swift's client",
      { ST_AUTH: 'http://s.example/auth/v1.0' },
      'http://s.example/auth/v1.0',
    ],
  ])('to version 1, by %s', (_what, variables, url) => {
    const environment = { ST_USER: 'test:tester', ST_KEY: 'testing', ...variables };
    expect(loginRequest(readSettings('openstack', {}, environment).login)).toEqual({
      url,
      method: 'GET',
      headers: { 'x-auth-user': 'test:tester', 'x-auth-key': 'testing' },
    });
  });

  it('by flags goes before one by variables', () => {
    const given = {
      username: 'me',
      secret: new Secret('mine'),
      region: 'north',
      endpoint: 'https://flag.example/v3',
    };
    const environment = {
      ...v3,
      OS_USER_ID: 'u',
      OS_APPLICATION_CREDENTIAL_ID: 'c',
      OS_REGION_NAME: 'south',
    };
    const settings = readSettings('openstack', given, environment);
    expect(settings.region).toBe('north');
    expect(JSON.parse(loginRequest(settings.login).body ?? '')).toMatchObject({
      auth: { identity: { password: { user: { name: 'me', password: 'mine' } } } },
    });
  });

  it.each([
    [undefined, 'https://identity.api.rackspacecloud.com/v2.0/tokens'],
    ['ord', 'https://identity.api.rackspacecloud.com/v2.0/tokens'],
    ['LON', 'https://lon.identity.api.rackspacecloud.com/v2.0/tokens'],
  ])('to Rackspace takes the API key, at the host of the region %s', (region, url) => {
    const given = { username: 'ci', secret: new Secret('key'), ...(region !== undefined && { region }) };
    const request = loginRequest(readSettings('rackspace', given, {}).login);
    expect(request.url).toBe(url);
    expect(JSON.parse(request.body ?? '')).toEqual({
      auth: { 'RAX-KSKEY:apiKeyCredentials': { username: 'ci', apiKey: 'key' } },
    });
  });

  it.each<[string, 'openstack' | 'rackspace', Record<string, string>, RegExp]>([
    ['the address', 'openstack', {}, /OS_AUTH_URL/],
    ['a whole address', 'openstack', { OS_AUTH_URL: 'keystone.example' }, /--endpoint/],
    [
      'an address without a password',
      'openstack',
      { ...v3, OS_AUTH_URL: 'https://a:b@k.example' },
      /--endpoint/,
    ],
    ['the user', 'openstack', { ...v3, OS_USERNAME: '' }, /--username .*OS_USERNAME/],
    ['the password', 'openstack', { ...v3, OS_PASSWORD: '' }, /WHEELHOUSE_UPLOADER_SECRET .*OS_PASSWORD/],
    [
      'the secret of an application credential',
      'openstack',
      { ...v3, OS_APPLICATION_CREDENTIAL_ID: 'c' },
      /OS_APPLICATION_CREDENTIAL_SECRET/,
    ],
    ['the key', 'rackspace', { OS_USERNAME: 'ci' }, /WHEELHOUSE_UPLOADER_SECRET/],
  ])('needs %s', (_what, provider, environment, hint) => {
    expect(() => readSettings(provider, {}, environment)).toThrow(
      expect.objectContaining({ code: 'CONFIG', hint: expect.stringMatching(hint) as string }) as Error,
    );
  });
});

describe('an answer', () => {
  const settings: SwiftSettings = {
    login: { kind: 'v3', url: 'https://k.example', user: { id: 'u' }, secret: new Secret('pw') },
    interface: 'public',
    verifyTls: true,
  };
  const answer = (token: object) => ({
    headers: { get: (name: string) => (name === 'x-subject-token' ? 'the-token' : undefined) },
    body: JSON.stringify({ token: { expires_at: '2030-01-01T00:00:00Z', ...token } }),
  });
  const endpoint = (region: string, url: string, at = 'public') => ({
    interface: at,
    region_id: region,
    url,
  });
  const swift = (...endpoints: object[]) => ({ catalog: [{ type: 'object-store', endpoints }] });
  const one = endpoint('north', 'https://north.example/v1/AUTH_x/');
  const two = endpoint('South', 'https://south.example/v1/AUTH_x');

  it.each([
    ['the only region', {}, swift(one), 'https://north.example/v1/AUTH_x'],
    ['the region, in any case', { region: 'SOUTH' }, swift(one, two), 'https://south.example/v1/AUTH_x'],
    [
      'the interface',
      { interface: 'internal' as const },
      swift(one, endpoint('north', 'http://10.0.0.1/v1', 'internal')),
      'http://10.0.0.1/v1',
    ],
    ['the address that was given', { storageUrl: 'https://own.example/v1' }, {}, 'https://own.example/v1'],
  ])('leads to %s', (_what, more, token, storageUrl) => {
    expect(readSession(answer(token), { ...settings, ...more })).toMatchObject({
      storageUrl,
      expiresMs: Date.UTC(2030, 0),
    });
  });

  it.each([
    ['without a project', {}, {}, 'CONFIG', /OS_PROJECT_NAME/],
    [
      'without a store',
      {},
      { catalog: [{ type: 'compute', endpoints: [one] }] },
      'CONFIG',
      /OS_PROJECT_NAME/,
    ],
    ['with several regions', {}, swift(one, two), 'CONFIG', /north, South: .*--region/],
    ['with other regions', { region: 'west' }, swift(one, two), 'CONFIG', /north, South/],
    [
      'with a store that has no address',
      {},
      swift(endpoint('north', 'nowhere')),
      'CONFIG',
      /OS_PROJECT_NAME/,
    ],
  ])('%s opens nothing', (_what, more, token, code, hint) => {
    expect(() => readSession(answer(token), { ...settings, ...more })).toThrow(
      expect.objectContaining({ code, hint: expect.stringMatching(hint) as string }) as Error,
    );
  });

  it.each(['', '<html>', 'null', '[]', '{"token": 1}'])('that is %j is not of Keystone', (body) => {
    const headers = { get: () => 'the-token' };
    expect(() => readSession({ headers, body }, settings)).toThrow(
      expect.objectContaining({ code: 'REJECTED' }) as Error,
    );
  });
});

describe('a store', () => {
  it.each<[string, 'swift' | 'rackspace' | 'hp', (origin: string) => Record<string, string>]>([
    ['Keystone v3', 'swift', (origin) => ({ OS_AUTH_URL: `${origin}/v3` })],
    ['Keystone v2', 'swift', (origin) => ({ OS_AUTH_URL: `${origin}/v2.0` })],
    ['Keystone v2 of HP', 'hp', (origin) => ({ OS_AUTH_URL: `${origin}/v2.0/` })],
    ['TempAuth', 'swift', (origin) => ({ OS_AUTH_URL: `${origin}/auth/v1.0`, OS_USERNAME: 'numpy:ci' })],
    [
      'an application credential',
      'swift',
      (origin) => ({
        OS_AUTH_URL: origin,
        OS_USERNAME: '',
        OS_APPLICATION_CREDENTIAL_ID: 'cred-1',
        OS_APPLICATION_CREDENTIAL_SECRET: 'app-secret',
      }),
    ],
    ['an API key', 'rackspace', (origin) => ({ OS_AUTH_URL: origin, OS_PASSWORD: account.apiKey ?? '' })],
  ])('opens by %s', async (_what, scheme, variables) => {
    await using server = await startSwiftServer({ regions: ['RegionOne', 'RegionTwo'] });
    const environment = { ...openrc(server), ...variables(server.origin) };
    const container = await openOn(server, { url: `${scheme}://wheels`, environment });
    await container.create();
    await container.write('a.whl', bytesSource('x'), { contentType: 'a/b' });
    expect(await listKeys(container)).toEqual(['a.whl']);
    expect(server.logins()).toBe(1);
    await container.close();
  });

  it('refuses wrong credentials at once, in one line, and is not asked again', async () => {
    await using place = await startPlace();
    const container = await openOn(place.server, { secret: wrongSecret });
    const calls = await Promise.allSettled([container.stat('a'), listKeys(container), container.create()]);
    for (const call of calls)
      expect(call).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'UNAUTHORIZED',
          message: `cannot log in at ${place.server.origin}/v3/auth/tokens: the credentials were refused (401)`,
        },
      });
    await expect(container.stat('a')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(place.requests('POST', /tokens$/)).toHaveLength(1);
    await container.close();
  });

  it('that revokes a token is asked for another, once for all who need it', async () => {
    await using place = await startPlace();
    await place.write('a', 'x');
    place.server.revokeTokens();
    await Promise.all(['b', 'c', 'd', 'e'].map((key) => place.write(key, key)));
    expect(await listKeys(place.container)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(place.server.logins()).toBe(2);
  });

  it('is asked with a token that has a while to live, so that no request outlives it', async () => {
    await using place = await startPlace({ tokenSeconds: 60 });
    const before = place.server.logins();
    await place.write('a', 'x');
    await place.write('b', 'x');
    expect(place.server.logins()).toBe(before + 2);
  });

  it('is asked with the token that is about to end while there is no other', async () => {
    await using place = await startPlace({ tokenSeconds: 60 });
    place.server.controls.fault = ({ path }) => (path.endsWith('/tokens') ? { status: 503 } : undefined);
    await place.write('a', 'x');
    expect(place.stored('a')).toBe('x');
  });

  it('that never takes a token is given up', async () => {
    await using place = await startPlace();
    place.server.controls.fault = ({ path }) => (path.startsWith('/v1/') ? { status: 401 } : undefined);
    await expect(place.container.stat('a')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    expect(place.server.logins()).toBe(2);
  });

  it.each([
    ['is down', { status: 502, body: 'x' }, 1],
    ['falls silent', 'stall' as const, 1],
    ['hangs up', 'reset' as const, 1],
  ])('whose identity service %s is tried again', async (_what, fault, times) => {
    await using place = await startPlace();
    const container = await openOn(place.server, { idleTimeoutMs: 300 });
    let left = times;
    place.server.controls.fault = ({ path }) => (path.endsWith('/tokens') && left-- > 0 ? fault : undefined);
    expect(await listKeys(container)).toEqual([]);
    await container.close();
  });

  it.each([
    [404, 'CONFIG'],
    [302, 'CONFIG'],
    [400, 'REJECTED'],
  ])('whose identity service answers %i is not there', async (status, code) => {
    await using place = await startPlace();
    const container = await openOn(place.server);
    place.server.controls.fault = () => ({ status, headers: { location: 'https://elsewhere.example/' } });
    await expect(container.stat('a')).rejects.toMatchObject({ code });
    await container.close();
  });
});
