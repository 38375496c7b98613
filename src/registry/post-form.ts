import { open } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { readChunks } from '../io/file-chunks.ts';
import { askedWaitMs, usedUpLimitMs } from '../io/http-errors.ts';
import type { HttpClient, HttpResponse } from '../io/http.ts';
import { maskOf, Secret, type Credentials } from '../model/secret.ts';
import type { UploadAnswer } from './answers.ts';
import type { FilePart, MultipartBody } from './multipart.ts';
import type { PublishableArtifact, SendOptions } from './target.ts';

export interface PostFormOptions extends SendOptions {
  readonly url: URL;
  /** Default: an empty one. */
  readonly body?: MultipartBody;
  readonly credentials?: Credentials | undefined;
  /** What is masked in the answer, beside the credentials. */
  readonly secrets?: readonly Secret[];
  /** Whether the text of a success says anything; otherwise it is not read. Default: false. */
  readonly wordsOfSuccess?: boolean;
}

const accept = 'application/json, text/plain;q=0.5, */*;q=0.1';
/** From the last byte sent to the answer, in milliseconds: registries look at a file, and proxies hold megabytes back. */
const answerTimeoutMs = 300_000;
/** No registry needs more words to refuse a file. */
const mostAnswerBytes = 64 * 1024;

/** Posts one form, once, and reads the answer, whatever its status. Redirects are not followed. */
export async function postForm(
  http: HttpClient,
  { url, body, credentials, secrets = [], wordsOfSuccess = false, signal, onProgress }: PostFormOptions,
): Promise<UploadAnswer> {
  const response = await http.request({
    url,
    method: 'POST',
    headers: { accept, ...(body === undefined ? {} : { 'content-type': body.contentType }) },
    ...(body === undefined ? {} : { body: body.open(onProgress), contentLength: body.sizeBytes }),
    credentials,
    redirect: 'manual',
    signal,
    headersTimeoutMs: answerTimeoutMs,
  });
  return readAnswer(response, [...secretsOf(credentials), ...secrets], wordsOfSuccess);
}

/** The bytes of an artifact as a part of a form, opened anew for each attempt. */
export function filePart(name: string, { path, filename, sizeBytes }: PublishableArtifact): FilePart {
  return {
    name,
    filename,
    sizeBytes,
    open: () => readForSending(path),
  };
}

/**
 * A chunk must stay as it is until the socket has got rid of it. The stream between asks for another one only when the
 * socket has drained, so that few chunks are on their way at once: with three buffers bytes are lost, with four none.
 */
async function* readForSending(path: string): AsyncGenerator<Buffer> {
  await using file = await open(path, 'r');
  yield* readChunks(file, { bufferBytes: 256 * 1024, buffers: 8 });
}

/** Everything that the registry says, with our own secrets masked: some echo the request. */
async function readAnswer(
  response: HttpResponse,
  secrets: readonly Secret[],
  wordsOfSuccess: boolean,
): Promise<UploadAnswer> {
  const { status, statusText, headers } = response;
  const text = await textOf(response, wordsOfSuccess);
  const mask = maskOf(secrets);
  const movedTo = headers.get('location');
  return {
    status,
    statusText: mask(statusText),
    contentType: headers.get('content-type') ?? '',
    text: mask(text),
    location: movedTo === undefined ? undefined : mask(movedTo),
    movedTo,
    retryAfterMs: askedWaitMs(headers, status),
    pauseMs: usedUpLimitMs(headers),
  };
}

/** The status alone decides: a body that is too long or breaks off only costs the reason. */
async function textOf(response: HttpResponse, wordsOfSuccess: boolean): Promise<string> {
  const wanted = response.status >= 400 || wordsOfSuccess;
  const text = wanted ? await response.text(mostAnswerBytes).catch(() => '') : '';
  if (!wanted) await response.discard();
  // undici frees a connection one turn after its answer; whoever sends before that opens another one.
  await turn();
  return text;
}

function secretsOf(credentials: Credentials | undefined): Secret[] {
  if (credentials === undefined) return [];
  if (credentials.kind === 'bearer') return [credentials.token];
  return [new Secret(`${credentials.username}:${credentials.password.reveal()}`), credentials.password];
}
