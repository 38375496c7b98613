import { gzipSync } from 'node:zlib';
import type { ServerResponse } from 'node:http';
import type { Handler } from './index-server.ts';

/** Sends for as long as anyone listens. With `announcedBytes` it claims to be that long. */
export function endless(announcedBytes?: number): Handler {
  return (_, response) => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    response.writeHead(200, announcedBytes === undefined ? {} : { 'content-length': announcedBytes });
    const pump = () => {
      while (!response.destroyed && response.write(chunk));
      response.once('drain', pump);
    };
    pump();
  };
}

/** A byte now and then, for ever. */
export function drip(headers: Record<string, string | number> = {}): Handler {
  return (_, response) => {
    response.writeHead(200, headers);
    repeat(response, 20, () => response.write('x'));
  };
}

/** Announces the whole of `bytes`, sends a part and hangs up. */
export function truncated(bytes: Buffer, sentBytes: number, headers: Record<string, string> = {}): Handler {
  return (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length, ...headers });
    response.write(bytes.subarray(0, sentBytes), () => setTimeout(() => response.destroy(), 10));
  };
}

/** Takes the request and says nothing. */
export const silent: Handler = () => undefined;

/** Says that there is something, and then nothing more. */
export const stuck: Handler = (_, response) => {
  response.writeHead(200, { 'content-length': 1000 });
  response.write('the beginning');
};

export function redirect(location: string, status = 302): Handler {
  return (_, response) => void response.writeHead(status, { location }).end('elsewhere');
}

/** A small answer that becomes `plainBytes` of blanks. */
export function gzipBomb(plainBytes: number, contentType = 'text/html'): Handler {
  const bomb = gzipSync(Buffer.alloc(plainBytes, ' '));
  return (_, response) =>
    void response
      .writeHead(200, {
        'content-encoding': 'gzip',
        'content-type': contentType,
        'content-length': bomb.length,
      })
      .end(bomb);
}

/** More headers than any client should take: one endless block of them. */
export const headerFlood: Handler = (_, response) => {
  const { socket } = response;
  if (socket === null) return;
  socket.write('HTTP/1.1 200 OK\r\n');
  let n = 0;
  repeat(response, 1, () => socket.write(`x-flood-${n++}: ${'y'.repeat(1000)}\r\n`));
};

/** No HTTP at all. */
export const gibberish: Handler = (_, response) => {
  response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n');
};

function repeat(response: ServerResponse, everyMs: number, act: () => void): void {
  const timer = setInterval(act, everyMs);
  const stop = () => clearInterval(timer);
  response.on('close', stop);
  response.socket?.on('close', stop).on('error', stop);
}
