import { Readable } from 'node:stream';
import type { HttpHeaders, IHttpClient, WebResource } from '@azure/storage-blob';
import type { HttpClient, HttpResponse } from '../../../io/http.ts';

/** What the SDK makes sense of and we ask it about. */
const headersThatCount = [
  'cache-control',
  'content-length',
  'content-md5',
  'content-range',
  'content-type',
  'date',
  'etag',
  'last-modified',
  'retry-after',
  'www-authenticate',
  'x-ms-blob-content-md5',
  'x-ms-blob-public-access',
  'x-ms-error-code',
  'x-ms-meta-hdi_isfolder',
  'x-ms-request-id',
  'x-ms-version',
];
/** Far above a page of 5,000 names of 1,024 bytes each. */
const mostTextBytes = 64 * 1024 ** 2;

/**
 * The SDK's requests on our wire: one set of time limits, proxies and certificates, one way to abort, and every
 * fault of the network in our words. The SDK signs, and knows the protocol.
 */
export function openTransport(http: HttpClient): IHttpClient {
  return {
    async sendRequest(request) {
      const body = bodyOf(request);
      const length = request.headers.get('content-length');
      const answer = await http.request({
        url: request.url,
        method: request.method,
        headers: headersOf(request.headers),
        ...(body !== undefined && { body }),
        ...(body instanceof Readable && { contentLength: Number(length) }),
        // Signed for one address: wherever it is sent on to, it would be refused.
        redirect: 'manual',
        signal: request.abortSignal as AbortSignal | undefined,
      });
      const response = { request, status: answer.status, headers: answerHeaders(request.headers, answer) };
      if (request.method === 'HEAD') {
        await answer.discard();
        return response;
      }
      const streams = request.streamResponseStatusCodes;
      if (streams?.has(answer.status) === true || streams?.has(Number.POSITIVE_INFINITY) === true)
        return { ...response, readableStreamBody: answer.body };
      return { ...response, bodyAsText: await answer.text(mostTextBytes) };
    },
  };
}

function bodyOf(request: WebResource): Readable | Buffer | string | undefined {
  const given: unknown = request.body;
  const body: unknown = typeof given === 'function' ? (given as () => unknown)() : given;
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string' || body instanceof Readable || Buffer.isBuffer(body)) return body;
  throw new TypeError('the SDK sends a body of a kind that it was not given');
}

function headersOf(headers: HttpHeaders): Record<string, string> {
  return Object.fromEntries(headers.headersArray().map(({ name, value }) => [name, value]));
}

/** The SDK has a class for headers and does not let others make one: a copy of the request's becomes the answer's. */
function answerHeaders(ofRequest: HttpHeaders, answer: HttpResponse): HttpHeaders {
  const headers = ofRequest.clone();
  for (const name of headers.headerNames()) headers.remove(name);
  for (const name of headersThatCount) {
    const value = answer.headers.get(name);
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
}
