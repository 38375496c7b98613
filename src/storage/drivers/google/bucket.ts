import { WheelhouseError } from '../../../model/errors.ts';
import { callApi, callForJson } from './api.ts';
import type { GoogleConnection } from './connect.ts';
import { bucketPath } from './object.ts';

export interface Bucket {
  /** Shown by a website of its own domain, or through a load balancer. */
  readonly website?: { readonly mainPageSuffix?: string };
}

export interface BucketCall {
  readonly connection: GoogleConnection;
  readonly bucket: string;
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
}

/** The bucket as far as we may know it; undefined when it is not there. */
export async function findBucket(call: BucketCall): Promise<Bucket | undefined> {
  const path = bucketPath(call.bucket);
  try {
    return await callForJson<Bucket>(call.connection, { ...call, path, query: { fields: 'website' } });
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError)) throw thrown;
    if (thrown.code === 'NOT_FOUND') return undefined;
    if (thrown.code !== 'FORBIDDEN') throw thrown;
    // Who may write objects often may not see the bucket; to list it, it needs to be there.
    await assertBucket(call);
    return {};
  }
}

/** Throws `NOT_FOUND` for a bucket that is not there, with the least permission that the work needs. */
export async function assertBucket(call: BucketCall): Promise<void> {
  const query = { maxResults: '1', fields: 'kind' };
  const answer = await callApi(call.connection, { ...call, path: `${bucketPath(call.bucket)}/o`, query });
  await answer.discard();
}

/** Makes a private bucket; one that is there by now is as good. */
export async function createBucket(call: BucketCall & { region?: string | undefined }): Promise<void> {
  const { connection, bucket, region, signal } = call;
  const project = await connection.findProject(signal);
  if (project === undefined)
    throw new WheelhouseError(
      'CONFIG',
      `the bucket ${bucket} is not there, and in which project to create it is not known`,
      {
        hint: 'create it, or set GOOGLE_CLOUD_PROJECT',
      },
    );
  const answer = await callApi(connection, {
    ...call,
    method: 'POST',
    path: '/storage/v1/b',
    query: { project },
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      name: bucket,
      ...(region !== undefined && { location: region }),
      iamConfiguration: { uniformBucketLevelAccess: { enabled: true } },
    }),
    accept: [409],
  });
  await answer.discard();
  // The name may be taken by somebody else, world-wide: then it cannot be listed.
  if (answer.status === 409) await assertBucket(call);
}

/** Names the page that a website shows for a folder; who may see it stays as it is. */
export async function nameMainPage(call: BucketCall): Promise<void> {
  const answer = await callApi(call.connection, {
    ...call,
    method: 'PATCH',
    path: bucketPath(call.bucket),
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ website: { mainPageSuffix: 'index.html' } }),
  });
  await answer.discard();
}
