import type { GetBucketWebsiteCommandOutput } from '@aws-sdk/client-s3';
import { WheelhouseError } from '../../../model/errors.ts';
import type { EventSink } from '../../../model/events.ts';
import { orWarn } from '../../or-warn.ts';
import type { SdkAbort } from '../../sdk-abort.ts';
import type { S3Connection } from './connect.ts';
import { isNamed } from './failure.ts';

const indexFile = 'index.html';

/**
 * The regions whose websites are at `s3-website-REGION`; all that came later have `s3-website.REGION`
 * (https://docs.aws.amazon.com/general/latest/gr/s3.html#s3_website_region_endpoints).
 */
const dashed: ReadonlySet<string> = new Set([
  'us-east-1',
  'us-west-1',
  'us-west-2',
  'us-gov-west-1',
  'ap-northeast-1',
  'ap-southeast-1',
  'ap-southeast-2',
  'eu-west-1',
  'sa-east-1',
]);

/**
 * Where AWS shows the website of a bucket, from where it has its objects; undefined for another store, whose address
 * for websites only its operator knows. Plain http: AWS has no other
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html).
 */
export function websiteUrl(address: URL, bucket: string): string | undefined {
  const place = /(?:^|\.)s3\.([a-z]{2,4}(?:-[a-z]+)+-\d+)\.(amazonaws\.(?:com|com\.cn|eu))$/.exec(
    address.hostname,
  );
  const [, region, domain] = place ?? [];
  if (region === undefined || domain === undefined) return undefined;
  return `http://${bucket}.s3-website${dashed.has(region) ? '-' : '.'}${region}.${domain}/`;
}

interface WebsiteCall {
  readonly connection: S3Connection;
  readonly bucket: string;
  /** Retries, and tells failures in our words. */
  readonly call: <T>(what: string, attempt: (abort: SdkAbort) => Promise<T>) => Promise<T>;
  readonly onEvent: EventSink | undefined;
  readonly signal: AbortSignal | undefined;
}

/**
 * Has the bucket show the `index.html` of its folders as a website, unless it has a website already: that one stays as
 * it was set up. Gives whether it shows them. Who may read the objects stays as it is.
 */
export async function showWebsite(options: WebsiteCall): Promise<boolean> {
  const { connection, bucket, call, onEvent, signal } = options;
  const website = await orWarn({ signal, onEvent, hint: hintFor }, () =>
    call(`cannot enable the website of the bucket ${bucket}`, (abort) =>
      enableWebsite(connection, bucket, abort),
    ),
  );
  if (website === undefined) return false;
  const other = describeOther(website);
  if (other === undefined) return true;
  onEvent?.({ event: 'notice', message: `the website of the bucket ${bucket} ${other}; it stays so` });
  return false;
}

function hintFor({ code }: WheelhouseError): string {
  return code === 'FORBIDDEN'
    ? 'the key needs s3:GetBucketWebsite and s3:PutBucketWebsite; --no-enable-cdn leaves the website alone'
    : 'everything else works; --no-enable-cdn leaves the website alone';
}

type Website = Pick<GetBucketWebsiteCommandOutput, 'IndexDocument' | 'RedirectAllRequestsTo'>;

/** The website that the bucket has from now on: the one that was there, or ours. */
async function enableWebsite(connection: S3Connection, bucket: string, abort: SdkAbort): Promise<Website> {
  const { client, sdk } = connection;
  const WebsiteConfiguration = { IndexDocument: { Suffix: indexFile } };
  try {
    const there = await findWebsite(connection, bucket, abort);
    if (there !== undefined) return there;
    await client.send(new sdk.PutBucketWebsiteCommand({ Bucket: bucket, WebsiteConfiguration }), abort);
    return WebsiteConfiguration;
  } catch (cause) {
    // MinIO takes the configuration for that of a new bucket, and calls it malformed.
    if (!isNamed(cause, 'MalformedXML')) throw cause;
    const message = `cannot enable the website of the bucket ${bucket}: this store has no websites of buckets`;
    throw new WheelhouseError('REJECTED', message, { cause });
  }
}

/** The website as somebody has set it up; undefined only when the store says that there is none. */
async function findWebsite(
  { client, sdk }: S3Connection,
  bucket: string,
  abort: SdkAbort,
): Promise<Website | undefined> {
  try {
    return await client.send(new sdk.GetBucketWebsiteCommand({ Bucket: bucket }), abort);
  } catch (thrown) {
    if (isNamed(thrown, 'NoSuchWebsiteConfiguration')) return undefined;
    throw thrown;
  }
}

/** What a website does instead of showing our pages; undefined when it shows them. */
function describeOther({ IndexDocument, RedirectAllRequestsTo }: Website): string | undefined {
  if (RedirectAllRequestsTo !== undefined)
    return `redirects to ${RedirectAllRequestsTo.HostName ?? 'elsewhere'}`;
  const page = IndexDocument?.Suffix;
  return page === indexFile ? undefined : `shows ${page ?? 'no page'} for a folder, not ${indexFile}`;
}
