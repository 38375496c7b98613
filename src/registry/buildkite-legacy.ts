import type { HttpClient } from '../io/http.ts';
import { WheelhouseError } from '../model/errors.ts';
import { printableUrl, type Credentials } from '../model/secret.ts';
import type { Attempt } from './answer-hints.ts';
import { judgeAnswer } from './answers.ts';
import { buildkiteLegacyUrls, type BuildkitePlace } from './buildkite-places.ts';
import { toCredentialsSource } from './identity/credentials-source.ts';
import { encodeMultipart } from './multipart.ts';
import { filePart, postForm } from './post-form.ts';
import { openRegistryIndex } from './registry-index.ts';
import type { PublishTarget, SendAnswer } from './target.ts';

export interface BuildkiteLegacyOptions extends BuildkitePlace {
  /** The repository's own credentials. */
  readonly credentials: Credentials;
  /** Closed with the target. */
  readonly http: HttpClient;
  /** Stands for https://buildkitepackages.com/. */
  readonly proxyUrl?: string | undefined;
  /** The repository's simple index, where a proxy has it elsewhere. */
  readonly checkUrl?: string | undefined;
}

const credentialsAdvice =
  "the credentials are the repository's own, as its page shows them in the curl line after -u";
const advice = {
  UNAUTHORIZED: credentialsAdvice,
  FORBIDDEN: credentialsAdvice,
  NOT_AN_UPLOAD_URL: 'check ORG/REPO; registries of Buildkite Package Registries go with --buildkite',
} as const;

/** A repository of Buildkite Packages, by its first API. Throws `CONFIG` for a proxy that is no HTTP URL. */
export function openBuildkiteLegacy(options: BuildkiteLegacyOptions): PublishTarget {
  const { organization, registry, http, credentials, checkUrl } = options;
  const urls = buildkiteLegacyUrls(options, options.proxyUrl);
  const index = openRegistryIndex({
    uploadUrl: urls.packages,
    checkUrl: checkUrl ?? urls.index,
    credentials: toCredentialsSource(credentials),
    http,
  });
  return {
    url: printableUrl(urls.packages),
    rules: 'any',
    flags: [
      '--buildkite-legacy',
      `${organization}/${registry}`,
      ...(checkUrl === undefined ? [] : ['--check-url', index.url ?? checkUrl]),
    ],
    get indexUrl() {
      return index.url;
    },
    known: (project, signal) => index.known(project, signal),
    async send(artifact, sendOptions = {}): Promise<SendAnswer> {
      const attempt: Attempt = { url: urls.packages, filename: artifact.filename, username: '', advice };
      const body = encodeMultipart([], filePart('package[package_file]', artifact));
      const answer = await postForm(http, { ...sendOptions, url: urls.packages, body, credentials });
      const judged = judgeAnswer(answer, attempt);
      if (judged instanceof WheelhouseError) throw judged;
      return judged;
    },
    close: () => http.close(),
  };
}
