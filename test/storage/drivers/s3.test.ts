import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/model/secret.ts';
import type { Retry } from '../../../src/io/retry.ts';
import type { Source } from '../../../src/storage/container.ts';
import { parseLocation } from '../../../src/storage/location.ts';
import { openS3, type S3Options } from '../../../src/storage/drivers/s3.ts';
import { bytesSource } from '../../../src/storage/source.ts';
import { describeContainer } from '../../conformance/container.ts';
import { listKeys, readText } from '../../conformance/contents.ts';
import { s3Error, startS3Server, type S3Request, type S3ServerOptions } from '../../servers/s3-server.ts';

const wheels = 's3://bucket/wheels';
const type = { contentType: 'application/octet-stream' };

type Place = S3Options & { readonly url?: string };

async function setUp(server: S3ServerOptions = {}, options: Place = {}) {
  const running = await startS3Server(server);
  const retries: Retry[] = [];
  const open = (more: Place = {}) => {
    const { url = wheels, ...given } = { ...options, ...more };
    return openS3(parseLocation(url), {
      username: 'me',
      secret: new Secret('mine'),
      region: 'us-east-1',
      endpoint: running.origin,
      onEvent: (told) => {
        if (told.event === 'retry') retries.push(told);
      },
      ...given,
    });
  };
  const container = await open();
  return {
    container,
    open,
    retries,
    ...running,
    [Symbol.asyncDispose]: async () => {
      await container.close();
      await running[Symbol.asyncDispose]();
    },
  };
}

const conformance =
  (server: S3ServerOptions = {}, options: Place = {}) =>
  async () => {
    const place = await setUp(server, options);
    return { container: place.container, another: place.open, cleanup: () => place[Symbol.asyncDispose]() };
  };

describeContainer('s3', conformance({ listPageSize: 7 }), {
  manyObjects: 50,
  tagIsDigest: true,
  raceRounds: 2,
});
describeContainer(
  's3 in parts',
  conformance({ leastPartBytes: 1 }, { partThresholdBytes: 1, partBytes: 150_000 }),
  {
    manyObjects: 0,
    tagIsDigest: true,
    raceRounds: 1,
  },
);
describeContainer('s3 without conditional writes', conformance({ conditions: 'ignored' }), {
  manyObjects: 0,
  tagIsDigest: true,
  conditionalWrites: false,
});

describe('what S3 refuses is told in one clear line', () => {
  it.each<[string, S3ServerOptions, Place, string, RegExp, RegExp]>([
    ['a wrong access key', { username: 'you' }, {}, 'UNAUTHORIZED', /InvalidAccessKeyId/, /--username/],
    ['a wrong secret', { secret: 'yours' }, {}, 'UNAUTHORIZED', /SignatureDoesNotMatch/, /--secret/],
    [
      'an expired token',
      { intercept: ({ method }) => (method === 'HEAD' ? { status: 400 } : s3Error(400, 'ExpiredToken')) },
      {},
      'UNAUTHORIZED',
      /ExpiredToken/,
      /AWS_SESSION_TOKEN/,
    ],
    [
      'a key without rights',
      { intercept: ({ method }) => (method === 'HEAD' ? { status: 403 } : s3Error(403, 'AccessDenied')) },
      {},
      'FORBIDDEN',
      /AccessDenied/,
      /s3:ListBucket/,
    ],
    [
      'a bucket whose requester pays',
      {
        intercept: ({ method }) =>
          method === 'HEAD'
            ? { status: 403 }
            : s3Error(403, 'AccessDenied', 'Bucket is requester pays bucket but no header found'),
      },
      {},
      'FORBIDDEN',
      /requester pays/,
      /account that owns it/,
    ],
    [
      'a bucket of somebody else',
      {},
      { url: 's3://taken' },
      'FORBIDDEN',
      /BucketAlreadyExists/,
      /another account/,
    ],
    ['no bucket name', {}, { url: 's3://No_Name' }, 'USAGE', /InvalidBucketName/, /a-z/],
    [
      'a refusal without a word',
      { intercept: () => ({ status: 403 }) },
      {},
      'FORBIDDEN',
      /answered 403 Forbidden/,
      /s3:ListBucket/,
    ],
    ['an address where nobody is', {}, { endpoint: 'http://127.0.0.1:9' }, 'NETWORK', /refuses/, /URL/],
  ])('%s', async (_what, server, options, code, message, hint) => {
    await using place = await setUp(server, options);
    const thrown = await place.container.create().then(
      () => undefined,
      (error: unknown) => error as Error & { hint?: string },
    );
    expect(thrown).toMatchObject({ name: 'WheelhouseError', code });
    expect(thrown?.message).toMatch(message);
    expect(thrown?.message).not.toContain('\n');
    expect(thrown?.hint).toMatch(hint);
    if (code === 'UNAUTHORIZED' || code === 'FORBIDDEN') expect(place.retries).toEqual([]);
  });

  it('no credentials at all', async () => {
    const kept = { ...process.env };
    for (const name of Object.keys(process.env))
      if (name.startsWith('AWS_')) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, {
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    });
    try {
      await using server = await startS3Server();
      const container = await openS3(parseLocation('s3://bucket'), { endpoint: server.origin });
      await expect(container.create()).rejects.toMatchObject({
        code: 'CONFIG',
        hint: expect.stringContaining('AWS_PROFILE') as string,
      });
      expect(server.requests).toEqual([]);
    } finally {
      process.env = kept;
    }
  });
});

