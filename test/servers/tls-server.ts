import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Handler } from './index-server.ts';

const certificates = new URL('../../fixtures/tls/', import.meta.url);

/** The file of the authority that signed the server's certificate. */
export const authorityFile = fileURLToPath(new URL('authority.pem', certificates));

/** An HTTPS server whose certificate is for `localhost` only, from an authority that nobody knows. */
export async function startTlsServer(handle: Handler): Promise<{
  port: number;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const [cert, key] = await Promise.all([
    readFile(new URL('server.pem', certificates)),
    readFile(new URL('server.key', certificates)),
  ]);
  const server = createServer({ cert, key }, (request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
