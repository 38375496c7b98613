import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { WheelhouseError } from '../model/errors.ts';
import type { OutputStream } from './streams.ts';

/** Where a question is asked, and where its answer is typed. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly err: OutputStream;
}

interface Question {
  readonly text: string;
  /** What is typed does not show. */
  readonly hidden?: boolean;
}

/** Asks a person. Empty when nothing was typed; throws `ABORTED` for Ctrl-C. */
export async function ask(
  { text, hidden = false }: Question,
  { input, err }: Terminal,
  signal: AbortSignal,
): Promise<string> {
  const echo = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (!hidden) err.write(chunk.toString());
      done();
    },
  });
  const lines = createInterface({ input, output: echo, terminal: true });
  const ended = new AbortController();
  // A terminal in raw mode sends no signal: the line editor sees the keys itself.
  lines.on('SIGINT', () => ended.abort('Ctrl-C'));
  lines.on('close', () => ended.abort('Ctrl-D'));
  if (hidden) err.write(text);
  try {
    return await lines.question(hidden ? '' : text, { signal: AbortSignal.any([signal, ended.signal]) });
  } catch (thrown) {
    if (ended.signal.reason === 'Ctrl-D' && !signal.aborted) return ''; // the end of the input
    throw new WheelhouseError('ABORTED', 'interrupted', { cause: thrown });
  } finally {
    lines.close();
    err.write('\n');
  }
}
