/**
 * What a secret looks like in a text, in whatever way that may be written: its characters as they are or escaped as in
 * URLs, JSON and HTML, or all of it in base64, as a part of something else too. Of several lines each long one counts,
 * as messages are cut at their ends. What has less than eight characters counts only where it stands alone: inside other
 * words it tells nothing. Blanks at its ends do not count, since messages are trimmed; so what is blank is never found.
 */
export function patternOf(secret: string): RegExp {
  const core = secret.replace(/^[\s\p{Cc}]+|[\s\p{Cc}]+$/gu, '');
  if (core === '') return /(?!)/g;
  const base64 = Buffer.from(secret, 'utf8').toString('base64');
  const encoded = withSigns(base64.replace(/=+$/, ''));
  const inside = [0, 1, 2].map((bytesBefore) => base64Within(secret, bytesBefore));
  const lines = core.includes('\n') ? core.split('\n') : [];
  const ways = [
    alone(core, textPattern(core)),
    alone(base64, `${encoded}(?:=|%3[dD]){0,2}`),
    ...inside.filter(isLong).map(withSigns),
    ...lines.filter(isLong).map(textPattern),
  ];
  return new RegExp(ways.join('|'), 'gu');
}

/** Blanks are as many as there are in the text, which may have been made one line. */
function textPattern(text: string): string {
  return text
    .split(/([\s\p{Cc}]+)/u)
    .map((part, i) => {
      const ways = Array.from(part, waysToWrite);
      return i % 2 === 0 ? ways.join('') : `(?:[\\s\\p{Cc}]|${[...new Set(ways)].join('|')})+`;
    })
    .join('');
}

/** The two alphabets, and how URLs write the signs of the first. */
const base64Signs: Readonly<Record<string, string>> = { '+': '(?:[+-]|%2[bB])', '/': '(?:[/_]|%2[fF])' };

function withSigns(base64: string): string {
  return base64.replace(/[+/]/g, (sign) => base64Signs[sign] ?? sign);
}

/** The base64 of a secret with other bytes before and behind it, as far as it is the same whatever they are. */
function base64Within(secret: string, bytesBefore: number): string {
  const bytes = Buffer.concat([Buffer.alloc(bytesBefore), Buffer.from(secret, 'utf8')]);
  const digit = (byte: number) => (byte * 8) / 6;
  return bytes.toString('base64').slice(Math.ceil(digit(bytesBefore)), Math.floor(digit(bytes.length)));
}

function isLong(written: string): boolean {
  return written.length >= 8;
}

function alone(written: string, pattern: string): string {
  return isLong(written) ? pattern : `(?<![A-Za-z0-9_-])(?:${pattern})(?![A-Za-z0-9_-])`;
}

const entities: Readonly<Record<string, string>> = {
  '&': 'amp',
  '<': 'lt',
  '>': 'gt',
  '"': 'quot',
  "'": 'apos',
};
/** Backslashes of JSON, of which JSON inside JSON has more. */
const escapes = '\\\\{1,3}';
const shortEscapes: Readonly<Record<string, string>> = {
  '\b': 'b',
  '\f': 'f',
  '\n': 'n',
  '\r': 'r',
  '\t': 't',
};
/** How an entity begins: HTML inside HTML escapes its `&` again, and some JSON writes that as `\u0026`. */
const ampersand = `(?:&|${escapes}u0026)(?:amp;)*`;

function waysToWrite(character: string): string {
  if (/[A-Za-z0-9]/.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const bytes = [...Buffer.from(character, 'utf8')].map((byte) => digits(byte, 2));
  const units = character
    .split('')
    .map((unit) => `${escapes}u${digits(unit.charCodeAt(0), 4)}`)
    .join('');
  const ways = [
    literal(character),
    bytes.map((byte) => `%(?:25)*${byte}`).join(''), // URLs inside URLs are escaped again
    bytes.map((byte) => `${escapes}x${byte}`).join(''), // Python's bytes
    units,
    `${ampersand}#0{0,4}${code};`,
    `${ampersand}#[xX]0{0,4}${digits(code, 1)};`,
  ];
  const entity = entities[character];
  if (entity !== undefined) ways.push(`${ampersand}${entity};`);
  if (character === ' ') ways.push('\\+');
  const short = shortEscapes[character];
  if (short !== undefined) ways.push(`${escapes}${short}`);
  if (/["'\\/]/.test(character)) ways.push(`${escapes}${literal(character)}`);
  return `(?:${ways.join('|')})`;
}

function literal(character: string): string {
  return character.replace(/[\\^$.*+?()[\]{}|/]/, '\\$&');
}

function digits(code: number, length: number): string {
  return anyCase(code.toString(16).padStart(length, '0'));
}

function anyCase(hex: string): string {
  return hex.replace(/[a-f]/g, (digit) => `[${digit}${digit.toUpperCase()}]`);
}
