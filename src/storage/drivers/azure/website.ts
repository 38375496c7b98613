import type { BlobServiceClient } from '@azure/storage-blob';
import type { SdkAbort } from '../../sdk-abort.ts';

/** The one container that a static website serves; its blobs are for everybody to see from then on. */
export const websiteContainer = '$web';

/** Turns the static website of the account on, if it is not; leaves one that is as it was set up. */
export async function enableWebsite(service: BlobServiceClient, abort: SdkAbort): Promise<void> {
  const { staticWebsite } = await service.getProperties(abort);
  if (staticWebsite?.enabled === true) return;
  await service.setProperties({ staticWebsite: { enabled: true, indexDocument: 'index.html' } }, abort);
}
