import { describe, expect, it } from 'vitest';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { s3Error, startS3Server, type S3ServerOptions } from '../servers/s3-server.ts';
import { runBin } from './run-bin.ts';

const wheel = makeWheel({ project: 'one', version: '1.0' });

/** Uploads a wheel to a bucket that is not there yet. */
async function uploadTo(options: S3ServerOptions, flags: readonly string[] = []) {
  await using server = await startS3Server({ username: 'me', secret: 'sesame', ...options });
  await using dist = await makeFolder([wheel]);
  const { code, stdout, stderr } = await runBin(
    ['upload', 's3://bucket', '--local-folder', dist.path, ...flags],
    {
      env: {
        WHEELHOUSE_UPLOADER_ENDPOINT: server.origin,
        WHEELHOUSE_UPLOADER_USERNAME: 'me',
        WHEELHOUSE_UPLOADER_SECRET: 'sesame',
      },
    },
  );
  const asked = server.requests.filter(({ query }) => query.has('website')).length;
  return { code, stdout, stderr, asked, websites: server.websites, publicUrl: `${server.origin}/bucket/` };
}

describe('fetch from a bucket', () => {
  it.each([
    ['its URL', 's3://bucket/pre', []],
    ['its name, as in the original', 'bucket/pre', ['--provider', 's3']],
    ['its name and the old flag', 'bucket/pre', ['--provider-name', 'S3']],
  ])('takes %s, and the same variables as the upload', async (_, index, flags) => {
    await using server = await startS3Server({ username: 'me', secret: 'sesame' });
    await using dist = await makeFolder([wheel]);
    const env = {
      WHEELHOUSE_UPLOADER_ENDPOINT: server.origin,
      WHEELHOUSE_UPLOADER_USERNAME: 'me',
      WHEELHOUSE_UPLOADER_SECRET: 'sesame',
    };
    await runBin(['upload', 's3://bucket/pre', '--local-folder', dist.path], { env });
    await using folder = await makeFolder();
    const run = await runBin(['fetch', 'one', index, '--json', ...flags], { cwd: folder.path, env });
    expect(run.stderr).toBe('');
    expect(run.summary()).toMatchObject({ ok: true, counts: { downloaded: 1 } });
  });
});

describe('upload to a bucket', () => {
  it('enables its website, and prints the public URL', async () => {
    const run = await uploadTo({});
    expect(run.code, run.stderr).toBe(0);
    expect(run.websites.get('bucket')).toContain('index.html');
    expect(run.stderr).not.toContain('warning');
    expect(run.stdout.split('\n')).toContain(run.publicUrl);
  });

  it.each([
    ['may not be enabled', s3Error(403, 'AccessDenied')],
    ['the store does not know', s3Error(501, 'NotImplemented')],
  ])('whose website %s warns, and is done all the same', async (_what, answer) => {
    const run = await uploadTo({ intercept: ({ query }) => (query.has('website') ? answer : undefined) });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toMatch(/warning: cannot enable the website of the bucket bucket: /);
    expect(run.stderr).toMatch(/hint: .*--no-enable-cdn/);
    expect(run.stdout.split('\n')).toContain(run.publicUrl);
  });

  it('fails at once for wrong credentials, in one line that says what to do', async () => {
    const run = await uploadTo({ secret: 'another' });
    expect([run.code, run.stdout]).toEqual([1, '']);
    expect(run.stderr).toMatch(/^error: .*SignatureDoesNotMatch.*hint: check --secret.*\n$/);
  });

  it("takes the line break off a pasted key that is read by the store's SDK", async () => {
    await using server = await startS3Server({ username: 'me', secret: 'sesame' });
    await using dist = await makeFolder([wheel]);
    const run = await runBin(['upload', 's3://bucket', '--local-folder', dist.path], {
      env: {
        WHEELHOUSE_UPLOADER_ENDPOINT: server.origin,
        AWS_ACCESS_KEY_ID: 'me\n',
        AWS_SECRET_ACCESS_KEY: 'sesame\n',
      },
    });
    expect(run.code, run.stderr).toBe(0);
  });

  it('asks for no website with --no-enable-cdn', async () => {
    const run = await uploadTo({}, ['--no-enable-cdn']);
    expect([run.code, run.asked]).toEqual([0, 0]);
    expect(run.stdout.split('\n')).toContain(run.publicUrl);
  });
});
