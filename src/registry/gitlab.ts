import { WheelhouseError } from '../model/errors.ts';
import { Secret } from '../model/secret.ts';
import { valueOf, type Environment } from './identity/environment.ts';
import { rulesOf } from './known-registries.ts';

const placePattern = /^(?:(https?):\/\/)?((?:\[[\da-f:]+\]|[\p{L}\p{M}\d.-]+)(?::\d+)?)\/(.+)$/iu;

/**
 * The upload URL of a GitLab project, named as `HOST/PROJECT`: by its number or by its path with all groups. HOST may
 * have a port, and `http://` before it. Throws `USAGE`.
 */
export function gitlabUploadUrl(place: string): string {
  const [, scheme = 'https', host = '', written = ''] = placePattern.exec(place) ?? [];
  const origin = `${scheme.toLowerCase()}://${host.toLowerCase()}`;
  if (!URL.canParse(origin))
    throw usage('--gitlab takes HOST/PROJECT', 'such as gitlab.com/group/project, or gitlab.com/1234');
  // A page's address may be pasted: GitLab's own pages of a project begin with /-/, and clones end in .git.
  const path = written
    .replaceAll(/%2f/gi, '/')
    .replace(/\/-\/.*$/, '')
    .replace(/^\/+|\/+$/g, '')
    .replace(/\.git$/, '');
  const segments = path.split('/');
  // https://docs.gitlab.com/user/reserved_names/: letters, digits, `_`, `-` and `.`, the first one no `-` or `.`.
  if (!segments.every((segment) => /^\w[\w.-]*$/.test(segment)))
    throw usage(`${path} is no path of a GitLab project`, 'it looks like group/subgroup/project');
  if (segments.length === 1 && !/^\d+$/.test(path))
    throw usage(
      `${path} is no GitLab project: only its number is a name on its own`,
      `give its path with the group, such as ${host}/group/${path}`,
    );
  return `${origin}/api/v4/projects/${encodeURIComponent(path)}/packages/pypi`;
}

/**
 * The login that GitLab gives to each job of its CI, for uploads to the very server that runs it; nobody else is ever
 * shown its token. https://docs.gitlab.com/ci/jobs/ci_job_token/
 */
export function jobLogin(
  env: Environment,
  uploadUrl: URL,
): { readonly username: string; readonly password: Secret } | undefined {
  const token = valueOf(env, 'CI_JOB_TOKEN');
  if (token === undefined || rulesOf(uploadUrl) !== 'gitlab' || !isOfOwnServer(env, uploadUrl))
    return undefined;
  return { username: jobUsername, password: new Secret(token) };
}

export const jobUsername = 'gitlab-ci-token';

function isOfOwnServer(env: Environment, uploadUrl: URL): boolean {
  const api = valueOf(env, 'CI_API_V4_URL');
  if (api !== undefined) return uploadUrl.href.startsWith(`${api.replace(/\/+$/, '')}/projects/`);
  const host = valueOf(env, 'CI_SERVER_HOST');
  if (host === undefined) return false;
  const scheme = valueOf(env, 'CI_SERVER_PROTOCOL') ?? 'https';
  const port = valueOf(env, 'CI_SERVER_PORT');
  const own = `${scheme}://${host}${port === undefined ? '' : `:${port}`}`;
  return URL.canParse(own) && new URL(own).origin === uploadUrl.origin;
}

function usage(message: string, hint: string): WheelhouseError {
  return new WheelhouseError('USAGE', message, { hint });
}
