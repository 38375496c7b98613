import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Handler } from './index-server.ts';

const certificates = new URL('../../fixtures/tls/', import.meta.url);

/** The file of the authority that signed the server's certificate. */
export const authorityFile = fileURLToPath(new URL('authority.pem', certificates));

/** A certificate of the same authority, and its key, as a client shows them. */
export async function readClientCertificate(): Promise<string> {
  const files = ['server.pem', 'server.key'].map((name) => readFile(new URL(name, certificates), 'utf8'));
  return (await Promise.all(files)).join('');
}

/**
 * An HTTPS server whose certificate is for `localhost` only, from an authority that nobody knows. It asks for a
 * client's certificate, and takes those who have none.
 */
export async function startTlsServer(handle: Handler): Promise<{
  port: number;
  [Symbol.asyncDispose](): Promise<void>;
}> {
  const [cert, key] = await Promise.all([
    readFile(new URL('server.pem', certificates)),
    readFile(new URL('server.key', certificates)),
  ]);
  const options = {
    cert,
    key,
    ca: await readFile(authorityFile),
    requestCert: true,
    rejectUnauthorized: false,
  };
  const server = createServer(options, (request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
