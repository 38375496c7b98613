import { randomBytes } from 'node:crypto';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { once, retriesOf, told } from './store-faults.ts';
import { Secret } from '../../src/model/secret.ts';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { openAzure, type AzureOptions } from '../../src/storage/drivers/azure.ts';
import { parseLocation } from '../../src/storage/location.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { describeContainer } from '../conformance/container.ts';
import { listKeys, readText } from '../conformance/contents.ts';
import { startFaultProxy, type Fault } from '../servers/fault-proxy.ts';
import type { Background } from './background.ts';
import { account, accountKey, startAzurite } from './servers/azurite.ts';

let server: Background;
let sdk: BlobServiceClient;
beforeAll(async () => {
  server = await startAzurite();
  sdk = new BlobServiceClient(server.url, new StorageSharedKeyCredential(account, accountKey));
});
afterAll(() => server[Symbol.asyncDispose]());

const credentials = { username: account, secret: new Secret(accountKey) };
const open = (container: string, options: AzureOptions = {}) =>
  openAzure(parseLocation(container), { endpoint: server.url, ...credentials, ...options });
let places = 0;
const freshUrl = (prefix = '') => `azure://place-${++places}${prefix}`;
const fresh = async (prefix = '', options: AzureOptions = {}) => {
  const url = freshUrl(prefix);
  return {
    container: await open(url, options),
    another: () => open(url, options),
    cleanup: () => Promise.resolve(),
  };
};
const inBlocks = { partThresholdBytes: 100_000, partBytes: 150_000 };
const write = { contentType: 'application/octet-stream' };

describeContainer('azurite', () => fresh(), {
  cacheControlOf: async (container, key) => {
    const name = parseLocation(container.url).name;
    return (await sdk.getContainerClient(name).getBlobClient(key).getProperties()).cacheControl;
  },
});
describeContainer('azurite, in blocks', () => fresh('', inBlocks), { manyObjects: 0 });
describeContainer('azurite below a prefix', () => fresh('/wheels/of numpy'), { manyObjects: 0 });

/** A container behind a proxy that misbehaves once it is there. */
async function behindProxy(
  misbehave: (request: { method: string; url: string }) => Fault | undefined,
  options: AzureOptions = {},
) {
  const url = freshUrl();
  const direct = await open(url);
  await direct.create();
  const proxy = await startFaultProxy(new URL(server.url).origin, misbehave);
  const events: WheelhouseEvent[] = [];
  const endpoint = `${proxy.origin}/${account}`;
  const container = await open(url, { ...options, endpoint, onEvent: (event) => events.push(event) });
  const close = async () => {
    await Promise.all([container.close(), direct.close()]);
    await proxy[Symbol.asyncDispose]();
  };
  return { container, direct, proxy, events, [Symbol.asyncDispose]: close };
}

