import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode, reasonOf, WheelhouseError } from '../../model/errors.ts';
import { listRepositories, parsePypirc, wellKnownUrls, type Repository } from '../../model/pypirc.ts';
import { Secret } from '../../model/secret.ts';
import { valueOf, type Environment } from './environment.ts';

/** A `.pypirc` that was read, or the settings that hold where there is none. */
export interface PypircFile {
  /** As it is named in messages. */
  readonly name: string;
  readonly repositories: ReadonlyMap<string, Repository>;
  /** Sections that are there but that `index-servers` does not list. */
  readonly unlisted: readonly string[];
  readonly exists: boolean;
}

/**
 * Reads `~/.pypirc`, or the file that is named. Throws `CONFIG`: a named file must be there, and no message holds
 * anything of what is in it.
 */
export async function readPypircFile(home: string, configFile?: string): Promise<PypircFile> {
  const name = configFile ?? '~/.pypirc';
  const text = await readText(expandHome(name, home), name, configFile !== undefined);
  const sections = parseNamed(text ?? '', name);
  const repositories = listRepositories(sections);
  const unlisted = Object.keys(sections).filter(
    (section) => !repositories.has(section) && section !== 'distutils' && section !== 'server-login',
  );
  return { name, repositories, unlisted, exists: text !== undefined };
}

/** A registry that was chosen, its values ready to be used. */
export interface SelectedRepository {
  readonly url: string;
  /** The file itself gives the URL. */
  readonly stated: boolean;
  readonly caCert?: string | undefined;
  readonly clientCert?: string | undefined;
  /** Throws `CONFIG` where it needs a variable that is not set; so do not ask where it is not needed. */
  username(): string | undefined;
  /** As {@link username}. */
  password(): Secret | undefined;
}

/** The registry that `name` stands for. Throws `CONFIG`, and says what stands in the way. */
export function selectRepository(
  file: PypircFile,
  name: string,
  { env, home }: { readonly env: Environment; readonly home: string },
): SelectedRepository {
  const repository = file.repositories.get(name);
  if (repository?.url === undefined) throw notFound(file, name, repository !== undefined);
  const { url, username, password, caCert, clientCert } = repository;
  const expand = (text: string) => expandEnvironment(text, env, file.name);
  const pathFrom = (text: string) => expandHome(expand(text), home);
  return {
    url: expand(url),
    stated: url !== wellKnownUrls.get(name),
    caCert: caCert && pathFrom(caCert),
    clientCert: clientCert && pathFrom(clientCert),
    username: () => (username === undefined ? undefined : expand(username)),
    password: () => (password === undefined ? undefined : new Secret(expand(password.reveal()))),
  };
}

function notFound(file: PypircFile, name: string, described: boolean): WheelhouseError {
  const refuse = (message: string, hint: string) => new WheelhouseError('CONFIG', message, { hint });
  if (described)
    return refuse(
      `[${name}] of ${file.name} has no repository`,
      'add its upload URL: repository = https://…',
    );
  if (file.unlisted.includes(name)) {
    return refuse(
      `[${name}] of ${file.name} is not listed`,
      `add ${name} to index-servers in its [distutils] section`,
    );
  }
  if (name.includes('://')) {
    return refuse(
      'a registry is named by its section of .pypirc, not by URL',
      'give the URL with --repository-url',
    );
  }
  if (!file.exists) {
    return refuse(
      `there is no ${file.name} that says what "${name}" is`,
      'write one, or give the URL with --repository-url',
    );
  }
  return refuse(
    `there is no registry "${name}" in ${file.name}`,
    `it has ${[...file.repositories.keys()].join(', ')}`,
  );
}

/**
 * `text` with each `${env.NAME}` replaced, an addition to the format that GitLab's documentation uses. Throws
 * `CONFIG` where the variable is missing or empty: an empty password would only be refused later, and less clearly.
 */
export function expandEnvironment(text: string, env: Environment, fileName: string): string {
  return text.replace(/\$\{env\.([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, variable: string) => {
    const value = valueOf(env, variable);
    if (value !== undefined) return value;
    throw new WheelhouseError(
      'CONFIG',
      `${fileName} needs the environment variable ${variable}, which is not set`,
      {
        hint: `set ${variable}, or give the credentials with --username and --password`,
      },
    );
  });
}

/** `~` at the start of a path as the home folder; shells leave it alone after a `=`. */
export function expandHome(path: string, home: string): string {
  return path === '~' || /^~[/\\]/.test(path) ? join(home, path.slice(1)) : path;
}

async function readText(path: string, name: string, required: boolean): Promise<string | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (thrown) {
    const missing = hasCode(thrown, 'ENOENT');
    if (missing && !required) return undefined;
    throw new WheelhouseError(
      'CONFIG',
      `${name} ${missing ? 'is not there' : `cannot be read: ${reasonOf(thrown)}`}`,
      {
        cause: thrown,
      },
    );
  }
  // With replacement characters in it, a password would only be refused later, and less clearly.
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new WheelhouseError('CONFIG', `${name} is not UTF-8 text`, { hint: 'save it anew as UTF-8' });
}

function parseNamed(text: string, name: string): ReturnType<typeof parsePypirc> {
  try {
    return parsePypirc(text);
  } catch (thrown) {
    if (!(thrown instanceof WheelhouseError)) throw thrown;
    throw new WheelhouseError('CONFIG', `${name}: ${thrown.message}`, {
      hint: 'the format is described at https://packaging.python.org/specifications/pypirc/',
    });
  }
}
