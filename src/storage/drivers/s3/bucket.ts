import type { SdkAbort } from '../../sdk-abort.ts';
import type { S3Connection } from './connect.ts';
import { isNamed } from './failure.ts';

/** Makes a private bucket; one of our own that is there by now is as good. */
export async function createBucket(
  { client, sdk }: S3Connection,
  bucket: string,
  abort: SdkAbort,
): Promise<void> {
  try {
    await client.send(new sdk.CreateBucketCommand({ Bucket: bucket }), abort);
  } catch (thrown) {
    // Another worker, or an attempt whose answer was lost, was first.
    if (!isNamed(thrown, 'BucketAlreadyOwnedByYou')) throw thrown;
  }
}
