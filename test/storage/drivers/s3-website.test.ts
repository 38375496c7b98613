import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WheelhouseEvent } from '../../../src/model/events.ts';
import { Secret } from '../../../src/model/secret.ts';
import { parseLocation } from '../../../src/storage/location.ts';
import { openS3, type S3Options } from '../../../src/storage/drivers/s3.ts';
import { websiteUrl } from '../../../src/storage/drivers/s3/website.ts';
import { s3Error, startS3Server, type S3Answer, type S3ServerOptions } from '../../servers/s3-server.ts';

const keys = { username: 'me', secret: new Secret('mine'), region: 'us-east-1' };
const bucket = 'bucket';

async function setUp(server: S3ServerOptions = {}, options: S3Options = {}) {
  const running = await startS3Server(server);
  const events: WheelhouseEvent[] = [];
  const open = () =>
    openS3(parseLocation(`s3://${bucket}/wheels`), {
      ...keys,
      endpoint: running.origin,
      onEvent: (event) => events.push(event),
      ...options,
    });
  const asked = () => running.requests.flatMap(({ method, query }) => (query.has('website') ? [method] : []));
  return { ...running, open, events, asked };
}

const refusing = (method: string, answer: S3Answer): S3ServerOptions => ({
  intercept: (request) => (request.query.has('website') && request.method === method ? answer : undefined),
});

describe('the website of a bucket', () => {
  it('is enabled where there is none, once', async () => {
    await using place = await setUp();
    for (let run = 0; run < 2; run++) {
      const container = await place.open();
      await container.create();
      await container.close();
    }
    expect(place.websites.get(bucket)).toContain(
      '<IndexDocument><Suffix>index.html</Suffix></IndexDocument>',
    );
    expect(place.asked()).toEqual(['GET', 'PUT', 'GET']);
    expect(place.events).toEqual([]);
  });

  it('is nobody’s business with enableCdn: false', async () => {
    await using place = await setUp({}, { enableCdn: false });
    await (await place.open()).create();
    expect([place.asked(), place.events]).toEqual([[], []]);
  });

  it.each([
    [
      'shows another page',
      '<IndexDocument><Suffix>home.htm</Suffix></IndexDocument>',
      /shows home\.htm for a folder, not index\.html/,
    ],
    [
      'sends everybody elsewhere',
      '<RedirectAllRequestsTo><HostName>example.org</HostName></RedirectAllRequestsTo>',
      /redirects to example\.org/,
    ],
  ])('that %s stays, and is named', async (_what, configuration, said) => {
    await using place = await setUp();
    await (await place.open()).create();
    const there = `<WebsiteConfiguration>${configuration}</WebsiteConfiguration>`;
    place.websites.set(bucket, there);
    await (await place.open()).create();
    expect(place.websites.get(bucket)).toBe(there);
    expect(place.events).toEqual([{ event: 'notice', message: expect.stringMatching(said) as string }]);
  });

  it.each<[string, string, S3Answer, RegExp, RegExp]>([
    ['may not be seen', 'GET', s3Error(403, 'AccessDenied'), /AccessDenied/, /s3:GetBucketWebsite/],
    ['may not be set', 'PUT', s3Error(403, 'AccessDenied'), /AccessDenied/, /s3:PutBucketWebsite/],
    ['the store does not know', 'GET', s3Error(501, 'NotImplemented'), /NotImplemented/, /--no-enable-cdn/],
    ['the store cannot set', 'PUT', s3Error(501, 'NotImplemented'), /NotImplemented/, /--no-enable-cdn/],
    [
      'the store does not allow',
      'PUT',
      s3Error(405, 'MethodNotAllowed'),
      /MethodNotAllowed/,
      /--no-enable-cdn/,
    ],
    [
      'the store takes for something else (MinIO)',
      'PUT',
      s3Error(400, 'MalformedXML'),
      /has no websites of buckets/,
      /--no-enable-cdn/,
    ],
    ['a stranger’s page stands for', 'GET', { status: 404, body: '<html></html>' }, /404/, /--no-enable-cdn/],
  ])('that %s is a warning, and not asked for again: %s', async (_what, method, answer, message, hint) => {
    await using place = await setUp(refusing(method, answer));
    const container = await place.open();
    await container.create();
    expect(place.websites.size).toBe(0);
    expect(place.asked().filter((asked) => asked === method)).toHaveLength(1);
    expect(place.events).toEqual([
      {
        event: 'warning',
        message: expect.stringMatching(message) as string,
        hint: expect.stringMatching(hint) as string,
      },
    ]);
    expect(container.publicUrl()).toBe(`${place.origin}/bucket/wheels/`);
  });

  it('is tried again when the store stumbles', async () => {
    let stumbled = false;
    await using place = await setUp({
      intercept: ({ query }) => {
        if (stumbled || !query.has('website')) return undefined;
        stumbled = true;
        return s3Error(503, 'SlowDown');
      },
    });
    await (await place.open()).create();
    expect(place.websites.has(bucket)).toBe(true);
    expect(place.events.map(({ event }) => event)).toEqual(['retry']);
  });

  it('is not where the objects of another store are found', async () => {
    await using place = await setUp();
    const container = await place.open();
    await container.create();
    expect(container.publicUrl()).toBe(`${place.origin}/bucket/wheels/`);
    expect(container.publicUrl('simple/')).toBe(`${place.origin}/bucket/wheels/simple/`);
  });
});

