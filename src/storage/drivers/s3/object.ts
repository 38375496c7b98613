import type { StoredVersion } from '../../container.ts';

/** What the answer to a PUT says of the object. */
export interface Stored {
  readonly ETag?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
}

/** An object in the terms of the container; `told` is what an answer, or an entry of a listing, says beside its size. */
export function describeObject(
  key: string,
  sizeBytes: number,
  told: {
    readonly ETag?: string | undefined;
    readonly LastModified?: Date | undefined;
    readonly ContentType?: string | undefined;
  },
): StoredVersion {
  return {
    key,
    sizeBytes,
    tag: told.ETag ?? '',
    ...(told.LastModified !== undefined && { modified: told.LastModified }),
    ...(told.ContentType !== undefined && { contentType: told.ContentType }),
  };
}
