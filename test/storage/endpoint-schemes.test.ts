import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/model/secret.ts';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import type { ContainerOptions } from '../../src/storage/container-options.ts';
import { openContainer } from '../../src/storage/drivers.ts';
import { parseLocation } from '../../src/storage/location.ts';

// Proof: http:// for https:// and the other way round is told at once, in plain words, by every driver.

const kept = { ...process.env };
beforeEach(() => {
  for (const name of Object.keys(process.env))
    if (/^(?:AWS|OS|AZURE)_|_PROXY$/i.test(name)) Reflect.deleteProperty(process.env, name);
});
afterEach(() => {
  process.env = { ...kept };
});

/** Answers whatever comes with the same bytes, and hangs up. */
async function startRawServer(answer: string | Buffer) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('data', () => socket.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function create(url: string, endpoint: string) {
  const events: WheelhouseEvent[] = [];
  const options: ContainerOptions = {
    region: 'us-east-1',
    ...(url.startsWith('gs:') ? {} : { username: 'numpy', secret: new Secret('MTIz'), endpoint }),
    onEvent: (event) => events.push(event),
  };
  // An emulator is not told who we are: no token is asked for.
  process.env['STORAGE_EMULATOR_HOST'] = endpoint;
  const container = await openContainer(parseLocation(url), options);
  const thrown: unknown = await container.create().catch((error: unknown) => error);
  await container.close();
  return { thrown, events };
}

const http400 = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';
const alert = Buffer.from([21, 3, 1, 0, 2, 2, 70]);

it('Azure: the page of a proxy is no half answer, to be asked for again', async () => {
  await using server = await startRawServer('HTTP/1.1 403 Forbidden\r\n\r\n<html>not from here</html>');
  const { thrown, events } = await create('azure://wheels', `http://${server.host}`);
  expect(thrown).toMatchObject({ code: 'FORBIDDEN', message: expect.stringContaining('(403)') as string });
  expect(events).toEqual([]);
});

describe.each(['s3://wheels', 'azure://wheels', 'gs://wheels', 'swift://wheels'])('%s', (url) => {
  it.each<[string, string, string | Buffer, RegExp, RegExp]>([
    ['https:// to a plain server', 'https', http400, /does not speak TLS/, /write http:\/\//],
    ['http:// to TLS that answers in TLS', 'http', alert, /it speaks TLS/, /write https:\/\//],
    ['http:// to TLS that answers in HTTP', 'http', http400, /400/, /begin with https:\/\//],
  ])('%s', async (_what, scheme, answer, message, hint) => {
    await using server = await startRawServer(answer);
    const { thrown, events } = await create(url, `${scheme}://${server.host}`);
    expect(thrown).toMatchObject({
      message: expect.stringMatching(message) as string,
      hint: expect.stringMatching(hint) as string,
      transient: false,
    });
    expect((thrown as Error).cause).toBeUndefined();
    expect(String(thrown)).not.toMatch(/SSL routines|Parse Error|JSON|XML/);
    expect(events).toEqual([]);
  });
});
