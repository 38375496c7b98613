import { createHash, randomBytes } from 'node:crypto';
import type { BlockBlobClient } from '@azure/storage-blob';
import type { Source, WriteOptions } from '../../container.ts';
import { assertIntact, digestOf, partOptions, sendHashed } from '../../hashed-body.ts';
import { abortBy } from '../../sdk-abort.ts';
import { sliceSource } from '../../source.ts';
import { conditionsOf, md5Of } from './object.ts';

export interface PutRequest {
  readonly key: string;
  readonly blob: BlockBlobClient;
  readonly source: Source;
  readonly options: WriteOptions;
}

/** Retries what is transient. */
export interface Patience {
  /** For what may be done twice. */
  part<T>(attempt: () => Promise<T>): Promise<T>;
  /** For what makes a blob: finds out whether it did when an answer is lost. Gives the ETag. */
  landing(attempt: () => Promise<string | undefined>): Promise<string | undefined>;
}

/** Sends a blob in one request; gives its ETag. */
export async function putWhole({ key, blob, source, options }: PutRequest): Promise<string | undefined> {
  const { answer, md5 } = await sendHashed(source, key, options, (body) =>
    blob.upload(body, source.sizeBytes, {
      ...abortBy(options.signal),
      conditions: conditionsOf(options.condition),
      blobHTTPHeaders: headersOf(options),
    }),
  );
  assertIntact(key, md5, md5Of(answer.contentMD5));
  return answer.etag;
}

/** The service takes no more blocks for one blob. */
const mostBlocks = 50_000;

/**
 * Sends a blob in blocks, each a byte range of the source that is read when it is sent: memory stays flat whatever
 * the size, and only what failed is sent again. Nobody sees anything before all blocks are committed; blocks that never
 * are go away by themselves.
 */
export async function putBlocks(
  { key, blob, source, options }: PutRequest,
  leastBlockBytes: number,
  patience: Patience,
): Promise<string | undefined> {
  const blockBytes = Math.max(leastBlockBytes, Math.ceil(source.sizeBytes / mostBlocks));
  const whole = createHash('md5');
  // Another writer of the same blob stages blocks beside ours: theirs must not be taken for these.
  const upload = randomBytes(12).toString('hex');
  const ids: string[] = [];
  for (let start = 0; start < source.sizeBytes; start += blockBytes) {
    const block = sliceSource(source, start, Math.min(start + blockBytes, source.sizeBytes));
    // The digest goes before the bytes, for the service to refuse damaged ones: it does not tell its own of a block.
    const md5 = await digestOf('md5', block, key, options.signal, (chunk) => whole.update(chunk));
    const id = Buffer.from(`${upload}-${String(ids.length).padStart(6, '0')}`).toString('base64');
    await patience.part(() =>
      sendHashed(block, key, partOptions(options, start), (body) =>
        blob.stageBlock(id, body, block.sizeBytes, {
          ...abortBy(options.signal),
          transactionalContentMD5: Buffer.from(md5, 'hex'),
        }),
      ),
    );
    ids.push(id);
  }
  const blobContentMD5 = whole.digest();
  return patience.landing(async () => {
    const answer = await blob.commitBlockList(ids, {
      ...abortBy(options.signal),
      conditions: conditionsOf(options.condition),
      blobHTTPHeaders: { ...headersOf(options), blobContentMD5 },
    });
    return answer.etag;
  });
}

function headersOf({ contentType, cacheControl }: WriteOptions) {
  return {
    blobContentType: contentType,
    ...(cacheControl !== undefined && { blobCacheControl: cacheControl }),
  };
}
