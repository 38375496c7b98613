import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { openSwift, type SwiftOptions } from '../../src/storage/drivers/swift.ts';
import { parseLocation } from '../../src/storage/location.ts';
import { describeContainer, type ContainerTraits } from '../conformance/container.ts';
import { listKeys, readText } from '../conformance/contents.ts';
import { startSwift, type Swift } from './servers/swift.ts';

// Proof: the Swift driver keeps the contract of containers on a real OpenStack Swift.

describe('OpenStack Swift', () => {
  let swift: Swift;
  beforeAll(async () => {
    swift = await startSwift();
  });
  afterAll(() => swift[Symbol.asyncDispose]());

  const byPassword = () => ({
    OS_AUTH_URL: swift.keystoneUrl,
    OS_USERNAME: swift.account.username,
    OS_PASSWORD: swift.account.password,
    OS_PROJECT_NAME: swift.account.project,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
  });
  const freshName = () => `conformance-${randomBytes(8).toString('hex')}`;
  const openAt = (url: string, options: SwiftOptions = {}) =>
    openSwift(parseLocation(url), { environment: byPassword(), ...options });
  const open = (container: string, options?: SwiftOptions) => openAt(`swift://${container}/wheels`, options);
  const openFresh = (more: SwiftOptions) => async () => {
    const name = freshName();
    const another = () => open(name, more);
    return { container: await another(), another, cleanup: () => Promise.resolve() };
  };

  const traits: ContainerTraits = {
    conditionalWrites: false,
    tagIsDigest: true,
    // A container server that is slow to be told is told later, by the updater.
    listingLagMs: 5000,
    cacheControlOf: async (container, key) =>
      (await fetch(container.publicUrl(key) ?? '', { method: 'HEAD' })).headers.get('cache-control') ??
      undefined,
  };
  describeContainer('OpenStack Swift, in one request', openFresh({}), traits);
  describeContainer(
    'OpenStack Swift, in segments',
    openFresh({ segmentThresholdBytes: 5, segmentBytes: 256 * 1024 }),
    { ...traits, manyObjects: 0 },
  );

  it.each<[string, () => Record<string, string>]>([
    ['TempAuth', () => ({ OS_AUTH_URL: swift.v1Url, OS_USERNAME: 'test:tester', OS_PASSWORD: 'testing' })],
    ['Keystone v2', () => ({ ...byPassword(), OS_AUTH_URL: swift.keystoneUrl.replace('/v3', '/v2.0') })],
    [
      'an application credential',
      () => ({
        OS_AUTH_URL: swift.keystoneUrl,
        OS_APPLICATION_CREDENTIAL_ID: 'cred-1',
        OS_APPLICATION_CREDENTIAL_SECRET: 'app-secret',
      }),
    ],
  ])('opens by %s', async (_what, environment) => {
    const container = await open(freshName(), { environment: environment() });
    await container.create();
    await container.write('a.whl', bytesSource('x'), { contentType: 'a/b' });
    expect(await readText(container, 'a.whl')).toBe('x');
    await container.close();
  });

  it('refuses a wrong password at once', async () => {
    const container = await open(freshName(), { secret: new Secret('wrong') });
    await expect(container.create()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    await container.close();
  });

  it('says that the container is missing, however much is sent', async () => {
    const container = await open(freshName());
    const large = bytesSource(Buffer.alloc(50 * 1024 ** 2));
    await expect(container.write('a.whl', large, { contentType: 'a/b' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await container.close();
  });

  it('serves the container as a website, large objects too', async () => {
    const container = await open(freshName(), { segmentThresholdBytes: 10, segmentBytes: 10 });
    await container.create();
    await container.write('simple/numpy/index.html', bytesSource('a page'), { contentType: 'text/html' });
    await container.write('big+1.whl', bytesSource('more than ten bytes'), { contentType: 'a/b' });
    const page = await fetch(container.publicUrl('simple/numpy/') ?? '');
    expect(await page.text()).toBe('a page');
    expect(page.headers.get('content-type')).toMatch(/^text\/html/);
    expect(await (await fetch(container.publicUrl('big+1.whl') ?? '')).text()).toBe('more than ten bytes');
    await container.close();
  });

  it('keeps a container private with --no-enable-cdn', async () => {
    const name = freshName();
    const closed = await open(name, { enableCdn: false });
    await closed.create();
    await closed.write('a.whl', bytesSource('x'), { contentType: 'a/b' });
    expect(closed.publicUrl('a.whl')).toBeUndefined();
    const opened = await open(name);
    await opened.create();
    const url = opened.publicUrl('a.whl') ?? '';
    expect((await fetch(url)).status).toBe(200);
    await closed.close();
    await opened.close();
  });

  it('takes the segments along', async () => {
    const name = freshName();
    const container = await open(name, { segmentThresholdBytes: 10, segmentBytes: 10 });
    await container.create();
    const segments = await openAt(`swift://${name}_segments`);
    await container.write('a.whl', bytesSource('x'.repeat(35)), { contentType: 'a/b' });
    expect(await listKeys(segments)).toHaveLength(4);
    await container.write('a.whl', bytesSource('small'), { contentType: 'a/b' });
    expect(await listKeys(segments)).toEqual([]);
    await container.close();
    await segments.close();
  });
});
