import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { Secret } from '../../src/model/secret.ts';
import { openGoogle, type GoogleOptions } from '../../src/storage/drivers/google.ts';
import { parseLocation } from '../../src/storage/location.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { describeContainer } from '../conformance/container.ts';
import { listKeys, readText } from '../conformance/contents.ts';
import { startFaultProxy, type Fault } from '../servers/fault-proxy.ts';
import { listen, readBody } from '../servers/listen.ts';
import type { Background } from './background.ts';
import { startFakeGcs } from './servers/fake-gcs.ts';
import { once, retriesOf, told } from './store-faults.ts';

let server: Background;
beforeAll(async () => {
  server = await startFakeGcs();
});
afterAll(() => server[Symbol.asyncDispose]());
afterEach(() => vi.unstubAllEnvs());

const open = (container: string, options: GoogleOptions = {}) =>
  openGoogle(parseLocation(container), { endpoint: server.url, ...options });
let places = 0;
const freshUrl = (prefix = '') => `gs://place-${++places}${prefix}`;
const fresh = async (prefix = '', options: GoogleOptions = {}) => {
  const url = freshUrl(prefix);
  return {
    container: await open(url, options),
    another: () => open(url, options),
    cleanup: () => Promise.resolve(),
  };
};
const partBytes = 256 * 1024;
const inParts = { partThresholdBytes: 100_000, partBytes };
const write = { contentType: 'application/octet-stream' };

/** What the service itself has on record. */
async function resourceOf(container: string, key: string): Promise<Record<string, unknown>> {
  const { name, prefix } = parseLocation(container);
  const answer = await fetch(`${server.url}/storage/v1/b/${name}/o/${encodeURIComponent(prefix + key)}`);
  return (await answer.json()) as Record<string, unknown>;
}

describeContainer('fake-gcs-server', () => fresh(), {
  // Two pages of the service and a part of a third: this server takes minutes to fill with 10,050.
  manyObjects: 2_050,
  cacheControlOf: async ({ url }, key) => (await resourceOf(url, key))['cacheControl'] as string | undefined,
});
describeContainer('fake-gcs-server, in parts', () => fresh('', inParts), { manyObjects: 0 });
describeContainer('fake-gcs-server below a prefix', () => fresh('/wheels/of numpy'), { manyObjects: 0 });

/** A container behind a proxy that misbehaves once it is there. */
async function behindProxy(
  misbehave: (request: { n: number; method: string; url: string }) => Fault | undefined,
  options: GoogleOptions = {},
) {
  const url = freshUrl();
  const direct = await open(url);
  await direct.create();
  const proxy = await startFaultProxy(server.url, misbehave);
  const events: WheelhouseEvent[] = [];
  const container = await open(url, {
    ...options,
    endpoint: proxy.origin,
    onEvent: (event) => events.push(event),
  });
  const close = async () => {
    await Promise.all([container.close(), direct.close()]);
    await proxy[Symbol.asyncDispose]();
  };
  return { url, container, direct, proxy, events, [Symbol.asyncDispose]: close };
}

/**
 * A token service for workload identity federation, and a storage that lets only the good token in. The address that
 * service accounts ask for theirs is Google's own, fixed in the SDK.
 */
