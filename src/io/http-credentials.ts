import { maskSecrets, Secret, type Credentials } from '../model/secret.ts';

/** Takes the user info out of a URL, so that it can neither be printed nor sent to another origin. */
export function liftCredentials(url: URL | string): { url: URL; credentials?: Credentials } {
  const bare = new URL(url);
  const username = decode(bare.username);
  const password = decode(bare.password);
  if (username === '' && password === '') return { url: bare };
  bare.username = '';
  bare.password = '';
  return { url: bare, credentials: { kind: 'basic', username, password: new Secret(password) } };
}

/** The value of the `authorization` header. */
export function authorizationOf(credentials: Credentials): string {
  if (credentials.kind === 'bearer') return `Bearer ${credentials.token.reveal()}`;
  const pair = `${credentials.username}:${credentials.password.reveal()}`;
  return `Basic ${Buffer.from(pair, 'utf8').toString('base64')}`;
}

/** What a server says, without the credentials that it was sent: a hostile one may hand them back to be printed. */
export function maskCredentials(text: string, credentials: Credentials | undefined): string {
  if (credentials === undefined) return text;
  const secret = credentials.kind === 'bearer' ? credentials.token : credentials.password;
  const sent = new Secret(authorizationOf(credentials).replace(/^\w+ /, ''));
  return maskSecrets(text, [sent, secret]);
}

/** User info is percent-encoded by rule, but people paste passwords with a bare `%`. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
