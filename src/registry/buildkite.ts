import type { HttpClient } from '../io/http.ts';
import { compareHashes } from '../model/digest.ts';
import { isAbort, WheelhouseError } from '../model/errors.ts';
import { printableUrl, type Credentials } from '../model/secret.ts';
import type { Attempt } from './answer-hints.ts';
import { judgeAnswer, type UploadAnswer } from './answers.ts';
import { buildkiteAdvice } from './buildkite-advice.ts';
import { parsePackage, type BuildkitePackage } from './buildkite-answers.ts';
import { storeLargeFile } from './buildkite-large-file.ts';
import { listPackages } from './buildkite-list.ts';
import { buildkitePage, buildkiteUrls, type BuildkitePlace } from './buildkite-places.ts';
import { toCredentialsSource, type CredentialsSource } from './identity/credentials-source.ts';
import { encodeMultipart } from './multipart.ts';
import { filePart, postForm } from './post-form.ts';
import { openRegistryIndex } from './registry-index.ts';
import type { PublishableArtifact, PublishTarget, RegistryFile, SendAnswer } from './target.ts';

export interface BuildkiteOptions extends BuildkitePlace {
  /** A bearer token that may read and write packages. A source is closed with the target. */
  readonly credentials: Credentials | CredentialsSource;
  /** Closed with the target. */
  readonly http: HttpClient;
  /** Stands for all hosts of Buildkite. */
  readonly proxyUrl?: string | undefined;
  /** The registry's simple index, where a proxy has it elsewhere. */
  readonly checkUrl?: string | undefined;
  /** Files larger than this go to Buildkite's store first, in bytes. Default: 64 MiB. */
  readonly directLimitBytes?: number;
}

/**
 * `bk package push` sends everything by way of the store, in three requests, of which two count against 50 a minute.
 * Only what an API should not have to hold has to take that way.
 */
const defaultDirectLimitBytes = 64 * 1024 * 1024;

/** A registry of Buildkite Package Registries, by REST API v2. Throws `CONFIG` for a proxy that is no HTTP URL. */
export function openBuildkite(options: BuildkiteOptions): PublishTarget {
  const { http, directLimitBytes = defaultDirectLimitBytes } = options;
  const urls = buildkiteUrls(options, options.proxyUrl);
  const source = toCredentialsSource(options.credentials);
  const api = { url: urls.packages, credentials: source, http };
  const index = openRegistryIndex({
    uploadUrl: urls.index,
    checkUrl: options.checkUrl ?? urls.index,
    credentials: {
      current: async (signal) => asLogin(await source.current(signal)),
      close: () => source.close(),
    },
    http,
  });
  let indexFailed = false;

  /**
   * The names that the list of packages lacks. They tell earlier when one is taken by other bytes; where the index
   * cannot be read (it is on another host, behind another firewall) digests do without them.
   */
  const namesOf = async (project: string, signal?: AbortSignal): Promise<Iterable<RegistryFile>> => {
    if (indexFailed) return [];
    try {
      return (await index.known(project, signal))?.values() ?? [];
    } catch (thrown) {
      if (isAbort(thrown)) throw thrown;
      indexFailed = true;
      return [];
    }
  };

  /** A refusal may be about bytes that are there: duplicates have no documented answer, so digests decide. */
  const isListed = async (artifact: PublishableArtifact, signal?: AbortSignal): Promise<boolean> => {
    const project = artifact.metadata.name ?? artifact.distribution.project;
    const packages = (await listPackages(project, api, signal)) ?? [];
    return packages.some(({ hashes }) => compareHashes({ sha256: artifact.sha256 }, hashes) === 'same');
  };

  return {
    url: printableUrl(urls.packages),
    rules: 'any',
    flags: [
      '--buildkite',
      `${options.organization}/${options.registry}`,
      ...(options.checkUrl === undefined ? [] : ['--check-url', index.url ?? options.checkUrl]),
    ],
    get indexUrl() {
      return index.url;
    },
    indexLogin: 'buildkite:<read token>',
    async known(project, signal) {
      const packages = await listPackages(project, api, signal);
      if (packages === undefined) return undefined;
      return packages.length === 0 ? new Map() : mergeFiles(await namesOf(project, signal), packages);
    },
    async send(artifact, sendOptions = {}): Promise<SendAnswer> {
      const { filename, sizeBytes } = artifact;
      const { signal } = sendOptions;
      const attempt: Attempt = {
        url: urls.packages,
        filename,
        username: 'buildkite',
        advice: buildkiteAdvice,
      };
      const large = sizeBytes > directLimitBytes;
      const body = large
        ? await storeLargeFile(artifact, api, attempt, sendOptions)
        : encodeMultipart([], filePart('file', artifact));
      const answer = await postForm(http, {
        ...(large ? { signal } : sendOptions),
        url: urls.packages,
        body,
        // Asked anew: the token of a job may have ended while a large file was on its way.
        credentials: await source.current(signal),
        wordsOfSuccess: true,
      });
      const judged = judgeAnswer(answer, attempt);
      if (!(judged instanceof WheelhouseError)) {
        if (judged.status === 'accepted') compareDigests(answer, artifact, buildkitePage(options));
        return judged;
      }
      if (answer.status === 422 && (await isListed(artifact, signal).catch(unlessAborted)))
        return { status: 'already-there', message: judged.message };
      throw judged;
    },
    releaseUrl: () => buildkitePage(options),
    async close() {
      await source.close();
      await http.close();
    },
  };
}

/** The index takes a token as the password of this user. */
function asLogin(credentials: Credentials | undefined): Credentials | undefined {
  if (credentials?.kind !== 'bearer') return credentials;
  return { kind: 'basic', username: 'buildkite', password: credentials.token };
}

/** Files by name, and what is left of the packages without one. */
function mergeFiles(
  named: Iterable<RegistryFile>,
  packages: readonly BuildkitePackage[],
): Map<string, RegistryFile> {
  const files = new Map([...named].map((file) => [file.filename, file]));
  const digests = new Set([...files.values()].map(({ hashes }) => hashes['sha256']));
  const nameless = packages
    .filter(({ hashes }) => hashes['sha256'] === undefined || !digests.has(hashes['sha256']))
    .map(({ id, version, hashes }): RegistryFile => ({ filename: id, hashes, nameless: { version } }));
  for (const file of nameless) files.set(file.filename, file);
  return files;
}

function compareDigests(
  { text }: UploadAnswer,
  { filename, sha256 }: PublishableArtifact,
  page: string,
): void {
  const hashes = parsePackage(text)?.hashes ?? {};
  if (compareHashes({ sha256 }, hashes) !== 'different') return;
  throw new WheelhouseError(
    'HASH_MISMATCH',
    `${filename}: Buildkite has stored other bytes than were sent, with sha256 ${hashes['sha256'] ?? ''}`,
    { hint: `delete that package at ${page} and publish again` },
  );
}

function unlessAborted(thrown: unknown): false {
  if (isAbort(thrown)) throw thrown;
  return false;
}
