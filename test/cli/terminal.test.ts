import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { renderTerminal } from '../../src/cli/render/terminal.ts';

/** The last line of progress that is drawn for these events. */
function lastBar(events: readonly WheelhouseEvent[]): string {
  let said = '';
  const stream = { write: (text: string) => (said += text), isTTY: true, columns: 80 };
  const renderer = renderTerminal({
    out: { write: () => true },
    err: stream,
    mask: (text) => text,
    quiet: false,
    verbose: false,
    colour: false,
  });
  for (const event of events) renderer.render(event);
  return said.split('\r\u001b[2K').at(-1) ?? '';
}

const progress = (filename: string, doneBytes: number): WheelhouseEvent => ({
  event: 'progress',
  filename,
  doneBytes,
  totalBytes: 100,
});
const plan: WheelhouseEvent = {
  event: 'plan',
  command: 'publish',
  dryRun: false,
  target: 'https://r.test/',
  steps: [
    { filename: 'a.whl', action: 'send', reason: 'new', size: 100 },
    { filename: 'b.whl', action: 'send', reason: 'new', size: 100 },
    { filename: 'c.whl', action: 'keep', reason: 'the same bytes are there', size: 100 },
  ],
};

describe('progress on a terminal', () => {
  // A line is redrawn only now and then.
  let nowMs = 0;
  beforeEach(() => void vi.spyOn(Date, 'now').mockImplementation(() => (nowMs += 1000)));
  afterEach(() => void vi.restoreAllMocks());

  it('is of all that is planned, not of what was read before', () => {
    const read = ['a.whl', 'b.whl', 'c.whl'].map((filename) => progress(filename, 100));
    expect(lastBar(read)).toMatch(/ 100 % of 300 B, 3 files$/);
    expect(lastBar([...read, plan, progress('a.whl', 0)])).toMatch(/ 0 % of 200 B, 2 files$/);
    expect(lastBar([...read, plan, progress('a.whl', 50)])).toMatch(/ 25 % of 200 B, 2 files$/);
  });

  it('counts a file that has ended as done', () => {
    const ended = {
      event: 'artifact',
      filename: 'a.whl',
      outcome: 'uploaded',
      sha256: null,
      size: 100,
    } as const;
    expect(lastBar([plan, ended, progress('b.whl', 50)])).toMatch(/ 75 % of 200 B, b\.whl$/);
  });
});
