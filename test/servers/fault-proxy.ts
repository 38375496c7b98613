import { Agent, request as sendRequest } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen, readBody, type RunningServer } from './listen.ts';

/** What goes wrong with one request. */
export type Fault =
  /** Answered by the proxy: the server never hears of it. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Half of the request's body reaches the server, then both connections are reset. */
  | { readonly kind: 'reset-request' }
  /** Half of the answer's body reaches the client, then its connection is reset. */
  | { readonly kind: 'reset-answer' }
  /** Half of the answer's body reaches the client, as if it were all. */
  | { readonly kind: 'cut-answer' }
  /** The server does what it was asked, and the client never hears of it. */
  | { readonly kind: 'lose-answer' }
  /** Nobody says anything. */
  | { readonly kind: 'silence' };

export interface ProxiedRequest {
  /** From 1. */
  readonly n: number;
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  /** The server's status; undefined while there is none, or when it was never asked. */
  status?: number;
  readonly fault?: Fault['kind'];
}

export interface FaultProxy extends RunningServer {
  readonly requests: ProxiedRequest[];
}

/** Stands between a client and an HTTP server, passes on what comes, and misbehaves where it is told to. */
export async function startFaultProxy(
  upstream: string,
  misbehave: (request: { n: number; method: string; url: string }) => Fault | undefined = () => undefined,
): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  const requests: ProxiedRequest[] = [];
  const server = await listen(async (request, response) => {
    const { method = 'GET', url = '/' } = request;
    const n = requests.length + 1;
    const seen: ProxiedRequest = { n, method, url };
    requests.push(seen);
    const fault = misbehave(seen);
    if (fault !== undefined) requests[n - 1] = { ...seen, fault: fault.kind };
    const body = await readBody(request);
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'status') {
      answerItself(fault, method, response);
      return;
    }
    const answer = await ask(upstream, agent, request, body, fault?.kind === 'reset-request');
    if (answer === undefined) return void response.destroy();
    requests[n - 1]!.status = answer.statusCode ?? 0;
    const bytes = await readBody(answer);
    if (fault?.kind === 'lose-answer') return void response.destroy();
    relay(answer, bytes, fault?.kind, response);
  });
  return {
    ...server,
    requests,
    async [Symbol.asyncDispose]() {
      agent.destroy();
      await server[Symbol.asyncDispose]();
    },
  };
}

function answerItself(
  { status, body = '', headers }: Fault & { kind: 'status' },
  method: string,
  response: ServerResponse,
): void {
  response.writeHead(status, { 'content-type': 'application/xml', ...headers });
  response.end(method === 'HEAD' ? undefined : body);
}

/** Sends a request on as it is, host included, since that is signed; undefined when it was cut off. */
function ask(
  upstream: string,
  agent: Agent,
  request: IncomingMessage,
  body: Buffer,
  cut: boolean,
): Promise<IncomingMessage | undefined> {
  const { hostname, port } = new URL(upstream);
  return new Promise((resolve, reject) => {
    const headers = { ...request.headers };
    delete headers.expect; // the whole body is here already
    const sent = sendRequest({
      agent,
      hostname,
      port,
      method: request.method,
      path: request.url,
      headers,
      setHost: false,
    });
    sent.on('response', resolve);
    sent.on('error', (error) => (cut ? resolve(undefined) : reject(error)));
    if (!cut) return void sent.end(body);
    // A server that keeps what has come must have had the time to get it.
    sent.write(body.subarray(0, Math.ceil(body.length / 2)), () => setTimeout(() => sent.destroy(), 50));
  });
}

function relay(
  answer: IncomingMessage,
  bytes: Buffer,
  fault: Fault['kind'] | undefined,
  response: ServerResponse,
): void {
  const half = bytes.subarray(0, Math.floor(bytes.length / 2));
  const headers = { ...answer.headers };
  delete headers['transfer-encoding'];
  if (answer.headers['content-length'] === undefined || fault === 'cut-answer')
    headers['content-length'] = String(fault === 'cut-answer' ? half.length : bytes.length);
  response.writeHead(answer.statusCode ?? 502, headers);
  if (fault === 'reset-answer')
    return void response.write(half, () => setTimeout(() => response.destroy(), 20));
  response.end(fault === 'cut-answer' ? half : bytes);
}
