import { liftCredentials } from '../../io/http-credentials.ts';
import { WheelhouseError } from '../../model/errors.ts';
import { Secret } from '../../model/secret.ts';
import { jobLogin, jobUsername } from '../gitlab.ts';
import { isPypi } from '../known-registries.ts';
import {
  readEnvironment,
  tokenUsername,
  valueOf,
  type Environment,
  type EnvironmentIdentity,
} from './environment.ts';
import { askKeyring, askKeyringLogin, type KeyringOptions } from './keyring.ts';
import { findNetrcLogin, readNetrc } from './netrc.ts';
import { readPypircFile, selectRepository, type SelectedRepository } from './pypirc-file.ts';

/** Where a value comes from: `url` is the user info of the URL, `default` what holds where nobody says anything. */
export type IdentityOrigin =
  | 'flag'
  | 'environment'
  | 'pyproject.toml'
  | '.pypirc'
  | 'url'
  | 'netrc'
  | 'keyring'
  | 'job token'
  | 'default';

/** Who publishes, and where. What is missing was found nowhere. */
export interface PublishIdentity {
  /** Upload URL, without user info. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** Path of a PEM file with the authorities to trust. */
  readonly caCert?: string | undefined;
  /** Path of a PEM file with the client's certificate and key. */
  readonly clientCert?: string | undefined;
  readonly origins: {
    readonly url: IdentityOrigin;
    readonly username?: IdentityOrigin | undefined;
    readonly password?: IdentityOrigin | undefined;
  };
}

export interface IdentityRequest {
  readonly flags?: {
    readonly username?: string | undefined;
    readonly password?: Secret | undefined;
    readonly token?: Secret | undefined;
    readonly configFile?: string | undefined;
  };
  readonly env: Environment;
  readonly home: string;
  /** Of `--repository`. */
  readonly repositoryName?: string | undefined;
  /** Of `--repository-url`; counts more than the name. */
  readonly repositoryUrl?: string | undefined;
  /** What the project's own file names, a section of `.pypirc` or a URL: where neither flags nor environment do. */
  readonly projectRepository?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onWarning?: ((message: string) => void) | undefined;
}

/**
 * Finds out where to publish and as whom. User name and password are looked for one by one, each in this order: flags,
 * environment, the section of `.pypirc`, the URL's user info, netrc, keyring, the token of a GitLab job. Throws `CONFIG`
 * for a registry that nothing describes, `USAGE` for flags that exclude each other, `ABORTED`; a missing password is no
 * error here: trusted publishing comes after all of these.
 */
export async function resolvePublishIdentity(request: IdentityRequest): Promise<PublishIdentity> {
  const { env, home, onWarning } = request;
  const flags = loginOfFlags(request.flags ?? {});
  const environment = readEnvironment(env);
  const { url, origin, section, userInfo } = await chooseDestination(request, environment);
  const { hostname } = new URL(url);

  let username = first<string>([
    ['flag', () => flags.username],
    ['environment', () => environment.username],
    // PyPI takes nothing but tokens: a user name that a file still has from former days does not count (twine 7).
    ['default', () => (isPypi(new URL(url)) ? tokenUsername : undefined)],
    ['.pypirc', () => section?.username()],
    ['url', () => userInfo.username],
  ]);
  let password = first<Secret>([
    ['flag', () => flags.password],
    ['environment', () => environment.password],
    ['.pypirc', () => section?.password()],
    ['url', () => userInfo.password],
  ]);
  if (password === undefined) {
    const entries = await readNetrc(env, home, onWarning);
    const login = findNetrcLogin(entries, hostname, { username: username?.value });
    if (login !== undefined) {
      username ??= { value: login.login, origin: 'netrc' };
      password = { value: login.password, origin: 'netrc' };
    }
  }
  const keyring: KeyringOptions = { env, signal: request.signal, onWarning };
  if (password === undefined && username !== undefined) {
    const kept = await askKeyring(url, username.value, keyring);
    if (kept !== undefined) password = { value: kept, origin: 'keyring' };
  } else if (password === undefined) {
    const kept = await askKeyringLogin(url, keyring);
    if (kept !== undefined) {
      username = { value: kept.username, origin: 'keyring' };
      password = { value: kept.password, origin: 'keyring' };
    }
  }
  if (password === undefined && (username === undefined || username.value === jobUsername)) {
    const login = jobLogin(env, new URL(url));
    if (login !== undefined) {
      username ??= { value: login.username, origin: 'job token' };
      password = { value: login.password, origin: 'job token' };
    }
  }

  return {
    url,
    username: username?.value,
    password: password?.value,
    caCert: valueOf(env, 'TWINE_CERT') ?? section?.caCert,
    clientCert: section?.clientCert,
    origins: { url: origin, username: username?.origin, password: password?.origin },
  };
}

