import type { S3ClientConfig } from '@aws-sdk/client-s3';
import { WheelhouseError } from '../../../model/errors.ts';
import type { Secret } from '../../../model/secret.ts';

export interface S3Options {
  /** As a user writes it; holds no secret. */
  readonly url: string;
  readonly bucket: string;
  /** Empty, or ends in `/`. */
  readonly prefix: string;
  readonly username?: string;
  readonly secret?: Secret;
  readonly region?: string;
  /** Address of a compatible store. */
  readonly endpoint?: string;
  readonly verifyTls?: boolean;
  /** From here on objects are sent in parts, bytes. Default: 1 GiB; a single request may carry 5 GiB. */
  readonly partThresholdBytes?: number;
  /** Least size of a part, bytes. Default: 64 MiB; S3 refuses less than 5 MiB but for the last. */
  readonly partBytes?: number;
}

const connectTimeoutMs = 10_000;
const idleTimeoutMs = 60_000;

/**
 * The SDK's settings. Retries are ours, because a stream that was half sent must be opened anew; checksums only
 * where S3 demands them, because compatibles refuse the trailer that the SDK would add.
 */
export async function connectSettings(options: S3Options): Promise<S3ClientConfig> {
  const { NodeHttpHandler } = await import('@smithy/node-http-handler');
  const agents = await openAgents(options);
  const region = options.region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  const endpoint = options.endpoint ?? process.env['AWS_ENDPOINT_URL_S3'] ?? process.env['AWS_ENDPOINT_URL'];
  return {
    ...(region === undefined || region === ''
      ? endpoint === undefined
        ? {}
        : { region: 'us-east-1' }
      : { region }),
    ...(endpoint === undefined || endpoint === ''
      ? {}
      : { endpoint: checkEndpoint(endpoint), forcePathStyle: true }),
    ...(options.username === undefined || options.secret === undefined
      ? {}
      : { credentials: { accessKeyId: options.username, secretAccessKey: options.secret.reveal() } }),
    maxAttempts: 1,
    // What the SDK would say on the console is said by our errors.
    logger: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
    followRegionRedirects: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new NodeHttpHandler({
      connectionTimeout: connectTimeoutMs,
      socketTimeout: idleTimeoutMs,
      ...agents,
    }),
  };
}

/** The endpoint that the settings lead to; used for public URLs too. */
function checkEndpoint(endpoint: string): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '')
    return endpoint;
  throw new WheelhouseError('CONFIG', 'the endpoint is not an http(s) URL without user info', {
    hint: 'give it as in --endpoint https://s3.example.org',
  });
}

async function openAgents({ verifyTls = true }: S3Options) {
  const { Agent: HttpAgent } = await import('node:http');
  const { Agent: HttpsAgent } = await import('node:https');
  const keep = { keepAlive: true, maxSockets: 64 };
  const proxied = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy', 'ALL_PROXY', 'all_proxy'];
  if (proxied.some((name) => (process.env[name] ?? '') !== '')) {
    const { ProxyAgent } = await import('proxy-agent');
    const agent = new ProxyAgent({ ...keep, rejectUnauthorized: verifyTls });
    return { httpAgent: agent, httpsAgent: agent };
  }
  return {
    httpAgent: new HttpAgent(keep),
    httpsAgent: new HttpsAgent({ ...keep, rejectUnauthorized: verifyTls }),
  };
}

function ignore(): void {
  // nothing
}
