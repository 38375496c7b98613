import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WheelhouseError } from '../model/errors.ts';
import { printableUrl } from '../model/secret.ts';
import { findProvider, schemes, type Provider, type Scheme } from './providers.ts';

/** Where a container is. */
export interface Location {
  readonly scheme: Scheme;
  /** Bucket or container; for `file`, the folder's path. */
  readonly name: string;
  /** Empty, or ends in `/`: a key of the container is `prefix + key` in the store. */
  readonly prefix: string;
  /** As a user writes it; holds no secret. */
  readonly url: string;
  /** What `--provider` implies; a flag goes first. */
  readonly region?: string;
  /** What `--provider` implies, with `{region}`; a flag goes first. */
  readonly endpoint?: string;
  readonly needsEndpoint?: true;
  /** Nobody named the store: it is the original's default. */
  readonly assumed?: true;
  /** What a user may have meant instead; shown when the container is opened. */
  readonly doubt?: string;
}

export interface LocationOptions {
  /** A scheme, a pkgcloud name or a libcloud constant, in any case. */
  readonly provider?: string | undefined;
  /** For `LOCAL`, as in libcloud: the folder that holds the container. */
  readonly username?: string | undefined;
  /** Default: this machine's. */
  readonly platform?: NodeJS.Platform | undefined;
  /** Default: asks the file system. */
  readonly isFolder?: ((path: string) => boolean) | undefined;
}

const forms =
  'write ./folder, /folder or file:///folder, s3://, swift://, rackspace://, azure://, gs:// or hp:// with a container and perhaps /prefix, or NAME with --provider';
/** The original's only default. */
const defaultProvider = 'CLOUDFILES';
/** What other tools write for schemes of ours. */
const otherSpellings: Readonly<Record<string, Scheme>> = {
  gcs: 'gs',
  google: 'gs',
  az: 'azure',
  abfs: 'azure',
  wasbs: 'azure',
  aws: 's3',
  s3a: 's3',
  openstack: 'swift',
  cloudfiles: 'rackspace',
};

/** Whether a text is the URL of a container in an object store. Folders are not told here: a page has a path too. */
export function isContainerUrl(text: string): boolean {
  const scheme = schemeOf(text);
  return scheme !== undefined && scheme !== 'file' && isScheme(scheme);
}

/**
 * Where a container named on the command line is, by URL, path or provider. Throws `USAGE`; neither the error nor
 * the location repeats what may be a secret.
 */
export function parseLocation(container: string, options: LocationOptions = {}): Location {
  const text = container.trim();
  if (text === '') throw usage('the container has no name');
  if (/\.(?:whl|tar\.gz)\/?$/i.test(text))
    throw usage(
      'that is the name of a distribution, and no container',
      'files are given by their folder, --local-folder (default: dist); a container is where they go, such as ./wheelhouse or s3://bucket',
    );
  const provider = options.provider === undefined ? undefined : parseProvider(options.provider);
  const scheme = schemeOf(text);
  if (scheme !== undefined) return agree(parseUrl(text, scheme), provider, options);
  if (isPath(text, options.platform ?? process.platform)) return agree(folder(text, text), provider, options);
  return parseName(text, provider, options);
}

