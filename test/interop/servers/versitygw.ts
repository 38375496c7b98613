import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, startServer } from '../background.ts';
import type { S3Server } from './s3-server.ts';

/** With an endpoint for static websites beside that of S3: a bucket is shown at the host of its name. */
export interface VersityGw extends S3Server {
  readonly websitePort: number;
}

/** Starts VersityGW, a real S3 on top of a file system: it checks signatures, digests and conditions. */
export async function startVersityGw({ region = 'us-east-1' } = {}): Promise<VersityGw> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelhouse-versitygw-'));
  const address = `127.0.0.1:${await findFreePort()}`;
  const keys = { username: 'wheelhouse-access', secret: 'wheelhouse-secret' };
  const websitePort = await findFreePort();
  const website = ['--website', `127.0.0.1:${websitePort}`];
  const account = ['--access', keys.username, '--secret', keys.secret, '--region', region];
  const server = await startServer(
    requireProgram(),
    // Without keep-alive every request pays for a connection, which no S3 in use does.
    [...account, ...website, '--port', address, '--quiet', '--keep-alive', 'posix', folder],
    `http://${address}/`,
  );
  return {
    ...keys,
    region,
    websitePort,
    endpoint: `http://${address}`,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function requireProgram(): string {
  const program = process.env['VERSITYGW'];
  if (program !== undefined && program !== '') return program;
  throw new Error(
    'VERSITYGW must name the program: go install github.com/versity/versitygw/cmd/versitygw@latest',
  );
}
