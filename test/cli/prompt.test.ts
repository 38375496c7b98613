import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ask } from '../../src/cli/prompt.ts';

function terminal() {
  const input = Object.assign(new PassThrough(), { isTTY: true });
  let shown = '';
  const err = { write: (text: string) => (shown += text), isTTY: true };
  return { input, err, shown: () => shown };
}
const never = new AbortController().signal;

describe('ask', () => {
  it('shows the question and what is typed', async () => {
    const { input, err, shown } = terminal();
    const answer = ask({ text: 'user name: ' }, { input, err }, never);
    input.write('anna\r');
    expect(await answer).toBe('anna');
    expect(shown()).toContain('user name: ');
    expect(shown()).toContain('anna');
  });

  it('shows nothing of what is typed where that is secret', async () => {
    const { input, err, shown } = terminal();
    const answer = ask({ text: 'password: ', hidden: true }, { input, err }, never);
    input.write('hunter3');
    input.write('\b2\r');
    expect(await answer).toBe('hunter2');
    expect(shown()).toBe('password: \n');
  });

  it('takes two answers, one after the other', async () => {
    const { input, err } = terminal();
    const first = ask({ text: 'a: ' }, { input, err }, never);
    input.write('1\r');
    expect(await first).toBe('1');
    const second = ask({ text: 'b: ', hidden: true }, { input, err }, never);
    input.write('2\r');
    expect(await second).toBe('2');
  });

  it('is empty at the end of the input', async () => {
    const { input, err } = terminal();
    const answer = ask({ text: 'a: ' }, { input, err }, never);
    input.write('\u0004');
    expect(await answer).toBe('');
  });

  it.each([
    ['Ctrl-C', ({ input }: ReturnType<typeof terminal>) => input.write('\u0003')],
    ['its signal', (_: unknown, abort: AbortController) => abort.abort()],
  ])('ends with %s', async (_, end) => {
    const place = terminal();
    const abort = new AbortController();
    const answer = ask({ text: 'a: ', hidden: true }, place, abort.signal);
    end(place, abort);
    await expect(answer).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