interface Found<T> {
  readonly value: T;
  readonly origin: IdentityOrigin;
}

/** The first source that has a value; those after it are not asked, so that what is not needed cannot fail. */
function first<T extends string | Secret>(
  sources: readonly (readonly [origin: IdentityOrigin, ask: () => T | undefined])[],
): Found<T> | undefined {
  for (const [origin, ask] of sources) {
    const value = ask();
    if (value !== undefined && !isEmpty(value)) return { value, origin };
  }
  return undefined;
}

interface Login {
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
}

function loginOfFlags({ username, password, token }: NonNullable<IdentityRequest['flags']>): Login {
  if (token === undefined || token.empty) return { username, password };
  if (password !== undefined && !password.empty) {
    throw new WheelhouseError('USAGE', '--token and --password exclude each other', {
      hint: 'give one of them',
    });
  }
  if (username !== undefined && username !== '' && username !== tokenUsername) {
    throw new WheelhouseError('USAGE', `--token and --username exclude each other`, {
      hint: `the user name of --token is ${tokenUsername}; a token with a user name of its own goes with --password`,
    });
  }
  return { username: tokenUsername, password: token };
}

interface Destination {
  readonly url: string;
  readonly origin: IdentityOrigin;
  readonly userInfo: Login;
  /** Only where the section of `.pypirc` gave the URL: its credentials are for no other. */
  readonly section?: SelectedRepository;
}

async function chooseDestination(
  { flags, env, home, repositoryName, repositoryUrl, projectRepository = 'pypi' }: IdentityRequest,
  environment: EnvironmentIdentity,
): Promise<Destination> {
  if (isGiven(repositoryUrl)) return destination(repositoryUrl, 'flag');
  if (!isGiven(repositoryName) && environment.repositoryUrl !== undefined) {
    return destination(environment.repositoryUrl, 'environment');
  }
  const named = isGiven(repositoryName) ? repositoryName : environment.repository;
  if (named === undefined && projectRepository.includes('://'))
    return destination(projectRepository, 'pyproject.toml');
  const name = named ?? projectRepository;
  const configFile = isGiven(flags?.configFile) ? flags.configFile : undefined;
  const section = selectRepository(await readPypircFile(home, configFile), name, { env, home });
  return { ...destination(section.url, section.stated ? '.pypirc' : 'default'), section };
}

function destination(text: string, origin: IdentityOrigin): Destination {
  const written = text.trim();
  const parsed = URL.canParse(written) ? new URL(written) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol) || parsed.hostname === '') {
    throw new WheelhouseError('CONFIG', 'the URL of the registry is no http or https URL', {
      hint: 'it looks like https://upload.pypi.org/legacy/',
    });
  }
  const { url, credentials } = liftCredentials(parsed);
  const upgrade = isPypi(url) && url.protocol === 'http:'; // a token must not travel in the clear
  if (upgrade) url.protocol = 'https:';
  const userInfo =
    credentials?.kind === 'basic' ? { username: credentials.username, password: credentials.password } : {};
  // As it was written where that will do: keyrings are asked for these very characters.
  return { url: upgrade || credentials !== undefined ? url.href : written, origin, userInfo };
}

function isEmpty(value: string | Secret): boolean {
  return value instanceof Secret ? value.empty : value === '';
}

function isGiven(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
