import type * as Sdk from '@aws-sdk/client-s3';
import { WheelhouseError } from '../../../model/errors.ts';
import { loadSdk } from '../../../io/load-sdk.ts';
import { defaultIdleTimeoutMs, type ContainerOptions } from '../../container-options.ts';
import { parseEndpoint } from '../../endpoint.ts';
import { openAgents } from './agents.ts';
import { inTime } from './credentials.ts';
import { PutRoute } from './put-route.ts';

export interface S3Connection {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.S3Client;
  readonly route: PutRoute;
  readonly idleTimeoutMs: number;
  /** Where a bucket of that region is: path style at an endpoint, the bucket's own host at AWS where it can have one. */
  addressOf(region?: string): URL;
}

const connectTimeoutMs = 10_000;
/** What AWS itself takes for "somewhere": the answer to a request there names the bucket's own region. */
const anyRegion = 'us-east-1';

/** Loads the SDK and makes its client; nothing is asked of the store yet. Throws `CONFIG` and `MISSING_DRIVER`. */
export async function connectS3(bucket: string, options: ContainerOptions): Promise<S3Connection> {
  // On Node 20 the SDK announces its end of support for it; the line would land between ours.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const sdk = await loadSdk('@aws-sdk/client-s3', 'S3', () => import('@aws-sdk/client-s3'));
  const { idleTimeoutMs = defaultIdleTimeoutMs } = options;
  const given = await settingsOf(options, idleTimeoutMs);
  const { settings, region } = await completed(given, new sdk.S3Client(given));
  const client = new sdk.S3Client(settings);
  client.config.credentials = inTime(client.config.credentials, idleTimeoutMs, options.signal);
  const addressOf = (own = region ?? anyRegion): URL =>
    client.config.endpointProvider({
      Bucket: bucket,
      Region: own,
      ...(settings.endpoint === undefined ? {} : { Endpoint: settings.endpoint as string }),
      ForcePathStyle: settings.endpoint !== undefined,
      UseFIPS: false,
      UseDualStack: false,
    }).url;
  return { sdk, client, route: new PutRoute(client), idleTimeoutMs, addressOf };
}

/** With what the files of `~/.aws` say beside the credentials: a region, and an endpoint. Throws `CONFIG`. */
async function completed(settings: Sdk.S3ClientConfig, client: Sdk.S3Client) {
  const region = await client.config.region().catch((cause: unknown) => {
    if (settings.region === undefined) return undefined;
    throw new WheelhouseError('CONFIG', `${JSON.stringify(settings.region)} cannot be a region`, {
      hint: 'give it as in --region eu-central-1',
      cause,
    });
  });
  const endpoint = settings.endpoint ?? (await client.config.serviceConfiguredEndpoint?.());
  client.destroy();
  return {
    region,
    settings: { ...settings, region: region ?? anyRegion, ...pathStyle(endpoint) },
  };
}

/**
 * The SDK's settings. Retries are ours, because a stream that was half sent must be opened anew; checksums only
 * where S3 demands them, because compatibles refuse the trailer that the SDK would add.
 */
async function settingsOf(options: ContainerOptions, idleTimeoutMs: number): Promise<Sdk.S3ClientConfig> {
  const handler = '@smithy/node-http-handler';
  const { NodeHttpHandler } = await loadSdk(handler, 'S3', () => import('@smithy/node-http-handler'));
  const region = firstOf(options.region, process.env['AWS_REGION'], process.env['AWS_DEFAULT_REGION']);
  const endpoint = firstOf(
    options.endpoint,
    process.env['AWS_ENDPOINT_URL_S3'],
    process.env['AWS_ENDPOINT_URL'],
  );
  const { username, secret } = options;
  return {
    ...(region === undefined ? {} : { region }),
    ...pathStyle(endpoint),
    ...(username === undefined || secret === undefined
      ? {}
      : { credentials: { accessKeyId: username, secretAccessKey: secret.reveal() } }),
    maxAttempts: 1,
    // What the SDK would say on the console is said by our errors.
    logger: { trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore },
    followRegionRedirects: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: new NodeHttpHandler({
      connectionTimeout: Math.min(connectTimeoutMs, idleTimeoutMs),
      socketTimeout: idleTimeoutMs,
      ...(await openAgents(options)),
    }),
  };
}

function firstOf(...values: readonly (string | undefined)[]): string | undefined {
  return values.find((value) => value !== undefined && value !== '');
}

/** Few stores but Amazon's know a host for each bucket. */
function pathStyle(endpoint: unknown): { endpoint?: string; forcePathStyle?: true } {
  if (typeof endpoint !== 'string' || endpoint === '') return {};
  parseEndpoint(endpoint, 'https://s3.example.org');
  return { endpoint, forcePathStyle: true };
}

function ignore(): void {
  // nothing
}
