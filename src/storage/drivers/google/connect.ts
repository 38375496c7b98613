import { unlessAborted } from '../../../io/abort.ts';
import { withDeadline } from '../../../io/deadline.ts';
import { createHttp, type HttpClient } from '../../../io/http.ts';
import { loadSdk } from '../../../io/load-sdk.ts';
import { defaultIdleTimeoutMs, type ContainerOptions } from '../../container-options.ts';
import { chooseAddress } from './address.ts';
import { tokenFailure } from './failure.ts';
import { readIdentity } from './identity.ts';

/** The service, and how to be let in. */
export interface GoogleConnection {
  /** Without a slash at the end. */
  readonly endpoint: string;
  readonly http: HttpClient;
  /** What says who we are; empty where nobody asks. */
  authorize(signal: AbortSignal | undefined): Promise<Readonly<Record<string, string>>>;
  /** Where a new bucket would belong; undefined when nothing tells. */
  findProject(signal: AbortSignal | undefined): Promise<string | undefined>;
}

const tokenTimeoutMs = 60_000;

/**
 * Points at the service as the SDK would. The SDK says who we are: service accounts, default credentials, workload
 * identity federation, the metadata server. The requests are ours, because its own (7.x) can be neither aborted nor
 * bounded while bytes flow, and its streams do not say what was stored. Throws `CONFIG` and `MISSING_DRIVER`.
 */
export async function connectGoogle(options: ContainerOptions): Promise<GoogleConnection> {
  const { verifyTls = true, idleTimeoutMs = defaultIdleTimeoutMs } = options;
  const identity = readIdentity(options.username, options.secret);
  const hasCredentials = identity.credentials !== undefined;
  const address = chooseAddress(options.endpoint, process.env['STORAGE_EMULATOR_HOST'], hasCredentials);
  const { Storage } = await loadSdk(
    '@google-cloud/storage',
    'Google Cloud Storage',
    () => import('@google-cloud/storage'),
  );
  const { authClient, apiEndpoint } = new Storage({
    ...identity,
    ...(address.endpoint !== undefined && { apiEndpoint: address.endpoint }),
  });
  const ask = <T>(what: string, signal: AbortSignal | undefined, question: () => Promise<T>): Promise<T> =>
    withDeadline({ what, timeoutMs: tokenTimeoutMs, signal }, (ended) =>
      unlessAborted(question(), ended),
    ).catch((thrown: unknown) => Promise.reject(tokenFailure(thrown, signal)));
  return {
    endpoint: address.endpoint ?? apiEndpoint,
    http: createHttp({ verifyTls, headersTimeoutMs: idleTimeoutMs, bodyTimeoutMs: idleTimeoutMs }),
    authorize: async (signal) =>
      address.authenticated
        ? ask('asking Google for a token', signal, async () => ({
            ...(await authClient.getRequestHeaders()),
          }))
        : {},
    findProject: async (signal) => {
      const named = process.env['GOOGLE_CLOUD_PROJECT'] ?? process.env['GCLOUD_PROJECT'];
      if (named !== undefined && named !== '') return named;
      // An emulator has no projects, but wants to hear of one.
      if (!address.authenticated) return 'emulator';
      return ask('asking Google for the project', signal, () => authClient.getProjectId()).catch(
        (thrown: unknown) => {
          if (signal?.aborted === true) throw thrown;
          return undefined;
        },
      );
    },
  };
}
