import { createHttp } from '../io/http.ts';
import type { CredentialsSource } from '../registry/identity/credentials-source.ts';
import type { PublishTarget } from '../registry/target.ts';
import { openUploadApi } from '../registry/upload-api.ts';
import { withOwnLogin } from './check-url.ts';
import { findIdentity } from './identity.ts';
import { openTargetAttestor } from './publish-attestor.ts';
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
  const identity = await findIdentity(flags, session, projectRepository);
  const http = createHttp({
    verifyTls: flags.sslCheck,
    caFile: identity.caCert,
    clientCertFile: identity.clientCert,
  });
  let credentials: CredentialsSource | undefined;
  try {
    const opened = await openCredentials(identity, flags, http, session);
    credentials = opened.source;
    return openUploadApi({
      url: identity.url,
      credentials,
      attestor: openTargetAttestor(identity, opened.provider, flags, session),
      checkUrl: await withOwnLogin(flags.checkUrl, identity.url, session),
      onDoubt: (message, hint) => session.onEvent({ event: 'warning', message, hint }),
      flags: repositoryFlags(flags),
      http,
    });
  } catch (thrown) {
    await credentials?.close();
    await http.close();
    throw thrown;
  }
}

/** The flags that name the registry again and who publishes there, for the command that repairs a partial release. */
function repositoryFlags(flags: TargetFlags): string[] {
  const { repository, repositoryUrl, gitlab, checkUrl, configFile, username, trustedPublishing } = flags;
  return [
    ...(repository === undefined ? [] : ['--repository', repository]),
    ...(repositoryUrl === undefined ? [] : ['--repository-url', withoutUserInfo(repositoryUrl)]),
    ...(gitlab === undefined ? [] : ['--gitlab', gitlab]),
    ...(checkUrl === undefined ? [] : ['--check-url', withoutUserInfo(checkUrl)]),
    ...(configFile === undefined ? [] : ['--config-file', configFile]),
    ...(username === undefined || username === '' ? [] : ['--username', username]),
    ...(trustedPublishing === 'never' ? ['--trusted-publishing', 'never'] : []),
    ...(flags.sslCheck ? [] : ['--no-ssl-check']),
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
