import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import type { Retry } from '../../../src/io/retry.ts';
import { parseLocation } from '../../../src/storage/location.ts';
import { openS3, type S3Options } from '../../../src/storage/drivers/s3.ts';
import { startProxyServer } from '../../servers/proxy-server.ts';
import { startS3Server } from '../../servers/s3-server.ts';
import { authorityFile, startTlsServer } from '../../servers/tls-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'wheelhouse-aws-'));
afterAll(() => rmSync(folder, { recursive: true }));

const kept = { ...process.env };
beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (/^AWS_|_PROXY$/i.test(name)) Reflect.deleteProperty(process.env, name);
  Object.assign(process.env, {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  });
});
afterEach(() => {
  process.env = { ...kept };
});

const bucket = parseLocation('s3://bucket');
const login = { username: 'me', secret: new Secret('mine'), region: 'us-east-1' };

/** What comes of creating the bucket, and how often it was tried again. */
async function create(options: S3Options) {
  const retries: Retry[] = [];
  const container = await openS3(bucket, {
    ...options,
    onEvent: (told) => {
      if (told.event === 'retry') retries.push(told);
    },
  });
  try {
    const thrown: unknown = await container.create().catch((error: unknown) => error);
    return { thrown, retries, publicUrl: container.publicUrl() };
  } finally {
    await container.close();
  }
}

describe('the endpoint of a profile', () => {
  it.each([
    ['of all services', 'endpoint_url = URL'],
    ['of S3', 'services = local\n[services local]\ns3 =\n  endpoint_url = URL'],
  ])('%s is where the bucket is, and what its public URL says', async (_what, lines) => {
    await using server = await startS3Server();
    const config = join(mkdtempSync(join(folder, 'profile-')), 'config'); // the SDK reads a path once
    writeFileSync(config, `[profile ci]\nregion = us-east-1\n${lines.replace('URL', server.origin)}\n`);
    Object.assign(process.env, { AWS_PROFILE: 'ci', AWS_CONFIG_FILE: config });
    const { thrown, publicUrl } = await create({ username: 'me', secret: login.secret, enableCdn: false });
    expect(thrown).toBeUndefined();
    expect(publicUrl).toBe(`${server.origin}/bucket/`);
  });
});

describe('a credential_process that does not end', () => {
  beforeEach(() => {
    const config = join(mkdtempSync(join(folder, 'profile-')), 'config');
    const command = `"${process.execPath}" -e "setTimeout(()=>{},5000)"`;
    writeFileSync(config, `[profile ci]\nregion = us-east-1\ncredential_process = ${command}\n`);
    Object.assign(process.env, { AWS_PROFILE: 'ci', AWS_CONFIG_FILE: config });
  });

  it('is given up after the time that was set, for good', async () => {
    await using server = await startS3Server();
    const { thrown, retries } = await create({ endpoint: server.origin, idleTimeoutMs: 200 });
    expect(thrown).toMatchObject({
      code: 'TIMEOUT',
      message: expect.stringMatching(/credentials.*0\.2 s.*profile ci/) as string,
      hint: expect.stringContaining('aws sts get-caller-identity --profile ci') as string,
    });
    expect(retries).toEqual([]);
  });

  it('does not outlast an abort', async () => {
    await using server = await startS3Server();
    const ended = new AbortController();
    const creating = create({ endpoint: server.origin, signal: ended.signal });
    ended.abort();
    expect((await creating).thrown).toMatchObject({ code: 'ABORTED' });
  });
});

describe('what is wrong on this side is told at once, and no network is blamed', () => {
  it.each<[string, Record<string, string>, S3Options, RegExp, RegExp]>([
    [
      'a token file that is not there',
      { AWS_WEB_IDENTITY_TOKEN_FILE: '/nonexistent/token', AWS_ROLE_ARN: 'arn:aws:iam::1:role/x' },
      { region: 'us-east-1' },
      /credentials cannot be read: .*nonexistent/,
      /AWS_WEB_IDENTITY_TOKEN_FILE/,
    ],
    [
      'a profile that is not there',
      { AWS_PROFILE: 'ci' },
      { region: 'us-east-1' },
      /credentials/,
      /profile ci:/,
    ],
    ['a line break in the key', {}, { ...login, username: 'me\n' }, /line break/, /AWS_ACCESS_KEY_ID/],
    ['no region', {}, { ...login, region: 'us east/1' }, /"us east\/1" cannot be a region/, /--region/],
    ['no proxy', { HTTP_PROXY: '::mine' }, login, /HTTP_PROXY is no URL of a proxy/, /unset HTTP_PROXY/],
    ['no authority', { AWS_CA_BUNDLE: '/nonexistent' }, login, /certificate authorities/, /PEM/],
    ['a query', {}, { ...login, endpoint: 'http://127.0.0.1:9?x' }, /not an http\(s\) URL/, /--endpoint/],
  ])('%s', async (_what, environment, options, message, hint) => {
    Object.assign(process.env, environment);
    const { thrown, retries } = await create({ endpoint: 'http://127.0.0.1:9', ...options }).catch(
      (thrown: unknown) => ({ thrown, retries: [] }),
    );
    expect(thrown).toMatchObject({
      code: 'CONFIG',
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
    });
    expect(retries).toEqual([]);
  });
});

describe('a proxy', () => {
  it.each([
    ['stands before S3', '', true],
    ['is passed by for a network of NO_PROXY', '127.0.0.0/8', false],
  ])('%s', async (_what, noProxy, passed) => {
    await using server = await startS3Server();
    await using proxy = await startProxyServer();
    Object.assign(process.env, { HTTP_PROXY: `http://127.0.0.1:${proxy.port}`, NO_PROXY: noProxy });
    const { thrown } = await create({ ...login, endpoint: server.origin, enableCdn: false });
    expect(thrown).toBeUndefined();
    expect(proxy.passed.length > 0).toBe(passed);
  });
});

it('the authorities of AWS_CA_BUNDLE are trusted', async () => {
  let reached = false;
  await using server = await startTlsServer((_request, response) => {
    reached = true;
    response.writeHead(403).end();
  });
  process.env['AWS_CA_BUNDLE'] = authorityFile;
  const { thrown } = await create({
    ...login,
    endpoint: `https://localhost:${server.port}`,
    enableCdn: false,
  });
  expect(String((thrown as Error | undefined)?.message)).not.toContain('certificate');
  expect(reached).toBe(true);
});
