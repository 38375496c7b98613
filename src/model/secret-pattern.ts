/**
 * What a secret looks like in a text, in whatever way that may be written: its characters as they are or escaped as in
 * URLs, JSON and HTML, or all of it in base64. What has less than eight characters counts only where it stands alone:
 * inside other words it tells nothing.
 */
export function patternOf(secret: string): RegExp {
  const base64 = Buffer.from(secret, 'utf8').toString('base64');
  const whole = Array.from(secret, waysToWrite).join('');
  const encoded = base64.replace(/=+$/, '').replace(/[+/]/g, (sign) => base64Signs[sign] ?? sign);
  return new RegExp(`${alone(secret, whole)}|${alone(base64, `${encoded}(?:=|%3[dD]){0,2}`)}`, 'gu');
}

/** The two alphabets, and how URLs write the signs of the first. */
const base64Signs: Readonly<Record<string, string>> = { '+': '(?:[+-]|%2[bB])', '/': '(?:[/_]|%2[fF])' };

function alone(written: string, pattern: string): string {
  return written.length < 8 ? `(?<![A-Za-z0-9_-])(?:${pattern})(?![A-Za-z0-9_-])` : pattern;
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
/** How an entity begins: HTML inside HTML escapes its `&` again, and some JSON writes that as `\u0026`. */
const ampersand = `(?:&|${escapes}u0026)(?:amp;)*`;

function waysToWrite(character: string): string {
  if (/[A-Za-z0-9]/.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const bytes = [...Buffer.from(character, 'utf8')].map((byte) => `%${digits(byte, 2)}`).join('');
  const units = character
    .split('')
    .map((unit) => `${escapes}u${digits(unit.charCodeAt(0), 4)}`)
    .join('');
  const ways = [
    literal(character),
    bytes,
    units,
    `${ampersand}#0{0,4}${code};`,
    `${ampersand}#[xX]0{0,4}${digits(code, 1)};`,
  ];
  const entity = entities[character];
  if (entity !== undefined) ways.push(`${ampersand}${entity};`);
  if (character === ' ') ways.push('\\+');
  if (/["\\/]/.test(character)) ways.push(`${escapes}${literal(character)}`);
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
