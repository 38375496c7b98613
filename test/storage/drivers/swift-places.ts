import { request as httpRequest } from 'node:http';
import { Secret } from '../../../src/model/secret.ts';
import type { WheelhouseEvent } from '../../../src/model/events.ts';
import { openSwift, type SwiftOptions } from '../../../src/storage/drivers/swift.ts';
import { bytesSource } from '../../../src/storage/source.ts';
import { parseLocation } from '../../../src/storage/location.ts';
import {
  account,
  startSwiftServer,
  type Fault,
  type Seen,
  type SwiftServer,
  type SwiftServerOptions,
} from '../../servers/swift-server.ts';
import { startTlsServer } from '../../servers/tls-server.ts';

/** The variables of an openrc file for that server. */
export function openrc(server: SwiftServer): Record<string, string> {
  return {
    OS_AUTH_URL: `${server.origin}/v3`,
    OS_USERNAME: account.username,
    OS_PASSWORD: account.password,
    OS_PROJECT_NAME: account.project,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
  };
}

/** Options, and which container. Default: `swift://wheels`. */
export type Place = SwiftOptions & { readonly url?: string };

export function openOn(server: SwiftServer, { url = 'swift://wheels', ...options }: Place = {}) {
  return openSwift(parseLocation(url), { environment: openrc(server), ...options });
}

/** TLS before a server that has none. */
export function startFront(server: SwiftServer) {
  return startTlsServer((request, response) => {
    const { method, headers, url } = request;
    const onward = httpRequest(new URL(url ?? '', server.origin), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
}

/** A server, a container on it that has been created, and the events since then. */
export async function startPlace(serverOptions: SwiftServerOptions = {}, options: Place = {}) {
  const server = await startSwiftServer(serverOptions);
  const events: WheelhouseEvent[] = [];
  const container = await openOn(server, { onEvent: (event) => events.push(event), ...options });
  await container.create();
  server.seen.length = 0;
  const write = (key: string, content: string | Uint8Array) =>
    container.write(key, bytesSource(content), { contentType: 'application/octet-stream' });
  return {
    server,
    container,
    events,
    write,
    /** What the store holds under that name. */
    stored: (key: string, name = 'wheels') => server.objects(name).get(key)?.bytes.toString('latin1'),
    requests: (method: string, path: RegExp) =>
      server.seen.filter((one) => one.method === method && path.test(one.path)),
    async [Symbol.asyncDispose]() {
      await container.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** The first request like that goes wrong, the others do not. */
export function once(method: string, path: RegExp, fault: Fault): (request: Seen) => Fault | undefined {
  let left = 1;
  return (request) =>
    request.method === method && path.test(request.path) && left-- > 0 ? fault : undefined;
}

export const wrongSecret = new Secret('wrong');
