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
 * `text` with every one of the secrets replaced by `***`; the last line of defence for foreign messages. One of less
 * than eight characters is replaced only where it stands alone: inside other words it tells nothing.
 */
export function maskSecrets(text: string, secrets: readonly Secret[]): string {
  let masked = text;
  for (const secret of secrets) {
    const value = secret.reveal();
    if (value === '') continue;
    for (const form of new Set([value, encodeURIComponent(value), toBase64(value)])) {
      masked = form.length < 8 ? masked.replace(aloneIn(form), '***') : masked.split(form).join('***');
    }
  }
  return masked;
}

function aloneIn(word: string): RegExp {
  return new RegExp(`(?<![A-Za-z0-9_-])${word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')}(?![A-Za-z0-9_-])`, 'g');
}

function toBase64(value: string): string {
  return Buffer.from(value, 'utf8').toString('base64');
}
