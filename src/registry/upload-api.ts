import { liftCredentials, type HttpClient } from '../io/http.ts';
import { WheelhouseError } from '../model/errors.ts';
import { printableUrl, type Credentials } from '../model/secret.ts';
import { judgeAnswer, type UploadAnswer } from './answers.ts';
import type { Attempt } from './answer-hints.ts';
import type { Attestor } from './attestation/attestor.ts';
import { toCredentialsSource, type CredentialsSource } from './identity/credentials-source.ts';
import { flagsOf, isPypi, releasePageOf, rulesOf } from './known-registries.ts';
import { encodeMultipart } from './multipart.ts';
import { filePart, postForm } from './post-form.ts';
import { openRegistryIndex } from './registry-index.ts';
import type { PublishTarget, SendAnswer } from './target.ts';
import { uploadFields } from './upload-form.ts';

export interface UploadApiOptions {
  /** The upload URL; user info in it counts as credentials. */
  readonly url: string | URL;
  /** A source is closed with the target. */
  readonly credentials?: Credentials | CredentialsSource | undefined;
  /** Signs what is published, where the registry takes attestations. */
  readonly attestor?: Attestor | undefined;
  /** Closed with the target. */
  readonly http: HttpClient;
  /** The registry's simple index, or a project in it, where it cannot be derived from the upload URL. */
  readonly checkUrl?: string | URL | undefined;
  /** Told where the given index seems to be none. */
  readonly onDoubt?: ((message: string, hint: string) => void) | undefined;
  /** Default: what the upload URL tells. */
  readonly rules?: PublishTarget['rules'] | undefined;
  /** What names the registry on the command line. Default: what the upload URL tells. */
  readonly flags?: readonly string[] | undefined;
}

/** A registry that speaks PyPI's upload API. Throws `USAGE` for what is no HTTP URL. */
export function openUploadApi(options: UploadApiOptions): PublishTarget {
  const { http, attestor } = options;
  const lifted = liftCredentials(parseUploadUrl(options.url));
  const source = toCredentialsSource(options.credentials ?? lifted.credentials);
  // The last word on where uploads go: one redirect that only adds a slash is remembered.
  let { url } = lifted;
  const rules = options.rules ?? rulesOf(url);
  const { checkUrl, onDoubt } = options;
  const index = openRegistryIndex({ uploadUrl: url, checkUrl, credentials: source, http, onDoubt });

  return {
    url: printableUrl(url),
    rules,
    flags: options.flags ?? flagsOf(url),
    get indexUrl() {
      return index.url;
    },
    known: (project, signal) => index.known(project, signal),
    ...(attestor === undefined ? {} : { attest: (artifact, signal) => attestor.attest(artifact, signal) }),
    async send(artifact, sendOptions = {}): Promise<SendAnswer> {
      const body = encodeMultipart(uploadFields(artifact, rules), filePart('content', artifact));
      const credentials = await source.current(sendOptions.signal);
      const post = () => postForm(http, { url, body, credentials, ...sendOptions });
      let answer = await post();
      const corrected = slashRedirect(answer, url);
      if (corrected !== undefined) {
        url = corrected;
        answer = await post();
      }
      const judged = judgeAnswer(answer, attemptOf(url, artifact.filename, credentials));
      if (judged instanceof WheelhouseError) throw judged;
      return judged;
    },
    releaseUrl: (project, version) => releasePageOf(url, project, version),
    async close() {
      await source.close();
      await http.close();
    },
  };
}

function parseUploadUrl(text: string | URL): URL {
  if (URL.canParse(String(text))) {
    const url = new URL(text);
    if (url.protocol === 'https:' || url.protocol === 'http:') return url;
  }
  // Not quoted: what is no URL may hold a password all the same.
  throw new WheelhouseError('USAGE', 'the repository URL is no http or https URL', {
    hint: 'give the upload URL of the registry, such as https://upload.pypi.org/legacy/',
  });
}

/** The one redirect that is followed: 307 or 308 to the same URL with a slash at its end. */
function slashRedirect({ status, movedTo }: UploadAnswer, from: URL): URL | undefined {
  if ((status !== 307 && status !== 308) || movedTo === undefined) return undefined;
  if (!URL.canParse(movedTo, from.href)) return undefined;
  const to = new URL(movedTo, from);
  const same = to.origin === from.origin && to.search === from.search;
  return same && to.pathname === `${from.pathname}/` ? to : undefined;
}

function attemptOf(url: URL, filename: string, credentials: Credentials | undefined): Attempt {
  if (credentials?.kind !== 'basic')
    return { url, filename, username: credentials === undefined ? undefined : '__token__', pypiToken: true };
  const pypiToken = isPypi(url) && credentials.password.reveal().startsWith('pypi-');
  return { url, filename, username: credentials.username, pypiToken };
}
