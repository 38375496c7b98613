import type { Secret } from '../../model/secret.ts';
import { membersOf } from '../json-answer.ts';

/** What an identity token (a JWT) says of its job, read without a check: nobody but its own job asks. */
export function claimsOf(identity: Secret): ReadonlyMap<string, unknown> {
  const [, payload = ''] = identity.reveal().split('.');
  return membersOf(Buffer.from(payload, 'base64url').toString('utf8')) ?? new Map<string, unknown>();
}