describe('what S3 corrects is not bothered about', () => {
  it('another region', async () => {
    await using place = await setUp({
      region: 'eu-central-1',
      intercept: ({ headers }) =>
        headers.authorization?.includes('/us-east-1/') === true
          ? { ...s3Error(301, 'PermanentRedirect'), headers: { 'x-amz-bucket-region': 'eu-central-1' } }
          : undefined,
    });
    await place.container.create();
    expect((await place.container.write('a.whl', bytesSource('x'), type)).sizeBytes).toBe(1);
  });

  it('a clock that is off', async () => {
    await using place = await setUp({ clockAheadMs: 3_600_000 });
    await place.container.create();
    expect((await place.container.write('a.whl', bytesSource('x'), type)).sizeBytes).toBe(1);
    expect(place.retries).toEqual([]);
  });
});

describe('conditions are probed', () => {
  it.each<[S3ServerOptions['conditions'], boolean]>([
    ['honoured', true],
    ['unquoted', true],
    ['ignored', false],
    ['refused', false],
  ])('where they are %s: %s', async (conditions, expected) => {
    await using place = await setUp({ ...(conditions && { conditions }) });
    await place.container.create();
    expect(await place.container.conditionalWrites()).toBe(expected);
    expect(await listKeys(place.container)).toEqual([]);
    const { tag } = await place.container.write('page', bytesSource('1'), type);
    await place.container.write('page', bytesSource('2'), { ...type, condition: { ifTag: tag } });
    expect(await readText(place.container, 'page')).toBe('2');
  });

  it('though every answer to a write is lost once', async () => {
    const lost = new Set<string>();
    await using place = await setUp({
      losesAnswer: ({ method, key, headers }) => {
        const address = `${method} ${key} ${headers['if-match'] ?? ''} ${headers['if-none-match'] ?? ''}`;
        const isFirst = method === 'PUT' && key !== '' && !lost.has(address);
        lost.add(address);
        return isFirst;
      },
    });
    await place.container.create();
    expect(await place.container.conditionalWrites()).toBe(true);
  });

  it('at most once a run', async () => {
    await using place = await setUp();
    await place.container.create();
    await place.container.conditionalWrites();
    const before = place.requests.length;
    await place.container.conditionalWrites();
    expect(place.requests.length).toBe(before);
  });
});

describe('keys that end in a slash', () => {
  // As VersityGW answers: its objects are files.
  const refusing: S3ServerOptions = {
    intercept: ({ method, key }) =>
      method === 'PUT' && key.endsWith('/') ? s3Error(400, 'DirectoryObjectContainsData') : undefined,
  };

  it.each([
    ['are used where the store takes them', {}, true],
    ['are left out where it takes them for folders', refusing, false],
  ])('%s, as is known to everybody who is about to write pages', async (_, server, accepted) => {
    await using place = await setUp(server);
    await place.container.create();
    const another = await place.open();
    await another.conditionalWrites();
    expect([place.container.acceptsSlashKeys, another.acceptsSlashKeys]).toEqual([accepted, accepted]);
    await another.close();
    expect(await listKeys(place.container)).toEqual([]); // no probe stays
  });
});

