import { Secret } from '../model/secret.ts';
import type { Session } from './session.ts';

/** The secret that a flag gives, masked from now on; undefined where it is missing or empty. */
export function flagSecret(value: string | undefined, { guard }: Pick<Session, 'guard'>): Secret | undefined {
  if (value === undefined || value === '') return undefined;
  const secret = new Secret(value);
  guard(secret);
  return secret;
}
