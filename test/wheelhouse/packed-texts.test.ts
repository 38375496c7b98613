import { describe, expect, it } from 'vitest';
import { PackedTexts } from '../../src/wheelhouse/packed-texts.ts';
import { randomFrom } from '../random.ts';

describe('packed texts', () => {
  it('are those of a map of lists, whatever is added and deleted', () => {
    const random = randomFrom(20261129);
    const packed = new PackedTexts();
    const model = new Map<string, string[]>();
    const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
    for (let step = 0; step < 60_000; step++) {
      const name = `${pick(['wheel', 'größe', '数', 'a'])}-${Math.floor(random() * 5000)}`;
      if (random() < 0.1) {
        packed.delete(name);
        model.delete(name);
      } else {
        const text = pick(['', 'é', '["r",12]', 'x'.repeat(step % 300)]);
        packed.add(name, text);
        model.set(name, [...(model.get(name) ?? []), text]);
      }
    }
    expect(packed.size).toBe(model.size);
    expect([...packed.names()]).toEqual([...model.keys()]);
    for (const [name, texts] of model) expect(packed.get(name)).toEqual(texts);
    for (const name of ['', 'wheel', 'wheel-5000']) {
      expect(packed.has(name)).toBe(false);
      expect(packed.get(name)).toEqual([]);
    }
  });

  it('may be larger than a block', () => {
    const packed = new PackedTexts();
    const texts = ['small', 'm'.repeat(900_000), 'l'.repeat(3_000_000), 'small again'];
    for (const text of texts) packed.add('one', text);
    packed.add('two', 'after it');
    expect(packed.get('one')).toEqual(texts);
    expect(packed.get('two')).toEqual(['after it']);
    expect([...packed.names()]).toEqual(['one', 'two']);
  });

  it('may be many of one name, beside others', () => {
    const packed = new PackedTexts();
    for (let i = 0; i < 200_000; i++) packed.add(i % 2 === 0 ? 'one' : `other-${i % 100}`, `${i}`);
    expect(packed.size).toBe(51);
    expect(packed.get('one')).toHaveLength(100_000);
    expect(packed.get('one').at(-1)).toBe('199998');
    expect(packed.get('other-99')).toHaveLength(2000);
  });
});
