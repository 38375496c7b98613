// Upload to one S3 (VersityGW, on this machine), against rclone, s5cmd and the AWS command line; four workers each.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { executable, timeOurs } from '../measure.js';
import { measureUploads, workers } from '../uploads.js';

const keys = { access: 'bench-access', secret: 'bench-secret', region: 'us-east-1' };

export async function measureStores({ folder, quick, peers }) {
  if (peers.versitygw === undefined) return [];
  const server = await startServer(peers.versitygw, join(folder, 'store'));
  try {
    return await measureUploads({
      store: 'S3',
      commandsOf: (dist) => commandsOf(server, dist, peers),
      environment: server.environment,
      folder,
      quick,
    });
  } finally {
    server.stop();
  }
}

/**
 * How each contender copies the folder into a bucket that it makes. Ours writes a record and a sidecar for each wheel,
 * and the index; so rclone runs once more with all of these, as a folder container has them.
 */
async function commandsOf({ endpoint }, dist, peers) {
  const commands = {
    ours: (bucket) => [
      ...[process.execPath, executable, 'upload', `s3://${bucket}`, '--local-folder', dist],
      ...['--endpoint', endpoint, '--max-workers', workers, '--quiet'],
    ],
  };
  if (peers.rclone !== undefined) {
    const copy = (folder) => (bucket) => [
      ...[peers.rclone, 'copy', folder, `:s3,provider=Other,env_auth,endpoint='${endpoint}':${bucket}`],
      ...['--transfers', workers, '--config', '/dev/null'],
    ];
    const wheelhouse = `${dist}-wheelhouse`;
    await timeOurs(['upload', wheelhouse, '--local-folder', dist, '--quiet']);
    commands.rclone = copy(dist);
    commands['rclone, the same objects'] = copy(wheelhouse);
  }
  if (peers.s5cmd !== undefined) {
    const script = `"$0" --endpoint-url "$1" mb "s3://$2" && exec "$0" --endpoint-url "$1" --numworkers "$3" cp "$4/*" "s3://$2/"`;
    commands.s5cmd = (bucket) => ['sh', '-c', script, peers.s5cmd, endpoint, bucket, workers, dist];
  }
  if (peers.aws !== undefined) {
    const script = `"$0" --endpoint-url "$1" s3 mb "s3://$2" && exec "$0" --endpoint-url "$1" s3 cp --recursive --only-show-errors "$3" "s3://$2/"`;
    commands.aws = (bucket) => ['sh', '-c', script, peers.aws, endpoint, bucket, dist];
  }
  return commands;
}

async function startServer(program, folder) {
  mkdirSync(folder, { recursive: true });
  const port = await findFreePort();
  const address = `127.0.0.1:${port}`;
  const account = ['--access', keys.access, '--secret', keys.secret, '--region', keys.region];
  const child = spawn(program, [...account, '--port', address, '--quiet', '--keep-alive', 'posix', folder]);
  for (let tries = 0; ; tries += 1) {
    const up = await fetch(`http://${address}/`).catch(() => undefined);
    if (up !== undefined) break;
    if (tries > 100 || child.exitCode !== null) throw new Error(`${program} does not start`);
    await sleep(100);
  }
  const environment = {
    AWS_ACCESS_KEY_ID: keys.access,
    AWS_SECRET_ACCESS_KEY: keys.secret,
    AWS_REGION: keys.region,
    AWS_DEFAULT_REGION: keys.region,
    HOME: folder,
  };
  return { endpoint: `http://${address}`, environment, stop: () => child.kill() };
}

async function findFreePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
