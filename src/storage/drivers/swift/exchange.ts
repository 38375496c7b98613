import { PassThrough, type Readable } from 'node:stream';
import { WheelhouseError } from '../../../model/errors.ts';
import { maskSecrets, type Secret } from '../../../model/secret.ts';
import { abortError } from '../../../io/abort.ts';
import { reasonIn, Refused, type Headers } from './failure.ts';
import type { PkgcloudClient } from './pkgcloud.ts';
import { quietly } from './quietly.ts';

export interface SwiftRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Which pkgcloud sends along, and a refusal may repeat. */
  readonly token: Secret;
  /** Opens the bytes to send; its headers announce their number. */
  readonly body?: () => Readable;
}

export interface SwiftAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** To be read or destroyed. */
  readonly body: Readable;
}

export interface ExchangeLimits {
  /** Until there is a connection. */
  readonly connectTimeoutMs: number;
  /** How long no byte may move, either way. */
  readonly idleTimeoutMs: number;
}

/** Of an answer that is no success: its body is read for a reason, no further and no longer. */
const mostReasonBytes = 64 * 1024;

/**
 * Sends one request through pkgcloud, and gives the answer if it is a 2xx; others throw {@link Refused}.
 *
 * It goes in one level below pkgcloud's `upload()`, `download()` and `getFiles()`. Those do not let go of the request,
 * so that it could not be aborted; take a 408, 412, 429 or 502 for success and a 404 page for the object; and never
 * call back for a listing that is no array.
 */
export async function exchange(
  client: PkgcloudClient,
  request: SwiftRequest,
  limits: ExchangeLimits,
  signal: AbortSignal | undefined,
): Promise<SwiftAnswer> {
  const answer = await send(client, request, limits, signal);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw new Refused(answer.status, answer.headers, await readReason(answer.body, request.token));
}

function send(
  client: PkgcloudClient,
  { method, url, headers = {}, body: openBody }: SwiftRequest,
  { connectTimeoutMs, idleTimeoutMs }: ExchangeLimits,
  signal: AbortSignal | undefined,
): Promise<SwiftAnswer> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) throw abortError(signal);
    // Unauthorized, it would log in by itself, and feed what it is sent back into itself meanwhile.
    if (!client._isAuthorized()) throw new TypeError('a request before the login');
    // What pkgcloud shows to whoever completes the request is its path, not its address.
    const outgoing = quietly(() => client._request({ method, uri: url, path: url, headers: { ...headers } }));
    const { host } = new URL(url);
    const incoming = new PassThrough();
    let sent: Readable | undefined;
    let over = false;

    const idle = setTimeout(() => {
      // A reader that takes its time is not the server's fault.
      if (incoming.readableLength > 0) return void idle.refresh();
      fail(new WheelhouseError('TIMEOUT', `${host} moved no byte for ${idleTimeoutMs / 1000} s`));
    }, idleTimeoutMs);
    let connecting: NodeJS.Timeout | undefined;
    const touch = () => idle.refresh();
    const end = () => {
      over = true;
      clearTimeout(idle);
      clearTimeout(connecting);
      signal?.removeEventListener('abort', abort);
      sent?.destroy();
    };
    // May be called twice, as errors come twice.
    const fail = (thrown: unknown) => {
      if (over) return;
      end();
      outgoing.abort();
      const error = asError(thrown);
      incoming.destroy(error);
      reject(error);
    };
    const abort = () => signal !== undefined && fail(abortError(signal));
    signal?.addEventListener('abort', abort, { once: true });

    outgoing.on('error', fail);
    outgoing.on('socket', (socket) => {
      if (!socket.connecting) return;
      connecting = setTimeout(
        () =>
          fail(
            new WheelhouseError('TIMEOUT', `no connection to ${host} within ${connectTimeoutMs / 1000} s`),
          ),
        connectTimeoutMs,
      );
      socket.once('connect', () => clearTimeout(connecting));
    });
    outgoing.on('response', (response) => {
      touch();
      outgoing.pipe(incoming);
      response.on('data', touch);
      const { statusCode = 0, headers: received } = response;
      resolve({ status: statusCode, headers: singleValues(received), body: incoming });
    });
    // However the answer ends, nothing of the exchange is left: a reader that stops early hangs up.
    incoming.on('error', () => undefined);
    incoming.once('close', () => {
      if (over) return;
      const done = incoming.readableEnded && (sent === undefined || sent.readableEnded);
      end();
      if (!done) outgoing.abort();
    });
    if (openBody !== undefined) {
      sent = openBody();
      sent.on('error', fail);
      sent.on('data', touch);
      sent.pipe(outgoing);
    }
  });
}

function singleValues(headers: NodeJS.Dict<string | string[]>): Headers {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
}

/** What the body says; that it cannot be read does not hide the status. */
async function readReason(body: Readable, token: Secret): Promise<string> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > mostReasonBytes) break;
    }
  } catch {
    // What came of it will do.
  }
  return reasonIn(maskSecrets(Buffer.concat(chunks).toString('utf8'), [token]));
}

/** pkgcloud's errors may be plain objects. */
function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  if (typeof thrown !== 'object' || thrown === null) return new Error(String(thrown));
  return Object.assign(new Error('unknown'), thrown);
}
