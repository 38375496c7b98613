import { parseIni, type IniSection } from './ini.ts';
import { Secret } from './secret.ts';

/** Sections of a `.pypirc` by name, each with its options by lower-cased name. */
export type PypircSections = Readonly<Record<string, IniSection>>;

/**
 * The sections of a `.pypirc` after Python's `RawConfigParser` rules, passwords included and nothing expanded.
 * Throws `CONFIG` with the number of the line, never with what is in it.
 */
export function parsePypirc(text: string): PypircSections {
  return parseIni(text).sections;
}

/** A registry that a `.pypirc` names. Undefined is what the file does not give; `${env.NAME}` is not expanded. */
export interface Repository {
  /** Upload URL. */
  readonly url?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  /** Path of a PEM file with the authorities to trust. */
  readonly caCert?: string | undefined;
  /** Path of a PEM file with the client's certificate and key. */
  readonly clientCert?: string | undefined;
}

/** Upload URLs that need no `.pypirc`. */
export const wellKnownUrls: ReadonlyMap<string, string> = new Map([
  ['pypi', 'https://upload.pypi.org/legacy/'],
  ['testpypi', 'https://test.pypi.org/legacy/'],
]);

/**
 * The registries of a `.pypirc`, after twine's rules: those that `[distutils] index-servers` lists (`pypi` and
 * `testpypi` where it is missing), and `pypi` always. `[server-login]` gives the user name and password that a
 * registry's own section leaves out. A section that is not listed does not count.
 */
export function listRepositories(sections: PypircSections): ReadonlyMap<string, Repository> {
  const login = sectionOf(sections, 'server-login');
  const servers = sectionOf(sections, 'distutils')?.['index-servers'] ?? 'pypi testpypi';
  const listed = new Set(servers.split(/\s+/).filter((name) => name !== ''));
  const repositories = new Map<string, Repository>();
  for (const name of new Set(['pypi', ...listed])) {
    const section = listed.has(name) ? sectionOf(sections, name) : undefined;
    const wellKnown = wellKnownUrls.get(name);
    if (section === undefined && wellKnown === undefined) continue;
    const password = optionOf(section, 'password') ?? optionOf(login, 'password');
    repositories.set(name, {
      url: optionOf(section, 'repository') ?? wellKnown,
      username: optionOf(section, 'username') ?? optionOf(login, 'username'),
      password: password === undefined ? undefined : new Secret(password),
      caCert: optionOf(section, 'ca_cert'),
      clientCert: optionOf(section, 'client_cert'),
    });
  }
  return repositories;
}

function sectionOf(sections: PypircSections, name: string): IniSection | undefined {
  return Object.hasOwn(sections, name) ? sections[name] : undefined;
}

/** Undefined where the option is missing or empty: a key without a value is a line that waits to be filled in. */
function optionOf(section: IniSection | undefined, name: string): string | undefined {
  const value = section !== undefined && Object.hasOwn(section, name) ? section[name] : undefined;
  return value === '' ? undefined : value;
}
