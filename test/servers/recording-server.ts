import type { IncomingHttpHeaders } from 'node:http';
import { listen, readBody } from './listen.ts';
import { parseMultipart, textFields, type Part } from './multipart.ts';

export interface RecordedUpload {
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly parts: readonly Part[];
  readonly fields: readonly (readonly [name: string, value: string])[];
}

export interface ScriptedAnswer {
  readonly status: number;
  readonly statusText?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Keeps every upload as it came, and answers what a test says: 200, unless told otherwise. It has no index. */
export async function startRecordingServer(
  answer: (upload: RecordedUpload, n: number) => ScriptedAnswer = () => ({ status: 200 }),
) {
  const uploads: RecordedUpload[] = [];
  const server = await listen(async (request, response) => {
    if (request.method !== 'POST') return void response.writeHead(404).end();
    const body = await readBody(request);
    const parts = parseMultipart(body, request.headers['content-type'] ?? '');
    const upload = {
      url: request.url ?? '',
      headers: request.headers,
      body,
      parts,
      fields: textFields(parts),
    };
    uploads.push(upload);
    const { status, statusText, headers = {}, body: said = '' } = answer(upload, uploads.length);
    if (statusText === undefined) response.writeHead(status, headers);
    else response.writeHead(status, statusText, headers);
    response.end(said);
  });
  return { ...server, url: `${server.origin}/`, uploads };
}
