import { createHttp, statusError, type HttpClient, type HttpResponse } from '../../io/http.ts';
import { WheelhouseError } from '../../model/errors.ts';
import { Secret } from '../../model/secret.ts';
import { readJsonObject } from '../json-answer.ts';
import { valueOf, type Environment } from './environment.ts';
import { isToken, runTokenCommand } from './token-command.ts';

/** A CI system that says who a job is, by an identity token (OpenID Connect) for one audience. */
export interface IdentityProvider {
  /** As people call it. */
  readonly name: string;
  /** Where it can be seen at once that this job is given none: what every request would throw. */
  readonly problem?: WheelhouseError;
  /** Whether every request gives another token. Registries take each token once. */
  readonly renewable: boolean;
  /** A token. Throws `CONFIG` where the job is not set up for it, `UNAUTHORIZED`, or what the network does. */
  request(audience: string, signal?: AbortSignal): Promise<Secret>;
}

/** The CI system in which we run, as far as it gives identity tokens; as Python's `id` 1.6 tells them apart. */
export function findIdentityProvider(env: Environment): IdentityProvider | undefined {
  if (valueOf(env, 'GITHUB_ACTIONS') !== undefined) return githubActions(env);
  if (valueOf(env, 'GITLAB_CI') !== undefined) return gitlab(env);
  if (valueOf(env, 'CIRCLECI') !== undefined)
    return commandProvider('CircleCI', env, 'circleci', (audience) => [
      ...['run', 'oidc', 'get', '--root-issuer'],
      ...['--claims', JSON.stringify({ aud: audience })],
    ]);
  if (valueOf(env, 'BUILDKITE') !== undefined)
    return commandProvider('Buildkite', env, 'buildkite-agent', (audience) => [
      ...['oidc', 'request-token', '--audience', audience],
    ]);
  return undefined;
}

const githubHint =
  'give the job "permissions: id-token: write"; jobs of pull requests from forks never have it';

/** https://docs.github.com/actions/reference/openid-connect-reference */
function githubActions(env: Environment): IdentityProvider {
  const name = 'GitHub Actions';
  const url = valueOf(env, 'ACTIONS_ID_TOKEN_REQUEST_URL');
  const bearer = valueOf(env, 'ACTIONS_ID_TOKEN_REQUEST_TOKEN');
  if (url === undefined || bearer === undefined || !URL.canParse(url)) {
    const problem = new WheelhouseError(
      'CONFIG',
      `${name} gives this job no identity token: id-token: write is missing`,
      { hint: githubHint },
    );
    return { name, problem, renewable: true, request: () => Promise.reject(problem) };
  }
  const token = new Secret(bearer);
  return {
    name,
    renewable: true,
    async request(audience, signal) {
      const at = new URL(url);
      at.searchParams.set('audience', audience);
      // A client of its own: what is given for the registry (authorities, --no-ssl-check) does not hold here.
      const http = createHttp();
      try {
        return await askGithub(http, at, token, signal);
      } finally {
        await http.close();
      }
    },
  };
}

async function askGithub(
  http: HttpClient,
  url: URL,
  token: Secret,
  signal: AbortSignal | undefined,
): Promise<Secret> {
  const what = 'GitHub Actions gives no identity token';
  const headers = { accept: 'application/json' };
  const credentials = { kind: 'bearer', token } as const;
  const response = await http.request({ url, headers, credentials, redirect: 'manual', signal });
  if (response.status !== 200) throw await refusal(response, what);
  const value = (await readJsonObject(response, what)).get('value');
  if (isToken(value)) return new Secret(value);
  throw new WheelhouseError('REJECTED', `${what}: its answer holds none`);
}

async function refusal(response: HttpResponse, what: string): Promise<WheelhouseError> {
  await response.discard();
  const error = statusError(response, what);
  if (error.transient) return error;
  return new WheelhouseError(error.code, error.message, { status: response.status, hint: githubHint });
}

/** A job's tokens are variables that its `id_tokens:` declares: there is one of each. https://docs.gitlab.com/ci/yaml/#id_tokens */
function gitlab(env: Environment): IdentityProvider {
  return {
    name: 'GitLab CI',
    renewable: false,
    request(audience) {
      const variable = `${audience.toUpperCase().replace(/[^A-Z0-9_]|^[^A-Z_]/g, '_')}_ID_TOKEN`;
      const value = valueOf(env, variable);
      if (isToken(value)) return Promise.resolve(new Secret(value));
      const problem = `GitLab CI gives this job no identity token: ${variable} is not set`;
      const hint = `declare it in the job: "id_tokens: ${variable}: aud: ${audience}"`;
      return Promise.reject(new WheelhouseError('CONFIG', problem, { hint }));
    },
  };
}

function commandProvider(
  name: string,
  env: Environment,
  program: string,
  argsFor: (audience: string) => readonly string[],
): IdentityProvider {
  return {
    name,
    renewable: true,
    request: (audience, signal) => runTokenCommand(program, argsFor(audience), { env, signal }),
  };
}
