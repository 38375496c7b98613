import { describe, expect, it } from 'vitest';
import {
  chooseCredentials,
  type CredentialChoice,
  type CredentialFacts,
  type CredentialStore,
} from '../../src/config/store-credentials.ts';

interface Case {
  readonly username?: string;
  readonly secretGiven?: boolean;
  readonly endpoint?: string;
  readonly environment?: Record<string, string>;
  readonly files?: readonly string[];
  readonly machine?: string;
}

const choose = (store: CredentialStore, { files = [], ...facts }: Case): CredentialChoice =>
  chooseCredentials({
    store,
    secretGiven: false,
    environment: {},
    homeFolder: '/home/me',
    isFile: (path) => files.includes(path),
    ...facts,
  } satisfies CredentialFacts);

const stores: CredentialStore[] = ['s3', 'swift', 'rackspace', 'azure', 'gs', 'hp'];

describe('chooseCredentials', () => {
  describe.each(stores)('follows the original for %s', (store) => {
    it.each<[string, Case, CredentialChoice]>([
      ['a user name and a secret', { username: 'me', secretGiven: true }, 'given'],
      ['a user name alone', { username: 'me' }, 'secret-missing'],
      ['nothing at all', {}, 'username-missing'],
      ['an empty user name', { username: '' }, 'username-missing'],
    ])('with %s', (_what, facts, expected) => {
      expect(choose(store, facts)).toBe(expected);
    });
  });

  it.each<[CredentialStore, CredentialChoice]>([
    ['s3', 'username-missing'],
    ['swift', 'username-missing'],
    ['rackspace', 'username-missing'],
    ['hp', 'username-missing'],
    ['azure', 'given'], // a connection string names its account
    ['gs', 'given'], // a key file names its service account
  ])('takes a secret without a user name for %s as: %s', (store, expected) => {
    expect(choose(store, { secretGiven: true })).toBe(expected);
  });

  it.each<[CredentialStore, Case]>([
    ['swift', { environment: { OS_PASSWORD: 'b' } }],
    ['azure', { environment: { AZURE_STORAGE_KEY: 'b' } }],
    ['s3', { environment: { AWS_SECRET_ACCESS_KEY: 'b', AWS_ACCESS_KEY_ID: '' } }],
  ])('misses the user name, not the secret, for %s with %o', (store, facts) => {
    expect(choose(store, facts)).toBe('username-missing');
  });

  it.each<[CredentialStore, string, CredentialChoice]>([
    ['gs', 'http://127.0.0.1:4443', 'own'],
    ['gs', 'https://storage.example.org', 'username-missing'],
    ['s3', 'http://127.0.0.1:9000', 'username-missing'],
  ])('with nothing but an address takes %s at %s as: %s', (store, endpoint, expected) => {
    expect(choose(store, { endpoint })).toBe(expected);
  });

  it.each<[CredentialStore, Case]>([
    ['swift', { username: 'me', environment: { OS_PASSWORD: 'b' } }],
    ['swift', { secretGiven: true, environment: { OS_USERNAME: 'me' } }],
    ['azure', { username: 'numpy', environment: { AZURE_STORAGE_KEY: 'b' } }],
  ])('lets a flag and a variable complete each other for %s with %o', (store, facts) => {
    expect(choose(store, facts)).toBe('own');
  });

  it.each<[CredentialStore, Case]>([
    ['s3', { environment: { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' } }],
    ['s3', { environment: { AWS_PROFILE: 'ci' } }],
    ['s3', { environment: { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: 'arn' } }],
    ['s3', { environment: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2' } }],
    ['s3', { environment: { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://localhost' } }],
    ['s3', { files: ['/home/me/.aws/credentials'] }],
    ['s3', { files: ['/home/me/.aws/config'] }],
    ['s3', { files: ['/elsewhere'], environment: { AWS_SHARED_CREDENTIALS_FILE: '/elsewhere' } }],
    ['s3', { files: ['/elsewhere'], environment: { AWS_CONFIG_FILE: '/elsewhere' } }],
    ['s3', { machine: 'Amazon EC2' }],
    ['s3', { username: 'me', environment: { AWS_PROFILE: 'ci' } }],
    ['azure', { environment: { AZURE_STORAGE_CONNECTION_STRING: 'c' } }],
    ['azure', { environment: { AZURE_STORAGE_ACCOUNT: 'a', AZURE_STORAGE_KEY: 'k' } }],
    ['azure', { environment: { AZURE_STORAGE_ACCOUNT: 'a', AZURE_STORAGE_SAS_TOKEN: 's' } }],
    [
      'azure',
      {
        username: 'account',
        environment: { AZURE_CLIENT_ID: 'c', AZURE_TENANT_ID: 't', AZURE_FEDERATED_TOKEN_FILE: 'f' },
      },
    ],
    ['azure', { environment: { AZURE_CLIENT_ID: 'c', AZURE_TENANT_ID: 't', AZURE_CLIENT_SECRET: 's' } }],
    ['azure', { username: 'account', files: ['/home/me/.azure/azureProfile.json'] }],
    ['gs', { environment: { GOOGLE_APPLICATION_CREDENTIALS: '/key.json' } }],
    ['gs', { files: ['/home/me/.config/gcloud/application_default_credentials.json'] }],
    ['gs', { machine: 'Google' }],
    ['gs', { environment: { STORAGE_EMULATOR_HOST: '127.0.0.1:4443' } }],
    ['swift', { environment: { OS_USERNAME: 'u', OS_PASSWORD: 'p' } }],
    ['swift', { environment: { OS_APPLICATION_CREDENTIAL_ID: 'i', OS_APPLICATION_CREDENTIAL_SECRET: 's' } }],
    ['swift', { environment: { ST_USER: 'u', ST_KEY: 'k' } }],
    ['rackspace', { environment: { OS_USERNAME: 'u', OS_PASSWORD: 'p' } }],
    ['hp', { environment: { OS_USERNAME: 'u', OS_PASSWORD: 'p' } }],
  ])('asks for nothing where %s has its own: %j', (store, facts) => {
    expect(choose(store, facts)).toBe('own');
  });

  it.each<[string, CredentialStore, Case, CredentialChoice]>([
    [
      'the secret of a fork is empty',
      's3',
      { environment: { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: '' } },
      'secret-missing',
    ],
    [
      'both are empty',
      's3',
      { environment: { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '' } },
      'secret-missing',
    ],
    ['half is set', 'swift', { environment: { OS_USERNAME: 'u' } }, 'secret-missing'],
    [
      'the key file is empty',
      'gs',
      { environment: { GOOGLE_APPLICATION_CREDENTIALS: '' } },
      'secret-missing',
    ],
    ["it is another store's", 'gs', { environment: { AWS_PROFILE: 'ci' } }, 'username-missing'],
    ['only a region is set', 's3', { environment: { AWS_REGION: 'eu-west-1' } }, 'username-missing'],
    ['the file is not there', 's3', { environment: { AWS_CONFIG_FILE: '/gone' } }, 'username-missing'],
    [
      'the role may not be asked for',
      's3',
      { machine: 'Amazon EC2', environment: { AWS_EC2_METADATA_DISABLED: 'true' } },
      'username-missing',
    ],
    ["it is another cloud's machine", 'gs', { machine: 'Amazon EC2' }, 'username-missing'],
  ])('does not take it for its own when %s', (_what, store, facts, expected) => {
    expect(choose(store, facts)).toBe(expected);
  });

  it('prefers flags to what the store has', () => {
    const environment = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    expect(choose('s3', { username: 'me', secretGiven: true, environment })).toBe('given');
  });
});
