// A static web host in a few lines: what serves a wheelhouse needs to know nothing of wheels.
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { pipeline } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

const contentTypes = {
  '.html': 'text/html; charset=utf-8',
  '.json': 'application/json',
  '.whl': 'application/zip',
  '.gz': 'application/gzip',
};

/**
 * Serves a folder on a free port of this machine: `{ url, close() }`. Knows `index.html`, dates and one byte range. Every
 * answer waits for `delayMs`, as one from far away would.
 */
export async function serveFolder(folder, { delayMs = 0 } = {}) {
  const server = createServer(async (request, response) => {
    if (delayMs > 0) await sleep(delayMs);
    const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
    const file = join(folder, normalize(path), path.endsWith('/') ? 'index.html' : '');
    const status = statSync(file, { throwIfNoEntry: false });
    if (status === undefined) return response.writeHead(404).end('not found\n');
    if (status.isDirectory()) return response.writeHead(301, { Location: `${request.url}/` }).end();

    const modified = status.mtime.toUTCString();
    if (request.headers['if-modified-since'] === modified) return response.writeHead(304).end();

    const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
    const start = first === undefined ? 0 : Number(first);
    const end = last === undefined || last === '' ? status.size - 1 : Math.min(Number(last), status.size - 1);
    if (start > end && status.size > 0) return response.writeHead(416).end();
    response.writeHead(first === undefined ? 200 : 206, {
      'Content-Type': contentTypes[extname(file)] ?? 'application/octet-stream',
      'Content-Length': status.size === 0 ? 0 : end - start + 1,
      'Accept-Ranges': 'bytes',
      'Last-Modified': modified,
      ...(first === undefined ? {} : { 'Content-Range': `bytes ${start}-${end}/${status.size}` }),
    });
    if (request.method === 'HEAD' || status.size === 0) return response.end();
    // A client that goes away in the middle is its own affair.
    pipeline(createReadStream(file, { start, end, highWaterMark: 1 << 18 }), response, () => {});
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(resolve);
      }),
  };
}
