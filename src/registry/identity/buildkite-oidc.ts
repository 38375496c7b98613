import { isAbort, reasonOf, WheelhouseError } from '../../model/errors.ts';
import type { Secret } from '../../model/secret.ts';
import { buildkiteAudience, type BuildkitePlace } from '../buildkite-places.ts';
import type { CredentialsSource } from './credentials-source.ts';
import type { Environment } from './environment.ts';
import { renewingCredentials } from './renewing-credentials.ts';
import { runTokenCommand } from './token-command.ts';

export interface BuildkiteOidcOptions extends BuildkitePlace {
  readonly env: Environment;
  /** Told of every token before it is used, so that it can be masked. */
  readonly onToken?: ((token: Secret) => void) | undefined;
  /** A clock in milliseconds that only goes forward; for tests. */
  readonly now?: () => number;
}

/** Registries take no token that lives longer: https://buildkite.com/docs/package-registries/security/oidc */
const lifetimeSeconds = 300;
/** The agent asks Buildkite, and tries that again by itself for a while. */
const agentTimeoutMs = 60_000;

/** Whether this process belongs to a job of a Buildkite agent, which can vouch for it. */
export function isBuildkiteJob(env: Environment): boolean {
  return env['BUILDKITE'] === 'true';
}

/**
 * The tokens of a Buildkite job for one registry, each replaced a minute before its end. Fails with `CONFIG` where the
 * agent gives none.
 */
export function buildkiteOidc({ env, onToken, now, ...place }: BuildkiteOidcOptions): CredentialsSource {
  return renewingCredentials({
    issue: async (signal) => {
      const token = await requestToken(buildkiteAudience(place), env, signal);
      onToken?.(token);
      return { credentials: { kind: 'bearer', token }, lifetimeMs: lifetimeSeconds * 1000 };
    },
    renewBeforeMs: 60_000,
    now,
  });
}

async function requestToken(
  audience: string,
  env: Environment,
  signal: AbortSignal | undefined,
): Promise<Secret> {
  const request = ['oidc', 'request-token', '--audience', audience, '--lifetime', String(lifetimeSeconds)];
  try {
    return await runTokenCommand('buildkite-agent', request, { env, signal, timeoutMs: agentTimeoutMs });
  } catch (thrown) {
    if (isAbort(thrown)) throw thrown;
    // The agent colours its log even where nobody sees it.
    const why = reasonOf(thrown).replace(/\p{Cc}+/gu, ' ');
    throw new WheelhouseError('CONFIG', `this Buildkite job has no token for the registry: ${why}`, {
      cause: thrown,
      hint: 'run the step where the agent is (not in a container without it), or set BUILDKITE_API_TOKEN',
    });
  }
}
