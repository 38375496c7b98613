import { Secret } from '../model/secret.ts';
import type { Surroundings } from './streams.ts';

/** Variables that name a server; what else the environment has is no business of ours. */
const urlVariables = /^(?:WHEELHOUSE_UPLOADER|TWINE)_|_PROXY$/i;

/**
 * The passwords in the URLs of the command line and the environment, written well or badly: what is mistyped, such as
 * `http//user:password@host`, is taken for a path or a name, and messages repeat those.
 */
export function urlSecrets(args: readonly string[], environment: Surroundings['environment']): Secret[] {
  const variables = Object.entries(environment).filter(([name]) => urlVariables.test(name));
  const passwords = [...args, ...variables.map(([, value]) => value ?? '')].flatMap(passwordsIn);
  return [...new Set(passwords)].map((password) => new Secret(password));
}

function passwordsIn(given: string): string[] {
  const text = given.replace(/^--[a-z-]+=/, '');
  const written =
    text.includes('://') && URL.canParse(text)
      ? new URL(text).password
      : /(?:^|\/\/)[^\s/?#@:]*:(?!\/\/)(\S+)@/.exec(text)?.[1];
  if (written === undefined || written === '') return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}
