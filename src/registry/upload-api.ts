import { createReadStream } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { askedWaitMs } from '../io/http-errors.ts';
import { liftCredentials, type HttpClient, type HttpResponse } from '../io/http.ts';
import { WheelhouseError } from '../model/errors.ts';
import { maskSecrets, printableUrl, Secret, type Credentials } from '../model/secret.ts';
import { judgeAnswer, type UploadAnswer } from './answers.ts';
import type { Attempt } from './answer-hints.ts';
import { toCredentialsSource, type CredentialsSource } from './identity/credentials-source.ts';
import { flagsOf, isPypi, releasePageOf, rulesOf } from './known-registries.ts';
import { encodeMultipart, type MultipartBody } from './multipart.ts';
import { openRegistryIndex } from './registry-index.ts';
import type { PublishableArtifact, PublishTarget, SendAnswer, SendOptions } from './target.ts';
import { uploadFields } from './upload-form.ts';

export interface UploadApiOptions {
  /** The upload URL; user info in it counts as credentials. */
  readonly url: string | URL;
  /** A source is closed with the target. */
  readonly credentials?: Credentials | CredentialsSource | undefined;
  /** Closed with the target. */
  readonly http: HttpClient;
  /** The registry's simple index, or a project in it, where it cannot be derived from the upload URL. */
  readonly checkUrl?: string | URL | undefined;
  /** Default: what the upload URL tells. */
  readonly rules?: PublishTarget['rules'] | undefined;
  /** What names the registry on the command line. Default: what the upload URL tells. */
  readonly flags?: readonly string[] | undefined;
}

/** From the last byte sent to the answer, in milliseconds: registries look at a file, and proxies hold megabytes back. */
const answerTimeoutMs = 300_000;
/** No registry needs more words to refuse a file. */
const mostAnswerBytes = 64 * 1024;

/** A registry that speaks PyPI's upload API. Throws `USAGE` for what is no HTTP URL. */
export function openUploadApi(options: UploadApiOptions): PublishTarget {
  const { http } = options;
  const lifted = liftCredentials(parseUploadUrl(options.url));
  const source = toCredentialsSource(options.credentials ?? lifted.credentials);
  // The last word on where uploads go: one redirect that only adds a slash is remembered.
  let { url } = lifted;
  const rules = options.rules ?? rulesOf(url);
  const index = openRegistryIndex({ uploadUrl: url, checkUrl: options.checkUrl, credentials: source, http });

  const post = async (
    body: MultipartBody,
    credentials: Credentials | undefined,
    { signal, onProgress }: SendOptions,
  ): Promise<UploadAnswer> => {
    const response = await http.request({
      url,
      method: 'POST',
      headers: { accept: 'application/json, text/plain;q=0.5, */*;q=0.1', 'content-type': body.contentType },
      body: body.open(onProgress),
      contentLength: body.sizeBytes,
      credentials,
      redirect: 'manual',
      signal,
      headersTimeoutMs: answerTimeoutMs,
    });
    return readAnswer(response, secretsOf(credentials));
  };

  return {
    url: printableUrl(url),
    rules,
    flags: options.flags ?? flagsOf(url),
    get indexUrl() {
      return index.url;
    },
    known: (project, signal) => index.known(project, signal),
    async send(artifact, sendOptions = {}): Promise<SendAnswer> {
      const body = encodeMultipart(uploadFields(artifact, rules), filePart(artifact));
      const credentials = await source.current(sendOptions.signal);
      let answer = await post(body, credentials, sendOptions);
      const corrected = slashRedirect(answer, url);
      if (corrected !== undefined) {
        url = corrected;
        answer = await post(body, credentials, sendOptions);
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

function filePart({ path, filename, sizeBytes }: PublishableArtifact): Parameters<typeof encodeMultipart>[1] {
  return {
    name: 'content',
    filename,
    sizeBytes,
    open: () => createReadStream(path, { highWaterMark: 256 * 1024 }) as AsyncIterable<Buffer>,
  };
}

/** Everything that the registry says, with our own secrets masked: some echo the request. */
async function readAnswer(response: HttpResponse, secrets: readonly Secret[]): Promise<UploadAnswer> {
  const { status, statusText, headers } = response;
  const text = await textOf(response);
  const mask = (said: string) => maskSecrets(said, secrets);
  return {
    status,
    statusText: mask(statusText),
    contentType: headers.get('content-type') ?? '',
    text: mask(text),
    location: headers.get('location'),
    retryAfterMs: askedWaitMs(headers, status),
  };
}

/** The status alone decides: a body that is too long or breaks off only costs the reason. */
async function textOf(response: HttpResponse): Promise<string> {
  if (response.status < 400) {
    await response.discard();
    // undici frees a connection one turn after its answer; whoever sends before that opens another one.
    await turn();
    return '';
  }
  return response.text(mostAnswerBytes).catch(() => '');
}

/** The one redirect that is followed: 307 or 308 to the same URL with a slash at its end. */
function slashRedirect({ status, location }: UploadAnswer, from: URL): URL | undefined {
  if ((status !== 307 && status !== 308) || location === undefined) return undefined;
  if (!URL.canParse(location, from.href)) return undefined;
  const to = new URL(location, from);
  const same = to.origin === from.origin && to.search === from.search;
  return same && to.pathname === `${from.pathname}/` ? to : undefined;
}

function attemptOf(url: URL, filename: string, credentials: Credentials | undefined): Attempt {
  if (credentials?.kind !== 'basic')
    return { url, filename, username: credentials === undefined ? undefined : '__token__', pypiToken: true };
  const pypiToken = isPypi(url) && credentials.password.reveal().startsWith('pypi-');
  return { url, filename, username: credentials.username, pypiToken };
}

function secretsOf(credentials: Credentials | undefined): Secret[] {
  if (credentials === undefined) return [];
  if (credentials.kind === 'bearer') return [credentials.token];
  // The longer one first: it holds the other.
  return [new Secret(`${credentials.username}:${credentials.password.reveal()}`), credentials.password];
}
