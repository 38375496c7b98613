import { Secret } from '../../model/secret.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says of a registry and of who publishes there. */
export interface EnvironmentIdentity {
  readonly repository?: string | undefined;
  readonly repositoryUrl?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
}

/**
 * Reads this tool's variables, then twine's. Empty ones count as missing: CI systems set a secret that a fork may not
 * see to the empty string.
 *
 * `WHEELHOUSE_UPLOADER_USERNAME` is also the user of the container. It counts here only beside
 * `WHEELHOUSE_UPLOADER_PASSWORD`, which containers have no use for, so that no registry ever learns about a container.
 */
export function readEnvironment(env: Environment): EnvironmentIdentity {
  const token = valueOf(env, 'WHEELHOUSE_UPLOADER_TOKEN');
  const ownPassword = valueOf(env, 'WHEELHOUSE_UPLOADER_PASSWORD');
  const ownUsername = valueOf(env, 'WHEELHOUSE_UPLOADER_USERNAME');
  const own =
    token !== undefined
      ? { username: tokenUsername, password: token }
      : ownPassword !== undefined
        ? { username: ownUsername, password: ownPassword }
        : { username: undefined, password: undefined };
  const username = own.username ?? valueOf(env, 'TWINE_USERNAME');
  const password = own.password ?? valueOf(env, 'TWINE_PASSWORD');
  const choice = repositoryIn(env, 'WHEELHOUSE_UPLOADER') ?? repositoryIn(env, 'TWINE');
  return {
    ...choice,
    username,
    password: password === undefined ? undefined : new Secret(password),
  };
}

/** The user name that goes with an API token. */
export const tokenUsername = '__token__';

/** A variable's value, or undefined where it is missing or empty. */
export function valueOf(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === '' ? undefined : value;
}

/** Within one family a URL counts more than a name, as in twine. */
function repositoryIn(
  env: Environment,
  family: string,
): Pick<EnvironmentIdentity, 'repository' | 'repositoryUrl'> | undefined {
  const repositoryUrl = valueOf(env, `${family}_REPOSITORY_URL`);
  if (repositoryUrl !== undefined) return { repositoryUrl };
  const repository = valueOf(env, `${family}_REPOSITORY`);
  return repository === undefined ? undefined : { repository };
}
