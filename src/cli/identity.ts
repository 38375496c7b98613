import { homeFolder } from '../config/home-folder.ts';
import type { Setting } from '../model/events.ts';
import { Secret } from '../model/secret.ts';
import { gitlabUploadUrl } from '../registry/gitlab.ts';
import {
  resolvePublishIdentity,
  type IdentityOrigin,
  type PublishIdentity,
} from '../registry/identity/credentials.ts';
import { flagSecret } from './flag-secret.ts';
import type { Session } from './session.ts';
import type { RegistryFlags, TargetFlags } from './target-options.ts';

/** Where the flags, the environment, the files and `projectRepository` say that is published, and as whom. */
export async function findIdentity(
  flags: Omit<TargetFlags, 'sslCheck' | 'dryRun'>,
  session: Session,
  projectRepository: string | undefined,
): Promise<PublishIdentity> {
  const repositoryUrl = flags.gitlab === undefined ? flags.repositoryUrl : gitlabUploadUrl(flags.gitlab);
  const identity = await resolvePublishIdentity({
    flags: {
      username: flags.username,
      password: flagSecret(flags.password, session),
      token: flagSecret(flags.token, session),
      configFile: flags.configFile,
    },
    env: session.environment,
    home: homeFolder(session.environment),
    repositoryName: flags.repository,
    repositoryUrl,
    projectRepository,
    signal: session.signal,
    onWarning: (message) => session.onEvent({ event: 'warning', message }),
  });
  const { username, password } = identity.origins;
  // A user name alone in a URL may be a token, as that of Gemfury.
  if (username === 'url' && password !== 'url') session.guard(new Secret(identity.username ?? ''));
  if (identity.password !== undefined) {
    session.guard(identity.password);
    // A server may repeat the header of basic authentication.
    session.guard(new Secret(`${identity.username ?? ''}:${identity.password.reveal()}`));
  }
  return identity;
}

/** Tells where is published and as whom, and where each of that comes from. */
export async function tellIdentity(
  flags: RegistryFlags & Pick<TargetFlags, 'username'>,
  session: Session,
  projectRepository: string | undefined,
): Promise<void> {
  const { url, username, password, origins } = await findIdentity(flags, session, projectRepository);
  tell('publish to', url, origins.url);
  tell('publish as', username, origins.username);
  tell('publish with', password === undefined ? undefined : '***', origins.password);

  function tell(name: string, value: string | undefined, from: IdentityOrigin | undefined): void {
    const setting = from === undefined ? { origin: 'unset' as const } : { origin: kindOf(from), from };
    session.onEvent({ event: 'setting', name, value: value ?? null, ...setting });
  }
}

function kindOf(from: IdentityOrigin): Setting['origin'] {
  if (from === 'flag' || from === 'url') return 'flag';
  if (from === 'environment' || from === 'job token') return 'environment';
  return from === 'default' ? 'default' : 'file';
}
