import { describe, expect, it } from 'vitest';
import {
  isBeingRemoved,
  parsePruneMark,
  planMark,
  renderPruneMark,
  type MarkedArtifact,
  type MarkStep,
  type PruneMark,
} from '../../src/wheelhouse/prune-mark.ts';

const now = Date.parse('2026-01-01T12:00:00Z');
const ago = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

describe('planMark', () => {
  it.each<[string, Omit<PruneMark, 'reason'>, Partial<MarkedArtifact>, MarkStep]>([
    ['a mark that was just set', { date: ago(0), records: ['a-1'] }, {}, 'date'],
    [
      'an old one whose run died before the pages were right',
      { date: ago(600), records: ['a-1'] },
      {},
      'date',
    ],
    ['a bare one, by hand', {}, {}, 'date'],
    ['an early one', { records: ['a-1'], unlisted: ago(14) }, {}, 'wait'],
    ['one whose time has come', { records: ['a-1'], unlisted: ago(15) }, {}, 'remove'],
    [
      'one whose time has come, but a page has listed it again',
      { records: ['a-1'], unlisted: ago(15) },
      { relisted: true },
      'date',
    ],
    [
      'a removal under way of what a page has listed again',
      { records: ['a-1'], unlisted: ago(60), removing: ago(1) },
      { relisted: true },
      'wait',
    ],
    ['one of a clock that is ahead', { records: ['a-1'], unlisted: ago(-5) }, {}, 'wait'],
    ['new bytes under the name', { records: ['b-1'], unlisted: ago(60) }, {}, 'lift'],
    ['new bytes beside the old record', { records: ['b-1'] }, { records: ['b-1', 'a-1'] }, 'lift'],
    ['a record less than before', { records: ['a-1', 'b-1'], unlisted: ago(60) }, {}, 'remove'],
    ['bytes that had no record', { records: [], unlisted: ago(60) }, { records: [] }, 'remove'],
    ['a removal under way', { records: ['a-1'], unlisted: ago(60), removing: ago(1) }, {}, 'wait'],
    ['a removal under way, new bytes', { records: ['b-1'], removing: ago(1) }, {}, 'wait'],
    [
      'a removal by a clock that is ahead',
      { records: ['a-1'], unlisted: ago(60), removing: ago(-1) },
      {},
      'wait',
    ],
    ['a removal that is dead', { records: ['a-1'], unlisted: ago(60), removing: ago(5) }, {}, 'remove'],
    [
      'a removal that is dead, where listings lag',
      { records: ['a-1'], unlisted: ago(60), removing: ago(5) },
      { conditional: false },
      'remove',
    ],
    ['a dead removal, new bytes', { records: ['b-1'], unlisted: ago(60), removing: ago(5) }, {}, 'lift'],
    [
      'what is left of one',
      { records: ['a-1'], unlisted: ago(60), removing: ago(5) },
      { there: false },
      'remove',
    ],
    [
      'what is left of one, where listings lag',
      { records: ['a-1'], unlisted: ago(60), removing: ago(5) },
      { there: false, conditional: false },
      'wait',
    ],
    [
      'the same, later',
      { records: ['a-1'], unlisted: ago(60), removing: ago(16) },
      { there: false, conditional: false },
      'remove',
    ],
  ])('%s', (_, mark, rest, expected) => {
    const marked = {
      mark: { reason: '', ...mark },
      records: ['a-1'],
      there: true,
      conditional: true,
      ...rest,
    };
    expect(planMark(marked, now)).toBe(expected);
  });
});

describe('a prune mark', () => {
  it('is read as it was written', () => {
    const mark = {
      reason: 'old',
      date: ago(1),
      records: ['a-1'],
      unlisted: ago(1),
      removing: ago(0),
      by: 'x',
    };
    expect(parsePruneMark(renderPruneMark(mark))).toEqual(mark);
    expect(parsePruneMark(renderPruneMark({ reason: '' }))).toEqual({ reason: '' });
  });

  it.each([
    ['', { reason: '' }],
    ['[]', { reason: '' }],
    [
      '{"reason": 1, "date": "yesterday", "records": [1, "a"], "removing": {}}',
      { reason: '', records: ['a'] },
    ],
  ])('is there whatever it says: %j', (text, expected) => {
    expect(parsePruneMark(text)).toEqual(expected);
  });

  it('is under removal for a few minutes, whichever clock is ahead', () => {
    const at = (minutes: number) => isBeingRemoved({ reason: '', removing: ago(minutes) }, now);
    expect([5, 3, 0, -3, -5].map(at)).toEqual([false, true, true, true, false]);
    expect(isBeingRemoved({ reason: '' }, now)).toBe(false);
  });
});
