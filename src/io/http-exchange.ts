import { finished, PassThrough, Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { toWheelhouseError, type WheelhouseError } from '../model/errors.ts';
import { abortError } from './abort.ts';
import { ResponseBody } from './http-body.ts';
import { networkError } from './http-errors.ts';

/** One request on the wire. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Readable | Buffer | string | undefined;
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Its answer, as soon as the headers are there. */
export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: ResponseBody;
}

/**
 * Sends one request and resolves with whatever is answered. Every fault is a {@link WheelhouseError}: before the
 * headers it rejects, after them it destroys the body. An abort ends either at once, connected or not.
 */
export function exchange(dispatcher: Dispatcher, request: Exchange): Promise<Answer> {
  const { url, signal } = request;
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined;
    let body: ResponseBody | undefined;
    let failure: WheelhouseError | undefined;
    let announcedBytes: number | undefined;

    const end = () => signal?.removeEventListener('abort', abort);
    const fail = (thrown: unknown) => {
      if (failure !== undefined) return;
      const { headersTimeoutMs } = request;
      const receivedBytes = body?.receivedBytes ?? 0;
      failure = networkError(thrown, {
        url,
        answered: body !== undefined,
        receivedBytes,
        announcedBytes,
        headersTimeoutMs,
      });
      end();
      reject(failure);
      body?.destroy(failure);
      if (controller?.aborted === false) controller.abort(failure);
      if (isStream(source)) source.destroy();
    };
    const abort = () => fail(signal === undefined ? undefined : abortError(signal));

    const source = isStream(request.body) ? relay(request.body, url, fail) : (request.body ?? null);
    if (signal?.aborted === true) {
      abort();
      return;
    }
    signal?.addEventListener('abort', abort, { once: true });

    const handler: Dispatcher.DispatchHandler = {
      onRequestStart(started) {
        controller = started;
        if (failure !== undefined) started.abort(failure);
      },
      onResponseStart(started, status, headers, statusText = '') {
        if (status < 200 || failure !== undefined) return;
        const length = headers['content-length'];
        announcedBytes = typeof length === 'string' ? Number(length) : undefined;
        body = new ResponseBody(started, url.host, request.bodyTimeoutMs);
        body.once('close', end);
        // A body that nobody reads yet may fail: that must not end the process.
        body.on('error', () => undefined);
        resolve({ status, statusText, headers, body });
      },
      onResponseData: (_, chunk) => body?.receive(chunk),
      onResponseEnd: () => body?.finish(),
      onResponseError: (_, error) => fail(error),
    };
    try {
      dispatcher.dispatch(
        {
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: request.method,
          headers: { ...request.headers },
          body: source,
          headersTimeout: request.headersTimeoutMs,
          bodyTimeout: 0, // the body keeps watch over itself
        },
        handler,
      );
    } catch (thrown) {
      fail(thrown);
    }
  });
}

/**
 * A body for the wire that can be ended by it without a word to its source: only so can a fault of the file, which
 * is final, be told from one of the network, which is worth another attempt.
 */
function relay(source: Readable, url: URL, fail: (error: WheelhouseError) => void): Readable {
  const relayed = source.pipe(new PassThrough());
  let abandoned = false;
  relayed.once('close', () => {
    abandoned = true;
    source.destroy();
  });
  finished(source, (thrown) => {
    if (abandoned || thrown === null || thrown === undefined) return;
    fail(toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot read what is to be sent to ${url.host}`));
    relayed.destroy();
  });
  return relayed;
}

function isStream(body: Readable | Buffer | string | null | undefined): body is Readable {
  return body instanceof Readable;
}
