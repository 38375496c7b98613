import type * as Sdk from '@aws-sdk/client-s3';
import { WheelhouseError } from '../../../model/errors.ts';
import type { SdkAbort } from '../../sdk-abort.ts';
import type { S3Connection } from './connect.ts';

/**
 * One page of a listing. Throws `TRUNCATED` and `INVALID_LISTING` for one that is not whole, which would silently cut
 * the wheelhouse short: to the SDK an empty answer, or a page of some proxy, is a listing without objects.
 */
export async function listPage(
  { sdk, client }: S3Connection,
  { ContinuationToken: token, ...input }: Sdk.ListObjectsV2CommandInput,
  abort: SdkAbort,
): Promise<Sdk.ListObjectsV2CommandOutput> {
  const from = token === undefined ? {} : { ContinuationToken: token };
  const page = await client.send(new sdk.ListObjectsV2Command({ ...input, ...from }), abort);
  if (page.IsTruncated === undefined)
    throw new WheelhouseError(
      'TRUNCATED',
      `the answer for the listing of ${input.Bucket ?? ''} is no listing`,
      {
        hint: 'check --endpoint: it is the address of the store, without the bucket',
      },
    );
  const next = page.NextContinuationToken ?? '';
  if (page.IsTruncated && (next === '' || next === token))
    throw new WheelhouseError(
      'INVALID_LISTING',
      `the listing of ${input.Bucket ?? ''} was cut short without saying where to go on`,
    );
  return page;
}
