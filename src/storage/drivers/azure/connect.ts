import type { TokenCredential } from '@azure/identity';
import type * as Sdk from '@azure/storage-blob';
import { createHttp, type HttpClient } from '../../../io/http.ts';
import { withDeadline } from '../../../io/deadline.ts';
import { loadSdk } from '../../../io/load-sdk.ts';
import { defaultIdleTimeoutMs, type ContainerOptions } from '../../container-options.ts';
import type { AzureAccess } from './access.ts';
import { openTransport } from './transport.ts';

export interface AzureConnection {
  readonly http: HttpClient;
  readonly service: Sdk.BlobServiceClient;
}

const tokenTimeoutMs = 60_000;

/** Loads the SDK and points it at a service. Nothing is asked of that yet. Throws `MISSING_DRIVER`. */
export async function connectAzure(
  access: AzureAccess,
  { verifyTls = true, idleTimeoutMs = defaultIdleTimeoutMs }: ContainerOptions,
): Promise<AzureConnection> {
  const sdk = await loadSdk('@azure/storage-blob', 'Azure Blob Storage', () => import('@azure/storage-blob'));
  const { serviceUrl, identity } = access;
  const credential =
    identity.kind === 'key'
      ? new sdk.StorageSharedKeyCredential(identity.account, identity.key.reveal())
      : identity.kind === 'entra'
        ? await findEntraIdentity()
        : new sdk.AnonymousCredential();
  const http = createHttp({ verifyTls, headersTimeoutMs: idleTimeoutMs, bodyTimeoutMs: idleTimeoutMs });
  const pipeline = sdk.newPipeline(credential, {
    httpClient: openTransport(http),
    // Retries are ours, because a stream that was half sent must be opened anew.
    retryOptions: { maxTries: 1 },
  });
  const url = identity.kind === 'sas' ? `${serviceUrl}?${identity.token.reveal()}` : serviceUrl;
  return { http, service: new sdk.BlobServiceClient(url, pipeline) };
}

/** Entra ID through whatever is at hand; asking for a token is bounded, which the library does not do by itself. */
async function findEntraIdentity(): Promise<TokenCredential> {
  const identity = await loadSdk('@azure/identity', 'Entra ID', () => import('@azure/identity'));
  const credential = new identity.DefaultAzureCredential();
  return {
    getToken: (scopes, options) =>
      withDeadline(
        {
          what: 'asking Entra ID for a token',
          timeoutMs: tokenTimeoutMs,
          signal: options?.abortSignal as AbortSignal | undefined,
        },
        (abortSignal) => credential.getToken(scopes, { ...options, abortSignal }),
      ),
  };
}
