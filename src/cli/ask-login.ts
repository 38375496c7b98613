import { Secret, type Credentials } from '../model/secret.ts';
import type { PublishIdentity } from '../registry/identity/credentials.ts';
import { tokenUsername } from '../registry/identity/environment.ts';
import type { Session } from './session.ts';
import type { TargetFlags } from './target-options.ts';

/**
 * Asks whoever sits at the terminal for what is missing of a login, as twine does. Undefined where nobody can be asked,
 * or nothing was typed: a CI job must never wait for an answer.
 */
export async function askLogin(
  { url, username }: Pick<PublishIdentity, 'url' | 'username'>,
  { json, dryRun }: Pick<TargetFlags, 'json' | 'dryRun'>,
  session: Pick<Session, 'openInput' | 'err' | 'environment' | 'signal' | 'guard'>,
): Promise<Credentials | undefined> {
  const { err, environment, signal, guard } = session;
  const isSet = (variable: string) => !['', 'false', '0'].includes(environment[variable] ?? '');
  if (json === true || dryRun === true || err.isTTY !== true) return undefined;
  if (isSet('CI') || isSet('TWINE_NON_INTERACTIVE')) return undefined;
  const input = session.openInput?.();
  if (input?.isTTY !== true) return undefined;

  const { ask } = await import('./prompt.ts');
  const { host } = new URL(url);
  const name =
    username ?? (await ask({ text: `User name at ${host} (none if empty): ` }, { input, err }, signal));
  if (name === '') return undefined;
  const text = name === tokenUsername ? `API token for ${host}: ` : `Password of ${name} at ${host}: `;
  const typed = await ask({ text, hidden: true }, { input, err }, signal);
  if (typed === '') return undefined;
  const password = new Secret(typed);
  guard(password);
  guard(new Secret(`${name}:${typed}`));
  return { kind: 'basic', username: name, password };
}