function parseUrl(text: string, scheme: string): Location {
  if (scheme === 'http' || scheme === 'https') {
    const shown = URL.canParse(text) ? printableUrl(text) : `${scheme}://…`;
    throw usage(
      `${shown} is a web page, not a container`,
      `a page can only be read from; to write, ${forms}`,
    );
  }
  if (!isScheme(scheme)) {
    const meant = schemeMeant(scheme);
    throw usage(`${scheme}:// is no kind of container`, meant === undefined ? forms : `write ${meant}://…`);
  }
  if (scheme === 'file') return parseFileUrl(text);

  const rest = text.slice(text.indexOf('//') + 2);
  const [name = '', ...segments] = rest.split('/');
  if (name.includes('@'))
    throw usage(
      `the ${scheme}:// URL holds a user name or a secret`,
      'use --username and WHEELHOUSE_UPLOADER_SECRET',
    );
  if (/[?#]/.test(rest))
    throw usage(
      `the ${scheme}:// URL has a ? or #, which a container cannot`,
      'leave out what follows, and any token with it',
    );
  if (name === '') throw usage(`the ${scheme}:// URL names no container`);
  return located({ scheme }, name, segments);
}

function parseFileUrl(text: string): Location {
  try {
    const url = new URL(text);
    if (!/^file:\/(?:\/(?:localhost)?\/)?(?!\/)/i.test(text) || url.search !== '' || url.hash !== '')
      throw new TypeError('not file:///absolute/path');
    return folder(fileURLToPath(url), url.href);
  } catch (cause) {
    throw usage(
      'the file: URL is not file:///absolute/path',
      'a path may be written as it is: ./folder',
      cause,
    );
  }
}

function parseName(text: string, given: Provider | undefined, options: LocationOptions): Location {
  const provider = given ?? parseProvider(defaultProvider);
  const [name = '', ...segments] = text.split('/');
  if (provider.scheme === 'file') return localContainer(text, options.username);
  const [, word = ''] = /^([a-z0-9]+):/i.exec(text) ?? [];
  const meant = given === undefined ? schemeMeant(word.toLowerCase()) : undefined;
  if (meant !== undefined) throw usage(`${word}: without // begins no URL`, `write ${meant}://…`);
  if (given === undefined && segments.length > 0)
    throw usage(`${text} is neither a URL nor a path`, `for a folder write ./${text}; otherwise ${forms}`);
  if (name === '' || /[?#\\\0]/.test(text)) throw usage('that cannot be the name of a container');
  const location = located(provider, name, segments);
  if (given !== undefined) return location;
  const isFolder = options.isFolder ?? isFolderOnDisk;
  if (!isFolder(text)) return { ...location, assumed: true };
  return {
    ...location,
    assumed: true,
    doubt: `there is a folder ${text} here too: to use it, write ./${text}`,
  };
}

/** libcloud's LOCAL takes the root folder as the user name, and the container is a folder in it. */
function localContainer(name: string, root: string | undefined): Location {
  if (name.split(/[/\\]/).includes('..'))
    throw usage('the name of a LOCAL container cannot hold ..', `to leave the folder, ${forms}`);
  const path = root === undefined || root === '' ? join('.', name) : join(root, name);
  return folder(path, isAbsolute(path) ? path : `./${path.replaceAll('\\', '/')}`);
}

/** A URL or a path with a provider beside it: they must mean the same store. */
function agree(
  location: Location,
  provider: Provider | undefined,
  { provider: said }: LocationOptions,
): Location {
  if (provider === undefined) return location;
  if (provider.scheme === location.scheme) return { ...location, ...provider };
  throw usage(
    `--provider ${said ?? ''} does not go with a ${location.scheme === 'file' ? 'folder' : `${location.scheme}:// URL`}`,
    'leave one of them out',
  );
}

function located(provider: Provider, name: string, segments: readonly string[]): Location {
  const kept = segments.filter((segment) => segment !== '');
  if (kept.some((segment) => segment === '.' || segment === '..'))
    throw usage('the prefix of a container cannot hold . or ..');
  const prefix = kept.map((segment) => `${segment}/`).join('');
  const url = `${provider.scheme}://${[name, ...kept].join('/')}`;
  return { ...provider, name, prefix, url };
}

function folder(path: string, url: string): Location {
  return { scheme: 'file', name: path, prefix: '', url };
}

function parseProvider(name: string): Provider {
  const provider = findProvider(name);
  if (provider === 'gone') throw usage(`the provider ${name} is no more`, 'move to another store');
  if (provider !== undefined) return provider;
  throw usage(
    `there is no provider ${JSON.stringify(name.slice(0, 40))}`,
    'use one of s3, swift, rackspace, azure, gs, hp, or a libcloud name such as CLOUDFILES, S3_US_WEST_OREGON or LOCAL',
  );
}

function isPath(text: string, platform: NodeJS.Platform): boolean {
  if (/^(?:\/|\.{1,2}(?:\/|$))/.test(text)) return true;
  if (!/^(?:[a-z]:[\\/]|\\|\.{1,2}\\)/i.test(text)) return false;
  if (platform === 'win32') return true;
  throw usage(`${text} is a path of Windows, and this is not`);
}

function schemeOf(text: string): string | undefined {
  return (
    /^([a-z][a-z0-9+.-]+):\/\//i.exec(text)?.[1]?.toLowerCase() ?? (/^file:/i.test(text) ? 'file' : undefined)
  );
}

function schemeMeant(scheme: string): Scheme | undefined {
  if (isScheme(scheme)) return scheme;
  return Object.hasOwn(otherSpellings, scheme) ? otherSpellings[scheme] : undefined;
}

function isScheme(scheme: string): scheme is Scheme {
  return (schemes as readonly string[]).includes(scheme);
}

function isFolderOnDisk(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function usage(message: string, hint: string = forms, cause?: unknown): WheelhouseError {
  return new WheelhouseError('USAGE', message, { hint, ...(cause !== undefined && { cause }) });
}
