import type { StoredVersion } from '../../container.ts';

/** What the answer to a PUT says of the object. */
export interface Stored {
  readonly ETag?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
}

/** An object as the SDK's answers tell of it, in the terms of the container. */
export function describe(
  key: string,
  sizeBytes: number,
  tag: string | undefined,
  modified: Date | undefined,
  contentType: string | undefined,
): StoredVersion {
  return {
    key,
    sizeBytes,
    tag: tag ?? '',
    ...(modified !== undefined && { modified }),
    ...(contentType !== undefined && { contentType }),
  };
}
