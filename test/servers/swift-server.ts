import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { answerLogin, type Account } from './identity-rules.ts';
import { listen, readBody } from './listen.ts';
import { html, SwiftState, type Call, type Names, type Reply, type SwiftRules } from './swift-rules.ts';

export interface SwiftServerOptions extends Partial<SwiftRules> {
  readonly regions?: readonly string[];
  /** For how long a token is good. Default: 3600. */
  readonly tokenSeconds?: number;
}

/** What goes wrong instead of, or around, an answer. */
export type Fault =
  | Reply
  | 'reset' // the connection is cut before an answer
  | 'lose-answer' // it is done, and then the connection is cut
  | 'stall' // nothing more is ever heard
  | 'truncate' // half of the body comes
  | 'headers-only' // nothing of the body comes
  | 'stall-half-way' // half of the body comes, and then nothing more
  | 'trickle' // the body comes in twelve pieces, a tenth of a second apart
  | 'hang-up-early' // a 401 is sent before the body has been read, and the connection cut
  | 'cut' // the connection breaks while the body is on its way
  | 'damage'; // one byte of what was sent arrives changed

export interface Seen {
  readonly method: string;
  /** As it came, still encoded. */
  readonly path: string;
  readonly query: string;
  readonly headers: Names;
}

export const account: Account = {
  project: 'numpy',
  username: 'ci',
  password: 'pass word',
  apiKey: 'a-key',
  credential: { id: 'cred-1', secret: 'app-secret' },
};

/** An object store in the manner of Swift, with Keystone, TempAuth and Rackspace's CDN before it. */
export async function startSwiftServer(options: SwiftServerOptions = {}) {
  const state = new SwiftState(options);
  const seen: Seen[] = [];
  const tokens = new Set<string>();
  const cdn = new Map<string, Names>();
  let logins = 0;
  const controls: { fault: (request: Seen) => Fault | undefined } = { fault: () => undefined };

  const grant = () => {
    const token = `token-${++logins}`;
    tokens.add(token);
    return {
      token,
      expires: new Date(Date.now() + (options.tokenSeconds ?? 3600) * 1000),
      storageUrl: `${server.origin}/v1/AUTH_numpy`,
      cdnUrl: `${server.origin}/cdn/v1/AUTH_numpy`,
    };
  };

  const server = await listen(async (request, response) => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    const headers = singleValues(request);
    const heard: Seen = { method: request.method ?? '', path, query, headers };
    seen.push(heard);
    const fault = controls.fault(heard);
    if (fault === 'stall') return;
    if (fault === 'reset') {
      request.socket.destroy();
      return;
    }
    if (fault === 'cut') {
      request.once('data', () => request.socket.destroy());
      return;
    }
    if (fault === 'hang-up-early') {
      hangUp(request, response);
      return;
    }
    const body = await readBody(request);
    if (fault === 'damage' && body.length > 0) body[0] = (body[0] ?? 0) ^ 1;
    if (typeof fault === 'object') {
      reply(response, heard, fault);
      return;
    }
    if (path === '/auth/v1.0') {
      answerV1(headers, response, grant);
      return;
    }
    if (fault === 'stall-half-way' && path.endsWith('/tokens')) {
      response.writeHead(201, { 'content-length': '1000' }).write('{"token"');
      return;
    }
    if (await answerLogin(request, response, body, { account, ...options, grant })) return;
    const answer = serve(heard, body);
    if (fault === 'lose-answer') request.socket.destroy();
    else reply(response, heard, answer, fault);
  });

  function serve(heard: Seen, body: Buffer): Reply {
    // /v1/AUTH_…/container/key, and the same below /cdn.
    const isCdn = heard.path.startsWith('/cdn/');
    const [, , , rawContainer = '', ...rest] = heard.path.slice(isCdn ? '/cdn'.length : 0).split('/');
    const container = decodeURIComponent(rawContainer);
    const key = rest.map(decodeURIComponent).join('/');
    const call: Call = { ...heard, container, key, query: new URLSearchParams(heard.query), body };
    if (!tokens.has(heard.headers['x-auth-token'] ?? '') && !isOpen(call))
      return html(401, 'This server could not verify that you are authorized.');
    return isCdn ? serveCdn(call) : state.answer(call);
  }

  /** Anyone may read what `.r:*` opens. */
  function isOpen({ method, container }: Call): boolean {
    const readers = state.containers.get(container)?.headers['x-container-read'] ?? '';
    return (method === 'GET' || method === 'HEAD') && readers.split(',').includes('.r:*');
  }

  /** https://docs-ospc.rackspace.com/cloud-files/v1/cdn-api-reference/cdn-container-services-operations/ */
  function serveCdn({ method, container, headers }: Call): Reply {
    const there = cdn.get(container);
    if (method === 'HEAD') return there === undefined ? { status: 404 } : { status: 204, headers: there };
    if (method !== 'PUT') return html(405, 'Method not allowed');
    if (Number(headers['x-ttl']) < 900) return html(400, 'The TTL must be at least 900 seconds');
    cdn.set(container, {
      'x-cdn-enabled': headers['x-cdn-enabled'] ?? 'True',
      'x-ttl': headers['x-ttl'] ?? '259200',
      'x-cdn-uri': 'http://abc.r1.cf1.rackcdn.example',
      'x-cdn-ssl-uri': 'https://abc.ssl.cf1.rackcdn.example',
    });
    return { status: there === undefined ? 201 : 202 };
  }

  return {
    ...server,
    state,
    seen,
    cdn,
    controls,
    /** As when a token is revoked: it is refused from now on. */
    revokeTokens: () => tokens.clear(),
    logins: () => logins,
    objects: (container: string) => state.containers.get(container)?.objects ?? new Map<string, never>(),
  };
}

