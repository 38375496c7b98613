import { WheelhouseError } from '../../model/errors.ts';
import { Secret } from '../../model/secret.ts';
import type { BuildkitePlace } from '../buildkite-places.ts';
import { buildkiteOidc, isBuildkiteJob } from './buildkite-oidc.ts';
import { toCredentialsSource, type CredentialsSource } from './credentials-source.ts';
import { valueOf, type Environment } from './environment.ts';
import { isToken } from './token-command.ts';

export interface BuildkiteTokenRequest extends BuildkitePlace {
  /** Of `--token`. */
  readonly token?: string | undefined;
  readonly env: Environment;
  /** Told of every token before it is used, so that it can be masked. */
  readonly onToken?: ((token: Secret) => void) | undefined;
}

export interface FoundToken {
  readonly source: CredentialsSource;
  /** In words, for those who wonder. */
  readonly origin: string;
}

/** This tool's own, then that of Buildkite's tools, then that of the curl lines in Buildkite's documentation. */
const variables = ['WHEELHOUSE_UPLOADER_TOKEN', 'BUILDKITE_API_TOKEN', 'REGISTRY_WRITE_TOKEN'] as const;

/**
 * The token for a registry: of the flag, of the environment, or of the Buildkite job that this is. An empty one counts
 * as missing, because CI systems set a secret that a fork may not see to the empty string. Throws `CONFIG`.
 */
export function findBuildkiteToken({ token, env, onToken, ...place }: BuildkiteTokenRequest): FoundToken {
  const given: readonly (readonly [origin: string, value: string | undefined])[] = [
    ['--token', token],
    ...variables.map((name) => [name, valueOf(env, name)] as const),
  ];
  for (const [origin, value = ''] of given) {
    const text = value.trim();
    if (text === '') continue;
    const secret = new Secret(text);
    onToken?.(secret);
    if (!isToken(text))
      throw new WheelhouseError('CONFIG', `the token of ${origin} has characters that no token has`, {
        hint: 'copy it again, without spaces or quotes',
      });
    return { source: toCredentialsSource({ kind: 'bearer', token: secret }), origin };
  }
  if (isBuildkiteJob(env))
    return { source: buildkiteOidc({ ...place, env, onToken }), origin: 'this Buildkite job (OIDC)' };
  throw new WheelhouseError(
    'CONFIG',
    `there is no token for ${place.organization}/${place.registry} at Buildkite`,
    {
      hint: 'set BUILDKITE_API_TOKEN or REGISTRY_WRITE_TOKEN to a token with the scopes read_packages and write_packages, or run in a Buildkite job',
    },
  );
}
