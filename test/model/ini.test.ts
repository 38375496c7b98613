import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import { parseIni } from '../../src/model/ini.ts';

/** What Python 3.11's and 3.13's `configparser.RawConfigParser` read from the same bytes. */
const read: readonly (readonly [
  what: string,
  text: string,
  sections: Record<string, Record<string, string>>,
])[] = [
  ['nothing', '', {}],
  ['a section without options', '[a]\n', { a: {} }],
  ['= and :', '[a]\nx=1\ny: 2\nz = 3\n', { a: { x: '1', y: '2', z: '3' } }],
  ['the first delimiter counts', '[a]\nx = a=b:c\ny: a=b\nz=:\n', { a: { x: 'a=b:c', y: 'a=b', z: ':' } }],
  [
    'a password with marks of a comment in it',
    '[a]\npassword = pa#ss;wo rd # not a comment\n',
    { a: { password: 'pa#ss;wo rd # not a comment' } },
  ],
  [
    'keys in any case',
    '[a]\nUserName = Bob\nINDEX-servers = x\n',
    { a: { username: 'Bob', 'index-servers': 'x' } },
  ],
  ['sections in their case', '[PyPI]\nx = 1\n[pypi]\nx = 2\n', { PyPI: { x: '1' }, pypi: { x: '2' } }],
  ['blanks around everything', '[a]   \n   x   =   1   \n', { a: { x: '1' } }],
  ["blanks inside a section's name", '[ a ]\nx = 1\n', { ' a ': { x: '1' } }],
  ['full-line comments', '# one\n; two\n[a]\n# three\nx = 1\n  ; four\ny = 2\n', { a: { x: '1', y: '2' } }],
  ['continuation lines', '[a]\nx = 1\n  2\n\t3\ny = 4\n', { a: { x: '1\n2\n3', y: '4' } }],
  [
    'a value that begins on the next line',
    '[distutils]\nindex-servers =\n    pypi\n    gitlab\n',
    { distutils: { 'index-servers': '\npypi\ngitlab' } },
  ],
  ['empty lines inside a value', '[a]\nx = 1\n\n  2\n\n\ny = 3\n', { a: { x: '1\n\n2', y: '3' } }],
  ['empty lines after a value', '[a]\nx = 1\n\n\n', { a: { x: '1' } }],
  ['a comment inside a value', '[a]\nx =\n  1\n# gone\n  # gone too\n  2\n', { a: { x: '\n1\n2' } }],
  [
    'a continuation that looks like an option',
    '[a]\nx = 1\n  y = 2\nz = 3\n',
    { a: { x: '1\ny = 2', z: '3' } },
  ],
  ['a continuation that looks like a section', '[a]\nx = 1\n  [b]\n', { a: { x: '1\n[b]' } }],
  ['an indented option after a header', '[a]\n  x = 1\n  y = 2\n    more\n', { a: { x: '1', y: '2\nmore' } }],
  ['a less indented option after an indented one', '[a]\n    x = 1\n  y = 2\n', { a: { x: '1', y: '2' } }],
  ['an indented section', '[a]\nx = 1\n[b]\n   [c]\ny = 1\n', { a: { x: '1' }, b: {}, c: { y: '1' } }],
  [
    'DEFAULT in each section',
    '[DEFAULT]\nu = d\nv = d\n[a]\nu = own\n[b]\n',
    { a: { u: 'own', v: 'd' }, b: { u: 'd', v: 'd' } },
  ],
  [
    'DEFAULT at the end, and twice',
    '[a]\nx = 1\n[DEFAULT]\nu = d\n[b]\n[DEFAULT]\nv = e\n',
    { a: { u: 'd', v: 'e', x: '1' }, b: { u: 'd', v: 'e' } },
  ],
  [
    'default in lower case is a section like others',
    '[default]\nx = 1\n[a]\n',
    { default: { x: '1' }, a: {} },
  ],
  [
    'no interpolation',
    '[a]\nx = %(y)s\ny = 100%\nz = ${env.T}\n',
    { a: { x: '%(y)s', y: '100%', z: '${env.T}' } },
  ],
  ['an empty value', '[a]\nx =\ny:\n', { a: { x: '', y: '' } }],
  ['quotes stay', '[a]\nx = "1"\n', { a: { x: '"1"' } }],
  ["a bracket in a section's name", '[a]b]c\nx = 1\n', { 'a]b': { x: '1' } }],
  ["text after a section's name", '[a] # comment\nx = 1\n', { a: { x: '1' } }],
  ['a section whose name is a bracket', '[]]\nx = 1\n', { ']': { x: '1' } }],
  ['a key with blanks', '[a]\nmy key = 1\n', { a: { 'my key': '1' } }],
  ['a key with brackets', '[a]\nx[0] = 1\n', { a: { 'x[0]': '1' } }],
  ['CR LF', '[a]\r\nx = 1\r\n  2\r\n\r\ny = 3\r\n', { a: { x: '1\n2', y: '3' } }],
  ['CR alone', '[a]\rx = 1\r', { a: { x: '1' } }],
  ['no line end at the end', '[a]\nx = 1', { a: { x: '1' } }],
  ['Unicode', '[\u00e4]\nSCHL\u00dcSSEL = w\u00f6rt\n', { '\u00e4': { 'schl\u00fcssel': 'w\u00f6rt' } }],
  ['an ideographic space around a value', '[a]\nx =\u3000 1 \u3000\n', { a: { x: '1' } }],
  [
    'control characters that Python takes for blanks',
    '[a]\nx = \u001c1\u0085\n\u001f\n  2\n',
    { a: { x: '1\n\n2' } },
  ],
  [
    'a line separator that Python does not take for a line end',
    '[a]\nx = 1\u20282\n',
    { a: { x: '1\u20282' } },
  ],
  [
    '__proto__',
    '[__proto__]\n__proto__ = x\n[constructor]\nx = 1\n',
    { ['__proto__']: { ['__proto__']: 'x' }, constructor: { x: '1' } },
  ],
  ['rem is no comment', '[a]\nrem x = 1\n', { a: { 'rem x': '1' } }],
  ['an indented comment before any section', '  # c\n[a]\nx=1\n', { a: { x: '1' } }],
];

