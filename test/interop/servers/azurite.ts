import { join } from 'node:path';
import { findFreePort, startServer, type Background } from '../background.ts';

export const account = 'devstoreaccount1';
/** Azurite's own, which is public. */
export const accountKey =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Starts an Azurite with nothing in it; AZURITE names the `node_modules` where it is installed. */
export async function startAzurite(): Promise<Background> {
  const modules = process.env['AZURITE'];
  if (modules === undefined) throw new Error('AZURITE must name the node_modules folder that has azurite');
  const port = await findFreePort();
  const main = join(modules, 'azurite/dist/src/blob/main.js');
  const quiet = ['--inMemoryPersistence', '--silent', '--disableTelemetry'];
  return startServer(
    process.execPath,
    // It refuses versions of the protocol that are newer than itself, though it knows all that we use.
    [main, '--blobHost', '127.0.0.1', '--blobPort', String(port), '--skipApiVersionCheck', ...quiet],
    `http://127.0.0.1:${port}/${account}`,
  );
}
