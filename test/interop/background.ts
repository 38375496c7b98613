import { spawn } from 'node:child_process';
import { createServer } from 'node:net';

/** Below the ports that systems give out by themselves, a block for each worker: nobody else takes one meanwhile. */
const blockSize = 1000;
const block = 20_000 + (Number(process.env['VITEST_POOL_ID'] ?? 0) % 12) * blockSize;
let next = Math.floor(Math.random() * blockSize);

/** A port that is free, and stays so until a server of ours takes it. */
export async function findFreePort(): Promise<number> {
  for (let tried = 0; tried < blockSize; tried += 1) {
    const port = block + (next++ % blockSize);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${block} to ${block + blockSize - 1} is free`);
}

function isFree(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export interface Background {
  readonly url: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Starts a server and waits until it answers at `url`; ends the process when it is disposed of. */
export async function startServer(file: string, args: readonly string[], url: string): Promise<Background> {
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const deadline = Date.now() + 120_000;
  for (;;) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill('SIGKILL');
      throw new Error(`${file} ${args.join(' ')} does not answer at ${url}\n${output.slice(-4000)}`);
    }
    const answer = await fetch(url).catch(() => undefined);
    if (answer !== undefined) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}
