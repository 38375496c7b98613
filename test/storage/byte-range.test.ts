import { describe, expect, it } from 'vitest';
import { isEmptyRange, rangeHeader, wholeSizeIn } from '../../src/storage/byte-range.ts';

describe('a range of bytes', () => {
  it.each([
    [{}, false, undefined],
    [{ start: 0 }, false, undefined],
    [{ start: 3 }, false, 'bytes=3-'],
    [{ start: 3, end: 5 }, false, 'bytes=3-4'],
    [{ end: 5 }, false, 'bytes=0-4'],
    [{ start: 5, end: 5 }, true, undefined],
    [{ end: 0 }, true, undefined],
  ])('%j', (range, empty, header) => {
    expect(isEmptyRange(range)).toBe(empty);
    if (!empty) expect(rangeHeader(range)).toBe(header);
  });

  it.each([
    ['bytes 0-4/1234', 1234],
    ['bytes 0-4/*', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('tells the size of the whole: %j', (header, sizeBytes) => {
    expect(wholeSizeIn(header)).toBe(sizeBytes);
  });
});