describe('credentials', () => {
  const wrongKey = new Secret(randomBytes(64).toString('base64'));
  it.each<[string, AzureOptions]>([
    ['another account key', { secret: wrongKey }],
    [
      'a signature that the service did not make',
      { secret: new Secret('sv=2024-11-04&ss=b&srt=sco&sp=rl&se=2099-01-01&sig=AAAA') },
    ],
  ])('that are wrong end it at once: %s', async (_what, options) => {
    await using place = await behindProxy(() => undefined, options);
    const create = () => place.container.create();
    for (const attempt of [
      create,
      () => place.container.stat('a.whl'),
      () => place.container.read('a.whl'),
      () => place.container.write('a.whl', bytesSource('x'), write),
      () => listKeys(place.container),
    ]) {
      const isCreate = attempt === create;
      const before = place.proxy.requests.length;
      const error = await told(attempt());
      expect(['UNAUTHORIZED', 'FORBIDDEN']).toContain(error.code);
      expect(error.message).not.toMatch(/\n|sig=|AccountKey/);
      expect(error.hint).toBeDefined();
      // A key that may not see the container might still list it: that is asked, too, and once.
      expect(place.proxy.requests.length - before).toBeLessThanOrEqual(isCreate ? 2 : 1);
    }
    expect(retriesOf(place.events)).toEqual([]);
  });

  it('may be a connection string, or a signature for one container', async () => {
    const url = freshUrl();
    const text = `AccountName=${account};AccountKey=${accountKey};BlobEndpoint=${server.url}`;
    const byText = await openAzure(parseLocation(url), { secret: new Secret(text) });
    await byText.create();
    await byText.write('a.whl', bytesSource('x'), write);
    await byText.close();

    const client = sdk.getContainerClient(parseLocation(url).name);
    const { ContainerSASPermissions } = await import('@azure/storage-blob');
    const permissions = ContainerSASPermissions.parse('racwdl');
    const signed = await client.generateSasUrl({ permissions, expiresOn: new Date(Date.now() + 3_600_000) });
    const bySignature = await open(url, { secret: new Secret(new URL(signed).search) });
    // Such a signature does not show the container's properties; nor may it be taken for a missing container.
    await bySignature.create();
    await bySignature.write('b.whl', bytesSource('y'), write);
    expect(await listKeys(bySignature)).toEqual(['a.whl', 'b.whl']);
    expect(`${bySignature.url} ${bySignature.publicUrl() ?? ''}`).not.toContain('sig');
    await bySignature.close();
  });
});

describe('faults', () => {
  const puts = (request: { method: string }) => request.method === 'PUT';
  it.each<[string, Fault, AzureOptions]>([
    ['a busy server', { kind: 'status', status: 503 }, {}],
    ['too many requests', { kind: 'status', status: 429, headers: { 'retry-after': '0' } }, {}],
    ['a reset half way', { kind: 'reset-request' }, {}],
    ['an answer that is lost', { kind: 'lose-answer' }, {}],
    ['silence', { kind: 'silence' }, { idleTimeoutMs: 300 }],
  ])('of a conditional write are outlived: %s', async (_what, fault, options) => {
    await using place = await behindProxy(once(puts, fault), options);
    const content = randomBytes(200_000);
    const { tag } = await place.container.write('page', bytesSource(content), {
      ...write,
      condition: { ifAbsent: true },
    });
    expect((await place.direct.stat('page'))?.tag).toBe(tag);
    expect(await listKeys(place.direct)).toEqual(['page']);
    expect(retriesOf(place.events)).toHaveLength(1);
  });

  it('send a part again, not the whole', async () => {
    const isThirdBlock = (request: { url: string }) =>
      place.proxy.requests.length === 3 && request.url.includes('comp=block&');
    await using place = await behindProxy(
      once((request) => isThirdBlock(request), { kind: 'reset-request' }),
      inBlocks,
    );
    const content = randomBytes(700_000);
    await place.container.write('large', bytesSource(content), { ...write, condition: { ifAbsent: true } });
    expect(place.proxy.requests).toHaveLength(5 + 1 + 1);
    const opened = await place.direct.read('large');
    const chunks: Buffer[] = [];
    for await (const chunk of opened!.body) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks).equals(content)).toBe(true);
  });

  it('do not make a lost answer of the commit a lost race', async () => {
    const commits = (request: { url: string }) => request.url.includes('comp=blocklist');
    await using place = await behindProxy(once(commits, { kind: 'lose-answer' }), inBlocks);
    const source = bytesSource(randomBytes(200_000));
    const { tag } = await place.container.write('large', source, { ...write, condition: { ifAbsent: true } });
    expect((await place.direct.stat('large'))?.tag).toBe(tag);
  });

  it('leave the race lost when another writer was first', async () => {
    await using place = await behindProxy(once(puts, { kind: 'status', status: 500 }));
    await place.direct.write('page', bytesSource('theirs'), write);
    const error = await told(
      place.container.write('page', bytesSource('ours'), { ...write, condition: { ifAbsent: true } }),
    );
    expect(error).toMatchObject({ code: 'PRECONDITION_FAILED' });
    expect(await readText(place.direct, 'page')).toBe('theirs');
  });

  it('of a writer that has gone are told as they are', async () => {
    await using place = await behindProxy(() => ({ kind: 'status', status: 500 }));
    expect(await told(place.container.stat('a'))).toMatchObject({ code: 'SERVER_ERROR' });
  });

  it.each<[string, Fault]>([
    ['reset', { kind: 'reset-answer' }],
    ['cut', { kind: 'cut-answer' }],
  ])('of a body are never taken for its end: %s', async (_what, fault) => {
    const gets = (request: { method: string }) => request.method === 'GET';
    await using place = await behindProxy(once(gets, fault));
    await place.direct.write('a.whl', bytesSource(randomBytes(500_000)), write);
    const error = await told(readText(place.container, 'a.whl'));
    expect(error).toMatchObject({ code: 'TRUNCATED' });
  });

  it.each<[string, Fault, AzureOptions]>([
    ['a cut page', { kind: 'cut-answer' }, {}],
    ['a reset', { kind: 'reset-answer' }, {}],
    ['an error', { kind: 'status', status: 500 }, {}],
    ['silence', { kind: 'silence' }, { idleTimeoutMs: 300 }],
  ])('of a listing never shorten it: %s', async (_what, fault, options) => {
    const lists = (request: { url: string }) => request.url.includes('comp=list');
    await using place = await behindProxy(once(lists, fault), options);
    const keys = Array.from({ length: 20 }, (_, i) => `key-${String(i).padStart(2, '0')}`);
    for (const key of keys) await place.direct.write(key, bytesSource('x'), write);
    expect(await listKeys(place.container)).toEqual(keys);
  });
});

