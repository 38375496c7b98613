import { homedir } from 'node:os';
import { createHttp } from '../io/http.ts';
import { WheelhouseError } from '../model/errors.ts';
import { Secret, type Credentials } from '../model/secret.ts';
import { gitlabUploadUrl } from '../registry/gitlab.ts';
import { resolvePublishIdentity, type PublishIdentity } from '../registry/identity/credentials.ts';
import type { PublishTarget } from '../registry/target.ts';
import { openUploadApi } from '../registry/upload-api.ts';
import type { Session } from './session.ts';
import type { TargetFlags } from './target-options.ts';

/**
 * The registry that the flags, the environment and `.pypirc` name, opened with the credentials that they hold. Without
 * any of them it is the `repository` of the project's own file, else PyPI.
 */
export async function openTarget(
  flags: TargetFlags,
  session: Session,
  projectRepository?: string,
): Promise<PublishTarget> {
  const repositoryUrl = flags.gitlab === undefined ? flags.repositoryUrl : gitlabUploadUrl(flags.gitlab);
  const identity = await resolvePublishIdentity({
    flags: {
      ...(flags.username === undefined ? {} : { username: flags.username }),
      ...secretOf('password', flags.password, session),
      ...secretOf('token', flags.token, session),
      ...(flags.configFile === undefined ? {} : { configFile: flags.configFile }),
    },
    env: session.environment,
    home: session.environment['HOME'] ?? homedir(),
    ...(flags.repository === undefined ? {} : { repositoryName: flags.repository }),
    ...(repositoryUrl === undefined ? {} : { repositoryUrl }),
    ...(projectRepository === undefined ? {} : { projectRepository }),
    signal: session.signal,
    onWarning: (message) => session.onEvent({ event: 'warning', message }),
  });
  if (identity.password !== undefined) {
    session.guard(identity.password);
    // A server may repeat the header of basic authentication.
    session.guard(new Secret(`${identity.username ?? ''}:${identity.password.reveal()}`));
  }
  const credentials = credentialsOf(identity, flags.dryRun === true, session);
  return openUploadApi({
    url: identity.url,
    credentials,
    checkUrl: flags.checkUrl,
    flags: repositoryFlags(flags),
    http: createHttp({
      verifyTls: flags.sslCheck,
      ...(identity.caCert === undefined ? {} : { caFile: identity.caCert }),
      ...(identity.clientCert === undefined ? {} : { clientCertFile: identity.clientCert }),
    }),
  });
}

function credentialsOf(
  identity: PublishIdentity,
  dryRun: boolean,
  session: Session,
): Credentials | undefined {
  const { url, username, password, origins } = identity;
  const { host } = new URL(url);
  if (password !== undefined && !password.empty) {
    const from = origins.password ?? 'nowhere';
    session.onEvent({
      event: 'detail',
      message: `password for ${host}: from ${from}; user name: ${username ?? '(none)'}`,
    });
    return { kind: 'basic', username: username ?? '', password };
  }
  // Registries on a laptop or behind a firewall may take uploads from anybody.
  if (username === undefined) return undefined;
  const problem = `there is no password or token for ${username} at ${host}`;
  const hint = 'set TWINE_PASSWORD, give --token, or write it into .pypirc';
  if (!dryRun) throw new WheelhouseError('CONFIG', problem, { hint });
  session.onEvent({ event: 'warning', message: `${problem}; this dry run needs none`, hint });
  return undefined;
}

function secretOf(name: 'password' | 'token', value: string | undefined, session: Session) {
  if (value === undefined || value === '') return {};
  const secret = new Secret(value);
  session.guard(secret);
  return { [name]: secret };
}

/** The flags that name the registry again, for the command that repairs a partial release. */
function repositoryFlags({ repository, repositoryUrl, gitlab, checkUrl }: TargetFlags): string[] {
  return [
    ...(repository === undefined ? [] : ['--repository', repository]),
    ...(repositoryUrl === undefined ? [] : ['--repository-url', withoutUserInfo(repositoryUrl)]),
    ...(gitlab === undefined ? [] : ['--gitlab', gitlab]),
    ...(checkUrl === undefined ? [] : ['--check-url', withoutUserInfo(checkUrl)]),
  ];
}

function withoutUserInfo(text: string): string {
  if (!URL.canParse(text)) return text;
  const url = new URL(text);
  if (url.username === '' && url.password === '') return text;
  url.username = '';
  url.password = '';
  return url.href;
}
