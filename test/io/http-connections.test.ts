import { writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createHttp, type HttpClient, type HttpOptions } from '../../src/io/http.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import { makeFolder } from '../make-distribution.ts';
import { startIndexServer } from '../servers/index-server.ts';
import { startProxyServer } from '../servers/proxy-server.ts';
import { authorityFile, readClientCertificate, startTlsServer } from '../servers/tls-server.ts';

async function withClient<T>(options: HttpOptions, act: (http: HttpClient) => Promise<T>): Promise<T> {
  const http = createHttp({ environment: {}, ...options });
  try {
    return await act(http);
  } finally {
    await http.close();
  }
}

async function get(options: HttpOptions, url: string): Promise<string | WheelhouseError> {
  return withClient(options, async (http) => {
    try {
      return await (await http.request({ url })).text(1000);
    } catch (thrown) {
      if (thrown instanceof WheelhouseError) return thrown;
      throw thrown;
    }
  });
}

describe('a proxy', () => {
  it.each(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy'])(
    'of %s forwards plain requests, without a tunnel',
    async (variable) => {
      await using server = await startIndexServer({ '/a': 'through' });
      await using proxy = await startProxyServer();
      const environment = { [variable]: `http://127.0.0.1:${proxy.port}` };
      expect(await get({ environment }, `${server.origin}/a`)).toBe('through');
      expect(proxy.passed).toEqual([`GET ${server.origin}/a`]);
    },
  );

  it.each(['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY'])('of %s makes tunnels for TLS', async (variable) => {
    await using server = await startTlsServer((_, response) => void response.end('tunnelled'));
    await using proxy = await startProxyServer();
    const environment = { [variable]: `http://127.0.0.1:${proxy.port}` };
    const url = `https://localhost:${server.port}/a`;
    expect(await get({ environment, caFile: authorityFile }, url)).toBe('tunnelled');
    expect(proxy.passed).toEqual([`CONNECT localhost:${server.port}`]);
  });

  it('checks certificates through the tunnel', async () => {
    await using server = await startTlsServer((_, response) => void response.end('tunnelled'));
    await using proxy = await startProxyServer();
    const environment = { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const url = `https://localhost:${server.port}/a`;
    expect(await get({ environment }, url)).toMatchObject({ code: 'NETWORK', transient: false });
    expect(await get({ environment, verifyTls: false }, url)).toBe('tunnelled');
  });

  it('may be named without a scheme', async () => {
    await using server = await startIndexServer({ '/a': 'through' });
    await using proxy = await startProxyServer();
    const environment = { HTTP_PROXY: `127.0.0.1:${proxy.port}` };
    expect(await get({ environment }, `${server.origin}/a`)).toBe('through');
    expect(proxy.passed).toHaveLength(1);
  });

  it('is passed by for NO_PROXY', async () => {
    await using server = await startIndexServer({ '/a': 'direct' });
    await using proxy = await startProxyServer();
    const environment = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: 'localhost,127.0.0.1' };
    expect(await get({ environment }, `${server.origin}/a`)).toBe('direct');
    expect(proxy.passed).toEqual([]);
  });

  it.each([
    ['user:p@ss', 'user:p%40ss'],
    ['user:100%', 'user:100%'],
    ['token:', 'token'],
  ])('gets its own credentials %s, and the server does not', async (credentials, userInfo) => {
    await using server = await startIndexServer({ '/a': 'through' });
    await using proxy = await startProxyServer(credentials);
    const environment = { HTTP_PROXY: `http://${userInfo}@127.0.0.1:${proxy.port}` };
    expect(await get({ environment }, `${server.origin}/a`)).toBe('through');
    expect(JSON.stringify(server.visits)).not.toContain('proxy-authorization');
  });

  it('that refuses us is named as the one that did, without its password', async () => {
    await using server = await startTlsServer((_, response) => void response.end('tunnelled'));
    await using proxy = await startProxyServer('user:right');
    const environment = { HTTPS_PROXY: `http://user:wr0ng@127.0.0.1:${proxy.port}` };
    const failure = await get({ environment, verifyTls: false }, `https://localhost:${server.port}/a`);
    expect(failure).toMatchObject({ code: 'NETWORK', transient: false });
    expect(failure).toMatchObject({ message: expect.stringContaining('the proxy') as string });
    expect(JSON.stringify([String(failure), (failure as WheelhouseError).hint])).not.toContain('wr0ng');
  });

  it('that is not there fails as the network does', async () => {
    await using proxy = await startProxyServer();
    const environment = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
    await proxy[Symbol.asyncDispose]();
    expect(await get({ environment }, 'http://host.example/a')).toMatchObject({ code: 'NETWORK' });
  });

  it('that closes the connection instead of making a tunnel is worth another attempt, later', async () => {
    let connections = 0;
    const proxy = createServer((socket) => {
      connections++;
      socket.on('error', () => undefined).once('data', () => socket.end());
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as AddressInfo;
    const failure = await get(
      { environment: { HTTPS_PROXY: `http://127.0.0.1:${port}` } },
      'https://a.example',
    );
    proxy.close();
    expect(failure).toMatchObject({
      code: 'NETWORK',
      transient: true,
      message: 'no answer from a.example: the proxy closed the connection',
    });
    expect(connections).toBe(1);
  });

  it.each(['http://user:s3cret@:99999999', 'ftp://user:s3cret@proxy.example'])(
    'that is no URL of one is an error of the configuration, which repeats nothing of it: %s',
    (HTTPS_PROXY) => {
      expect(() => createHttp({ environment: { HTTPS_PROXY } })).toThrow(
        expect.objectContaining({ code: 'CONFIG', message: 'HTTPS_PROXY is no URL of a proxy' }) as Error,
      );
    },
  );

  it('of HTTP_PROXY is none for https', async () => {
    await using server = await startTlsServer((_, response) => void response.end('direct'));
    await using proxy = await startProxyServer();
    const environment = { HTTP_PROXY: `http://127.0.0.1:${proxy.port}` };
    expect(await get({ environment, caFile: authorityFile }, `https://localhost:${server.port}/a`)).toBe(
      'direct',
    );
    expect(proxy.passed).toEqual([]);
  });
});

describe('TLS', () => {
  it('trusts nobody unknown, says why, and what to do', async () => {
    await using server = await startTlsServer((_, response) => void response.end('secret'));
    const failure = await get({}, `https://localhost:${server.port}/a`);
    expect(failure).toMatchObject({ code: 'NETWORK', transient: false });
    const { message, hint } = failure as WheelhouseError;
    expect(message).toMatch(/^the certificate of localhost:\d+ cannot be trusted: \S.*$/);
    expect(hint).toContain('NODE_EXTRA_CA_CERTS');
  });

  it('trusts the authority of a file', async () => {
    await using server = await startTlsServer((_, response) => void response.end('secret'));
    expect(await get({ caFile: authorityFile }, `https://localhost:${server.port}/a`)).toBe('secret');
  });

  it('does not trust it under another name', async () => {
    await using server = await startTlsServer((_, response) => void response.end('secret'));
    const failure = await get({ caFile: authorityFile }, `https://127.0.0.1:${server.port}/a`);
    expect(failure).toMatchObject({ code: 'NETWORK', transient: false });
  });

  it('trusts everybody only if told so', async () => {
    await using server = await startTlsServer((_, response) => void response.end('secret'));
    expect(await get({ verifyTls: false }, `https://localhost:${server.port}/a`)).toBe('secret');
  });

  it.each(['', 'through a proxy'])("shows the client's certificate %s", async (way) => {
    await using server = await startTlsServer(({ socket }, response) => {
      const shown = socket instanceof TLSSocket && Object.keys(socket.getPeerCertificate()).length > 0;
      response.end(shown ? 'known' : 'unknown');
    });
    await using proxy = await startProxyServer();
    await using folder = await makeFolder([{ filename: 'client.pem', bytes: await readClientCertificate() }]);
    const environment = way === '' ? {} : { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` };
    const options = { environment, caFile: authorityFile };
    const url = `https://localhost:${server.port}/a`;
    expect(await get(options, url)).toBe('unknown');
    expect(await get({ ...options, clientCertFile: join(folder.path, 'client.pem') }, url)).toBe('known');
  });

  it.each([
    ['missing', undefined],
    ['no PEM', 'not a certificate'],
  ])('an authority that is %s is an error before any request', async (_, content) => {
    await using folder = await makeFolder();
    const caFile = join(folder.path, 'ca.pem');
    if (content !== undefined) await writeFile(caFile, content);
    expect(() => createHttp({ caFile })).toThrow(expect.objectContaining({ code: 'CONFIG' }) as Error);
  });

  it('spoken to a plain port is told at once, without the words of OpenSSL', async () => {
    await using server = await startIndexServer({});
    const failure = await get({}, server.origin.replace('http:', 'https:'));
    expect(failure).toMatchObject({
      code: 'NETWORK',
      message: `no answer from ${new URL(server.origin).host}: what is there does not speak TLS`,
      hint: expect.stringContaining('write http://') as string,
      transient: false,
    });
  });

  it('that a port wants and is not spoken to may have hung up', async () => {
    await using server = await startTlsServer((_, response) => void response.end('secret'));
    expect(await get({}, `http://localhost:${server.port}/a`)).toMatchObject({
      code: 'NETWORK',
      hint: expect.stringContaining('https://') as string,
      transient: true,
    });
  });

  it('may redirect from http to https, and drops the credentials', async () => {
    const seen: (string | undefined)[] = [];
    await using secure = await startTlsServer((request, response) => {
      seen.push(request.headers.authorization);
      response.end('secure');
    });
    await using plain = await startIndexServer({
      '/a': (_, response) =>
        void response.writeHead(301, { location: `https://localhost:${secure.port}/a` }).end(),
    });
    const url = plain.origin.replace('//127.0.0.1', '//user:s3cret@localhost');
    expect(await get({ caFile: authorityFile }, `${url}/a`)).toBe('secure');
    expect(plain.visits[0]?.headers.authorization).toMatch(/^Basic /);
    expect(seen).toEqual([undefined]);
  });

  it('is never left for http with credentials', async () => {
    await using plain = await startIndexServer({ '/a': 'plain' });
    await using secure = await startTlsServer((_, response) => {
      response.writeHead(302, { location: `${plain.origin}/a` }).end();
    });
    const url = `https://user:s3cret@localhost:${secure.port}/a`;
    expect(await get({ caFile: authorityFile }, url)).toMatchObject({ code: 'REDIRECTED' });
    expect(plain.visits).toEqual([]);
  });
});
