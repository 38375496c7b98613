import { WheelhouseError } from '../model/errors.ts';

/** What is known of a file's size before its bytes come. */
export interface KnownSize {
  readonly filename: string;
  /** By the index. */
  readonly sizeBytes?: number | undefined;
  /** By the server that sends it. */
  readonly totalBytes?: number | undefined;
}

/** Where nobody says how long a file is, it is at most this long: an endless one must end. */
const mostUnannouncedBytes = 10 * 1024 ** 3;

/** Throws when it is clear before the first byte that the file is not the one. */
export function checkAnnounced({ filename, sizeBytes, totalBytes }: KnownSize): void {
  if (sizeBytes !== undefined && totalBytes !== undefined && totalBytes !== sizeBytes)
    throw new WheelhouseError(
      'TRUNCATED',
      `${filename} should have ${sizeBytes} bytes, but the server has ${totalBytes}`,
      // A shorter one may still be on its way to the server.
      { final: totalBytes > sizeBytes },
    );
}

/** Throws as soon as more bytes have come than may come. */
export function checkArrived(arrivedBytes: number, { filename, sizeBytes, totalBytes }: KnownSize): void {
  const announced = sizeBytes ?? totalBytes;
  if (announced !== undefined && arrivedBytes > announced)
    throw new WheelhouseError('TRUNCATED', `more came than the ${announced} bytes of ${filename}`, {
      final: true,
    });
  if (announced === undefined && arrivedBytes > mostUnannouncedBytes)
    throw new WheelhouseError('TOO_LARGE', `${filename} has more than ${mostUnannouncedBytes} bytes`);
}

/** Throws when the bytes have ended too soon. */
export function checkComplete(arrivedBytes: number, { filename, sizeBytes, totalBytes }: KnownSize): void {
  const announced = sizeBytes ?? totalBytes;
  if (announced !== undefined && arrivedBytes < announced)
    throw new WheelhouseError(
      'TRUNCATED',
      `only ${arrivedBytes} of the ${announced} bytes of ${filename} came`,
    );
}
