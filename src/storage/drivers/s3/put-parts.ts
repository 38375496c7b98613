import { createHash } from 'node:crypto';
import type { WheelhouseError } from '../../../model/errors.ts';
import { partOptions } from '../../hashed-body.ts';
import { abortBy } from '../../sdk-abort.ts';
import { settling } from '../../settling.ts';
import { sliceSource } from '../../source.ts';
import { lostRace } from '../../write-condition.ts';
import { isNamed } from './failure.ts';
import { describePut, plainTag, sendStream, type PutRequest } from './put.ts';

export interface PartsOptions {
  /** Least size of a part, bytes. */
  readonly partBytes: number;
  /** Tries again what is transient. */
  readonly patiently: <T>(attempt: () => Promise<T>) => Promise<T>;
  /** What the SDK threw, in our words. */
  readonly translate: (thrown: unknown) => WheelhouseError;
  /** The ETag of what is under the key now. */
  readonly etagNow: () => Promise<string | undefined>;
}

interface Upload {
  readonly Bucket: string;
  readonly Key: string;
  readonly UploadId: string | undefined;
}

interface Part {
  readonly PartNumber: number;
  readonly ETag: string;
}

const mostParts = 10_000;

/**
 * Sends an object in parts, each a byte range of the source that is read when it is sent: memory stays flat whatever
 * the size, and a fault costs one part. No damaged part gets in, for the end names every part with its MD5. Whatever
 * goes wrong, no half upload is left to be paid for.
 */
export async function putParts(request: PutRequest, options: PartsOptions): Promise<string> {
  const { bucket, objectKey } = request;
  const { client, sdk } = request.connection;
  const abort = abortBy(request.options.signal);
  const { UploadId } = await options.patiently(() =>
    client.send(new sdk.CreateMultipartUploadCommand(describePut(request)), abort),
  );
  const upload = { Bucket: bucket, Key: objectKey, UploadId };
  try {
    return await complete(request, upload, await sendParts(request, upload, options), options);
  } catch (thrown) {
    await client.send(new sdk.AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw thrown;
  }
}

async function sendParts(
  { connection, objectKey, source, options }: PutRequest,
  upload: Upload,
  { partBytes: leastBytes, patiently }: PartsOptions,
): Promise<Part[]> {
  const partBytes = Math.max(leastBytes, Math.ceil(source.sizeBytes / mostParts));
  const parts: Part[] = [];
  for (let start = 0; start < source.sizeBytes; start += partBytes) {
    const part = sliceSource(source, start, Math.min(start + partBytes, source.sizeBytes));
    const PartNumber = parts.length + 1;
    const send = (Body: NodeJS.ReadableStream, abortSignal: AbortSignal) => {
      const command = { ...upload, PartNumber, Body: Body as never, ContentLength: part.sizeBytes };
      return connection.client.send(new connection.sdk.UploadPartCommand(command), { abortSignal });
    };
    const sending = { ...partOptions(options, start), comparesMd5: true };
    const ETag = await patiently(() => sendStream(objectKey, part, sending, send));
    parts.push({ PartNumber, ETag });
  }
  return parts;
}

/** When an answer was lost the upload may be complete, and is then forgotten. */
function complete(
  { connection, objectKey, condition, options }: PutRequest,
  upload: Upload,
  Parts: Part[],
  { patiently, translate, etagNow }: PartsOptions,
): Promise<string> {
  const { client, sdk } = connection;
  const command = { ...upload, ...condition, MultipartUpload: { Parts } };
  const attempt = async (): Promise<string> => {
    try {
      const { ETag } = await client.send(
        new sdk.CompleteMultipartUploadCommand(command),
        abortBy(options.signal),
      );
      return ETag ?? jointTag(Parts);
    } catch (thrown) {
      throw isNamed(thrown, 'NoSuchUpload') ? lostRace(objectKey, thrown) : translate(thrown);
    }
  };
  const findOwn = async () => {
    const etag = await etagNow();
    return etag !== undefined && plainTag(etag) === jointTag(Parts) ? etag : undefined;
  };
  return patiently(settling(attempt, findOwn));
}

/** The ETag that S3 gives an object of these parts, where theirs are MD5s. */
function jointTag(parts: readonly Part[]): string {
  const hash = createHash('md5');
  for (const { ETag } of parts) hash.update(Buffer.from(plainTag(ETag), 'hex'));
  return `${hash.digest('hex')}-${parts.length}`;
}
