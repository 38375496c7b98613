import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createHttp } from '../../src/io/http.ts';
import { openUploadApi } from '../../src/registry/upload-api.ts';
import { makeFolder } from '../make-distribution.ts';
import { listen } from '../servers/listen.ts';
import { startTlsServer } from '../servers/tls-server.ts';
import { imaginary } from './artifacts.ts';

// The buffers of a file take turns while it is sent: no byte of them may change before the socket has got rid of it.

const filename = 'tiny-1.0-py3-none-any.whl';
const bytes = randomBytes(24 * 1024 * 1024 + 17);
const digestOf = (content: Buffer) => createHash('sha256').update(content).digest('hex');

/** Takes an upload with pauses, so that everything on the way to it is full all the time. */
function slowly(received: Buffer[]) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      if (chunks.push(chunk as Buffer) % 32 === 0) await sleep(5);
    }
    received.push(Buffer.concat(chunks));
    response.writeHead(200).end();
  };
}

async function sendTo(url: string): Promise<void> {
  await using folder = await makeFolder();
  const path = join(folder.path, filename);
  await writeFile(path, bytes);
  const metadata = 'Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n';
  const target = openUploadApi({ url, http: createHttp({ verifyTls: false }) });
  await target.send(imaginary(filename, metadata, { path, sizeBytes: bytes.length }));
  await target.close();
}

/** The file in a form: what is between the last part's header and the closing boundary. */
function fileIn(form: Buffer): Buffer {
  const start = form.indexOf('Content-Type: application/octet-stream\r\n\r\n');
  const end = form.lastIndexOf('\r\n--wheelhouse-');
  return form.subarray(start + 'Content-Type: application/octet-stream\r\n\r\n'.length, end);
}

describe('a registry that takes its time gets every byte', () => {
  it('over HTTP', async () => {
    const received: Buffer[] = [];
    await using server = await listen(slowly(received));
    await sendTo(`${server.origin}/`);
    expect(received.map((form) => digestOf(fileIn(form)))).toEqual([digestOf(bytes)]);
  });

  it('over TLS', async () => {
    const received: Buffer[] = [];
    await using server = await startTlsServer(slowly(received));
    await sendTo(`https://localhost:${server.port}/`);
    expect(received.map((form) => digestOf(fileIn(form)))).toEqual([digestOf(bytes)]);
  });
});
