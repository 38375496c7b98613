import { patternOf } from './secret-pattern.ts';

const revealed = new WeakMap<Secret, string>();
const inspect = Symbol.for('nodejs.util.inspect.custom');

/** A value that prints as `***` wherever it lands: string, JSON, template, `util.inspect`. */
export class Secret {
  constructor(value: string) {
    revealed.set(this, value);
  }

  /** The value itself. Call it only where it goes on the wire. */
  reveal(): string {
    return revealed.get(this) ?? '';
  }

  get empty(): boolean {
    return this.reveal() === '';
  }

  toString(): string {
    return '***';
  }

  toJSON(): string {
    return '***';
  }

  [inspect](): string {
    return '***';
  }
}

/** A user name and password (HTTP basic), or a bearer token. */
export type Credentials =
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret }
  | { readonly kind: 'bearer'; readonly token: Secret };

/** A URL without user info, query values or fragment: fit to be printed. */
export function printableUrl(url: URL | string): string {
  const copy = new URL(url);
  copy.username = '';
  copy.password = '';
  copy.hash = '';
  for (const name of [...copy.searchParams.keys()]) copy.searchParams.set(name, '***');
  return copy.href;
}

/**
 * What replaces every one of the secrets in a text by `***`, however it is written; the last line of defence for
 * foreign messages.
 */
export function maskOf(secrets: Iterable<Secret>): (text: string) => string {
  // The longest first: of one that begins with another the rest would be left.
  const ordered = [...secrets].sort((a, b) => b.reveal().length - a.reveal().length);
  return (text) => ordered.reduce((masked, secret) => masked.replace(patternFor(secret), '***'), text);
}

/** {@link maskOf}, for one text. */
export function maskSecrets(text: string, secrets: Iterable<Secret>): string {
  return maskOf(secrets)(text);
}

const patterns = new WeakMap<Secret, RegExp>();

function patternFor(secret: Secret): RegExp {
  const pattern = patterns.get(secret) ?? patternOf(secret.reveal());
  patterns.set(secret, pattern);
  return pattern;
}
