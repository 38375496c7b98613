import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen, type RunningServer } from './listen.ts';

/** What goes wrong with one request of an upload. */
export type UploadFault = 'refuse' | 'reset' | 'lose-answer' | 'forget' | 'drop';

export interface UploadServer extends RunningServer {
  /** `POST`, `PUT 0-262143/786432`, `PUT *\/786432`, `DELETE`, … */
  readonly requests: string[];
  readonly objects: ReadonlyMap<string, Buffer>;
  readonly sessions: ReadonlyMap<string, Buffer>;
}

type Answer = (status: number, body: object, headers?: Record<string, string>) => Promise<void>;

/**
 * The resumable uploads of Google Cloud Storage as its documentation has them, which the emulators do not: what a broken
 * request brought is kept, in steps of `keptBytes`, and a question is answered by a 308 with the range that is there.
 * https://cloud.google.com/storage/docs/performing-resumable-uploads
 */
export async function startUploadServer(
  misbehave: (request: string, n: number) => UploadFault | undefined,
  keptBytes = 64 * 1024,
): Promise<UploadServer> {
  const requests: string[] = [];
  const objects = new Map<string, Buffer>();
  const sessions = new Map<string, Buffer>();
  const resourceOf = (bytes: Buffer) => ({
    generation: '17',
    size: String(bytes.length),
    md5Hash: createHash('md5').update(bytes).digest('base64'),
  });
  const running = await listen(async (request, response) => {
    const { method = '', url = '' } = request;
    const { pathname, searchParams } = new URL(url, 'http://host');
    const range = request.headers['content-range']?.replace('bytes ', ' ') ?? '';
    const said = `${method}${range}`;
    requests.push(said);
    const fault = misbehave(said, requests.length);
    const answer: Answer = (status, body, headers = {}) => {
      if (fault === 'lose-answer') response.destroy();
      else
        response
          .writeHead(status, { 'content-type': 'application/json', ...headers })
          .end(JSON.stringify(body));
      return Promise.resolve();
    };
    if (fault === 'refuse') {
      request.resume();
      return answer(503, {});
    }
    if (!pathname.startsWith('/upload/')) return answerReads(pathname, answer);
    if (method === 'POST') {
      request.resume();
      const session = `${searchParams.get('name') ?? ''}-${sessions.size}`;
      sessions.set(session, Buffer.alloc(0));
      return answer(
        200,
        {},
        { location: `${running.origin}/upload/?upload_id=${encodeURIComponent(session)}` },
      );
    }
    const session = searchParams.get('upload_id') ?? '';
    if (fault === 'forget') sessions.delete(session);
    const before = sessions.get(session);
    if (before === undefined || method === 'DELETE') {
      request.resume();
      return answer(before === undefined ? 404 : 499, {});
    }
    const [, first, total] = /^ (?:(\d+)-\d+|\*)\/(\d+)$/.exec(range) ?? [];
    const came = await readWhatComes(request, fault === 'reset', response);
    if (first !== undefined && Number(first) !== before.length) return answer(400, {});
    const kept =
      fault === 'drop'
        ? 0
        : fault === 'reset'
          ? Math.floor(came.length / keptBytes) * keptBytes
          : came.length;
    const now = Buffer.concat([before, came.subarray(0, kept)]);
    sessions.set(session, now);
    if (fault === 'reset') return;
    if (now.length < Number(total))
      return answer(308, {}, now.length === 0 ? {} : { range: `bytes=0-${now.length - 1}` });
    objects.set(session.replace(/-\d+$/, ''), now);
    return answer(200, resourceOf(now));
  });

  function answerReads(pathname: string, answer: Answer): Promise<void> {
    const name = /\/o\/(.+)$/.exec(pathname)?.[1];
    const bytes = name === undefined ? undefined : objects.get(decodeURIComponent(name));
    if (name !== undefined && bytes === undefined) return answer(404, {});
    return answer(200, bytes === undefined ? { items: [] } : resourceOf(bytes));
  }

  return { ...running, requests, objects, sessions };
}

/** All of a body, or what has come of it when its connection is reset half way. */
async function readWhatComes(
  request: IncomingMessage,
  cut: boolean,
  response: ServerResponse,
): Promise<Buffer> {
  const half = Number(request.headers['content-length'] ?? 0) / 2;
  const chunks: Buffer[] = [];
  let doneBytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    doneBytes += chunk.length;
    if (cut && doneBytes >= half) break;
  }
  if (cut) response.destroy();
  return Buffer.concat(chunks);
}
