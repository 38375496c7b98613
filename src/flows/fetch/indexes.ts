import type { HttpClient } from '../../io/http.ts';
import { liftCredentials } from '../../io/http.ts';
import type { DownloadLink } from '../../io/open-link.ts';
import { readIndex } from '../../io/read-index.ts';
import { tellRetries } from '../../io/retry.ts';
import { throwIfAborted } from '../../io/abort.ts';
import type { Link } from '../../model/artifact.ts';
import { isAbort, reasonOf, toWheelhouseError, WheelhouseError } from '../../model/errors.ts';
import type { FlowOptions } from '../../model/events.ts';
import { printableUrl, Secret, type Credentials } from '../../model/secret.ts';

/** A file in a private container, which is read by the store's own protocol. */
export interface ContainerLink extends Link {
  readonly open?: DownloadLink['open'];
}

export interface IndexAccess {
  /** For the private ones among the indexes; never sent anywhere else. */
  readonly username?: string | undefined;
  readonly secret?: Secret | undefined;
  /** A look-up in netrc, asked for an index's own origin only. */
  readonly credentialsFor?: ((url: URL) => Credentials | undefined) | undefined;
  /** Reads a container by the store's own protocol; undefined for what is no container. */
  readonly readContainerIndex?:
    ((index: string) => Promise<readonly ContainerLink[] | undefined>) | undefined;
  /** Between retries; for tests. */
  readonly baseDelayMs?: number | undefined;
}

/** One index, read. */
export interface ReadIndex {
  /** As printed: without user info. */
  readonly index: string;
  readonly links: readonly ContainerLink[];
  /** What the index's own files need; undefined for those that lie elsewhere. */
  credentialsFor(url: URL): Credentials | undefined;
}

/**
 * Reads all indexes at the same time. If any of them cannot be read, none counts: a release that is put together from
 * what happened to answer lacks files, and nobody would see which. Throws what the one failure says, or `INCOMPLETE`.
 */
export async function readIndexes(
  indexes: readonly string[],
  options: IndexAccess & FlowOptions & { readonly project?: string; readonly http: HttpClient },
): Promise<ReadIndex[]> {
  const several = areSeveral(indexes);
  const settled = await Promise.allSettled(indexes.map((index) => readOne(index, several, options)));
  throwIfAborted(options.signal);
  const failures = settled.flatMap((result, i) =>
    result.status === 'rejected' ? [named(result.reason, indexes[i] ?? '', indexes.length)] : [],
  );
  const [first] = failures;
  if (first !== undefined && failures.length === 1) throw first;
  if (first !== undefined)
    throw new WheelhouseError(
      'INCOMPLETE',
      `${failures.length} of ${indexes.length} indexes cannot be read: ${first.message}`,
      { errors: failures, hint: first.hint ?? 'nothing was downloaded; run it again' },
    );
  return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}

async function readOne(
  index: string,
  several: boolean,
  options: IndexAccess & FlowOptions & { readonly project?: string; readonly http: HttpClient },
): Promise<ReadIndex> {
  const contained = await options.readContainerIndex?.(index);
  if (contained !== undefined)
    return { index: printableIndex(index), links: contained, credentialsFor: () => undefined };
  const { signal, onEvent, project, http, baseDelayMs } = options;
  const { read, credentialsFor } = await readWithAccess(index, several, options, (credentials) =>
    readIndex(index, {
      project,
      http,
      credentials,
      signal,
      baseDelayMs,
      onRetry: tellRetries(onEvent),
    }),
  );
  return { index: printableIndex(index), links: read.links, credentialsFor };
}

/** Whether credentials that were given once could be for any of several servers. */
export function areSeveral(indexes: readonly string[]): boolean {
  return new Set(indexes.map(originOf)).size > 1;
}

/**
 * Reads one index with the credentials that are meant for it: those in its URL, those given, or netrc's. With several
 * servers it is not said for which one the given ones are: only one that asks for credentials gets to see them.
 */
export async function readWithAccess<T>(
  index: string,
  several: boolean,
  access: IndexAccess,
  read: (credentials: Credentials | undefined) => Promise<T>,
): Promise<{ readonly read: T } & Pick<ReadIndex, 'credentialsFor'>> {
  const own = /^https?:/i.test(index) && URL.canParse(index) ? liftCredentials(index) : undefined;
  const readAs = async (credentials: Credentials | undefined) => ({
    read: await (credentials === undefined ? read(undefined).catch(askForLogin) : read(credentials)),
    credentialsFor: (url: URL) => (url.origin === own?.url.origin ? credentials : undefined),
  });
  if (own === undefined) return readAs(undefined);
  const given = givenCredentials(access);
  if (own.credentials !== undefined) return readAs(own.credentials);
  const looked = access.credentialsFor?.(own.url);
  if (!several || given === undefined) return readAs(given ?? looked);
  return readAs(looked).catch((thrown: unknown) => {
    const asks = thrown instanceof WheelhouseError && ['UNAUTHORIZED', 'FORBIDDEN'].includes(thrown.code);
    if (asks) return readAs(given);
    throw thrown;
  });
}

/** Nobody was refused where nobody was named. */
function askForLogin(thrown: unknown): never {
  if (!(thrown instanceof WheelhouseError) || thrown.code !== 'UNAUTHORIZED') throw thrown;
  const { message, status } = thrown;
  throw new WheelhouseError('UNAUTHORIZED', message, {
    cause: thrown,
    hint: 'it is private, and no login was given for it: write one into netrc, or give a user name and a secret',
    status,
  });
}

function givenCredentials({ username, secret }: IndexAccess): Credentials | undefined {
  if (username === undefined && secret === undefined) return undefined;
  return { kind: 'basic', username: username ?? '', password: secret ?? new Secret('') };
}

/** The failure, with the index that it is about. */
function named(thrown: unknown, index: string, count: number): WheelhouseError {
  const error = toWheelhouseError(thrown, 'NETWORK', 'it cannot be read');
  if (isAbort(error)) return error;
  const shown = printableIndex(index);
  const message = error.message.includes(shown) ? error.message : `the index ${shown}: ${reasonOf(error)}`;
  const others = count > 1 ? 'nothing was downloaded, because the release would not be whole' : undefined;
  return new WheelhouseError(error.code, message, {
    cause: error,
    errors: error.errors,
    hint: error.hint ?? others,
    status: error.status,
  });
}

/** An index as it may be printed: a URL without its secrets, or the path. Where the secrets of a bad URL are nobody knows. */
export function printableIndex(index: string): string {
  const [scheme] = /^[a-z][a-z0-9+.-]+:\/\//i.exec(index) ?? [];
  if (scheme === undefined) return index;
  return URL.canParse(index) ? printableUrl(index) : `${scheme}…`;
}

function originOf(index: string): string {
  return /^https?:/i.test(index) && URL.canParse(index) ? new URL(index).origin : '';
}