describe('at AWS', () => {
  afterEach(() => vi.unstubAllEnvs());

  it.each([
    ['is what browsers are shown', {}, 'http://bucket.s3-website-eu-west-1.amazonaws.com/wheels/'],
    [
      'is not, where it is not ours',
      { enableCdn: false },
      'http://s3.eu-west-1.amazonaws.com/bucket/wheels/',
    ],
  ])('the website %s; installers find the objects', async (_what, options, expected) => {
    const region = 'eu-west-1';
    const endpoint = 'http://s3.eu-west-1.amazonaws.com';
    await using place = await setUp({ region }, { ...options, region, endpoint });
    // Asked for the host of AWS, the fake answers as its proxy.
    vi.stubEnv('HTTP_PROXY', place.origin);
    const container = await place.open();
    await container.create();
    expect(container.publicUrl()).toBe(expected);
    expect(container.publicUrl('simple/')).toBe('http://s3.eu-west-1.amazonaws.com/bucket/wheels/simple/');
    await container.close();
  });
});

// From the table of https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints
it.each([
  ['https://b.s3.us-east-1.amazonaws.com/', 'http://b.s3-website-us-east-1.amazonaws.com/'],
  ['https://b.s3.us-west-1.amazonaws.com/', 'http://b.s3-website-us-west-1.amazonaws.com/'],
  ['https://b.s3.us-west-2.amazonaws.com/', 'http://b.s3-website-us-west-2.amazonaws.com/'],
  ['https://b.s3.ap-northeast-1.amazonaws.com/', 'http://b.s3-website-ap-northeast-1.amazonaws.com/'],
  ['https://b.s3.ap-southeast-1.amazonaws.com/', 'http://b.s3-website-ap-southeast-1.amazonaws.com/'],
  ['https://b.s3.ap-southeast-2.amazonaws.com/', 'http://b.s3-website-ap-southeast-2.amazonaws.com/'],
  ['https://b.s3.eu-west-1.amazonaws.com/', 'http://b.s3-website-eu-west-1.amazonaws.com/'],
  ['https://b.s3.sa-east-1.amazonaws.com/', 'http://b.s3-website-sa-east-1.amazonaws.com/'],
  ['https://b.s3.us-gov-west-1.amazonaws.com/', 'http://b.s3-website-us-gov-west-1.amazonaws.com/'],
  ['https://b.s3.us-gov-east-1.amazonaws.com/', 'http://b.s3-website.us-gov-east-1.amazonaws.com/'],
  ['https://b.s3.us-east-2.amazonaws.com/', 'http://b.s3-website.us-east-2.amazonaws.com/'],
  ['https://b.s3.eu-central-1.amazonaws.com/', 'http://b.s3-website.eu-central-1.amazonaws.com/'],
  ['https://b.s3.eu-west-3.amazonaws.com/', 'http://b.s3-website.eu-west-3.amazonaws.com/'],
  ['https://b.s3.ap-northeast-2.amazonaws.com/', 'http://b.s3-website.ap-northeast-2.amazonaws.com/'],
  ['https://b.s3.cn-north-1.amazonaws.com.cn/', 'http://b.s3-website.cn-north-1.amazonaws.com.cn/'],
  ['https://s3.eu-west-1.amazonaws.com/b/', 'http://b.s3-website-eu-west-1.amazonaws.com/'],
  ['https://s3.example.org/b/', undefined],
  ['https://nyc3.digitaloceanspaces.com/b/', undefined],
  ['http://127.0.0.1:9000/b/', undefined],
])('the website of what is at %s is at %s', (address, expected) => {
  expect(websiteUrl(new URL(address), 'b')).toBe(expected);
});
