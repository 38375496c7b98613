import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { withDeadline } from '../../../io/deadline.ts';
import { WheelhouseError } from '../../../model/errors.ts';
import { assertIntact } from '../../hashed-body.ts';
import { readSource, sliceSource } from '../../source.ts';
import { callApi, readJson } from './api.ts';
import { md5Of, type ObjectResource } from './object.ts';
import { resourceOf, uploadPath, uploadQuery, type PutRequest } from './put.ts';

/** How far the service has come: done, or where to go on. */
type Progress = { readonly resource: ObjectResource } | { readonly nextByte: number };

const cancelTimeoutMs = 10_000;

/**
 * Sends an object in parts, each a byte range of the source that is read when it is sent: memory stays flat whatever the
 * size. After a fault the service is asked what it has, and the rest is sent. Nobody sees anything before the last byte is
 * there; an upload that is given up is cancelled. `partBytes` is a multiple of 256 KiB. `patiently` retries what is
 * transient. https://cloud.google.com/storage/docs/performing-resumable-uploads
 */
export async function putResumable(
  request: PutRequest,
  partBytes: number,
  patiently: <T>(attempt: () => Promise<T>) => Promise<T>,
): Promise<ObjectResource> {
  const { key, source } = request;
  const session = await patiently(() => start(request));
  const hashing = { hash: createHash('md5'), doneBytes: 0 };
  try {
    let nextByte = 0;
    for (;;) {
      let interrupted = false;
      const progress = await patiently(async () => {
        const known: Progress = interrupted ? await ask(request, session) : { nextByte };
        interrupted = true;
        if ('resource' in known) return known;
        const end = Math.min(known.nextByte + partBytes, source.sizeBytes);
        const sent = await sendRange(request, session, known.nextByte, end, hashing);
        if ('resource' in sent || (sent.nextByte > known.nextByte && sent.nextByte < source.sizeBytes))
          return sent;
        throw new WheelhouseError(
          'SERVER_ERROR',
          `${request.what}: the service does not keep what it is sent`,
        );
      });
      if ('resource' in progress) {
        assertIntact(key, hashing.hash.digest('hex'), md5Of(progress.resource));
        return progress.resource;
      }
      nextByte = progress.nextByte;
    }
  } catch (thrown) {
    await cancel(request, session);
    throw thrown;
  }
}

async function start(request: PutRequest): Promise<string> {
  const { connection, source, options, what } = request;
  const answer = await callApi(connection, {
    what,
    method: 'POST',
    path: uploadPath(request),
    query: uploadQuery(request, 'resumable'),
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-upload-content-type': options.contentType,
      'x-upload-content-length': String(source.sizeBytes),
    },
    body: JSON.stringify(resourceOf(request)),
    signal: options.signal,
  });
  await answer.discard();
  const session = answer.headers.get('location');
  if (session !== undefined && URL.canParse(session)) return session;
  throw new WheelhouseError('SERVER_ERROR', `${what}: the service did not say where to send the bytes`);
}

/** Sends a range. What the digest has seen already, because a part of it was lost, it does not see twice. */
async function sendRange(
  { connection, key, source, options, what }: PutRequest,
  session: string,
  startByte: number,
  end: number,
  hashing: { readonly hash: ReturnType<typeof createHash>; doneBytes: number },
): Promise<Progress> {
  async function* chunks(): AsyncGenerator<Buffer> {
    let at = startByte;
    for await (const chunk of readSource(sliceSource(source, startByte, end), key, options.signal)) {
      const fresh = chunk.subarray(Math.max(0, hashing.doneBytes - at));
      hashing.hash.update(fresh);
      hashing.doneBytes += fresh.length;
      yield chunk;
      at += chunk.length;
      options.onProgress?.(at);
    }
  }
  const answer = await callApi(connection, {
    what,
    method: 'PUT',
    path: session,
    headers: { 'content-range': `bytes ${startByte}-${end - 1}/${source.sizeBytes}` },
    body: Readable.from(chunks(), { objectMode: false }),
    contentLength: end - startByte,
    accept: [308],
    signal: options.signal,
  });
  return readProgress(answer);
}

async function ask({ connection, source, options, what }: PutRequest, session: string): Promise<Progress> {
  const headers = { 'content-range': `bytes */${source.sizeBytes}` };
  const answer = await callApi(connection, {
    what,
    method: 'PUT',
    path: session,
    headers,
    body: '',
    accept: [308],
    signal: options.signal,
  });
  return readProgress(answer);
}

async function readProgress(answer: Awaited<ReturnType<typeof callApi>>): Promise<Progress> {
  if (answer.status !== 308) return { resource: await readJson<ObjectResource>(answer) };
  await answer.discard();
  const last = /^bytes=0-(\d+)$/.exec(answer.headers.get('range') ?? '')?.[1];
  return { nextByte: last === undefined ? 0 : Number(last) + 1 };
}

/** Best effort, aborted or not: what is left behind goes away by itself after a week. */
async function cancel({ connection, what }: PutRequest, session: string): Promise<void> {
  await withDeadline({ what, timeoutMs: cancelTimeoutMs }, async (signal) => {
    const answer = await callApi(connection, {
      what,
      method: 'DELETE',
      path: session,
      accept: [499],
      signal,
    });
    await answer.discard();
  }).catch(() => undefined);
}
