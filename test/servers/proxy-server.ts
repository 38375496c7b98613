import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export interface ProxyServer {
  readonly port: number;
  /** What went through it: `GET http://…` (forwarded) or `CONNECT host:port` (tunnelled). */
  readonly passed: readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** A forwarding proxy that allows tunnels to TLS ports only if told so; with credentials it answers 407 without them. */
export async function startProxyServer(credentials?: string): Promise<ProxyServer> {
  const passed: string[] = [];
  const sockets = new Set<Socket>();
  const expected = credentials && `Basic ${Buffer.from(credentials).toString('base64')}`;
  const refused = (request: IncomingMessage) =>
    expected !== undefined && request.headers['proxy-authorization'] !== expected;
  const server = createServer((request, response) => {
    if (refused(request)) return void response.writeHead(407).end();
    passed.push(`${request.method ?? ''} ${request.url ?? ''}`);
    const headers = { ...request.headers };
    delete headers['proxy-authorization'];
    const onward = httpRequest(request.url ?? '', { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    if (refused(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
    passed.push(`CONNECT ${request.url ?? ''}`);
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      socket.pipe(onward).pipe(socket);
    });
    onward.on('error', () => socket.destroy());
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    passed,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