describe('a write', () => {
  const big = Buffer.alloc(3 * 1024 ** 2, 'b');
  const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

  it.each([
    ['small', Buffer.from('small')],
    ['large', big],
  ])('is signed with the digest of its bytes: %s', async (_what, bytes) => {
    await using place = await setUp();
    await place.container.create();
    await place.container.write('a.whl', bytesSource(bytes), type);
    const sent = place.requests.findLast(({ method, key }) => method === 'PUT' && key.endsWith('a.whl'));
    expect(sent?.headers['x-amz-content-sha256']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('does not read the bytes twice when their digest is known', async () => {
    await using place = await setUp();
    await place.container.create();
    let opened = 0;
    const source: Source = { ...bytesSource(big), open: () => (opened++, bytesSource(big).open()) };
    await place.container.write('a.whl', source, { ...type, sha256: sha256Of(big) });
    expect(opened).toBe(1);
  });

  it.each([
    ['small', Buffer.from('small')],
    ['large', big],
  ])('whose source has changed is stored nowhere, and is not tried again: %s', async (_what, bytes) => {
    await using place = await setUp();
    await place.container.create();
    const write = place.container.write('a.whl', bytesSource(bytes), { ...type, sha256: 'a'.repeat(64) });
    await expect(write).rejects.toMatchObject({ code: 'HASH_MISMATCH', message: /changed while/ });
    expect(await place.container.stat('a.whl')).toBeUndefined();
    expect(place.retries).toEqual([]);
  });

  it.each([
    ['small, digest checked', Buffer.from('small'), false],
    ['large, digest checked', big, false],
    ['small, digest ignored', Buffer.from('small'), true],
    ['large, digest ignored', big, true],
  ])('whose bytes are damaged on their way is done again: %s', async (_what, bytes, ignoresDigests) => {
    let damagedOnce = false;
    const damages = ({ method, key }: S3Request) => {
      const isFirst = !damagedOnce && method === 'PUT' && key.endsWith('a.whl');
      damagedOnce ||= isFirst;
      return isFirst;
    };
    await using place = await setUp({ ignoresDigests, damages });
    await place.container.create();
    await place.container.conditionalWrites();
    await place.container.write('a.whl', bytesSource(bytes), { ...type, sha256: sha256Of(bytes) });
    expect(place.retries).toHaveLength(1);
    expect(place.buckets.get('bucket')?.get('wheels/a.whl')?.bytes.equals(bytes)).toBe(true);
  });

  it.each([
    ['checks digests', {}, true],
    ['does not', { ignoresDigests: true }, false],
  ])('to a store that %s', async (_what, server: S3ServerOptions, checks) => {
    await using place = await setUp(server, { partThresholdBytes: 1000 });
    await place.container.create();
    expect(place.container.checksSha256?.(1000)).toBe(false); // not known yet
    await place.container.conditionalWrites();
    expect(place.container.checksSha256?.(1000)).toBe(checks);
    expect(place.container.checksSha256?.(1001)).toBe(false); // the parts are checked, the whole is not
    expect(await listKeys(place.container)).toEqual([]);
  });

  it('that an unknown thing answers with 200 is not taken for done', async () => {
    let isStrange = false;
    await using place = await setUp({
      intercept: ({ method }) => (isStrange && method === 'PUT' ? { status: 200, body: '' } : undefined),
    });
    await place.container.create();
    isStrange = true;
    await expect(place.container.write('a.whl', bytesSource('x'), type)).rejects.toMatchObject({
      code: 'TRUNCATED',
    });
  }, 30_000);

  it('without a condition that is in conflict with another is done again', async () => {
    let conflicts = 0;
    const intercept = ({ method, key }: S3Request) =>
      method === 'PUT' && key.endsWith('a.whl') && conflicts++ === 0
        ? s3Error(409, 'ExistingObjectIsDirectory')
        : undefined;
    await using place = await setUp({ intercept });
    await place.container.create();
    await place.container.write('a.whl', bytesSource('x'), type);
    expect(await readText(place.container, 'a.whl')).toBe('x');
    expect(place.retries).toHaveLength(1);
  });

  it('under a condition, whose answer was lost, is our own', async () => {
    let loses = false;
    await using place = await setUp({
      losesAnswer: ({ method, key }) => {
        const now = loses && method === 'PUT' && key.endsWith('page');
        if (now) loses = false;
        return now;
      },
    });
    await place.container.create();
    await place.container.conditionalWrites();
    loses = true;
    const written = await place.container.write('page', bytesSource('x'), {
      ...type,
      condition: { ifAbsent: true },
    });
    expect(written.tag).toBe((await place.container.stat('page'))?.tag);
    expect(place.retries).toHaveLength(1);
  });
});

describe('a write goes past the pipeline of the SDK', () => {
  const isOfSdk = ({ headers }: S3Request) => headers['amz-sdk-invocation-id'] !== undefined;
  const key = "odd key+(1)!~*'ß.whl";
  const isPut = (request: S3Request) => request.method === 'PUT' && request.key.endsWith('.whl');

  it('once that has shown the way, and sends the same', async () => {
    await using place = await setUp();
    await place.container.create();
    const another = await place.open();
    const options = { ...type, cacheControl: 'max-age=60', condition: { ifAbsent: true } } as const;
    await place.container.conditionalWrites();
    await place.container.write(key, bytesSource('x'), options);
    await another.write(`2${key}`, bytesSource('x'), { ...type, cacheControl: 'max-age=60' });
    await another.close();
    const [routed, sdk] = place.requests.filter(isPut);
    expect([routed, sdk].map((request) => isOfSdk(request!))).toEqual([false, true]);
    expect(routed?.key).toBe(`wheels/${key}`);
    expect(routed?.headers['if-none-match']).toBe('*');
    for (const name of ['host', 'user-agent', 'content-type', 'content-length', 'cache-control'])
      expect(routed?.headers[name]).toBe(sdk?.headers[name]);
  });

  it.each([
    [
      'an error of S3',
      s3Error(400, 'KeyTooLongError', 'Your &quot;key&quot; is too long'),
      /: Your "key" is too/,
    ],
    ['a page of a proxy', { status: 400, body: '<html>no</html>' }, /answered 400 Bad Request$/],
    ['nothing', { status: 400 }, /answered 400 Bad Request$/],
  ])('whose refusal is told in the same words: %s', async (_what, answer, message) => {
    let refuses = false;
    await using place = await setUp({ intercept: () => (refuses ? answer : undefined) });
    await place.container.create();
    const another = await place.open();
    await place.container.write('way.whl', bytesSource('x'), type);
    refuses = true;
    for (const container of [place.container, another]) {
      const write = container.write(key, bytesSource('x'), type);
      await expect(write).rejects.toMatchObject({ code: 'REJECTED', status: 400, message });
    }
    await another.close();
    expect(place.requests.slice(-2).map(isOfSdk)).toEqual([false, true]);
  });

  it('until it meets what the SDK can correct', async () => {
    let skews = false;
    await using place = await setUp({
      intercept: (request) => (skews && !isOfSdk(request) ? s3Error(403, 'RequestTimeTooSkewed') : undefined),
    });
    await place.container.create();
    await place.container.write('way.whl', bytesSource('x'), type);
    skews = true;
    await expect(place.container.write('a.whl', bytesSource('x'), type)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect((await place.container.write('a.whl', bytesSource('x'), type)).sizeBytes).toBe(1);
  });
});

describe('parts', () => {
  const bytes = Buffer.alloc(1000, 'p');
  const inParts = { partThresholdBytes: 500, partBytes: 300 };
  const small = { leastPartBytes: 1 };

  it('are sent one by one, and put together', async () => {
    await using place = await setUp(small, inParts);
    await place.container.create();
    const { tag } = await place.container.write('a.whl', bytesSource(bytes), type);
    expect(tag).toMatch(/^"[0-9a-f]{32}-4"$/);
    expect(place.buckets.get('bucket')?.get('wheels/a.whl')?.bytes.equals(bytes)).toBe(true);
    expect(place.openUploads()).toBe(0);
  });

  it.each<[string, (request: S3Request) => boolean, number]>([
    ['a part', ({ query }) => query.get('partNumber') === '2', 5],
    ['the beginning', ({ query }) => query.has('uploads'), 4],
    ['the end', ({ method, query }) => method === 'POST' && query.has('uploadId'), 4],
  ])('outlive a failure of %s, which costs no other part', async (_what, isMeant, partRequests) => {
    let failed = false;
    await using place = await setUp(
      {
        ...small,
        intercept: (request) => {
          if (failed || !isMeant(request)) return undefined;
          failed = true;
          return s3Error(500, 'InternalError');
        },
      },
      inParts,
    );
    await place.container.create();
    await place.container.write('a.whl', bytesSource(bytes), type);
    expect(place.requests.filter(({ query }) => query.has('partNumber'))).toHaveLength(partRequests);
    expect(place.buckets.get('bucket')?.get('wheels/a.whl')?.bytes.equals(bytes)).toBe(true);
  });

  it('whose last answer was lost are complete', async () => {
    let lost = false;
    await using place = await setUp(
      {
        ...small,
        losesAnswer: ({ method, query }) => {
          const now = !lost && method === 'POST' && query.has('uploadId');
          lost ||= now;
          return now;
        },
      },
      inParts,
    );
    await place.container.create();
    const { tag } = await place.container.write('a.whl', bytesSource(bytes), type);
    expect(tag).toBe((await place.container.stat('a.whl'))?.tag);
  });

  it('leave nothing behind when they cannot be put together', async () => {
    await using place = await setUp({ leastPartBytes: 400 }, inParts);
    await place.container.create();
    await expect(place.container.write('a.whl', bytesSource(bytes), type)).rejects.toMatchObject({
      code: 'REJECTED',
    });
    expect(place.openUploads()).toBe(0);
  });
});

describe('nothing is taken for "not there" but what S3 says is not', () => {
  const page = '<!doctype html><title>404</title>';
  it.each([
    ["a stranger's 404 page", { status: 404, body: page }, 'NOT_FOUND'],
    ['a missing bucket', s3Error(404, 'NoSuchBucket'), 'NOT_FOUND'],
    ['a refusal', s3Error(403, 'AccessDenied'), 'FORBIDDEN'],
  ])('on reading: %s', async (_what, answer, code) => {
    await using place = await setUp({
      intercept: ({ method, key }) => (method === 'GET' && key !== '' ? answer : undefined),
    });
    await place.container.create();
    await expect(place.container.read('index.html')).rejects.toMatchObject({ code });
  });

  it.each([
    ['an empty answer', { status: 200, body: '' }, 'TRUNCATED'],
    ['a page of a proxy', { status: 200, body: page }, 'TRUNCATED'],
    [
      'a listing cut short',
      { status: 200, body: '<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a</Key>' },
      'TRUNCATED',
    ],
    [
      'a listing that does not say where to go on',
      { status: 200, body: '<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>' },
      'INVALID_LISTING',
    ],
  ])(
    'on listing: %s',
    async (_what, answer, code) => {
      await using place = await setUp({
        intercept: ({ method, key }) => (method === 'GET' && key === '' ? answer : undefined),
      });
      await place.container.create();
      await expect(listKeys(place.container)).rejects.toMatchObject({ code });
    },
    30_000,
  );
});

it('a silent store is given up after the time that was set, and asked again', async () => {
  let silent = 2;
  await using place = await setUp({}, { idleTimeoutMs: 300 });
  await place.container.create();
  const { listen } = await import('../../servers/listen.ts');
  await using mute = await listen(async (request, response) => {
    if (silent-- > 0) return;
    const answer = await fetch(place.origin + (request.url ?? ''), { method: 'HEAD' });
    response.writeHead(answer.status === 403 ? 404 : answer.status).end();
  });
  const container = await place.open({ endpoint: mute.origin });
  await expect(container.read('a.whl')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(place.retries.map(({ reason }) => reason)).toEqual([
    expect.stringMatching(/silent for 0.3 s/),
    expect.stringMatching(/silent for 0.3 s/),
  ]);
});

it.each<[string, Place, string]>([
  ['of AWS', { region: 'eu-west-1' }, 'https://bucket.s3.eu-west-1.amazonaws.com/wheels/a%2Bb.whl'],
  [
    'of AWS in China',
    { region: 'cn-north-1' },
    'https://bucket.s3.cn-north-1.amazonaws.com.cn/wheels/a%2Bb.whl',
  ],
  [
    'with a dot, which no certificate covers',
    { region: 'eu-west-1', url: 's3://my.wheels/wheels' },
    'https://s3.eu-west-1.amazonaws.com/my.wheels/wheels/a%2Bb.whl',
  ],
  [
    'at an endpoint with a path',
    { region: 'x', endpoint: 'https://store.example.org/s3/' },
    'https://store.example.org/s3/bucket/wheels/a%2Bb.whl',
  ],
])('the public URL of a bucket %s', async (_what, { url = wheels, ...options }, expected) => {
  const container = await openS3(parseLocation(url), {
    username: 'me',
    secret: new Secret('mine'),
    ...options,
  });
  expect(container.publicUrl('a+b.whl')).toBe(expected);
  await container.close();
});
