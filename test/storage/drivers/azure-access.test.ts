import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import { chooseAccess, type AccessOptions } from '../../../src/storage/drivers/azure/access.ts';

const key = 'a2V5';
const sas = 'sv=2024-11-04&sp=rwl&sig=c2ln';
const text = `DefaultEndpointsProtocol=https;AccountName=numpy;AccountKey=${key};EndpointSuffix=core.windows.net`;
const home = 'https://numpy.blob.core.windows.net';
type Given = Omit<AccessOptions, 'secret'> & { readonly secret?: string };

/** Who and where, with the secret shown. */
function choose({ secret, ...options }: Given, environment: Record<string, string> = {}) {
  const given = secret === undefined ? {} : { secret: new Secret(secret) };
  const { serviceUrl, identity } = chooseAccess({ ...options, ...given }, environment);
  if (identity.kind === 'key') return [serviceUrl, identity.kind, identity.account, identity.key.reveal()];
  return identity.kind === 'sas'
    ? [serviceUrl, identity.kind, identity.token.reveal()]
    : [serviceUrl, identity.kind];
}

describe('the way into Azure', () => {
  const variables = { AZURE_STORAGE_ACCOUNT: 'numpy', AZURE_STORAGE_KEY: key };
  it.each<[string, Given, Record<string, string>, string[]]>([
    ['flags', { username: 'numpy', secret: key }, {}, [home, 'key', 'numpy', key]],
    [
      'flags before variables',
      { username: 'scipy', secret: 'b' },
      variables,
      ['https://scipy.blob.core.windows.net', 'key', 'scipy', 'b'],
    ],
    ['a signature as the secret', { username: 'numpy', secret: `?${sas}` }, {}, [home, 'sas', sas]],
    ['a connection string as the secret', { secret: text }, {}, [home, 'key', 'numpy', key]],
    [
      'a line break after the secret',
      { username: 'numpy', secret: `${key}\n` },
      {},
      [home, 'key', 'numpy', key],
    ],
    ['account and key', {}, variables, [home, 'key', 'numpy', key]],
    [
      'the account by flag, its key by variable',
      { username: 'numpy' },
      variables,
      [home, 'key', 'numpy', key],
    ],
    [
      'no key of another account',
      { username: 'scipy' },
      variables,
      ['https://scipy.blob.core.windows.net', 'entra'],
    ],
    [
      'account and signature',
      {},
      { AZURE_STORAGE_ACCOUNT: 'numpy', AZURE_STORAGE_SAS_TOKEN: sas },
      [home, 'sas', sas],
    ],
    [
      'a key before a signature',
      {},
      { ...variables, AZURE_STORAGE_SAS_TOKEN: sas },
      [home, 'key', 'numpy', key],
    ],
    ['an account alone', {}, { AZURE_STORAGE_ACCOUNT: 'numpy' }, [home, 'entra']],
    ['an empty variable', {}, { AZURE_STORAGE_ACCOUNT: 'numpy', AZURE_STORAGE_KEY: '' }, [home, 'entra']],
    ['a connection string', {}, { AZURE_STORAGE_CONNECTION_STRING: text }, [home, 'key', 'numpy', key]],
    [
      'a connection string before the rest',
      {},
      { ...variables, AZURE_STORAGE_ACCOUNT: 'x', AZURE_STORAGE_CONNECTION_STRING: text },
      [home, 'key', 'numpy', key],
    ],
    [
      'a connection string with a signature',
      {},
      { AZURE_STORAGE_CONNECTION_STRING: `BlobEndpoint=${home}/;SharedAccessSignature=${sas}` },
      [home, 'sas', sas],
    ],
    [
      'a connection string in other letters',
      {},
      { AZURE_STORAGE_CONNECTION_STRING: text.replace('AccountName', 'accountname').replace('Key', 'KEY') },
      [home, 'key', 'numpy', key],
    ],
    [
      'variables with line breaks',
      {},
      { AZURE_STORAGE_ACCOUNT: 'numpy\n', AZURE_STORAGE_SAS_TOKEN: `?${sas}\n` },
      [home, 'sas', sas],
    ],
    [
      'a sovereign cloud',
      {},
      { AZURE_STORAGE_CONNECTION_STRING: text.replace('windows.net', 'chinacloudapi.cn') },
      ['https://numpy.blob.core.chinacloudapi.cn', 'key', 'numpy', key],
    ],
    [
      'an endpoint that names the account',
      { endpoint: `${home}/`, secret: key },
      {},
      [home, 'key', 'numpy', key],
    ],
    [
      'an emulator, whose accounts are paths',
      { endpoint: 'http://127.0.0.1:10000', username: 'dev', secret: key },
      {},
      ['http://127.0.0.1:10000/dev', 'key', 'dev', key],
    ],
    [
      'an emulator by its service name',
      { endpoint: 'http://azurite:10000', username: 'dev', secret: key },
      {},
      ['http://azurite:10000/dev', 'key', 'dev', key],
    ],
    [
      'an emulator with the path',
      { endpoint: 'http://[::1]:10000/dev/', username: 'dev', secret: key },
      {},
      ['http://[::1]:10000/dev', 'key', 'dev', key],
    ],
    [
      'an endpoint by variable',
      {},
      { ...variables, AZURE_STORAGE_SERVICE_ENDPOINT: 'https://wheels.example' },
      ['https://wheels.example', 'key', 'numpy', key],
    ],
  ])('is found by: %s', (_what, options, environment, expected) => {
    expect(choose(options, environment)).toEqual(expected);
  });

  it.each(['https://numpy.blob.core.windows.net', 'Num Py', 'numpy/wheels'])(
    'is not found by an account that is none: %s',
    (username) => {
      const attempt = () => choose({ username, secret: key });
      expect(attempt).toThrow(expect.objectContaining({ code: 'CONFIG' }) as Error);
      expect(attempt).toThrow(/name of a storage account/);
    },
  );

  it.each(['UseDevelopmentStorage=true', 'usedevelopmentstorage=True;'])('is the emulator of %s', (text) => {
    const [url, kind, account] = choose({}, { AZURE_STORAGE_CONNECTION_STRING: text });
    expect([url, kind, account]).toEqual([
      'http://127.0.0.1:10000/devstoreaccount1',
      'key',
      'devstoreaccount1',
    ]);
  });

  it.each<[string, Given, Record<string, string>]>([
    ['nothing', {}, {}],
    ['a key of nobody', { secret: key }, {}],
    ['half a connection string', {}, { AZURE_STORAGE_CONNECTION_STRING: 'AccountName=numpy' }],
    ['an endpoint that is none', { username: 'numpy', endpoint: 'numpy.example' }, {}],
    ['a token in the clear', { username: 'numpy', endpoint: 'http://numpy.example' }, {}],
    ['an endpoint with user info', { username: 'numpy', endpoint: 'https://ci:pass@numpy.example' }, {}],
  ])('cannot be found by: %s', (_what, options, environment) => {
    const attempt = () => choose(options, environment);
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'CONFIG', hint: expect.any(String) as string }) as Error,
    );
    expect(attempt).toThrow(/^(?!.*(?:pass|a2V5))/);
  });

  it('does not show what is secret', () => {
    const shown = [{ secret: text }, { username: 'numpy', secret: sas }].map(({ secret, ...rest }) =>
      inspect(chooseAccess({ ...rest, secret: new Secret(secret) }, {}), { depth: 9 }),
    );
    expect(shown.join()).not.toMatch(/a2V5|c2ln/);
  });
});
