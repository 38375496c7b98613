import { printableUrl } from '../model/secret.ts';

export interface InstallOptions {
  /** Root of a simple index. */
  readonly indexUrl?: string | undefined;
  /** A page or folder for `--find-links`; used where there is no index. */
  readonly flatUrl?: string | undefined;
  readonly project?: string | undefined;
  readonly version?: string | undefined;
  /** The project has pre-releases or dev builds only, which installers pass over unless told. */
  readonly pre?: boolean | undefined;
}

/** What to type or to write to install from an index. */
export interface InstallLines {
  readonly pip: string[];
  readonly uv: string[];
  /** The content of `pip.conf`; empty when there is no index to name. */
  readonly pipConf: string;
  /** The content of `requirements.txt`. */
  readonly requirements: string;
}

/**
 * The ways to install, ready to be copied; given an index and a flat page, first from the index. URLs go in without
 * user info and query values.
 */
export function installLines({
  indexUrl,
  flatUrl,
  project,
  version,
  pre = false,
}: InstallOptions): InstallLines {
  const places = [placeOf('index-url', indexUrl), placeOf('find-links', flatUrl)].flatMap(
    (place) => place ?? [],
  );
  const requirement = [project ?? [], version ?? []].flat().join('==');
  const wanted = requirement === '' ? [] : [quote(requirement)];
  const [first, ...others] = places;
  const commands = (start: string, argumentsOf: (place: Place) => string[]) =>
    [first, ...others].map((place) =>
      [start, ...(place === undefined ? [] : argumentsOf(place)), ...wanted].join(' '),
    );
  return {
    pip: commands(pre ? 'pip install --pre' : 'pip install', pipArguments),
    uv: commands(pre ? 'uv pip install --prerelease allow' : 'uv pip install', ({ option, address }) => [
      `--${option} ${quote(address)}`,
    ]),
    pipConf: first === undefined ? '' : pipConf(first, pre),
    requirements: toText([
      ...(first === undefined ? [] : pipArguments(first)),
      ...(pre ? ['--pre'] : []),
      ...(requirement === '' ? [] : [requirement]),
    ]),
  };
}

interface Place {
  readonly option: 'index-url' | 'find-links';
  readonly address: string;
  /** pip takes plain HTTP only from hosts that are named. */
  readonly insecureHost?: string;
}

/** A URL as it may be printed; a path as it is. */
function placeOf(option: Place['option'], given: string | undefined): Place | undefined {
  if (given === undefined) return undefined;
  if (!/^(?:https?|file):/i.test(given) || !URL.canParse(given)) return { option, address: given };
  const { protocol, hostname, host } = new URL(given);
  const insecure = protocol === 'http:' && !/^(?:localhost|127\..*|\[::1\])$/.test(hostname);
  return { option, address: printableUrl(given), ...(insecure ? { insecureHost: host } : {}) };
}

function pipArguments({ option, address, insecureHost }: Place): string[] {
  const source = `--${option} ${quote(address)}`;
  return insecureHost === undefined ? [source] : [source, `--trusted-host ${insecureHost}`];
}

function pipConf({ option, address, insecureHost }: Place, pre: boolean): string {
  return toText([
    '[global]',
    `${option} = ${address}`,
    ...(insecureHost === undefined ? [] : [`trusted-host = ${insecureHost}`]),
    ...(pre ? ['pre = true'] : []),
  ]);
}

function toText(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** As a POSIX shell needs it; what is plain stays bare and so reads the same in every shell. */
function quote(argument: string): string {
  return /^[\w:/.@%+,=~[\]-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", `'\\''`)}'`;
}