/** Where Python raises, and the number of the line that it names. */
const refused: readonly (readonly [what: string, text: string, line: number])[] = [
  ['an option before any section', 'x = 1\n[a]\n', 1],
  ['text before any section', 'hello\n', 1],
  ['a section twice', '[a]\nx = 1\n[b]\n[a]\ny = 2\n', 4],
  ['an option twice', '[a]\nx = 1\ny = 2\nX : 3\n', 4],
  ['an option twice in DEFAULT', '[DEFAULT]\nx = 1\nx = 2\n', 3],
  ['a key without a value', '[a]\nx\n', 2],
  ['a delimiter without a key', '[a]\n= 1\n', 2],
  ['empty brackets', '[a]\n[]\n', 2],
  ['empty brackets at the start', '[]\nx = 1\n', 1],
  ['a section that is not closed', '[a]\n[b\n', 2],
  ['a key without a value after others', '[a]\nx = 1\n\n# c\nsecret-token\n', 5],
];

describe('parseIni', () => {
  it.each(read)('reads %s', (_, text, sections) => {
    expect(parseIni(text).sections).toEqual(sections);
  });

  it.each(refused)('refuses %s', (_, text, line) => {
    expect(() => parseIni(text)).toThrow(
      expect.objectContaining({
        code: 'CONFIG',
        message: expect.stringMatching(new RegExp(`^line ${line}: `)) as string,
      }) as WheelhouseError,
    );
  });

  it.each([
    'pypi-SECRET\n',
    '[pypi]\npypi-SECRET\n',
    '[pypi]\n= pypi-SECRET\n',
    '[pypi]\npypi-secret = a\npypi-SECRET = b\n',
    '[SECRET]\n[SECRET]\n',
    '[SECRET\n',
  ])('tells nothing of what is in a line (%#)', (text) => {
    let thrown: unknown;
    try {
      parseIni(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(WheelhouseError);
    const error = thrown as WheelhouseError;
    expect(`${error.message} ${error.hint ?? ''} ${String(error.cause)}`).not.toMatch(/secret/i);
  });

  it('passes over a byte order mark, which Windows editors write and Python refuses', () => {
    expect(parseIni('\uFEFF[a]\nx = 1\n').sections).toEqual({ a: { x: '1' } });
  });

  it('pollutes no prototype', () => {
    const { sections } = parseIni('[__proto__]\npolluted = yes\n[a]\n__proto__ = x\n');
    expect(Object.getPrototypeOf(sections)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(Object.keys(sections)).toEqual(['__proto__', 'a']);
  });

  it('reads long blanks and long values', () => {
    const blanks = ' '.repeat(300_000);
    expect(parseIni(`[a]\nx = 1${blanks}2${blanks}\n`).sections).toEqual({ a: { x: `1${blanks}2` } });
    const lines = Array.from({ length: 100_000 }, (_, i) => `  line${i}`).join('\n');
    expect(parseIni(`[a]\nx =\n${lines}\n`).sections['a']?.['x']?.split('\n')).toHaveLength(100_001);
  });
});
