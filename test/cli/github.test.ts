import { describe, expect, it } from 'vitest';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { renderGithub } from '../../src/cli/render/github.ts';

function rendered(...events: WheelhouseEvent[]) {
  let out = '';
  let err = '';
  const renderer = renderGithub({
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
    mask: (text) => text,
    quiet: false,
    verbose: false,
    colour: false,
  });
  for (const event of events) renderer.render(event);
  renderer.close();
  return { out, err };
}

const result = { filename: 'a-1.tar.gz', sha256: null, size: 10 } as const;
const title = 'title=wheelhouse-uploader';

describe('under GitHub Actions', () => {
  it.each<[string, WheelhouseEvent, string]>([
    [
      'a warning with its hint',
      { event: 'warning', message: 'late', hint: 'wait' },
      `::warning ${title}::late%0Ahint: wait\n`,
    ],
    [
      'an error with all its causes',
      { event: 'error', code: 'INCOMPLETE', message: '2 problems', causes: ['a: x', 'b: y'], hint: 'mend' },
      `::error ${title}::2 problems%0A- a: x%0A- b: y%0Ahint: mend\n`,
    ],
    [
      'a file that failed',
      { event: 'artifact', ...result, outcome: 'failed', reason: '100% off' },
      `::error ${title}::failed a-1.tar.gz: 100%25 off\n`,
    ],
    [
      'no file that was said to have failed',
      { event: 'artifact', said: true, ...result, outcome: 'failed' },
      '',
    ],
    [
      'a message that would give a command',
      { event: 'warning', message: 'x\r\n::stop-commands::y\u001b[1m' },
      `::warning ${title}::x\\u000d\\u000a::stop-commands::y\\u001b[1m\n`,
    ],
    ['a line that would be a command', { event: 'notice', message: '::error::x' }, '| ::error::x\n'],
  ])('annotates %s', (_, event, expected) => {
    expect(rendered(event)).toEqual({ out: '', err: expected });
  });

  it('folds the plan into a group', () => {
    const steps = [{ filename: 'a-1.tar.gz', action: 'send', reason: 'new', size: 10 }] as const;
    expect(rendered({ event: 'plan', command: 'upload', dryRun: false, target: './w', steps }).out).toBe(
      '::group::Plan for ./w: 1 to send\n  send      a-1.tar.gz       10 B  new\n::endgroup::\n',
    );
  });
});
