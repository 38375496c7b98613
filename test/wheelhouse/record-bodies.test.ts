import { describe, expect, it } from 'vitest';
import { RecordBodies } from '../../src/wheelhouse/record-bodies.ts';
import type { RecordBody } from '../../src/wheelhouse/record.ts';

const [a, b] = ['0a'.repeat(32), 'ff'.repeat(32)] as [string, string];
const bodies: RecordBody[] = [
  {},
  { uploaded: '2026-11-29T10:00:00.123Z' },
  { requiresPython: '>=3.9,<4', metadataSha256: a },
  { uploaded: '2026-11-29T10:00:00Z', requiresPython: '"', metadataSha256: b },
];

describe('bodies of records', () => {
  it.each([
    ['few, as they are', 1],
    ['many, packed', 4000],
  ])('are given back: %s', (_, times) => {
    const known = new RecordBodies();
    const names = Array.from({ length: times * bodies.length }, (_, i) => `pkg-1.${i}.tar.gz`);
    const bodyOf = (i: number) => bodies[i % bodies.length] ?? {};
    for (const [i, name] of names.entries()) known.add(name, { sha256: a, sizeBytes: i }, bodyOf(i));
    for (const [i, name] of names.entries())
      expect(known.get(name, { sha256: a, sizeBytes: i })).toEqual(bodyOf(i));
    expect(known.has('pkg-1.0.tar.gz', { sha256: b, sizeBytes: 0 })).toBe(false);
    expect(known.has('pkg-1.0.tar.gz', { sha256: a, sizeBytes: 1 })).toBe(false);
    expect(known.has('other-1.0.tar.gz', { sha256: a, sizeBytes: 0 })).toBe(false);
  });

  it('add to others, which stay as they are', () => {
    const known = new RecordBodies();
    known.add('pkg-1.0.tar.gz', { sha256: a, sizeBytes: 1 }, { requiresPython: '>=3.9' });
    const more = new RecordBodies(known);
    more.add('pkg-1.0.tar.gz', { sha256: b, sizeBytes: 1 }, {});
    expect(more.get('pkg-1.0.tar.gz', { sha256: a, sizeBytes: 1 })).toEqual({ requiresPython: '>=3.9' });
    expect(more.get('pkg-1.0.tar.gz', { sha256: b, sizeBytes: 1 })).toEqual({});
    expect(known.has('pkg-1.0.tar.gz', { sha256: b, sizeBytes: 1 })).toBe(false);
  });
});