describe('the static website', () => {
  it('is enabled for $web and for nothing else, unless it is not wanted', async () => {
    const site = 'azure://$web';
    const isEnabled = async () => (await sdk.getProperties()).staticWebsite?.enabled === true;
    for (const [url, enableCdn] of [
      [freshUrl(), true],
      [site, false],
    ] as const) {
      const container = await open(url, { enableCdn });
      await container.create();
      await container.close();
      expect(await isEnabled()).toBe(false);
    }
    const container = await open(site);
    await container.create();
    expect(await isEnabled()).toBe(true);
    // Its host is not to be known from here.
    expect(container.publicUrl('a.whl')).toBeUndefined();
    await container.close();
  });

  it('that cannot be enabled is a warning', async () => {
    const isService = (request: { url: string }) => request.url.includes('comp=properties');
    const proxy = await startFaultProxy(new URL(server.url).origin, (request) =>
      isService(request) ? { kind: 'status', status: 403 } : undefined,
    );
    const events: WheelhouseEvent[] = [];
    const endpoint = `${proxy.origin}/${account}`;
    const container = await open('azure://$web', { endpoint, onEvent: (event) => events.push(event) });
    await container.create();
    await container.write('a.whl', bytesSource('x'), write);
    expect(events).toMatchObject([
      { event: 'warning', hint: expect.stringContaining('--no-enable-cdn') as string },
    ]);
    await container.close();
    await proxy[Symbol.asyncDispose]();
  });
});

describe('what the public sees', () => {
  it('is known of a private container and of a public one', async () => {
    const url = freshUrl('/wheels');
    const container = await open(url);
    await container.create();
    await container.write('a+b.whl', bytesSource('x'), write);
    expect(container.publicUrl('a+b.whl')).toBeUndefined();
    await sdk.getContainerClient(parseLocation(url).name).setAccessPolicy('blob');
    await container.create();
    const address = container.publicUrl('a+b.whl')!;
    expect(await (await fetch(address)).text()).toBe('x');
    await container.close();
  });
});
