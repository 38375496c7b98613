import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** One request as the server answered it. */
export interface ServedRequest {
  readonly method: string;
  /** Percent-decoded, with its leading slash. */
  readonly path: string;
  readonly status: number;
  readonly userAgent: string;
}

export interface StaticServer {
  /** `http://127.0.0.1:port/`, with its slash. */
  readonly url: string;
  readonly requests: readonly ServedRequest[];
  [Symbol.asyncDispose](): Promise<void>;
}

const jsonListing = 'application/vnd.pypi.simple.v1+json';

/** What a static web host says about a file; pip refuses an index page of any other type than HTML or JSON. */
const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json',
  '.whl': 'application/zip',
  '.zip': 'application/zip',
  '.gz': 'application/gzip',
  '.metadata': 'text/plain; charset=utf-8',
};

/**
 * Serves a folder as static hosts do: `…/` is its `index.html`, else its `index.json` (PEP 691), a folder without its slash is redirected,
 * a single byte range and `If-Range` are honoured, and everything else is a 404.
 */
export async function serveFolder(folder: string): Promise<StaticServer> {
  const requests: ServedRequest[] = [];
  const server = createServer((request, response) => {
    response.on('finish', () =>
      requests.push({
        method: request.method ?? '',
        path: decodedPath(request),
        status: response.statusCode,
        userAgent: request.headers['user-agent'] ?? '',
      }),
    );
    answer(folder, request, response).catch((error: unknown) => {
      // A client that went away in the middle is no failure of the server.
      if (!response.headersSent) response.writeHead(500).end(String(error));
      else response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function decodedPath(request: IncomingMessage): string {
  return decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
}

async function answer(folder: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = decodedPath(request);
  const page = join(folder, normalize(path));
  const candidates = path.endsWith('/') ? [join(page, 'index.html'), join(page, 'index.json')] : [page];
  const file = candidates.find((candidate) => existsSync(candidate));
  if (file === undefined) return void response.writeHead(404).end('no such file\n');
  const status = await stat(file);
  if (status.isDirectory()) {
    return void response.writeHead(301, { Location: `${request.url ?? ''}/` }).end();
  }
  const etag = `"${status.size.toString(16)}-${Math.trunc(status.mtimeMs).toString(16)}"`;
  const headers = {
    'Content-Type': contentTypeOf(file),
    'Accept-Ranges': 'bytes',
    ETag: etag,
  };
  const ifRange = request.headers['if-range'];
  const range = ifRange === undefined || ifRange === etag ? parseRange(request, status.size) : undefined;
  const { start, end } = range ?? { start: 0, end: status.size - 1 };
  response.writeHead(range === undefined ? 200 : 206, {
    ...headers,
    'Content-Length': end - start + 1,
    ...(range === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${status.size}` }),
  });
  if (request.method === 'HEAD' || status.size === 0) return void response.end();
  await pipeline(createReadStream(file, { start, end, highWaterMark: 1 << 18 }), response);
}

function contentTypeOf(file: string): string {
  if (basename(file) === 'index.json') return jsonListing;
  return contentTypes[extname(file)] ?? 'application/octet-stream';
}

/** The one range of `Range: bytes=a-b`, `a-` or `-n`; anything else is answered whole, as RFC 9110 allows. */
function parseRange(request: IncomingMessage, size: number): { start: number; end: number } | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? '');
  if (match === null) return undefined;
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(size - 1, Number(last));
  return start <= end ? { start, end } : undefined;
}