export type SwiftServer = Awaited<ReturnType<typeof startSwiftServer>>;

/** TempAuth and Swift v1 (https://docs.openstack.org/swift/latest/overview_auth.html). */
function answerV1(
  headers: Names,
  response: ServerResponse,
  grant: () => { token: string; storageUrl: string; expires: Date },
): void {
  const known = headers['x-auth-user'] === `${account.project}:${account.username}`;
  if (!known || headers['x-auth-key'] !== account.password) return void response.writeHead(401).end();
  const { token, storageUrl, expires } = grant();
  const seconds = Math.round((expires.getTime() - Date.now()) / 1000);
  response.writeHead(200, {
    'x-auth-token': token,
    'x-storage-token': token,
    'x-storage-url': storageUrl,
    'x-auth-token-expires': String(seconds),
  });
  response.end();
}

function reply(
  response: ServerResponse,
  { method }: Seen,
  { status, headers = {}, body = '' }: Reply,
  fault?: Fault,
): void {
  const bytes = Buffer.from(body);
  const length = status === 204 ? {} : { 'content-length': String(bytes.length) };
  response.writeHead(status, { ...length, ...headers });
  if (method === 'HEAD' || status === 204) return void response.end();
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  if (fault === 'headers-only') {
    response.flushHeaders();
    setTimeout(() => response.destroy(), 50);
  } else if (fault === 'stall-half-way') response.write(half);
  else if (fault === 'truncate') response.write(half, () => response.destroy());
  else if (fault === 'trickle') void trickle(response, bytes);
  else response.end(bytes);
}

async function trickle(response: ServerResponse, bytes: Buffer): Promise<void> {
  const piece = Math.ceil(bytes.length / 12);
  for (let start = 0; start < bytes.length; start += piece) {
    await delay(100);
    response.write(bytes.subarray(start, start + piece));
  }
  response.end();
}

/** As a proxy does that refuses a token: it need not read gigabytes first. */
function hangUp(request: IncomingMessage, response: ServerResponse): void {
  request.once('data', () => {
    response.writeHead(401, { connection: 'close' }).end();
    request.socket.destroy();
  });
}

function singleValues({ headers }: IncomingMessage): Names {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
