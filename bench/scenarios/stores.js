// Upload to one S3 (VersityGW, on this machine), against rclone, s5cmd and the AWS command line; four workers each.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeWheel } from '../../demo/distributions.js';
import { executable, measure, timeCommand } from '../measure.js';

const keys = { access: 'bench-access', secret: 'bench-secret', region: 'us-east-1' };
const workers = '4';

export async function measureStores({ folder, quick, peers }) {
  if (peers.versitygw === undefined) return [];
  const server = await startServer(peers.versitygw, join(folder, 'store'));
  const rows = [];
  try {
    for (const { count, sizeMb } of quick ? [{ count: 20, sizeMb: 1 }] : sizes) {
      const dist = join(folder, `dist-${count}x${sizeMb}`);
      mkdirSync(dist, { recursive: true });
      for (let number = 0; number < count; number += 1) {
        const payload = randomBytes(sizeMb * 1024 * 1024);
        const { filename, bytes } = makeWheel('bench-stores', `1.${number}`, 'any', payload);
        writeFileSync(join(dist, filename), bytes);
      }
      rows.push(...(await compare(server, dist, `${count} × ${sizeMb} MB`, quick ? 1 : 5, peers)));
    }
  } finally {
    server.stop();
  }
  return rows;
}

const sizes = [
  { count: 200, sizeMb: 1 },
  { count: 8, sizeMb: 100 },
];

/** A row for the wall time, and one for the processor time. */
async function compare(server, dist, what, rounds, peers) {
  const cpu = {};
  const contenders = Object.fromEntries(
    Object.entries(commandsOf(server, dist, peers)).map(([name, command]) => [
      name,
      async (round) => {
        const bucket = `bench-${name}-${randomBytes(4).toString('hex')}`;
        const { elapsedMs, cpuMs } = await timeWithCpu(command(bucket), server.environment);
        if (round > 0) (cpu[name] ??= []).push(cpuMs);
        return elapsedMs;
      },
    ]),
  );
  const times = await measure(contenders, rounds);
  const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  const cpuTimes = Object.fromEntries(Object.entries(cpu).map(([name, values]) => [name, middle(values)]));
  return [
    { what: `S3, ${what}`, times },
    { what: `S3, ${what}: processor time`, times: cpuTimes },
  ];
}

/** How each contender copies the folder into a bucket that it makes. Ours writes the index too. */
function commandsOf({ endpoint }, dist, peers) {
  const commands = {
    ours: (bucket) => [
      ...[process.execPath, executable, 'upload', `s3://${bucket}`, '--local-folder', dist],
      ...['--endpoint', endpoint, '--max-workers', workers, '--quiet'],
    ],
  };
  if (peers.rclone !== undefined)
    commands.rclone = (bucket) => [
      ...[peers.rclone, 'copy', dist, `:s3,provider=Other,env_auth,endpoint='${endpoint}':${bucket}`],
      ...['--transfers', workers, '--config', '/dev/null'],
    ];
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

/** The shell's `times` tells what its children have used; its last line is theirs, user and system. */
async function timeWithCpu(command, environment) {
  let output = '';
  const shell = ['-c', '"$@" && times', 'sh', ...command];
  const elapsedMs = await timeCommand('sh', shell, { environment, onOutput: (text) => (output += text) });
  const [user = 0, system = 0] = [
    ...output
      .trimEnd()
      .split('\n')
      .at(-1)
      .matchAll(/(\d+)m([\d.]+)s/g),
  ].map(([, minutes, seconds]) => Number(minutes) * 60_000 + Number(seconds) * 1000);
  return { elapsedMs, cpuMs: user + system };
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
