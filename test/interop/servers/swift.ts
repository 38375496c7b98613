import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { listen, readBody } from '../../servers/listen.ts';
import { answerLogin, type Account } from '../../servers/identity-rules.ts';
import { findFreePort } from '../background.ts';

/** A running OpenStack Swift, behind TempAuth and behind Keystone's interface. */
export interface Swift extends AsyncDisposable {
  /** Of TempAuth. */
  readonly v1Url: string;
  /** Of an endpoint that speaks Identity v3 and v2.0 and gets its tokens from TempAuth. */
  readonly keystoneUrl: string;
  readonly account: Account;
}

const account: Account = {
  project: 'test',
  username: 'tester',
  password: 'testing',
  credential: { id: 'cred-1', secret: 'app-secret' },
};

/** Every kind of server that a Swift of one machine has, and the ring that tells the proxy where it is. */
const rings = ['account', 'container', 'object'] as const;

/** Starts the four servers of Debian's packages, memcached, and the identity endpoint, in a folder that goes with them. */
export async function startSwift(): Promise<Swift> {
  const folder = mkdtempSync(join(tmpdir(), 'wheelhouse-swift-'));
  const user = userInfo().username;
  const running: ChildProcess[] = [];
  const start = (file: string, ...args: string[]) => {
    running.push(spawn(file, args, { stdio: 'ignore', detached: false }));
  };
  const stop = async () => {
    await Promise.all(running.map((child) => end(child)));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    mkdirSync(join(folder, 'devices', 'd1'), { recursive: true });
    for (const ring of rings) {
      const port = await findFreePort();
      buildRing(folder, ring, port);
      writeFileSync(join(folder, `${ring}.conf`), storageConf(folder, ring, port, user));
      start(`swift-${ring}-server`, join(folder, `${ring}.conf`));
    }
    const memcachePort = await findFreePort();
    start('memcached', '-l', '127.0.0.1', '-p', String(memcachePort), '-u', user, '-m', '64');
    const proxyPort = await findFreePort();
    writeFileSync(join(folder, 'proxy.conf'), proxyConf(folder, proxyPort, memcachePort, user));
    start('swift-proxy-server', join(folder, 'proxy.conf'));

    const v1Url = `http://127.0.0.1:${proxyPort}/auth/v1.0`;
    await waitFor(() => logIn(v1Url));
    const keystone = await startKeystone(v1Url);
    return {
      v1Url,
      keystoneUrl: `${keystone.origin}/v3`,
      account,
      async [Symbol.asyncDispose]() {
        await keystone[Symbol.asyncDispose]();
        await stop();
      },
    };
  } catch (thrown) {
    await stop();
    throw thrown;
  }
}

/** Identity v3 in front of TempAuth, whose tokens it gives out. */
function startKeystone(v1Url: string) {
  return listen(async (request, response) => {
    const body = await readBody(request);
    const known = await answerLogin(request, response, body, { account, grant: () => logIn(v1Url) });
    if (!known) response.writeHead(404).end();
  });
}

async function logIn(v1Url: string): Promise<{ token: string; storageUrl: string; expires: Date }> {
  const answer = await fetch(v1Url, {
    headers: { 'x-auth-user': `${account.project}:${account.username}`, 'x-auth-key': account.password },
  });
  const token = answer.headers.get('x-auth-token');
  const storageUrl = answer.headers.get('x-storage-url');
  if (token === null || storageUrl === null) throw new Error(`TempAuth answers ${answer.status}`);
  const seconds = Number(answer.headers.get('x-auth-token-expires') ?? 3600);
  return { token, storageUrl, expires: new Date(Date.now() + seconds * 1000) };
}

function buildRing(folder: string, ring: string, port: number): void {
  const builder = join(folder, `${ring}.builder`);
  const run = (...args: string[]) =>
    execFileSync('swift-ring-builder', [builder, ...args], { stdio: 'pipe' });
  run('create', '2', '1', '0');
  const at = ['--region', '1', '--zone', '1', '--ip', '127.0.0.1', '--port', String(port)];
  run('add', ...at, '--device', 'd1', '--weight', '1');
  run('rebalance');
}

/** On a busy machine half a second is soon over: a container would miss an object for good, an upload would get 503. */
const patience = `conn_timeout = 10
node_timeout = 60`;

function storageConf(folder: string, ring: string, port: number, user: string): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${user}
swift_dir = ${folder}
devices = ${join(folder, 'devices')}
mount_check = false
disable_fallocate = true
[pipeline:main]
pipeline = ${ring}-server
[app:${ring}-server]
use = egg:swift#${ring}
# Nobody reads its log, and a page that was read is soon read again.
log_requests = false
keep_cache_private = true
${patience}
`;
}

function proxyConf(folder: string, port: number, memcachePort: number, user: string): string {
  return `[DEFAULT]
bind_ip = 127.0.0.1
bind_port = ${port}
workers = 0
user = ${user}
swift_dir = ${folder}
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk tempauth staticweb slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
${patience}
error_suppression_limit = 1000000
[filter:tempauth]
use = egg:swift#tempauth
user_${account.project}_${account.username} = ${account.password} .admin
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:${memcachePort}
# On a busy machine a third of a second is soon over, and a server that has been late ten times is shunned for a minute.
connect_timeout = 10
io_timeout = 10
error_suppression_limit = 1000000
${['catch_errors', 'gatekeeper', 'healthcheck', 'listing_formats', 'bulk', 'staticweb', 'slo', 'dlo']
  .map((name) => `[filter:${name}]\nuse = egg:swift#${name}\n`)
  .join('')}`;
}

async function waitFor(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (thrown) {
      if (Date.now() > deadline) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGTERM');
  await ended;
}
