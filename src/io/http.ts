import type { Readable } from 'node:stream';
import { WheelhouseError } from '../model/errors.ts';
import { maskOf, printableUrl, Secret, type Credentials } from '../model/secret.ts';
import { discardBody, readText } from './http-body.ts';
import { authorizationOf, liftCredentials, maskCredentials } from './http-credentials.ts';
import { createDispatcher, type ConnectionOptions } from './http-dispatcher.ts';
import { exchange, type Answer, type Exchange } from './http-exchange.ts';
import { followRedirect, type Hop, type RedirectPolicy } from './http-redirect.ts';
import { proxySecrets } from './proxies.ts';

export { liftCredentials } from './http-credentials.ts';
export { statusError } from './http-errors.ts';

export interface HttpOptions extends ConnectionOptions {
  readonly userAgent?: string | undefined;
  /** From the last byte sent to the answer's headers. Default 60 000. */
  readonly headersTimeoutMs?: number | undefined;
  /** For how long an answer's body may stall. Default 60 000. */
  readonly bodyTimeoutMs?: number | undefined;
}

interface HttpRequest {
  readonly url: URL | string;
  /** Default `GET`. */
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** A stream needs `contentLength`, and fails if it yields another number of bytes. */
  readonly body?: Readable | Buffer | string | undefined;
  readonly contentLength?: number | undefined;
  /** Sent to this URL's origin only, in a redirect to another origin never. */
  readonly credentials?: Credentials | undefined;
  /** What else of the request is a secret, beside its credentials: masked in a refusal that repeats it. */
  readonly secrets?: readonly Secret[] | undefined;
  /** Default: `follow` (at most 10 times) for GET and HEAD, `manual` for the rest. */
  readonly redirect?: RedirectPolicy | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly headersTimeoutMs?: number | undefined;
  readonly bodyTimeoutMs?: number | undefined;
}

export interface HttpResponse {
  readonly status: number;
  readonly statusText: string;
  /** Names in any case; several values of one name come joined by commas. */
  readonly headers: { get(name: string): string | undefined };
  /** After redirects. */
  readonly url: URL;
  /** The bytes as they were sent, still encoded if the server encoded them. Fails with `TRUNCATED` or `TIMEOUT`. */
  readonly body: Readable;
  /** The decoded text; throws `TOO_LARGE` beyond `maxBytes` of it. */
  text(maxBytes: number): Promise<string>;
  /** Call it when the body is not wanted. */
  discard(): Promise<void>;
}

export interface HttpClient {
  /**
   * Makes one attempt and returns its answer, whatever the status. Throws `NETWORK`, `TIMEOUT`, `TRUNCATED`,
   * `REDIRECTED` (a redirect that must not be followed) or `ABORTED`.
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Ends all connections at once. */
  close(): Promise<void>;
}

const mostRedirects = 10;

/** A client that keeps its connections alive; close it. Throws `CONFIG` for a bad proxy or authority. */
export function createHttp(options: HttpOptions = {}): HttpClient {
  const dispatcher = createDispatcher(options);
  const ofProxies = proxySecrets(options.environment);
  const { userAgent = 'wheelhouse-uploader', headersTimeoutMs = 60_000, bodyTimeoutMs = 60_000 } = options;
  return {
    async request(request) {
      const policy = request.redirect ?? (isRead(request) ? 'follow' : 'manual');
      let hop = firstHop(request, userAgent);
      for (let hops = 0; ; hops++) {
        const answer = await exchange(dispatcher, {
          headersTimeoutMs: request.headersTimeoutMs ?? headersTimeoutMs,
          bodyTimeoutMs: request.bodyTimeoutMs ?? bodyTimeoutMs,
          ...onTheWire(hop),
          body: request.body,
          signal: request.signal,
        });
        const next = nextHop(hop, answer, policy);
        if (next === undefined) return toResponse(answer, hop, [...(request.secrets ?? []), ...ofProxies]);
        await discardBody(answer.body);
        if (hops >= mostRedirects)
          throw new WheelhouseError(
            'REDIRECTED',
            `${printableUrl(request.url)} was redirected more than ${mostRedirects} times`,
          );
        hop = next;
      }
    },
    close: () => dispatcher.destroy(new WheelhouseError('ABORTED', 'the connections were closed')),
  };
}

function isRead({ method = 'GET' }: HttpRequest): boolean {
  return /^(?:get|head)$/i.test(method);
}

function firstHop(request: HttpRequest, userAgent: string): Hop {
  const { url, credentials = request.credentials } = liftCredentials(request.url);
  const headers: Record<string, string> = { 'user-agent': userAgent, 'accept-encoding': 'identity' };
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  if (request.contentLength !== undefined) headers['content-length'] = String(request.contentLength);
  else if (typeof request.body === 'object' && !Buffer.isBuffer(request.body))
    throw new TypeError('a body that is a stream needs its contentLength');
  return {
    url,
    method: (request.method ?? 'GET').toUpperCase(),
    headers,
    credentials: request.credentials ?? credentials,
    confidential: credentials !== undefined,
  };
}

function onTheWire({ url, method, headers, credentials }: Hop): Pick<Exchange, 'url' | 'method' | 'headers'> {
  if (credentials === undefined) return { url, method, headers };
  return { url, method, headers: { ...headers, authorization: authorizationOf(credentials) } };
}

function nextHop(hop: Hop, answer: Answer, policy: RedirectPolicy): Hop | undefined {
  try {
    return followRedirect(hop, { status: answer.status, location: valueOf(answer, 'location') }, policy);
  } catch (thrown) {
    answer.body.destroy();
    throw thrown;
  }
}

function valueOf({ headers }: Answer, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(', ') : value;
}

/** The token of those who write the header themselves, as the libraries of clouds do. */
function tokenIn({ authorization }: Hop['headers']): Secret[] {
  return authorization === undefined ? [] : [new Secret(authorization.replace(/^\w+ /, ''))];
}

function toResponse(answer: Answer, hop: Hop, secrets: readonly Secret[]): HttpResponse {
  const { status, body } = answer;
  const get = (name: string) => valueOf(answer, name);
  // A server or a proxy may repeat what it was sent.
  const maskOthers = maskOf([...secrets, ...tokenIn(hop.headers)]);
  const mask = (said: string) => maskOthers(maskCredentials(said, hop.credentials));
  return {
    status,
    statusText: mask(answer.statusText),
    headers: { get },
    url: hop.url,
    body,
    text: async (maxBytes) => {
      const text = await readText(body, maxBytes, {
        contentType: get('content-type'),
        contentEncoding: get('content-encoding'),
        what: printableUrl(hop.url),
      });
      return status < 400 ? text : mask(text);
    },
    discard: () => discardBody(body),
  };
}
