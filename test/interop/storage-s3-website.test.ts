import { GetBucketWebsiteCommand, PutBucketWebsiteCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { parseLocation } from '../../src/storage/location.ts';
import { startMoto } from './servers/moto.ts';
import type { S3Server } from './servers/s3-server.ts';
import { startVersityGw } from './servers/versitygw.ts';
import { openStore, s3Store } from './stores.ts';

// Proof: the website of a bucket is enabled on real servers, and one that somebody set up stays.

describe.each([
  ['VersityGW', startVersityGw],
  ['moto', startMoto],
])('%s', (_name, start: () => Promise<S3Server>) => {
  let server: S3Server;
  let client: S3Client;
  beforeAll(async () => {
    server = await start();
    const { endpoint, region, username: accessKeyId, secret: secretAccessKey } = server;
    client = new S3Client({
      endpoint,
      region,
      forcePathStyle: true,
      credentials: { accessKeyId, secretAccessKey },
    });
  });
  afterAll(async () => {
    client.destroy();
    await server[Symbol.asyncDispose]();
  });

  /** Makes sure of a container as an upload does; gives what was said meanwhile. */
  async function create(url: string, enableCdn = true): Promise<WheelhouseEvent[]> {
    const events: WheelhouseEvent[] = [];
    const container = await openStore(s3Store(server), url, {
      enableCdn,
      onEvent: (event) => events.push(event),
    });
    await container.create();
    await container.close();
    return events;
  }

  const websiteOf = (url: string) =>
    client.send(new GetBucketWebsiteCommand({ Bucket: parseLocation(url).name }));

  it('is asked to show index.html, once, and unless it is not wanted', async () => {
    const url = s3Store(server).freshContainer();
    expect(await create(url, false)).toEqual([]);
    await expect(websiteOf(url)).rejects.toMatchObject({ name: 'NoSuchWebsiteConfiguration' });
    for (let run = 0; run < 2; run++) expect(await create(url)).toEqual([]);
    expect(await websiteOf(url)).toMatchObject({ IndexDocument: { Suffix: 'index.html' } });
  });

  it.each([
    [{ IndexDocument: { Suffix: 'home.htm' } }, /shows home\.htm/],
    [{ RedirectAllRequestsTo: { HostName: 'example.org' } }, /redirects to example\.org/],
  ])('keeps %j', async (WebsiteConfiguration, said) => {
    const url = s3Store(server).freshContainer();
    await create(url, false);
    await client.send(new PutBucketWebsiteCommand({ Bucket: parseLocation(url).name, WebsiteConfiguration }));
    expect(await create(url)).toEqual([{ event: 'notice', message: expect.stringMatching(said) as string }]);
    expect(await websiteOf(url)).toMatchObject(WebsiteConfiguration);
  });
});
