import { isIP } from 'node:net';
import { WheelhouseError } from '../../../model/errors.ts';
import { Secret } from '../../../model/secret.ts';
import type { ContainerOptions } from '../../container-options.ts';
import { parseEndpoint } from '../../endpoint.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Which blob service is meant, and who we are there. */
export interface AzureAccess {
  /** Without credentials and without a slash at the end. */
  readonly serviceUrl: string;
  readonly identity:
    | { readonly kind: 'key'; readonly account: string; readonly key: Secret }
    | { readonly kind: 'sas'; readonly token: Secret }
    /** Entra ID: whatever its library finds (workload identity, managed identity, `az login`, …). */
    | { readonly kind: 'entra' };
}

/** The user name is the storage account; the secret an account key, a shared access signature or a connection string. */
export type AccessOptions = Pick<ContainerOptions, 'username' | 'secret' | 'endpoint'>;

/** Of Azurite and its forerunner; public (https://learn.microsoft.com/azure/storage/common/storage-use-azurite). */
const developmentAccount = {
  accountname: 'devstoreaccount1',
  accountkey: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
  blobendpoint: 'http://127.0.0.1:10000/devstoreaccount1',
};

/** Decides by flags first, then by the variables that Azure's own tools read. Throws `CONFIG`. */
export function chooseAccess(options: AccessOptions, environment: Environment): AzureAccess {
  const read = (name: string) => {
    const value = environment[name]?.trim();
    return value === '' ? undefined : value;
  };
  const { username, secret } = options;
  const endpoint = options.endpoint ?? read('AZURE_STORAGE_SERVICE_ENDPOINT');
  const given = secret === undefined || secret.empty ? undefined : secret.reveal().trim();
  if (given !== undefined && looksLikeConnectionString(given)) return byConnectionString(given, endpoint);
  const connection = read('AZURE_STORAGE_CONNECTION_STRING');
  if (given === undefined && username === undefined && connection !== undefined)
    return byConnectionString(connection, endpoint);

  const account = username ?? read('AZURE_STORAGE_ACCOUNT') ?? accountOf(endpoint);
  if (account === undefined)
    throw new WheelhouseError('CONFIG', 'it is not known which storage account is meant', {
      hint: 'give it with --username or AZURE_STORAGE_ACCOUNT, or set AZURE_STORAGE_CONNECTION_STRING',
    });
  const serviceUrl = serviceUrlOf(endpoint, account);
  // The variables speak of their own account; a key of another one would only be refused.
  const ours = username === undefined || username === (read('AZURE_STORAGE_ACCOUNT') ?? username);
  const key = given ?? (ours ? read('AZURE_STORAGE_KEY') : undefined);
  if (key !== undefined && isSignature(key)) return bySignature(serviceUrl, key);
  if (key !== undefined) return { serviceUrl, identity: { kind: 'key', account, key: new Secret(key) } };
  const signature = ours ? read('AZURE_STORAGE_SAS_TOKEN') : undefined;
  if (signature !== undefined) return bySignature(serviceUrl, signature);
  if (serviceUrl.startsWith('https:')) return { serviceUrl, identity: { kind: 'entra' } };
  throw new WheelhouseError(
    'CONFIG',
    `a token of Entra ID would go to ${serviceUrl} where everybody can read it`,
    {
      hint: 'use an https endpoint, or give an account key with --secret',
    },
  );
}

function byConnectionString(text: string, endpoint: string | undefined): AzureAccess {
  const given: Readonly<Record<string, string | undefined>> = Object.fromEntries(
    text.split(';').flatMap((part) => {
      const equals = part.indexOf('=');
      // Azure's own libraries take the names in any case.
      return equals < 1 ? [] : [[part.slice(0, equals).trim().toLowerCase(), part.slice(equals + 1).trim()]];
    }),
  );
  const isDevelopment = given['usedevelopmentstorage']?.toLowerCase() === 'true';
  const {
    accountname: account,
    accountkey: key,
    blobendpoint: blobEndpoint,
    sharedaccesssignature: signature,
    endpointsuffix: suffix = 'core.windows.net',
    defaultendpointsprotocol: protocol = 'https',
  } = isDevelopment ? { ...given, ...developmentAccount } : given;
  const own = blobEndpoint ?? (account === undefined ? undefined : `${protocol}://${account}.blob.${suffix}`);
  const address = endpoint ?? own;
  if (address !== undefined && signature !== undefined)
    return bySignature(serviceUrlOf(address, account), signature);
  if (address !== undefined && account !== undefined && key !== undefined)
    return {
      serviceUrl: serviceUrlOf(address, account),
      identity: { kind: 'key', account, key: new Secret(key) },
    };
  throw new WheelhouseError('CONFIG', 'the connection string of Azure Storage lacks its account or its key', {
    hint: 'copy it whole: AccountName=…;AccountKey=…;EndpointSuffix=…',
  });
}

function bySignature(serviceUrl: string, token: string): AzureAccess {
  return { serviceUrl, identity: { kind: 'sas', token: new Secret(token.replace(/^\?/, '')) } };
}

/** An emulator has all accounts at one host, each under its own path. */
function serviceUrlOf(endpoint: string | undefined, account: string | undefined): string {
  if (endpoint === undefined) {
    if (account === undefined || !/^[a-z0-9]{3,24}$/.test(account))
      throw new WheelhouseError('CONFIG', 'that cannot be the name of a storage account', {
        hint: 'give the name alone, 3 to 24 of a-z and 0-9, with --username or AZURE_STORAGE_ACCOUNT',
      });
    return `https://${account}.blob.core.windows.net`;
  }
  const url = parseEndpoint(endpoint, 'https://ACCOUNT.blob.core.windows.net');
  const path = url.pathname.replace(/\/+$/, '');
  const shared = isIP(url.hostname.replace(/^\[|\]$/g, '')) !== 0 || !url.hostname.includes('.');
  return path === '' && shared && account !== undefined ? `${url.origin}/${account}` : `${url.origin}${path}`;
}

function accountOf(endpoint: string | undefined): string | undefined {
  return /^https?:\/\/([a-z0-9]{3,24})\.blob\./.exec(endpoint ?? '')?.[1];
}

function looksLikeConnectionString(text: string): boolean {
  return /(?:^|;)\s*(?:AccountKey|SharedAccessSignature|BlobEndpoint|UseDevelopmentStorage)=/i.test(text);
}

function isSignature(text: string): boolean {
  return /(?:^|[?&])sig=/.test(text);
}
