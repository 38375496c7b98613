import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, reasonOf } from '../../model/errors.ts';
import type { Parsed } from '../../model/parsed.ts';
import { Secret } from '../../model/secret.ts';
import { valueOf, type Environment } from './environment.ts';
import { expandHome } from './pypirc-file.ts';

/** A login of a netrc file. Without a machine it is the `default`, which stands for every host. */
export interface NetrcEntry {
  readonly machine?: string;
  readonly login?: string;
  readonly password?: Secret;
}

export interface NetrcLogin {
  readonly login: string;
  readonly password: Secret;
}

/**
 * Reads a netrc file by the rules of Python's `netrc`: words, `"quoted"` or with `\` escapes, `#` comments, `macdef`
 * up to an empty line. The reason names a line and tells nothing of what is in it.
 */
export function parseNetrc(text: string): Parsed<readonly NetrcEntry[]> {
  const words = new Words(text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'));
  const entries: NetrcEntry[] = [];
  let entry: { machine?: string; login?: string; password?: Secret } | undefined;
  for (let word = words.nextKeyword(); word !== undefined; word = words.nextKeyword()) {
    if (word === 'default') {
      entries.push((entry = {}));
    } else if (word === 'macdef') {
      words.skipMacro();
      entry = undefined;
    } else {
      const { line } = words;
      const value = words.next();
      if (value === undefined) return { ok: false, reason: `line ${line}: a word without its value` };
      if (word === 'machine') entries.push((entry = { machine: value }));
      else if (entry === undefined)
        return { ok: false, reason: `line ${line}: there is no machine above it` };
      else if (word === 'login' || word === 'user') entry.login = value;
      else if (word === 'password') entry.password = new Secret(value);
      else if (word !== 'account') return { ok: false, reason: `line ${line}: a word that no netrc has` };
    }
  }
  return { ok: true, value: entries };
}

/**
 * The login of a host: of the last machine of exactly that name, as in Python; with a user name, of that user. The
 * `default` counts only where it is asked for: it is often an anonymous FTP login, and no registry's business.
 */
export function findNetrcLogin(
  entries: readonly NetrcEntry[],
  host: string,
  options: { readonly username?: string | undefined; readonly useDefault?: boolean } = {},
): NetrcLogin | undefined {
  const bare = host.toLowerCase().replace(/^\[|\]$/g, '');
  const fits = ({ login }: NetrcEntry) => options.username === undefined || login === options.username;
  const entry =
    entries.findLast((candidate) => candidate.machine?.toLowerCase() === bare && fits(candidate)) ??
    (options.useDefault === true && !entries.some(({ machine }) => machine?.toLowerCase() === bare)
      ? entries.findLast((candidate) => candidate.machine === undefined && fits(candidate))
      : undefined);
  if (
    entry?.login === undefined ||
    entry.login === '' ||
    entry.password === undefined ||
    entry.password.empty
  ) {
    return undefined;
  }
  return { login: entry.login, password: entry.password };
}

/**
 * The entries of the user's netrc file: `NETRC`, else `~/.netrc` or `~/_netrc`. None where there is no file. A file
 * that cannot be read is told to `onWarning` and otherwise passed over, as pip and twine do.
 */
export async function readNetrc(
  env: Environment,
  home: string,
  onWarning: (message: string) => void = () => undefined,
): Promise<readonly NetrcEntry[]> {
  const chosen = valueOf(env, 'NETRC');
  const places =
    chosen === undefined ? ['.netrc', '_netrc'].map((name) => join(home, name)) : [expandHome(chosen, home)];
  for (const path of places) {
    let bytes: Buffer;
    try {
      bytes = await readFile(path);
    } catch (thrown) {
      if (hasCode(thrown, 'ENOENT')) continue;
      onWarning(`${path} is passed over: ${reasonOf(thrown)}`);
      return [];
    }
    const parsed = isUtf8(bytes)
      ? parseNetrc(bytes.toString('utf8'))
      : ({ ok: false, reason: 'it is not UTF-8 text' } as const);
    if (parsed.ok) return parsed.value;
    onWarning(`${path} is passed over: ${parsed.reason}`);
    return [];
  }
  return [];
}

/** The words of a netrc file, one after the other. */
class Words {
  /** Number of the line that the next word is looked for in. */
  line = 1;
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next word that is no comment. A value may begin with `#`, a keyword may not. */
  nextKeyword(): string | undefined {
    this.#skipBlanks();
    while (this.#text[this.#at] === '#') {
      this.#skipTo('\n');
      this.#skipBlanks();
    }
    return this.next();
  }

  next(): string | undefined {
    this.#skipBlanks();
    if (this.#at >= this.#text.length) return undefined;
    const quoted = this.#text[this.#at] === '"';
    if (quoted) this.#at++;
    let word = '';
    for (; this.#at < this.#text.length; this.#at++) {
      let character = this.#text[this.#at] ?? '';
      if (quoted ? character === '"' : /[\n\t ]/.test(character)) break;
      if (character === '\\') character = this.#text[++this.#at] ?? '';
      if (character === '\n') this.line++;
      word += character;
    }
    if (quoted) this.#at++;
    return word;
  }

  /** To behind the next empty line. */
  skipMacro(): void {
    this.#skipTo('\n\n');
  }

  #skipTo(end: string): void {
    const found = this.#text.indexOf(end, this.#at);
    const stop = found === -1 ? this.#text.length : found + end.length;
    this.line += this.#text.slice(this.#at, stop).split('\n').length - 1;
    this.#at = stop;
  }

  #skipBlanks(): void {
    for (; this.#at < this.#text.length; this.#at++) {
      const character = this.#text[this.#at] ?? '';
      if (character === '\n') this.line++;
      else if (character !== ' ' && character !== '\t') return;
    }
  }
}
