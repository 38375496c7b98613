import { callForJson } from './api.ts';
import type { BucketCall } from './bucket.ts';
import { bucketPath, objectFields, type ObjectResource } from './object.ts';

export interface ObjectPage {
  readonly items?: readonly ObjectResource[];
  readonly nextPageToken?: string;
}

/** One page of a listing. */
export function listPage(
  { connection, bucket, what, signal }: BucketCall,
  prefix: string,
  pageToken: string | undefined,
): Promise<ObjectPage> {
  const fields = `nextPageToken,items(${objectFields})`;
  return callForJson<ObjectPage>(connection, {
    what,
    path: `${bucketPath(bucket)}/o`,
    query: { prefix, pageToken, maxResults: '1000', fields },
    signal,
  });
}
