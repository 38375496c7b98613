import { WheelhouseError } from './errors.ts';

/** An option's values by its lower-cased name; lines of a long value are joined by `\n`. */
export type IniSection = Readonly<Record<string, string>>;

export interface IniDocument {
  /** By name as written. `[DEFAULT]` is not among them: its options are in each. */
  readonly sections: Readonly<Record<string, IniSection>>;
}

/**
 * Reads a document by the rules of Python's `RawConfigParser`: `=` or `:`, full-line `#` and `;` comments, indented
 * lines continue a value, no interpolation. Throws `CONFIG` with the number of the line, never with what is in it:
 * it may be a password. A byte order mark, at which Python stops, is passed over.
 */
export function parseIni(text: string): IniDocument {
  const sections = new Map<string, Options>();
  const defaults: Options = new Map();
  let section: Options | undefined;
  let value: string[] | undefined;
  let indent = 0;

  for (const [index, line] of text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const content = strip(line);
    if (content === '') {
      value?.push('');
      continue;
    }
    if (content.startsWith('#') || content.startsWith(';')) continue;
    const lineIndent = line.search(notBlank);
    if (value !== undefined && lineIndent > indent) {
      value.push(content);
      continue;
    }
    indent = lineIndent;
    value = undefined;
    const header = headerIn(content);
    if (header === 'DEFAULT') {
      section = defaults;
    } else if (header !== undefined) {
      if (sections.has(header)) throw refuse(index, 'a section of that name is already there');
      section = new Map();
      sections.set(header, section);
    } else if (section === undefined) {
      throw refuse(index, 'there is no [section] above it');
    } else {
      const { name, first } = optionIn(content, index);
      if (section.has(name)) throw refuse(index, 'an option of that name is already in the section');
      value = [first];
      section.set(name, value);
    }
  }
  return {
    // fromEntries defines properties, so a section named `__proto__` is a section like any other.
    sections: Object.fromEntries(
      [...sections].map(([name, options]) => [name, joinValues(new Map([...defaults, ...options]))]),
    ),
  };
}

/** An option's lines by its name. */
type Options = Map<string, string[]>;

/** What Python takes for white space: not all that JavaScript does, and more. */
const blank = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const notBlank = new RegExp(`[^${blank}]`);
const leadingBlanks = new RegExp(`^[${blank}]+`);

function strip(text: string): string {
  return stripEnd(text.replace(leadingBlanks, ''));
}

/** A loop, because `[…]+$` is quadratic on a long run of blanks that does not end the text. */
function stripEnd(text: string): string {
  let length = text.length;
  while (length > 0 && !notBlank.test(text.charAt(length - 1))) length--;
  return text.slice(0, length);
}

/** `[a]b]c` is the section `a]b`: Python takes all up to the last bracket and lets the rest go. */
function headerIn(content: string): string | undefined {
  const close = content.lastIndexOf(']');
  return content.startsWith('[') && close > 1 ? content.slice(1, close) : undefined;
}

function optionIn(content: string, index: number): { name: string; first: string } {
  const delimiter = content.search(/[=:]/);
  if (delimiter === -1) throw refuse(index, 'neither a [section] nor an option with = or :');
  const name = stripEnd(content.slice(0, delimiter)).toLowerCase();
  if (name === '') throw refuse(index, 'an option without a name');
  return { name, first: strip(content.slice(delimiter + 1)) };
}

function joinValues(options: Options): IniSection {
  return Object.fromEntries([...options].map(([name, lines]) => [name, stripEnd(lines.join('\n'))]));
}

function refuse(index: number, why: string): WheelhouseError {
  return new WheelhouseError('CONFIG', `line ${index + 1}: ${why}`);
}
