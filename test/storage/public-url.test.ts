import { describe, expect, it } from 'vitest';
import { encodeKey, keyUrl } from '../../src/storage/public-url.ts';

describe('encodeKey', () => {
  it.each([
    ['numpy-1.0+cpu-cp312.whl', 'numpy-1.0%2Bcpu-cp312.whl'],
    ['simple/a b/index.html', 'simple/a%20b/index.html'],
    ['100%?#&.whl', '100%25%3F%23%26.whl'],
    ['grüße/日本', 'gr%C3%BC%C3%9Fe/%E6%97%A5%E6%9C%AC'],
    ['simple/a/', 'simple/a/'],
  ])('%s → %s', (key, encoded) => {
    expect(encodeKey(key)).toBe(encoded);
    expect(decodeURIComponent(encoded)).toBe(key);
  });
});

describe('keyUrl', () => {
  it.each([
    ['https://host/wheels', 'a.whl', 'https://host/wheels/a.whl'],
    ['https://host/wheels/', 'a+b.whl', 'https://host/wheels/a%2Bb.whl'],
    ['https://host/wheels', undefined, 'https://host/wheels/'],
    ['file:///srv', 'simple/', 'file:///srv/simple/'],
  ])('%s and %s → %s', (base, key, url) => {
    expect(keyUrl(base, key)).toBe(url);
  });
});
