import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runProgram } from './program.ts';

// The chunks of a transfer are garbage at once, and V8 looks for young garbage only when its new space is full. Kept at
// its first size, that is often enough for memory to stay flat; grown, it lets 64 MB of chunks gather.
setFlagsFromString('--semi-space-growth-factor=1');

// Arguments may hold a secret: what other users see in a process list is only the name.
process.title = 'wheelhouse-uploader';

const interrupt = new AbortController();
// Every request under way listens, and that many are no leak.
setMaxListeners(0, interrupt.signal);
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(130);
    interrupt.abort();
  });
}

// `wheelhouse inspect … | head` closes our stdout early; that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
  throw error;
});

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

process.exitCode = await runProgram(
  process.argv.slice(2),
  manifest.version,
  {
    environment: process.env,
    folder: process.cwd(),
    out: process.stdout,
    err: process.stderr,
    openInput: () => process.stdin,
  },
  interrupt.signal,
);

// Whatever a library left open must not keep a finished run from ending.
setTimeout(() => process.exit(), 1000).unref();
