import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { listen, type RunningServer } from './listen.ts';

/** One request as it came. */
export interface Visit {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;

/** What a path answers: text as an HTML page, bytes as a file, or whatever a handler does. */
export type Route = string | Buffer | Handler;

export interface IndexServer extends RunningServer {
  readonly visits: Visit[];
  /** By path, or by path and query; to be changed at will. Everything else is a 404. */
  readonly routes: Record<string, Route>;
  /** The paths that were asked for, in order. */
  readonly paths: () => string[];
}

/** Serves an index and its files from memory. */
export async function startIndexServer(routes: Record<string, Route> = {}): Promise<IndexServer> {
  const visits: Visit[] = [];
  const server = await listen(async (request, response) => {
    const url = request.url ?? '/';
    visits.push({ method: request.method ?? '', url, headers: request.headers });
    const route = routes[url] ?? routes[url.split('?', 1)[0] ?? ''];
    if (route === undefined) response.writeHead(404).end('not here');
    else if (typeof route === 'string')
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(route);
    else if (typeof route === 'function') await route(request, response);
    else await file(route)(request, response);
  });
  return { ...server, visits, routes, paths: () => visits.map(({ url }) => url) };
}

/** A file with an ETag, of which parts can be had. */
export function file(bytes: Buffer, headers: Record<string, string> = {}): Handler {
  const etag = `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`;
  return (request, response) => {
    const condition = request.headers['if-range'];
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const known = { etag, 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream', ...headers };
    if (start === 0 || (condition !== undefined && condition !== known.etag)) {
      response.writeHead(200, { ...known, 'content-length': bytes.length }).end(bytes);
    } else if (start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    } else {
      const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      response.writeHead(206, {
        ...known,
        'content-range': range,
        'content-length': bytes.length - start,
      });
      response.end(bytes.subarray(start));
    }
  };
}

/** A page with an ETag, which is not sent again to whoever has that version (RFC 9110, 13.1.2). */
export function versioned(text: string, contentType = 'text/html; charset=utf-8'): Handler {
  const etag = `"${createHash('sha256').update(text).digest('hex').slice(0, 16)}"`;
  return (request, response) => {
    if (request.headers['if-none-match'] === etag) response.writeHead(304, { etag }).end();
    else response.writeHead(200, { etag, 'content-type': contentType }).end(text);
  };
}

/** Each request gets the next handler; the last one stays. */
export function inTurn(...handlers: readonly [Handler, ...Handler[]]): Handler {
  let next = 0;
  return (request, response) => {
    const handler = handlers[Math.min(next++, handlers.length - 1)] ?? handlers[0];
    return handler(request, response);
  };
}

/** Only with these credentials (`user:password`); 401 for everybody else. */
export function locked(credentials: string, handler: Handler): Handler {
  const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return (request, response) => {
    if (request.headers.authorization === expected) return handler(request, response);
    response.writeHead(401, { 'www-authenticate': 'Basic realm="index"' }).end();
  };
}

/** A page of links, as simple indexes write them. */
export function page(links: readonly { url: string; sha256?: string; text?: string }[]): string {
  const anchors = links.map(({ url, sha256, text = url }) => {
    const fragment = sha256 === undefined ? '' : `#sha256=${sha256}`;
    return `<a href="${url}${fragment}">${text}</a><br>`;
  });
  return `<!DOCTYPE html>\n<html><body>\n${anchors.join('\n')}\n</body></html>\n`;
}
