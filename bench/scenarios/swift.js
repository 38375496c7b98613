// Upload to a real OpenStack Swift (on this machine), against the Python original; four workers each.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileTest } from '../compile.js';
import { executable } from '../measure.js';
import { measureUploads, workers } from '../uploads.js';

const originalOnSwift = fileURLToPath(new URL('../original-swift.py', import.meta.url));

export async function measureSwift({ folder, quick, peers }) {
  if (peers.swift === undefined) return [];
  // The server of the interop tests, which is TypeScript.
  const { startSwift } = await import(compileTest('interop/servers/swift.ts', join(folder, 'server')));
  const swift = await startSwift();
  try {
    const { project, username, password } = swift.account;
    const environment = {
      OS_AUTH_URL: swift.v1Url,
      OS_STORAGE_URL: new URL(`/v1/AUTH_${project}`, swift.v1Url).href,
      WHEELHOUSE_UPLOADER_USERNAME: `${project}:${username}`,
      WHEELHOUSE_UPLOADER_SECRET: password,
      HOME: folder,
    };
    return await measureUploads({
      store: 'Swift',
      commandsOf: (dist) => commandsOf(dist, peers),
      environment,
      folder,
      quick,
    });
  } finally {
    await swift[Symbol.asyncDispose]();
  }
}

/** Both write the index, and leave alone who may read the container. */
function commandsOf(dist, peers) {
  const options = ['--local-folder', dist, '--max-workers', workers, '--no-enable-cdn'];
  const commands = {
    ours: (container) => [
      ...[process.execPath, executable, 'upload', `swift://${container}`, ...options, '--quiet'],
    ],
  };
  if (peers.original !== undefined)
    commands.original = (container) => [
      ...[peers.original, originalOnSwift, 'upload', container, ...options],
      ...['--provider-name', 'OPENSTACK_SWIFT', '--region', ''],
    ];
  return commands;
}
