import type { SdkAbort } from '../../sdk-abort.ts';
import type { S3Connection } from './connect.ts';
import { isNamed, isSpeechless } from './failure.ts';
import { listPage } from './list-page.ts';

/** The region of a bucket that is there, if the store tells. */
export async function findRegion(
  connection: S3Connection,
  bucket: string,
  abort: SdkAbort,
): Promise<string | undefined> {
  const { client, sdk } = connection;
  const head = client.send(new sdk.HeadBucketCommand({ Bucket: bucket }), abort);
  return (await explained(connection, bucket, head, abort)).BucketRegion;
}

/** The answer to a HEAD has no body to say why it was refused: a listing of one key asks the same rights, and has. */
export async function explained<T>(
  connection: S3Connection,
  bucket: string,
  head: Promise<T>,
  abort: SdkAbort,
): Promise<T> {
  try {
    return await head;
  } catch (thrown) {
    if (isSpeechless(thrown)) await listPage(connection, { Bucket: bucket, MaxKeys: 1 }, abort);
    throw thrown;
  }
}

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
