import { describe, expect, it } from 'vitest';
import { bytesSource } from '../../../src/storage/source.ts';
import { readText } from '../../conformance/contents.ts';
import { startSwiftServer } from '../../servers/swift-server.ts';
import { authorityFile } from '../../servers/tls-server.ts';
import { openOn, openrc, startFront } from './swift-places.ts';

// Proof: the token goes only to a store whose certificate is trusted, unless --no-ssl-check says otherwise.

describe('a store behind TLS', () => {
  it.each([
    ['with its authority', { OS_CACERT: authorityFile }, true],
    ['without any check', {}, false],
  ])('is used %s', async (_what, variables, verifyTls) => {
    await using server = await startSwiftServer();
    await using front = await startFront(server);
    const OS_STORAGE_URL = `https://localhost:${front.port}/v1/AUTH_numpy`;
    const environment = { ...openrc(server), OS_STORAGE_URL, ...variables };
    const container = await openOn(server, { environment, verifyTls });
    await container.create();
    // One connection is used again and again: a resumed session must be as good as the first.
    for (let i = 0; i < 5; i++) await container.write('a.whl', bytesSource(`x${i}`), { contentType: 'a/b' });
    expect(await readText(container, 'a.whl')).toBe('x4');
    await container.close();
  });

  it('is refused when nobody knows its authority, at once and without the token', async () => {
    await using server = await startSwiftServer();
    await using front = await startFront(server);
    const OS_STORAGE_URL = `https://localhost:${front.port}/v1/AUTH_numpy`;
    const container = await openOn(server, { environment: { ...openrc(server), OS_STORAGE_URL } });
    await expect(container.stat('a.whl')).rejects.toMatchObject({
      code: 'NETWORK',
      message: expect.stringContaining('certificate') as string,
      transient: false,
    });
    expect(server.seen.map(({ method }) => method)).toEqual(['POST']);
    await container.close();
  });

  it('is refused when its authority cannot be read', async () => {
    await using server = await startSwiftServer();
    const environment = { ...openrc(server), OS_CACERT: '/no/such/file.pem' };
    await expect(openOn(server, { environment })).rejects.toMatchObject({ code: 'CONFIG' });
  });
});
