import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { maskSecrets, printableUrl, Secret } from '../../src/model/secret.ts';

describe('Secret', () => {
  const secret = new Secret('hunter2-hunter2');

  it.each([
    ['a string', String(secret)],
    ['a template', `<${secret.toString()}>`],
    ['JSON', JSON.stringify({ secret })],
    ['inspect', inspect({ deep: { secret } }, { showHidden: true, depth: 9 })],
    ['its own keys', Object.keys(secret).join()],
  ])('does not show as %s', (_, text) => expect(text).not.toContain('hunter2'));

  it('reveals itself only when asked', () => {
    expect(secret.reveal()).toBe('hunter2-hunter2');
    expect(new Secret('').empty).toBe(true);
  });
});

describe('maskSecrets', () => {
  it.each<[string, string, string]>([
    ['pypi-AgEIcH', 'token pypi-AgEIcH refused', 'token *** refused'],
    ['pypi-AgEIcH', 'xpypi-AgEIcHx', 'x***x'],
    ['p+ss w/rd', 'url?password=p%2Bss%20w%2Frd', 'url?password=***'],
    ['hunter2-hunter2', `Basic ${Buffer.from('hunter2-hunter2').toString('base64')}`, 'Basic ***'],
    ['p', 'publish: 1 published', 'publish: 1 published'],
    ['p', 'the password p is wrong', 'the password *** is wrong'],
    ['a.*b', 'it is "a.*b", not "aXXb"', 'it is "***", not "aXXb"'],
    ['', 'nothing', 'nothing'],
  ])('%s in %j', (secret, text, masked) => expect(maskSecrets(text, [new Secret(secret)])).toBe(masked));
});

describe('printableUrl', () => {
  it.each([
    ['https://me:pw@host/path?sig=abc#frag', 'https://host/path?sig=***'],
    ['https://host/a%2Bb', 'https://host/a%2Bb'],
  ])('%s is shown as %s', (url, shown) => expect(printableUrl(url)).toBe(shown));
});
