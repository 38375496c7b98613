import { askedWaitMs } from '../../../io/http-errors.ts';
import { plainHttpHint } from '../../../io/tls-fault.ts';
import { reasonOf, WheelhouseError, type ErrorCode } from '../../../model/errors.ts';
import { knownError } from '../../../io/abort.ts';

/** What the SDK's `RestError` tells; https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes. */
interface ServiceError extends Error {
  readonly code?: string;
  readonly statusCode?: number;
  /** Of a HEAD, which has no body, the code is here only. */
  readonly details?: { readonly errorCode?: string };
  readonly request?: { readonly url?: string };
  readonly response?: { readonly headers?: { get(name: string): string | undefined } };
}

const byCode: Readonly<Record<string, ErrorCode>> = {
  ContainerNotFound: 'NOT_FOUND',
  BlobNotFound: 'NOT_FOUND',
  BlobAlreadyExists: 'PRECONDITION_FAILED', // a race to create: 409, not 412
  ConditionNotMet: 'PRECONDITION_FAILED',
  TargetConditionNotMet: 'PRECONDITION_FAILED',
  AuthenticationFailed: 'UNAUTHORIZED', // a 403
  InvalidAuthenticationInfo: 'UNAUTHORIZED',
  NoAuthenticationInformation: 'UNAUTHORIZED',
  AccountIsDisabled: 'FORBIDDEN',
  PublicAccessNotPermitted: 'FORBIDDEN',
  BlobImmutableDueToPolicy: 'FORBIDDEN',
  LeaseIdMissing: 'FORBIDDEN', // a 412 that no repetition helps
  ContainerBeingDeleted: 'SERVER_ERROR', // its name is free again within a minute
  OperationTimedOut: 'TIMEOUT',
  ServerBusy: 'RATE_LIMITED',
  Md5Mismatch: 'TRUNCATED',
  InvalidBlockList: 'PRECONDITION_FAILED', // who commits first discards the blocks of everybody else
};

const hints: Readonly<Partial<Record<string, string>>> = {
  ContainerNotFound: 'create the container, or check its name and the storage account',
  AuthenticationFailed:
    "check --username (the storage account), --secret (its key, or a signature still valid) and this machine's clock",
  AuthorizationPermissionMismatch:
    'the role "Storage Blob Data Contributor" is needed, or a signature with racwdl',
  AuthorizationFailure: "the account's firewall, or the signature, does not let us through",
  PublicAccessNotPermitted: 'the storage account forbids public containers',
  BlobImmutableDueToPolicy: 'a policy of the container forbids to change it',
  LeaseIdMissing: 'somebody holds a lease on it: break the lease',
  InvalidResourceName: 'names have 3 to 63 of a-z, 0-9 and single hyphens',
};

/** The SDK's own code for an answer that it could not read. */
const unreadable = 'PARSE_ERROR';

/** How the library of Entra ID says that it found no identity, and that the one it found was refused. */
const withoutIdentity = new Set(['CredentialUnavailableError', 'AggregateAuthenticationError']);
const refusedIdentity = new Set(['AuthenticationError', 'AuthenticationRequiredError']);

/** Whether the service says that the blob (not the container) is not there. */
export function isNoSuchBlob(thrown: unknown): boolean {
  const code = codeOf(thrown);
  const { statusCode } = asServiceError(thrown);
  return code === 'BlobNotFound' || (statusCode === 404 && code !== 'ContainerNotFound');
}

/** Whether the range asked for begins at or after the end of the blob. */
export function isOutOfRange(thrown: unknown): boolean {
  return asServiceError(thrown).statusCode === 416;
}

export function isCode(thrown: unknown, ...codes: readonly string[]): boolean {
  const code = codeOf(thrown);
  return code !== undefined && codes.includes(code);
}

/** What the SDK threw, as one clear line with the code that decides about retries. */
export function azureFailure(thrown: unknown, what: string, signal?: AbortSignal): WheelhouseError {
  const known = knownError(thrown, signal);
  if (known !== undefined) return known;
  const error = asServiceError(thrown);
  const { statusCode: status, name } = error;
  const said = codeOf(thrown) ?? '';
  if (name !== undefined && withoutIdentity.has(name))
    return new WheelhouseError('CONFIG', `${what}: there are no credentials for Azure`, {
      hint: 'set --secret, AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN or AZURE_STORAGE_CONNECTION_STRING, or log in with Entra ID (az login)',
      cause: thrown,
    });
  // The SDK cites what it could not read: a page of a listing that was cut short, or that of some proxy.
  const isGarbled = said === unreadable;
  if (isGarbled && (status ?? 0) < 400)
    return new WheelhouseError('TRUNCATED', `${what}: the answer is not whole`, { cause: thrown });
  const refused = name !== undefined && refusedIdentity.has(name);
  const code = refused ? 'UNAUTHORIZED' : (byCode[said] ?? codeOfStatus(status, name));
  const isBare = isGarbled || said === '';
  const hint = refused
    ? 'check AZURE_TENANT_ID, AZURE_CLIENT_ID and its secret or token'
    : (hints[said] ?? (isBare ? plainHttpHint(status, urlOf(error)) : undefined));
  const headers = error.response?.headers;
  const retryAfterMs = headers === undefined ? undefined : askedWaitMs(headers, status ?? 0);
  return new WheelhouseError(code, `${what}: ${reasonGiven(thrown, said, status)}`, {
    ...(isGarbled ? {} : { cause: thrown }),
    ...(hint !== undefined && { hint }),
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

/** What ends the body of an answer; the SDK says of all that ends early that data was corrupted. */
export function brokenOff(thrown: unknown, what: string, signal: AbortSignal | undefined): WheelhouseError {
  return (
    knownError(thrown, signal) ??
    new WheelhouseError('TRUNCATED', `${what}: the answer broke off`, { cause: thrown })
  );
}

function asServiceError(thrown: unknown): Partial<ServiceError> {
  return thrown instanceof Error ? thrown : {};
}

function urlOf({ request }: Partial<ServiceError>): URL | undefined {
  return request?.url !== undefined && URL.canParse(request.url) ? new URL(request.url) : undefined;
}

function codeOf(thrown: unknown): string | undefined {
  const { code, details } = asServiceError(thrown);
  return code ?? details?.errorCode;
}

/** A HEAD has no body: all there is to say is the code and the status. */
function reasonGiven(thrown: unknown, said: string, status: number | undefined): string {
  if (status === undefined) return reasonOf(thrown);
  if (said === unreadable) return `the server answered (${status})`;
  const reason = reasonOf(thrown);
  const words = reason === '' || reason === 'RestError' || reason.startsWith('{') ? said : reason;
  return `${words === '' ? 'the server answered' : words} (${said === '' || words === said ? status : `${status} ${said}`})`;
}

function codeOfStatus(status: number | undefined, name: string | undefined): ErrorCode {
  // Without an answer it is a fault of the network, or the SDK would not send what it was given.
  if (status === undefined) return name === 'RestError' ? 'NETWORK' : 'REJECTED';
  if (status === 401) return 'UNAUTHORIZED';
  if (status === 403) return 'FORBIDDEN';
  if (status === 404 || status === 410) return 'NOT_FOUND';
  if (status === 408) return 'TIMEOUT';
  if (status === 412) return 'PRECONDITION_FAILED';
  if (status === 413) return 'TOO_LARGE';
  if (status === 429) return 'RATE_LIMITED';
  return status >= 500 ? 'SERVER_ERROR' : 'REJECTED';
}
