import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesSource } from '../../../src/storage/source.ts';
import { readText } from '../../conformance/contents.ts';
import { startProxyServer } from '../../servers/proxy-server.ts';
import { startSwiftServer } from '../../servers/swift-server.ts';
import { authorityFile } from '../../servers/tls-server.ts';
import { openOn, openrc, startFront } from './swift-places.ts';

const kept = { ...process.env };
beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (/_PROXY$/i.test(name)) Reflect.deleteProperty(process.env, name);
});
afterEach(() => {
  process.env = { ...kept };
});

const contentType = 'text/plain';

describe('a proxy', () => {
  it.each([
    ['stands before the login and the store', 'HTTP_PROXY', '', ['POST', 'PUT']],
    ['of all protocols is one of http, too', 'ALL_PROXY', '', ['POST', 'PUT']],
    ['of https is none for http', 'HTTPS_PROXY', '', []],
    ['is passed by for a network of NO_PROXY', 'HTTP_PROXY', '10.0.0.0/8, 127.0.0.0/8', []],
    ['is passed by for every host', 'HTTP_PROXY', '*', []],
  ])('%s', async (_what, variable, noProxy, methods) => {
    await using server = await startSwiftServer();
    await using proxy = await startProxyServer();
    Object.assign(process.env, { [variable]: `http://127.0.0.1:${proxy.port}`, NO_PROXY: noProxy });
    const container = await openOn(server, { enableCdn: false });
    await container.create();
    await container.write('a+b.whl', bytesSource('x'), { contentType });
    expect(await readText(container, 'a+b.whl')).toBe('x');
    await container.close();
    for (const method of ['POST', 'PUT'])
      expect(proxy.passed.some((line) => line.startsWith(`${method} `))).toBe(methods.includes(method));
  });

  it('of SOCKS, which pkgcloud does not know, is refused', async () => {
    await using server = await startSwiftServer();
    Object.assign(process.env, {
      HTTP_PROXY: 'socks5://127.0.0.1:9',
      NO_PROXY: new URL(server.origin).host,
    });
    const OS_STORAGE_URL = 'http://store.example/v1/AUTH_numpy';
    const container = await openOn(server, { environment: { ...openrc(server), OS_STORAGE_URL } });
    await expect(container.create()).rejects.toMatchObject({
      code: 'CONFIG',
      hint: expect.stringContaining('NO_PROXY') as string,
    });
    await container.close();
  });

  it('makes tunnels to a store behind TLS, whose authority is still checked', async () => {
    await using server = await startSwiftServer();
    await using front = await startFront(server);
    await using proxy = await startProxyServer();
    process.env['HTTPS_PROXY'] = `http://127.0.0.1:${proxy.port}`;
    const OS_STORAGE_URL = `https://localhost:${front.port}/v1/AUTH_numpy`;
    const environment = { ...openrc(server), OS_STORAGE_URL };
    const trusting = await openOn(server, { environment: { ...environment, OS_CACERT: authorityFile } });
    await trusting.create();
    await trusting.write('a.whl', bytesSource('x'), { contentType });
    expect(await readText(trusting, 'a.whl')).toBe('x');
    await trusting.close();
    expect(proxy.passed).toContain(`CONNECT localhost:${front.port}`);

    const wary = await openOn(server, { environment });
    await expect(wary.stat('a.whl')).rejects.toMatchObject({ code: 'NETWORK', transient: false });
    await wary.close();
  });
});
