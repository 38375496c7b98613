import type { BlobItem, ContainerClient } from '@azure/storage-blob';
import type { SdkAbort } from '../../sdk-abort.ts';

const pageSize = 5000;

interface BlobPage {
  readonly blobs: readonly BlobItem[];
  /** Where to go on, if that was not the last page. */
  readonly next: string | undefined;
}

/** One page of a listing. */
export async function listPage(
  client: ContainerClient,
  prefix: string,
  from: string | undefined,
  abort: SdkAbort,
): Promise<BlobPage> {
  const pages = client
    .listBlobsFlat({ prefix, includeMetadata: true, ...abort })
    .byPage({ maxPageSize: pageSize, ...(from !== undefined && { continuationToken: from }) });
  for await (const { segment, continuationToken } of pages)
    // The last page has an empty one.
    return { blobs: segment.blobItems, next: continuationToken === '' ? undefined : continuationToken };
  return { blobs: [], next: undefined };
}
