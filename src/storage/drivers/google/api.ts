import type { Readable } from 'node:stream';
import type { HttpResponse } from '../../../io/http.ts';
import { WheelhouseError } from '../../../model/errors.ts';
import type { GoogleConnection } from './connect.ts';
import { answerFailure } from './failure.ts';

export interface ApiCall {
  readonly what: string;
  readonly method?: string;
  /** Below the endpoint, percent-encoded, beginning with `/`; or a URL that the service gave out. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readable | Buffer | string;
  /** Of a body that is a stream. */
  readonly contentLength?: number;
  /** Statuses that are answers, though no success. */
  readonly accept?: readonly number[];
  readonly signal?: AbortSignal | undefined;
}

/** Far above a page of 1,000 names of 1,024 bytes each. */
const mostTextBytes = 16 * 1024 ** 2;

/** Makes one request of the JSON API. Throws what {@link answerFailure} says, and all of `HttpClient.request`. */
export async function callApi(connection: GoogleConnection, call: ApiCall): Promise<HttpResponse> {
  const { what, method = 'GET', headers = {}, body, contentLength, accept = [], signal } = call;
  const url = addressOf(connection.endpoint, call);
  const isOurs = url.origin === new URL(connection.endpoint).origin;
  const answer = await connection.http.request({
    url,
    method,
    // The address of an upload may be another host's, and lets its bearer in by itself.
    headers: { ...headers, ...(isOurs && (await connection.authorize(signal))) },
    ...(body !== undefined && { body }),
    ...(contentLength !== undefined && { contentLength }),
    redirect: 'manual',
    signal,
  });
  if ((answer.status >= 200 && answer.status < 300) || accept.includes(answer.status)) return answer;
  throw await answerFailure(answer, what);
}

/** The JSON of an answer. */
export async function callForJson<T>(connection: GoogleConnection, call: ApiCall): Promise<T> {
  return readJson<T>(await callApi(connection, call));
}

export async function readJson<T>(answer: HttpResponse): Promise<T> {
  const text = await answer.text(mostTextBytes);
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new WheelhouseError('TRUNCATED', `the answer of ${answer.url.host} is not whole`, { cause });
  }
}

function addressOf(endpoint: string, { path, query = {} }: ApiCall): URL {
  const url = new URL(path.startsWith('/') ? endpoint + path : path);
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(name, value);
  return url;
}
