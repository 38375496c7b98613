import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { measureContent, pageSource, pageText } from '../../src/wheelhouse/page.ts';

const pieces = (count: number) => Array.from({ length: count }, (_, n) => `${n} grüße 日本 🎡\n`);

describe.each([
  ['empty', 0],
  ['small', 10],
  ['too large to be held', 100_000],
])('a page that is %s', (_, count) => {
  const content = measureContent(() => pieces(count));
  const bytes = Buffer.from(pieces(count).join(''));

  it('is known by size and digest before it is sent', () => {
    expect(content.sizeBytes).toBe(bytes.length);
    expect(content.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(pageText(content)).toBe(bytes.toString());
  });

  it.each([
    ['whole', undefined, undefined],
    ['from the middle', 0.5, undefined],
    ['to the middle', 0, 0.5],
    ['some bytes in the middle', 0.4, 0.6],
    ['nothing', 0.5, 0.5],
  ])('is sent %s, as often as is asked for', async (_, from, to) => {
    const [start, end] = [from, to].map((part) => part && Math.floor(part * bytes.length));
    const source = pageSource(content);
    expect(source.sizeBytes).toBe(bytes.length);
    for (let time = 0; time < 2; time++)
      expect((await buffer(source.open(start, end))).equals(bytes.subarray(start, end))).toBe(true);
  });

  it('is rendered in chunks of some size', () => {
    const sizes = [...content.chunks()].map(({ length }) => length);
    expect(Math.max(0, ...sizes)).toBeLessThan(300_000);
    expect(sizes.slice(0, -1).every((size) => size >= 64 * 1024)).toBe(true);
  });
});

it.each([
  ['that fits', 1_000, 1],
  ['that does not', 10, 3],
])('content %s into memory is rendered no more often than it must be', (_, heldBytes, times) => {
  let rendered = 0;
  const render = () => {
    rendered += 1;
    return ['a hundred bytes of text'.padEnd(100)];
  };
  const content = measureContent(render, { heldBytes });
  for (let time = 0; time < 2; time++) expect(pageText(content)).toHaveLength(100);
  expect(rendered).toBe(times);
});
