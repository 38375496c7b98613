import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { WheelhouseError } from '../model/errors.ts';
import type { FormField } from './upload-form.ts';

/** The file part of a form, last of all. */
export interface FilePart {
  readonly name: string;
  readonly filename: string;
  readonly sizeBytes: number;
  /** Opens the bytes anew for each attempt. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** A `multipart/form-data` body of known length that can be sent any number of times. */
export interface MultipartBody {
  readonly contentType: string;
  readonly sizeBytes: number;
  /** The body from its start; `onProgress` counts the bytes of the file only. */
  open(onProgress?: (doneBytes: number) => void): Readable;
}

/**
 * Encodes a form by hand, because `FormData` turns every LF of a text value into CRLF and so changes descriptions.
 * Values go byte by byte, and no more than a chunk of the file is ever in memory. Its stream fails with `FILE_SYSTEM`
 * when the file has another length than announced. A form may have no file.
 */
export function encodeMultipart(
  fields: readonly FormField[],
  file: FilePart | undefined,
  randomHex: () => string = () => randomBytes(16).toString('hex'),
): MultipartBody {
  const boundary = chooseBoundary(fields, randomHex);
  const parts = fields.map(
    ([name, value]) => `--${boundary}\r\n${disposition({ name })}\r\n\r\n${value}\r\n`,
  );
  const fileHead =
    file === undefined
      ? ''
      : `--${boundary}\r\n${disposition({ name: file.name, filename: file.filename })}\r\nContent-Type: application/octet-stream\r\n\r\n`;
  const head = Buffer.from(parts.join('') + fileHead, 'utf8');
  const tail = Buffer.from(`${file === undefined ? '' : '\r\n'}--${boundary}--\r\n`, 'utf8');
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    sizeBytes: head.length + (file?.sizeBytes ?? 0) + tail.length,
    open: (onProgress) => Readable.from(readForm(head, file, tail, onProgress), { objectMode: false }),
  };
}

async function* readForm(
  head: Buffer,
  file: FilePart | undefined,
  tail: Buffer,
  onProgress?: (doneBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  yield head;
  if (file !== undefined) yield* readFile(file, onProgress);
  yield tail;
}

async function* readFile(
  file: FilePart,
  onProgress?: (doneBytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let doneBytes = 0;
  for await (const chunk of file.open()) {
    await letAnswerIn();
    doneBytes += chunk.length;
    if (doneBytes > file.sizeBytes) break;
    yield chunk;
    onProgress?.(doneBytes);
  }
  if (doneBytes !== file.sizeBytes)
    throw new WheelhouseError('FILE_SYSTEM', `${file.filename} changed while it was sent`, {
      hint: 'wait until its build is done and run again',
    });
}

/**
 * A server that refuses an upload may answer, and close the connection, before the body is through. Writing on then
 * fails with ECONNRESET, and the answer, received but not yet read, is lost: measured against such a server, nine
 * times in ten. The event loop reads what has arrived once it gets some turns between two writes; two are not quite
 * enough, and three cost a hundredth of what a chunk costs.
 */
async function letAnswerIn(): Promise<void> {
  for (let turns = 0; turns < 3; turns++) await turn();
}

function chooseBoundary(fields: readonly FormField[], randomHex: () => string): string {
  for (;;) {
    const boundary = `wheelhouse-${randomHex()}`;
    if (!fields.some(([name, value]) => value.includes(boundary) || name.includes(boundary))) return boundary;
  }
}

function disposition(parameters: Readonly<Record<string, string>>): string {
  const written = Object.entries(parameters).map(([name, value]) => `; ${name}="${escapeParameter(value)}"`);
  return `Content-Disposition: form-data${written.join('')}`;
}

/** As browsers do (WHATWG HTML, multipart/form-data): nothing in a name can end its header. */
function escapeParameter(value: string): string {
  return value.replace(/["\r\n]/g, (character) => encodeURIComponent(character));
}
