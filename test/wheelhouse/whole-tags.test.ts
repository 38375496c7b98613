import { describe, expect, it } from 'vitest';
import { WholeTags } from '../../src/wheelhouse/whole-tags.ts';

function piecesOf(bytes: Buffer, chunkBytes: number): string[] {
  const pieces: string[] = [];
  const tags = new WholeTags((markup) => pieces.push(markup));
  for (let start = 0; start < bytes.length; start += chunkBytes)
    tags.push(bytes.subarray(start, start + chunkBytes));
  tags.end();
  return pieces;
}

describe('markup in pieces', () => {
  const markup = '<section id="grüße" data-page="日本">\n<p>🎡 text</p>\n</section> and no more';

  it.each([1, 2, 3, 7, 16, 1000])('of %d bytes is given on whole, with no tag cut', (chunkBytes) => {
    const pieces = piecesOf(Buffer.from(markup), chunkBytes);
    expect(pieces.join('')).toBe(markup);
    expect(pieces.filter((piece) => piece.includes('<section'))).toEqual([
      expect.stringContaining('data-page="日本">'),
    ]);
  });

  it('does not gather what never closes', () => {
    const endless = Buffer.from(`<a${' '.repeat(1_000_000)}`);
    const longest = Math.max(...piecesOf(endless, 1000).map((piece) => piece.length));
    expect(longest).toBeLessThan(100_000);
    expect(piecesOf(endless, 1000).join('')).toBe(endless.toString());
  });
});
