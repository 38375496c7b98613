import { findFreePort, startServer } from '../background.ts';
import { peer } from '../commands.ts';
import type { S3Server } from './s3-server.ts';

/** Starts moto, which gives AWS's own answers; it checks neither signatures nor digests. */
export async function startMoto(): Promise<S3Server> {
  const port = await findFreePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const server = await startServer(
    peer('moto_server'),
    ['--host', '127.0.0.1', '--port', String(port)],
    `${endpoint}/moto-api/`,
  );
  return {
    username: 'wheelhouse-access',
    secret: 'wheelhouse-secret',
    region: 'us-east-1',
    endpoint,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
