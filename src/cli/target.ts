import { homedir } from 'node:os';
import { createHttp } from '../io/http.ts';
import { Secret } from '../model/secret.ts';
import { gitlabUploadUrl } from '../registry/gitlab.ts';
import { resolvePublishIdentity } from '../registry/identity/credentials.ts';
import type { CredentialsSource } from '../registry/identity/credentials-source.ts';
import type { PublishTarget } from '../registry/target.ts';
import { openUploadApi } from '../registry/upload-api.ts';
import { openCredentials } from './publish-credentials.ts';
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
  if (flags.buildkite !== undefined || flags.buildkiteLegacy !== undefined) {
    const { openBuildkiteTarget } = await import('./targets/buildkite.ts');
    return openBuildkiteTarget(flags, session);
  }
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
  const http = createHttp({
    verifyTls: flags.sslCheck,
    ...(identity.caCert === undefined ? {} : { caFile: identity.caCert }),
    ...(identity.clientCert === undefined ? {} : { clientCertFile: identity.clientCert }),
  });
  let credentials: CredentialsSource | undefined;
  try {
    credentials = await openCredentials(identity, flags, http, session);
    const { url } = identity;
    return openUploadApi({ url, credentials, checkUrl: flags.checkUrl, flags: repositoryFlags(flags), http });
  } catch (thrown) {
    await credentials?.close();
    await http.close();
    throw thrown;
  }
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
