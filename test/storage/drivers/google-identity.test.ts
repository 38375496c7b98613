import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Storage } from '@google-cloud/storage';
import { afterAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import { chooseAddress } from '../../../src/storage/drivers/google/address.ts';
import { tokenFailure } from '../../../src/storage/drivers/google/failure.ts';
import { readIdentity } from '../../../src/storage/drivers/google/identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'wheelhouse-identity-'));
afterAll(() => rmSync(folder, { recursive: true }));
const path = join(folder, 'key.json');
const keyFile = { type: 'service_account', client_email: 'ci@numpy.example', private_key: 'secret' };
writeFileSync(path, JSON.stringify(keyFile));
const pem = '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n';

describe('a Google identity', () => {
  it.each<[string, string | undefined, string | undefined, object]>([
    ['nothing', undefined, undefined, {}],
    ['a user name alone', 'ci@numpy.example', undefined, {}],
    ['an empty secret', 'ci@numpy.example', '', {}],
    ['the path of a key file', undefined, path, { credentials: keyFile }],
    ['the text of a key file', undefined, `${JSON.stringify(keyFile)}\n`, { credentials: keyFile }],
    ['a private key', 'ci@x', pem, { credentials: { client_email: 'ci@x', private_key: pem } }],
    [
      'a private key on one line',
      'ci@x',
      pem.replaceAll('\n', '\\n'),
      { credentials: { client_email: 'ci@x', private_key: `${pem}\n` } },
    ],
  ])('is read from: %s', (_what, username, secret, expected) => {
    expect(readIdentity(username, secret === undefined ? undefined : new Secret(secret))).toEqual(expected);
  });

  it.each<[string, string]>([
    ['a private key of nobody', pem],
    ['a path of nothing', '/nowhere/secret.json'],
    ['what is no key at all', 'secret'],
    ['half a key file', '{"type": "service_account", "private_key": "secret'],
    ['JSON of another kind', '{"secret": 1}'],
  ])('cannot be read from: %s, which is not repeated', (_what, secret) => {
    const attempt = () => readIdentity(undefined, new Secret(secret));
    expect(attempt).toThrow(
      expect.objectContaining({ code: 'CONFIG', hint: expect.any(String) as string }) as Error,
    );
    expect(attempt).not.toThrow(/c2VjcmV0|nowhere|"secret"/);
  });
});

describe('a key file that the library of Google reads', () => {
  it.each([
    ['c2VjcmV0 is no JSON', /: the key file is not JSON$/],
    [
      JSON.stringify({ ...keyFile, private_key: 'c2VjcmV0' }),
      /: the private key of the key file is damaged$/,
    ],
  ])('is not quoted when it is broken: %s', async (text, message) => {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, text);
    const { authClient } = new Storage({ keyFilename: broken });
    const thrown: unknown = await authClient.getAccessToken().catch((thrown: unknown) => thrown);
    const error = tokenFailure(thrown, undefined);
    expect(error).toMatchObject({ code: 'CONFIG', message: expect.stringMatching(message) as string });
    expect(error.cause).toBeUndefined();
  });
});

describe('the address of Google Cloud Storage', () => {
  it.each<[string, string | undefined, string | undefined, boolean, object]>([
    ['its own', undefined, undefined, false, { authenticated: true }],
    ['its own, though a variable is empty', undefined, '', true, { authenticated: true }],
    [
      'an emulator',
      undefined,
      'localhost:4443',
      false,
      { endpoint: 'http://localhost:4443', authenticated: false },
    ],
    [
      'an emulator as other clients want it',
      undefined,
      'http://gcs:4443/storage/v1/',
      false,
      { endpoint: 'http://gcs:4443', authenticated: false },
    ],
    [
      'an https emulator',
      undefined,
      'https://localhost:4443',
      false,
      { endpoint: 'https://localhost:4443', authenticated: false },
    ],
    [
      'an endpoint before the emulator',
      'http://127.0.0.1:1',
      'localhost:2',
      false,
      { endpoint: 'http://127.0.0.1:1', authenticated: false },
    ],
    [
      'a private endpoint',
      'https://storage.p.example/',
      undefined,
      false,
      { endpoint: 'https://storage.p.example', authenticated: true },
    ],
    [
      'credentials within the machine',
      'http://[::1]:4443',
      undefined,
      true,
      { endpoint: 'http://[::1]:4443', authenticated: true },
    ],
  ])('is %s', (_what, given, emulator, hasCredentials, expected) => {
    expect(chooseAddress(given, emulator, hasCredentials)).toEqual(expected);
  });

  it.each<[string, string]>([
    ['no URL', 'storage.example'],
    ['of another protocol', 'ftp://storage.example'],
    ['with user info', 'https://ci:pass@storage.example'],
    ['in the clear, for a token', 'http://storage.example'],
  ])('cannot be %s', (_what, given) => {
    const attempt = () => chooseAddress(given, undefined, true);
    expect(attempt).toThrow(expect.objectContaining({ code: 'CONFIG' }) as Error);
    expect(attempt).not.toThrow(/pass/);
  });
});
