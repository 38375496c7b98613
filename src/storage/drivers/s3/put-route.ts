import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type * as Sdk from '@aws-sdk/client-s3';
import { unescapeHtml } from '../../../listing/markup.ts';
import { encodeKey } from '../../public-url.ts';
import { abortBy, type SdkAbort } from '../../sdk-abort.ts';
import type { Stored } from './object.ts';

/** A request as the SDK builds, signs and sends it. */
export interface SdkRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

interface SdkResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
}

interface SdkHandler {
  handle(request: SdkRequest, options: SdkAbort): Promise<{ readonly response: SdkResponse }>;
}

/** How the SDK has chosen to sign. The signer renews credentials, and keeps to the store's clock. */
interface AuthScheme {
  readonly identity: unknown;
  readonly signer: { sign(request: SdkRequest, identity: unknown, how: object): Promise<SdkRequest> };
  readonly httpAuthOption: { readonly signingProperties?: object };
}

interface SdkContext {
  readonly s3ExpressIdentity?: unknown;
  readonly __smithy_context?: { readonly selectedHttpAuthScheme?: AuthScheme };
}

interface Example {
  readonly request: SdkRequest;
  /** The path above the key: a slash, and the bucket where the host does not name it. */
  readonly root: string;
  readonly scheme: AuthScheme;
}

export interface RoutedPut {
  readonly objectKey: string;
  /** The object's own. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable | Buffer;
  readonly signal: AbortSignal | undefined;
}

/** The headers that all requests of a client have in common. */
const common: ReadonlySet<string> = new Set(['host', 'user-agent', 'x-amz-user-agent']);

/**
 * The way of a PUT past the SDK's pipeline, which takes more time than all else that a small object costs. Where to and
 * how to sign is taken from a request that the SDK has sent with success, so that regions, kinds of buckets, credentials
 * and clocks stay its business.
 */
export class PutRoute {
  readonly #client: Sdk.S3Client;
  #example: Example | undefined;

  constructor(client: Sdk.S3Client) {
    this.#client = client;
  }

  get isKnown(): boolean {
    return this.#example !== undefined;
  }

  /** Takes the way of a request that has succeeded; `context` is that of the SDK's middleware. */
  learn(objectKey: string, built: SdkRequest, context: object): void {
    const { s3ExpressIdentity, __smithy_context: chosen } = context as SdkContext;
    const scheme = chosen?.selectedHttpAuthScheme;
    const path = encodePath(objectKey);
    // A directory bucket is signed for with a session of its own.
    if (s3ExpressIdentity !== undefined || scheme === undefined || !built.path.endsWith(path)) return;
    const headers = Object.fromEntries(Object.entries(built.headers).filter(([name]) => common.has(name)));
    const root = built.path.slice(0, -path.length);
    this.#example = { request: { ...built, headers, body: undefined }, root, scheme };
  }

  /** Sends a PUT. An answer other than 200 is thrown as the SDK would throw it. */
  async send({ objectKey, headers, body, signal }: RoutedPut): Promise<Stored> {
    if (this.#example === undefined) throw new Error('no PUT has shown the route yet');
    const { request, root, scheme } = this.#example;
    const { signer, identity, httpAuthOption } = scheme;
    const path = root + encodePath(objectKey);
    const unsigned = { ...request, path, headers: { ...request.headers, ...headers }, body };
    const signed = await signer.sign(unsigned, identity, httpAuthOption.signingProperties ?? {});
    const handler = this.#client.config.requestHandler as unknown as SdkHandler;
    const { response } = await handler.handle(signed, abortBy(signal));
    // Another region, a clock that is off: the SDK corrects such things, so the next request is its own again.
    if ([301, 307, 403].includes(response.statusCode)) this.#example = undefined;
    return readAnswer(response);
  }
}

/** A key as the SDK writes it: signed and sent, both have to agree to the byte. */
function encodePath(key: string): string {
  return encodeKey(key).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

async function readAnswer({ statusCode, headers, body }: SdkResponse): Promise<Stored> {
  const said = (await buffer(body)).toString('utf8');
  if (statusCode === 200)
    return {
      ETag: headers['etag'],
      ServerSideEncryption: headers['x-amz-server-side-encryption'],
      SSECustomerAlgorithm: headers['x-amz-server-side-encryption-customer-algorithm'],
    };
  const name = /<Code>([A-Za-z0-9.]+)<\/Code>/.exec(said)?.[1] ?? 'UnknownError';
  const message = /<Message>([^<]*)<\/Message>/.exec(said)?.[1] ?? 'UnknownError';
  throw Object.assign(new Error(unescapeHtml(message)), {
    name,
    $metadata: { httpStatusCode: statusCode },
    $response: { headers },
  });
}
