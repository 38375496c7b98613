import { createHttp } from '../../io/http.ts';
import { WheelhouseError } from '../../model/errors.ts';
import { Secret, type Credentials } from '../../model/secret.ts';
import { openBuildkiteLegacy } from '../../registry/buildkite-legacy.ts';
import {
  buildkiteLegacyUrls,
  parseBuildkitePlace,
  type BuildkitePlace,
} from '../../registry/buildkite-places.ts';
import { openBuildkite } from '../../registry/buildkite.ts';
import { findBuildkiteToken } from '../../registry/identity/buildkite-token.ts';
import { tokenUsername, valueOf } from '../../registry/identity/environment.ts';
import type { PublishTarget } from '../../registry/target.ts';
import { findIdentity } from '../identity.ts';
import type { Session } from '../session.ts';
import type { TargetFlags } from '../target-options.ts';

/**
 * The registry of `--buildkite`, or the repository of `--buildkite-legacy`. Throws `CONFIG` where there is nothing to
 * prove with who publishes: before anything is sent.
 */
export function openBuildkiteTarget(flags: TargetFlags, session: Session): Promise<PublishTarget> {
  const { buildkite, buildkiteLegacy } = flags;
  return buildkite === undefined
    ? openRepository(parseBuildkitePlace(buildkiteLegacy ?? '', '--buildkite-legacy'), flags, session)
    : openRegistry(parseBuildkitePlace(buildkite, '--buildkite'), flags, session);
}

async function openRegistry(
  place: BuildkitePlace,
  flags: TargetFlags,
  session: Session,
): Promise<PublishTarget> {
  const { environment: env, guard, signal } = session;
  const { source, origin } = findBuildkiteToken({ ...place, token: flags.token, env, onToken: guard });
  await source.current(signal);
  session.onEvent({ event: 'detail', message: `token for Buildkite: from ${origin}` });
  return openBuildkite({ ...place, ...settingsOf(flags, session), credentials: source });
}

async function openRepository(
  place: BuildkitePlace,
  flags: TargetFlags,
  session: Session,
): Promise<PublishTarget> {
  const { href } = buildkiteLegacyUrls(place, proxyUrlIn(session)).packages;
  const credentials = await findLegacyCredentials(href, flags, session);
  return openBuildkiteLegacy({ ...place, ...settingsOf(flags, session), credentials });
}

function proxyUrlIn({ environment }: Session): string | undefined {
  return valueOf(environment, 'WHEELHOUSE_UPLOADER_BUILDKITE_URL');
}

function settingsOf(flags: TargetFlags, session: Session) {
  return {
    proxyUrl: proxyUrlIn(session),
    checkUrl: flags.checkUrl,
    http: createHttp({ verifyTls: flags.sslCheck }),
  };
}

/** What curl takes after `-u`: a user name and a password, or a token that stands for both as `user:password`. */
async function findLegacyCredentials(
  repositoryUrl: string,
  { username, password, token }: TargetFlags,
  session: Session,
): Promise<Credentials> {
  const identity = await findIdentity({ username, password, token, repositoryUrl }, session, undefined);
  const { hostname } = new URL(repositoryUrl);
  if (identity.password === undefined || identity.password.empty)
    throw new WheelhouseError('CONFIG', `there are no credentials for ${hostname}`, {
      hint: 'give --username and --password, or as --token what the curl line of the repository has after -u',
    });
  const text = identity.password.reveal();
  const [user = '', ...rest] =
    identity.username === tokenUsername ? text.split(':') : [identity.username, text];
  const secret = new Secret(rest.join(':'));
  session.guard(secret);
  session.guard(new Secret(`${user}:${secret.reveal()}`));
  session.onEvent({
    event: 'detail',
    message: `credentials for ${hostname}: from ${identity.origins.password ?? 'nowhere'}`,
  });
  return { kind: 'basic', username: user, password: secret };
}
