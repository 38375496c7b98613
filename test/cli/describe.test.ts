import { describe, expect, it } from 'vitest';
import type { WheelhouseEvent } from '../../src/model/events.ts';
import { describeEvent } from '../../src/cli/render/describe.ts';
import { formatDuration, printable } from '../../src/cli/render/format.ts';
import { progressLine } from '../../src/cli/render/terminal.ts';

const loud = { quiet: false, verbose: false };
const text = (event: WheelhouseEvent, how = loud) =>
  describeEvent(event, how).map(({ stream, text }) => `${stream}: ${text}`);

describe('describeEvent', () => {
  const plan: WheelhouseEvent = {
    event: 'plan',
    command: 'upload',
    dryRun: true,
    target: './wheelhouse',
    steps: [
      { filename: 'a-1-py3-none-any.whl', action: 'send', reason: 'new', size: 1500 },
      { filename: 'b-1.tar.gz', action: 'keep', reason: 'identical', size: null },
    ],
  };

  it('shows a plan on stdout, its steps in columns', () => {
    expect(text(plan)).toEqual([
      'out: Plan for ./wheelhouse: 1 to send, 1 to keep (dry run: nothing will be changed)',
      'out:   send      a-1-py3-none-any.whl     1.5 kB  new',
      'out:   keep      b-1.tar.gz                       identical',
    ]);
  });

  it('shows an error, its causes and what to do on stderr', () => {
    const error: WheelhouseEvent = {
      event: 'error',
      code: 'NETWORK',
      message: 'reading the index failed',
      causes: ['connection refused'],
      hint: 'is the server up?',
    };
    expect(text(error)).toEqual([
      'err: error: reading the index failed',
      'err:   - connection refused',
      'err: hint: is the server up?',
    ]);
  });

  it('takes one line for wrong credentials', () => {
    const message = 'the store refused the credentials (401)';
    expect(text({ event: 'error', code: 'UNAUTHORIZED', message, hint: 'check --secret' })).toEqual([
      `err: error: ${message} (hint: check --secret)`,
    ]);
  });

  it.each<[string, WheelhouseEvent, string[]]>([
    [
      'a failed artifact',
      {
        event: 'artifact',
        filename: 'a.whl',
        outcome: 'failed',
        sha256: null,
        size: null,
        reason: 'no METADATA',
      },
      ['err: failed a.whl: no METADATA'],
    ],
    [
      'a failure that names its file',
      {
        event: 'artifact',
        filename: 'a.whl',
        outcome: 'failed',
        sha256: null,
        size: 12,
        reason: 'a.whl: registry.example answered 400',
      },
      ['err: failed a.whl (12 B): registry.example answered 400'],
    ],
    [
      'a file that is damaged',
      {
        event: 'artifact',
        filename: 'a.whl',
        outcome: 'failed',
        sha256: null,
        size: 0,
        reason: 'a.whl is an empty file, not a wheel',
      },
      ['err: failed a.whl (0 B): is an empty file, not a wheel'],
    ],
    [
      'an uploaded artifact',
      { event: 'artifact', filename: 'a.whl', outcome: 'uploaded', sha256: 'ab', size: 12 },
      ['err: uploaded a.whl (12 B)'],
    ],
    ['progress', { event: 'progress', filename: 'a.whl', doneBytes: 1, totalBytes: 2 }, []],
    ['a detail', { event: 'detail', message: 'probed' }, []],
    [
      'no pages',
      { event: 'pages', written: [], unchanged: 5 },
      ['err: index is up to date (5 pages looked at)'],
    ],
    [
      'one page that is written',
      { event: 'pages', written: ['index.html'], unchanged: 5 },
      ['err: index brought up to date: 1 object written'],
    ],
    [
      'a retry',
      { event: 'retry', what: 'GET https://x/', attempt: 1, delayMs: 1500, reason: 'reset' },
      ['err: retrying GET https://x/ in 1.5 s (attempt 2): reset'],
    ],
    [
      'a retry of what the reason names',
      { event: 'retry', what: 'cannot list x', attempt: 2, delayMs: 50, reason: 'cannot list x: reset' },
      ['err: retrying in 50 ms (attempt 3): cannot list x: reset'],
    ],
  ])('describes %s', (_, event, lines) => {
    expect(text(event)).toEqual(lines);
  });

  it('says only problems when quiet', () => {
    const quiet = { quiet: true, verbose: false };
    expect(text(plan, quiet)).toEqual([]);
    expect(text({ event: 'notice', message: 'x' }, quiet)).toEqual([]);
    expect(text({ event: 'warning', message: 'x' }, quiet)).toEqual(['err: warning: x']);
    expect(
      text({ event: 'artifact', filename: 'a', outcome: 'uploaded', sha256: null, size: 1 }, quiet),
    ).toEqual([]);
    expect(
      text({ event: 'artifact', filename: 'a', outcome: 'conflict', sha256: null, size: 1 }, quiet),
    ).toHaveLength(1);
  });
});

describe('format', () => {
  it.each([
    [3, '3 ms'],
    [2500, '2.5 s'],
    [180_000, '3 min'],
  ])('%d ms are %s', (ms, shown) => expect(formatDuration(ms)).toBe(shown));

  it.each([
    ['plain name.whl', 'plain name.whl'],
    ['evil\u001b[2Jname', 'evil\\u001b[2Jname'],
    ['two\nlines', 'two\\u000alines'],
    ['turned\u202eround', 'turned\\u202eround'],
    ['é 漢', 'é 漢'],
  ])('%j prints as %s', (raw, shown) => expect(printable(raw)).toBe(shown));
});

describe('progressLine', () => {
  it('adds up what is on its way, cut to the width', () => {
    const transfers = new Map([
      ['a.whl', { doneBytes: 50, totalBytes: 100 }],
      ['b.whl', { doneBytes: 0, totalBytes: 100 }],
    ]);
    expect(progressLine(transfers, 80)).toBe(`[${'#'.repeat(8)}${'-'.repeat(22)}] 25 % of 200 B, 2 files`);
    expect(progressLine(transfers, 20).length).toBeLessThan(20);
    expect(progressLine(new Map(), 80)).toBe('');
    const ended = new Map([['a.whl', { doneBytes: 100, totalBytes: 100, ended: true as const }]]);
    expect(progressLine(ended, 80)).toBe('');
  });
});
