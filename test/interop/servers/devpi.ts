import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFreePort, startServer } from '../background.ts';
import { peer, runSuccessfully } from '../commands.ts';

export interface DevpiServer {
  /** Makes an index whose files can never be replaced, and gives its upload URL. */
  addIndex(name: string): Promise<string>;
  readonly username: string;
  readonly password: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a real devpi-server with one user. */
export async function startDevpi(): Promise<DevpiServer> {
  const folder = await mkdtemp(join(tmpdir(), 'wheelhouse-devpi-'));
  const [username, password] = ['alice', 'correct-horse-battery'];
  const port = String(await findFreePort());
  const url = `http://127.0.0.1:${port}/`;
  const place = ['--serverdir', folder];
  await runSuccessfully(peer('devpi-init'), [...place, '--no-root-pypi', '--root-passwd', 'root-of-it-all']);
  const address = ['--host', '127.0.0.1', '--port', port];
  const server = await startServer(peer('devpi-server'), [...place, ...address], url);
  await send('PUT', new URL(username, url), { password });
  return {
    username,
    password,
    async addIndex(name) {
      const login = await send('POST', new URL('+login', url), { user: username, password });
      const { result } = (await login.json()) as { result: { password: string } };
      const token = Buffer.from(`${username}:${result.password}`).toString('base64');
      const index = new URL(`${username}/${name}`, url);
      await send('PUT', index, { type: 'stage', bases: [], volatile: false }, { 'x-devpi-auth': token });
      return `${index.href}/`;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** As devpi-client asks: https://devpi.net, the server's JSON API. */
async function send(method: string, url: URL, body: object, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', accept: 'application/json', ...headers },
  });
  if (!answer.ok) throw new Error(`${method} ${url.href}: ${answer.status} ${await answer.text()}`);
  return answer;
}
