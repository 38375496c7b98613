import { setMaxListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { trimLineEnds, withoutLineEnd } from './line-ends.ts';
import { runProgram } from './program.ts';

/** Runs one command in this process, with its signals, its streams and its exit status. */
export async function run(args: readonly string[], version: string): Promise<void> {
  // The chunks of a transfer are garbage at once, and V8 looks for young garbage only when its new space is full. Kept
  // at its first size, that is often enough for memory to stay flat; grown, it lets 64 MB of chunks gather.
  setFlagsFromString('--semi-space-growth-factor=1');
  // A heap may double before V8 looks for old garbage. What a large container's listing holds must not be held twice.
  setFlagsFromString('--heap-growing-percent=20');

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
  trimLineEnds(process.env);
  const surroundings = {
    environment: process.env,
    folder: process.cwd(),
    out: process.stdout,
    err: process.stderr,
    openInput: () => process.stdin,
  };
  process.exitCode = await runProgram(args.map(withoutLineEnd), version, surroundings, interrupt.signal);

  // Whatever a library left open must not keep a finished run from ending.
  setTimeout(() => process.exit(), 1000).unref();
}
