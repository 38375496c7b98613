import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import { assertHolds, busy, lostRace } from '../../src/storage/write-condition.ts';

describe('a write condition', () => {
  it.each([
    ['none, over nothing', undefined, undefined],
    ['none, over something', undefined, 'a'],
    ['absent, over nothing', { ifAbsent: true as const }, undefined],
    ['a tag, over what has it', { ifTag: 'a' }, 'a'],
  ])('holds: %s', (_what, condition, tag) => {
    expect(() => assertHolds('a.whl', condition, tag)).not.toThrow();
  });

  it.each([
    ['absent, over something', { ifAbsent: true as const }, 'a'],
    ['a tag, over what has another', { ifTag: 'a' }, 'b'],
    ['a tag, over nothing', { ifTag: 'a' }, undefined],
  ])('fails: %s', (_what, condition, tag) => {
    expect(() => assertHolds('a.whl', condition, tag)).toThrow(
      expect.objectContaining({ code: 'PRECONDITION_FAILED', transient: false }) as Error,
    );
  });
});

describe('a conflict', () => {
  it('is a lost race for a reason, if there is one', () => {
    const cause = new Error('412');
    expect(lostRace('a.whl', cause).cause).toBe(cause);
    expect(lostRace('a.whl')).not.toHaveProperty('cause');
  });

  it('of a write without a condition is tried again', () => {
    const conflict = new WheelhouseError('PRECONDITION_FAILED', 'x: conflict (409)', { status: 409 });
    expect(busy(conflict)).toMatchObject({
      code: 'SERVER_ERROR',
      message: 'x: conflict (409)',
      status: 409,
      transient: true,
      cause: conflict,
    });
  });
});
