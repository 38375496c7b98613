import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/io/http.ts';
import { Secret, type Credentials } from '../../src/model/secret.ts';
import { openUploadApi } from '../../src/registry/upload-api.ts';
import { describeTarget } from '../conformance/target.ts';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { startPypiServer, type Fault } from '../servers/pypi-server.ts';
import { startRecordingServer } from '../servers/recording-server.ts';
import { imaginary, publishable } from './artifacts.ts';

const password = 'pypi-AgEIcHlwaS5vcmc';
const basic = (secret: string): Credentials => ({
  kind: 'basic',
  username: '__token__',
  password: new Secret(secret),
});
const open = (url: string, credentials?: Credentials) =>
  openUploadApi({ url, credentials, http: createHttp() });

for (const mode of ['pypi', 'gitlab', 'pypiserver', 'nexus', 'artifactory'] as const)
  describeTarget(`of PyPI's upload API, as ${mode} answers it`, async () => {
    const server = await startPypiServer({ mode, user: ['__token__', password] });
    const fault = (one: Omit<Fault, 'times'>) => server.faults.push({ ...one, times: 1 });
    return {
      target: open(server.uploadUrl, basic(password)),
      withWrongCredentials: open(server.uploadUrl, basic('pypi-wrong-and-secret')),
      wrongSecret: 'pypi-wrong-and-secret',
      stored: () => new Map([...server.files].map(([name, { sha256 }]) => [name, sha256])),
      uploads: () => server.requests.filter(({ kind }) => kind === 'upload').length,
      loseNextAnswer: () => fault({ kind: 'lost-answer' }),
      answerNextWith: (status, headers = {}) => fault({ kind: 'status', status, headers }),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  });

describe('an upload on the wire', () => {
  const description = '  # lead\r\n\nx\n\ty é ☃\n\n\n';
  const wheel = makeWheel({ project: 'tiny', version: '1.0', description });

  it('is one POST with the right headers, the file last, the description byte by byte', async () => {
    await using server = await startRecordingServer();
    await using folder = await makeFolder([wheel]);
    const target = open(`${server.url}legacy/`, basic(password));
    await target.send(await publishable(wheel, folder.path));
    await target.close();
    const [upload, ...more] = server.uploads;
    expect(more).toEqual([]);
    expect(upload?.headers).toMatchObject({
      accept: expect.stringMatching(/^application\/json/) as string,
      authorization: `Basic ${Buffer.from(`__token__:${password}`).toString('base64')}`,
      'content-length': String(upload?.body.length),
      'content-type': expect.stringMatching(/^multipart\/form-data; boundary=/) as string,
    });
    expect(upload?.headers['transfer-encoding']).toBeUndefined();
    expect(upload?.fields.find(([name]) => name === 'description')?.[1]).toBe(description);
    expect(upload?.parts.at(-1)).toMatchObject({
      name: 'content',
      filename: wheel.filename,
      content: wheel.bytes,
    });
  });

  it.each([307, 308])('follows a %i that only adds a slash, once, and remembers it', async (status) => {
    await using server = await startRecordingServer(({ url }) =>
      url.endsWith('/') ? { status: 200 } : { status, headers: { Location: `${url}/` } },
    );
    await using folder = await makeFolder([wheel]);
    const target = open(`${server.url}legacy`);
    const artifact = await publishable(wheel, folder.path);
    await target.send(artifact);
    await target.send(artifact);
    await target.close();
    expect(server.uploads.map(({ url }) => url)).toEqual(['/legacy', '/legacy/', '/legacy/']);
  });

  it.each([
    ['a 301', 301, (url: string) => `${url}/`],
    ['another path', 308, () => '/other/'],
    ['another query', 308, (url: string) => `${url}/?a=b`],
    ['another host', 308, () => 'https://example.com/legacy/'],
    ['a slash for ever', 308, (url: string) => `${url}/`],
  ])('follows no other redirect: %s', async (_, status, location) => {
    await using server = await startRecordingServer(({ url }) => ({
      status,
      headers: { Location: location(url) },
    }));
    await using folder = await makeFolder([wheel]);
    const target = open(`${server.url}legacy`, basic(password));
    await expect(target.send(await publishable(wheel, folder.path))).rejects.toMatchObject({
      code: 'REDIRECTED',
    });
    await target.close();
    expect(server.uploads.length).toBeLessThanOrEqual(2);
  });

  it('repeats nothing of ours that a redirect leads to, but follows it where it may', async () => {
    await using server = await startRecordingServer(({ url }) =>
      url.endsWith('/again')
        ? { status: 308, headers: { Location: `${url}/` } }
        : { status: 301, headers: { Location: `/${password}/` } },
    );
    await using folder = await makeFolder([wheel]);
    const target = open(`${server.url}${password}/again`, basic(password));
    const thrown: unknown = await target
      .send(await publishable(wheel, folder.path))
      .catch((error: unknown) => error);
    await target.close();
    expect(server.uploads.map(({ url }) => url)).toEqual([`/${password}/again`, `/${password}/again/`]);
    expect(thrown).toMatchObject({ code: 'REDIRECTED' });
    expect(String(thrown)).toMatch(/redirects uploads to http:\S+\/\*\*\*\/$/);
    expect(JSON.stringify(thrown)).not.toContain(password);
  });

  it('takes the user info of the URL for credentials, and never prints it', async () => {
    await using server = await startRecordingServer(() => ({ status: 403 }));
    await using folder = await makeFolder([wheel]);
    const target = open(server.url.replace('://', `://alice:${password}@`));
    expect(target.url).toBe(server.url);
    expect(JSON.stringify(target)).not.toContain(password);
    await expect(target.send(await publishable(wheel, folder.path))).rejects.not.toThrow(password);
    await target.close();
    expect(server.uploads[0]?.headers.authorization).toBe(
      `Basic ${Buffer.from(`alice:${password}`).toString('base64')}`,
    );
  });

  it('asks a source of credentials before every upload, masks what it gave, and closes it', async () => {
    const tokens = ['pypi-first-token', 'pypi-second-token'];
    await using server = await startRecordingServer((_, n) => ({
      status: 400,
      body: JSON.stringify({ message: `I do not like ${tokens[n - 1] ?? ''}` }),
    }));
    await using folder = await makeFolder([wheel]);
    const artifact = await publishable(wheel, folder.path);
    let asked = 0;
    let closed = 0;
    const target = openUploadApi({
      url: server.url,
      credentials: {
        current: () => Promise.resolve(basic(tokens[asked++] ?? '')),
        close: () => {
          closed++;
          return Promise.resolve();
        },
      },
      http: createHttp(),
    });
    for (const token of tokens) {
      await expect(target.send(artifact)).rejects.toMatchObject({
        message: expect.stringMatching(/I do not like \*\*\*$/) as string,
      });
      expect(server.uploads.at(-1)?.headers.authorization).toBe(
        `Basic ${Buffer.from(`__token__:${token}`).toString('base64')}`,
      );
    }
    await target.close();
    expect([asked, closed]).toEqual([2, 1]);
  });

  it.each(['not a URL', 'ftp://example.com/', 'upload.pypi.org/legacy/'])(
    'goes to http URLs only: %s',
    (url) => {
      expect(() => open(url)).toThrow('the repository URL is no http or https URL');
    },
  );
});

describe('a server that answers before the body is through, and closes', () => {
  const sizeBytes = 24 * 1024 * 1024;
  it.each([
    [401, 'UNAUTHORIZED'],
    [403, 'FORBIDDEN'],
    [413, 'TOO_LARGE'],
  ])('is understood: %i', async (status, code) => {
    await using folder = await makeFolder();
    const artifact = imaginary('tiny-1.0-py3-none-any.whl', '', {
      sizeBytes,
      path: join(folder.path, 'big'),
    });
    await writeFile(artifact.path, '');
    await truncate(artifact.path, sizeBytes);
    await using server = await startPypiServer();
    const target = open(server.uploadUrl);
    // Without turns of the event loop between two writes, most of these would be lost to a connection reset.
    for (let round = 0; round < 10; round++) {
      server.faults.push({ kind: 'early-status', status, body: '{"message":"no"}', times: 1 });
      await expect(target.send(artifact)).rejects.toMatchObject({ code, status });
    }
    await target.close();
  });
});

describe('a file that changes while it is sent', () => {
  it.each([
    ['shorter', 100],
    ['longer', 10_000],
  ])('fails for good, whatever the network says: %s', async (_, newSize) => {
    await using server = await startRecordingServer();
    await using folder = await makeFolder();
    const artifact = imaginary('tiny-1.0-py3-none-any.whl', '', {
      sizeBytes: 5000,
      path: join(folder.path, 'file'),
    });
    await writeFile(artifact.path, Buffer.alloc(newSize));
    const target = open(server.url);
    await expect(target.send(artifact)).rejects.toMatchObject({ code: 'FILE_SYSTEM', transient: false });
    await target.close();
    expect(server.uploads).toEqual([]);
  });
});
