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
    ...['', 'a', 'me', '__token__:', 'Bearer '].map((before): [string, string, string] => {
      const encoded = Buffer.from(`${before}??>>hunter2~~, and so on`).toString('base64');
      return ['??>>hunter2~~', encoded, expect.stringMatching(/^[\w+/]{0,15}\*{3}[\w+/]*={0,2}$/) as string];
    }),
    ['p', 'publish: 1 published', 'publish: 1 published'],
    ['p', 'the password p is wrong', 'the password *** is wrong'],
    ['a.*b', 'it is "a.*b", not "aXXb"', 'it is "***", not "aXXb"'],
    ['', 'nothing', 'nothing'],
    ['100%-safe/ $ecret', `::error::${'100%-safe/ $ecret'.replace('%', '%25')}`, '::error::***'],
    ["it's(my)*one!", 'as Python quotes it: it%27s%28my%29%2Aone%21', 'as Python quotes it: ***'],
    ['p+ss w/rd', 'as a form has it: p%2bss+w%2frd', 'as a form has it: ***'],
    [
      'käse & wein',
      'https://x/?next=/login%3Fp%3Dk%25C3%25A4se%2520%2526%2520wein',
      'https://x/?next=/login%3Fp%3D***',
    ],
    ['käse & wein', "b'k\\xc3\\xa4se & wein'", "b'***'"],
    ['käse"und\\wein', JSON.stringify({ message: 'käse"und\\wein' }), '{"message":"***"}'],
    ['käse"und\\wein', JSON.stringify(JSON.stringify(['käse"und\\wein'])), '"[\\"***\\"]"'],
    ['käse"und<wein>', '"k\\u00e4se\\"und\\u003cwein\\u003E"', '"***"'],
    ['käse"und<wein>', '<pre>k&#228;se&quot;und&lt;wein&#x3E;</pre>', '<pre>***</pre>'],
    ['🧀-und-wein', '\\ud83e\\uddc0-und-wein %F0%9f%A7%80-und-wein &#x1f9c0;-und-wein', '*** *** ***'],
    [
      '??>>hunter2~~',
      `${Buffer.from('??>>hunter2~~').toString('base64url')} Pz8%2BPmh1bnRlcjJ%2bfg%3D%3D`,
      '*** ***',
    ],
    [
      `p"a'ss&wo<rd`,
      String.raw`p&amp;quot;a&amp;#39;ss&amp;amp;wo&amp;lt;rd p\u0026quot;a\u0026#x27;ss\u0026amp;wo\u0026lt;rd`,
      '*** ***',
    ],
    ['tab\there\\n!', 'tab\\there\\\\n! tab\\u0009here\\\\n! tab here\\n!', '*** *** ***'],
    ['one line and\nanother one', 'one line and\\nanother one | one line and another one', '*** | ***'],
    ['first line\nsecond line', 'cut behind its first line', 'cut behind its ***'],
    [' with blanks around ', 'trimmed: with blanks around', 'trimmed: ***'],
    [' ', 'sent 2 files  (all)', 'sent 2 files  (all)'],
    ['\n', 'a: b\n\nc', 'a: b\n\nc'],
  ])('%s in %j', (secret, text, masked) => expect(maskSecrets(text, [new Secret(secret)])).toEqual(masked));

  it('leaves no rest of a secret that begins with another one', () => {
    const secrets = ['hunter2-hunter2', 'hunter2-hunter2-and-more'].map((text) => new Secret(text));
    expect(maskSecrets('hunter2-hunter2-and-more, hunter2-hunter2', secrets)).toBe('***, ***');
  });
});

describe('printableUrl', () => {
  it.each([
    ['https://me:pw@host/path?sig=abc#frag', 'https://host/path?sig=***'],
    ['https://host/a%2Bb', 'https://host/a%2Bb'],
  ])('%s is shown as %s', (url, shown) => expect(printableUrl(url)).toBe(shown));
});
