import type { HttpClient } from '../io/http.ts';
import { WheelhouseError } from '../model/errors.ts';
import { Secret } from '../model/secret.ts';
import type { PublishIdentity } from '../registry/identity/credentials.ts';
import { toCredentialsSource, type CredentialsSource } from '../registry/identity/credentials-source.ts';
import { tokenUsername } from '../registry/identity/environment.ts';
import { findIdentityProvider, type IdentityProvider } from '../registry/identity/identity-token.ts';
import { mayTrustPublishers, openTrustedPublishing } from '../registry/identity/trusted-publishing.ts';
import type { Session } from './session.ts';
import type { TargetFlags } from './target-options.ts';

export interface OpenedCredentials {
  readonly source: CredentialsSource;
  /** Who vouches for this job, where it is a trusted publisher. */
  readonly provider?: IdentityProvider;
}

/**
 * What uploads are sent with: the password that was found, else the tokens of trusted publishing, else what is typed at
 * a terminal, else nothing where a registry may take uploads from anybody. Throws `CONFIG` for a user without a
 * password; a dry run only warns.
 */
export async function openCredentials(
  identity: PublishIdentity,
  flags: TargetFlags,
  http: HttpClient,
  session: Session,
): Promise<OpenedCredentials> {
  const { url, username, password, origins } = identity;
  const { host } = new URL(url);
  if (password !== undefined && !password.empty) {
    const from = origins.password ?? 'nowhere';
    session.onEvent({
      event: 'detail',
      message: `password for ${host}: from ${from}; user name: ${username ?? '(none)'}`,
    });
    return { source: toCredentialsSource({ kind: 'basic', username: username ?? '', password }) };
  }
  try {
    const trusted = await trustedPublishing(identity, flags, http, session);
    if (trusted !== undefined) return trusted;
    const { askLogin } = await import('./ask-login.ts');
    const asked = await askLogin(identity, flags, session);
    if (asked !== undefined) return { source: toCredentialsSource(asked) };
    // Registries on a laptop or behind a firewall may take uploads from anybody.
    if (username === undefined) return nobody;
    throw new WheelhouseError('CONFIG', `there is no password or token for ${username} at ${host}`, {
      hint: 'set TWINE_PASSWORD, give --token, or write it into .pypirc',
    });
  } catch (thrown) {
    if (flags.dryRun !== true || !(thrown instanceof WheelhouseError) || thrown.code === 'ABORTED')
      throw thrown;
    const { message, hint } = thrown;
    session.onEvent({
      event: 'warning',
      message: `${message}; this dry run needs none`,
      hint,
    });
    return nobody;
  }
}

const nobody: OpenedCredentials = { source: toCredentialsSource(undefined) };

async function trustedPublishing(
  { url, username }: PublishIdentity,
  flags: TargetFlags,
  http: HttpClient,
  session: Session,
): Promise<OpenedCredentials | undefined> {
  const uploadUrl = new URL(url);
  const { environment, signal, onEvent } = session;
  if (flags.trustedPublishing === 'never' || (username ?? tokenUsername) !== tokenUsername) return undefined;
  const provider = mayTrustPublishers(uploadUrl) ? findIdentityProvider(environment) : undefined;
  if (provider === undefined || (provider.problem !== undefined && username === undefined)) return undefined;
  const requestToken = environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'];
  if (requestToken !== undefined) session.guard(new Secret(requestToken));
  const onSecret = (secret: Secret, kind: 'identity' | 'token') => {
    // The runner takes this line out of its log, and the token out of all others. It reads both streams; on stderr the
    // line keeps clear of --json. https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    if (kind === 'token' && environment['GITHUB_ACTIONS'] === 'true')
      session.err.write(`::add-mask::${secret.reveal()}\n`);
    session.guard(secret);
    if (kind === 'token') session.guard(new Secret(`${tokenUsername}:${secret.reveal()}`));
  };
  try {
    const source = await openTrustedPublishing({ uploadUrl, provider, http, signal, onEvent, onSecret });
    return source === undefined ? undefined : { source, provider };
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError) || thrown.code !== 'CONFIG') throw thrown;
    throw new WheelhouseError(
      'CONFIG',
      `there is no password or token for ${uploadUrl.host}, and ${thrown.message}`,
      { cause: thrown, hint: thrown.hint },
    );
  }
}