async function startGoogle(login: () => { status: number; body: object }) {
  const asked: string[] = [];
  const running = await listen(async (request, response) => {
    const body = (await readBody(request)).toString();
    asked.push(request.url ?? '');
    const json = (status: number, answer: object) =>
      void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    if (request.url === '/token') {
      const { status, body: answer } = login();
      json(body.includes('subject_token=from-the-ci') ? status : 400, answer);
    } else if (request.headers.authorization === 'Bearer good')
      json(200, { items: [{ name: 'a.whl', size: '1', generation: '1' }] });
    else
      json(401, { error: { code: 401, message: 'Invalid Credentials', errors: [{ reason: 'authError' }] } });
  });
  const folder = await mkdtemp(join(tmpdir(), 'wheelhouse-google-'));
  await writeFile(join(folder, 'token'), 'from-the-ci');
  const keyFile = {
    type: 'external_account',
    audience: '//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/ci',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${running.origin}/token`,
    credential_source: { file: join(folder, 'token') },
  };
  const keyPath = join(folder, 'key.json');
  await writeFile(keyPath, JSON.stringify(keyFile));
  const container = await open('gs://numpy', { endpoint: running.origin, secret: new Secret(keyPath) });
  const close = async () => {
    await container.close();
    await running[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  };
  return { container, asked, [Symbol.asyncDispose]: close };
}

describe('credentials', () => {
  const token = (access_token: string) => ({
    status: 200,
    body: {
      access_token,
      expires_in: 3600,
      token_type: 'Bearer',
      issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
    },
  });

  it('of a workload get a token once, and with it in', async () => {
    await using google = await startGoogle(() => token('good'));
    expect(await listKeys(google.container)).toEqual(['a.whl']);
    expect(await listKeys(google.container)).toEqual(['a.whl']);
    expect(google.asked.filter((url) => url === '/token')).toHaveLength(1);
  });

  it.each<[string, string, { status: number; body: object }]>([
    [
      'an account that is gone',
      'account not found',
      {
        status: 400,
        body: { error: 'invalid_grant', error_description: 'Invalid grant: account not found' },
      },
    ],
    ['a token that the storage refuses', 'Invalid Credentials', token('bad')],
  ])('that are wrong end it at once: %s', async (_what, reason, login) => {
    await using google = await startGoogle(() => login);
    for (const attempt of [
      () => google.container.create(),
      () => google.container.stat('a.whl'),
      () => google.container.write('a.whl', bytesSource('x'), write),
      () => listKeys(google.container),
    ]) {
      const before = google.asked.length;
      const error = await told(attempt());
      expect(error).toMatchObject({
        code: 'UNAUTHORIZED',
        message: expect.stringContaining(reason) as string,
      });
      expect(error.message).not.toMatch(/\n|from-the-ci|subject_token/);
      expect(error.hint).toBeDefined();
      expect(google.asked.length - before).toBeLessThanOrEqual(2);
    }
  });

  it('that are no private key are told, and not shown', async () => {
    const secret = new Secret('-----BEGIN PRIVATE KEY-----\\nbm8ga2V5\\n-----END PRIVATE KEY-----');
    const container = await open('gs://numpy', { username: 'ci@numpy.example', secret });
    const error = await told(container.stat('a.whl'));
    expect(error.code).toBe('CONFIG');
    expect(error.message).not.toContain('bm8ga2V5');
    await container.close();
  });

  it('that are missing are named, with what to set', async () => {
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nowhere/key.json');
    vi.stubEnv('STORAGE_EMULATOR_HOST', undefined);
    const container = await openGoogle(parseLocation('gs://numpy'));
    const error = await told(container.stat('a.whl'));
    expect(error).toMatchObject({
      code: 'CONFIG',
      hint: expect.stringContaining('GOOGLE_APPLICATION_CREDENTIALS') as string,
    });
    await container.close();
  });

  it('are not needed for the emulator that STORAGE_EMULATOR_HOST names', async () => {
    vi.stubEnv('STORAGE_EMULATOR_HOST', new URL(server.url).host);
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nowhere/key.json');
    const container = await openGoogle(parseLocation(freshUrl()));
    await container.create();
    await container.write('a.whl', bytesSource('x'), write);
    expect(await listKeys(container)).toEqual(['a.whl']);
    await container.close();
  });
});

describe('faults', () => {
  const uploads = (request: { url: string }) => request.url.includes('uploadType=multipart');
  it.each<[string, Fault, GoogleOptions]>([
    ['a busy server', { kind: 'status', status: 503 }, {}],
    ['too many requests', { kind: 'status', status: 429, headers: { 'retry-after': '0' } }, {}],
    [
      'too many requests, said as forbidden',
      {
        kind: 'status',
        status: 403,
        body: '{"error":{"errors":[{"reason":"rateLimitExceeded"}],"message":"slower"}}',
      },
      {},
    ],
    ['a reset half way', { kind: 'reset-request' }, {}],
    ['an answer that is lost', { kind: 'lose-answer' }, {}],
    ['an answer that is cut', { kind: 'cut-answer' }, {}],
    ['silence', { kind: 'silence' }, { idleTimeoutMs: 300 }],
  ])('of a conditional write are outlived: %s', async (_what, fault, options) => {
    await using place = await behindProxy(once(uploads, fault), options);
    const { tag } = await place.container.write('page', bytesSource(randomBytes(200_000)), {
      ...write,
      condition: { ifAbsent: true },
    });
    expect((await place.direct.stat('page'))?.tag).toBe(tag);
    expect(await listKeys(place.direct)).toEqual(['page']);
    expect(retriesOf(place.events)).toHaveLength(1);
  });

  it('leave the race lost when another writer was first', async () => {
    await using place = await behindProxy(once(uploads, { kind: 'status', status: 500 }));
    await place.direct.write('page', bytesSource('theirs'), write);
    const ours = place.container.write('page', bytesSource('ours'), {
      ...write,
      condition: { ifAbsent: true },
    });
    expect(await told(ours)).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(await readText(place.direct, 'page')).toBe('theirs');
  });

  it('that do not end are told, and what was begun is cancelled', async () => {
    await using place = await behindProxy(
      ({ n }) => (n > 2 && n < 20 ? { kind: 'status', status: 500 } : undefined),
      inParts,
    );
    const error = await told(place.container.write('large', bytesSource(randomBytes(3 * partBytes)), write));
    expect(error).toMatchObject({ code: 'SERVER_ERROR' });
    expect(place.proxy.requests.at(-1)?.method).toBe('DELETE');
    expect(place.proxy.requests.length).toBeLessThanOrEqual(8);
    expect(await listKeys(place.direct)).toEqual([]);
  });

  it.each<[string, Fault]>([
    ['reset', { kind: 'reset-answer' }],
    ['cut', { kind: 'cut-answer' }],
  ])('of a body are never taken for its end: %s', async (_what, fault) => {
    await using place = await behindProxy(once(({ url }) => url.includes('alt=media'), fault));
    await place.direct.write('a.whl', bytesSource(randomBytes(500_000)), write);
    expect(await told(readText(place.container, 'a.whl'))).toMatchObject({ code: 'TRUNCATED' });
  });

  it.each<[string, Fault, GoogleOptions]>([
    ['a cut page', { kind: 'cut-answer' }, {}],
    ['a reset', { kind: 'reset-answer' }, {}],
    ['an error', { kind: 'status', status: 500 }, {}],
    ['silence', { kind: 'silence' }, { idleTimeoutMs: 300 }],
  ])('of a listing never shorten it: %s', async (_what, fault, options) => {
    await using place = await behindProxy(
      once(({ method }) => method === 'GET', fault),
      options,
    );
    const keys = Array.from({ length: 20 }, (_, i) => `key-${String(i).padStart(2, '0')}`);
    for (const key of keys) await place.direct.write(key, bytesSource('x'), write);
    expect(await listKeys(place.container)).toEqual(keys);
  });
});

describe('the main page', () => {
  const patches = ({ method }: { method: string }) => method === 'PATCH';
  it.each([
    [undefined, 1],
    [false, 0],
  ])('is named unless it is not wanted: enableCdn %s', async (enableCdn, count) => {
    await using place = await behindProxy(() => undefined, enableCdn === undefined ? {} : { enableCdn });
    await place.container.create();
    expect(place.proxy.requests.filter(patches)).toHaveLength(count);
  });

  it('that cannot be named is a warning', async () => {
    await using place = await behindProxy((request) =>
      patches(request) ? { kind: 'status', status: 403 } : undefined,
    );
    await place.container.create();
    await place.container.write('a.whl', bytesSource('x'), write);
    expect(place.events).toMatchObject([
      { event: 'warning', hint: expect.stringContaining('--no-enable-cdn') as string },
    ]);
  });
});

describe('names', () => {
  it.each(['.', '..', 'two\nlines'])('that no object can have are refused, never sent: %j', async (key) => {
    await using place = await behindProxy(() => undefined);
    expect(await told(place.container.write(key, bytesSource('x'), write))).toMatchObject({
      code: 'REJECTED',
    });
    expect(await place.container.stat(key)).toBeUndefined();
    expect(await place.container.read(key)).toBeUndefined();
    await place.container.delete(key);
    expect(place.proxy.requests).toEqual([]);
  });
});

it('says where the public finds an object', async () => {
  const container = await open(freshUrl('/wheels'));
  await container.create();
  await container.write('a+b c.whl', bytesSource('x'), write);
  expect(container.publicUrl('a+b c.whl')).toMatch(/\/place-\d+\/wheels\/a%2Bb%20c\.whl$/);
  expect(await (await fetch(container.publicUrl('a+b c.whl')!)).text()).toBe('x');
  await container.close();
});
