import { WheelhouseError, type ErrorCode } from '../model/errors.ts';
import { Secret, type Credentials } from '../model/secret.ts';
import type { Attempt } from './answer-hints.ts';
import { reasonIn } from './answer-reason.ts';
import { judgeAnswer, type UploadAnswer } from './answers.ts';
import type { BuildkiteApi } from './buildkite-list.ts';
import { parseUploadForm, type UploadForm } from './buildkite-answers.ts';
import { encodeMultipart, type MultipartBody } from './multipart.ts';
import { filePart, postForm } from './post-form.ts';
import type { PublishableArtifact, SendOptions } from './target.ts';

/**
 * Puts a file into Buildkite's store, as `bk package push` does: a form for it from the API, the file with that form
 * to the store, which the token is never shown to. Gives the form that makes a package of it.
 */
export async function storeLargeFile(
  artifact: PublishableArtifact,
  { http, url, credentials }: BuildkiteApi,
  attempt: Attempt,
  { signal, onProgress }: SendOptions,
): Promise<MultipartBody> {
  const bearer = await credentials.current(signal);
  const answer = await postForm(http, {
    url: new URL(`${url.href}/upload`),
    credentials: bearer,
    wordsOfSuccess: true,
    signal,
  });
  const judged = judgeAnswer(answer, attempt);
  if (judged instanceof WheelhouseError) throw judged;
  const form = requireForm(judged.status === 'accepted' ? parseUploadForm(answer.text) : undefined, url);
  const stored = await postForm(http, {
    url: form.url,
    body: encodeMultipart(form.fields, filePart(form.fileInput, artifact)),
    secrets: secretsIn(form, bearer),
    signal,
    onProgress,
  });
  const refusal = refusalOfStore(stored, { url: form.url, filename: artifact.filename });
  if (refusal !== undefined) throw refusal;
  return encodeMultipart([['package_url', form.locate(artifact.filename)]], undefined);
}

/** A store that refuses a signature repeats what was signed; and what the API may have put into the form, it repeats too. */
function secretsIn({ fields }: UploadForm, bearer: Credentials | undefined): Secret[] {
  const signed = fields.filter(([, value]) => value.length >= 8).map(([, value]) => new Secret(value));
  return bearer?.kind === 'bearer' ? [...signed, bearer.token] : signed;
}

function requireForm(form: UploadForm | undefined, url: URL): UploadForm {
  if (form === undefined)
    throw new WheelhouseError(
      'REJECTED',
      `${url.host} gave no form that a large file could be uploaded with`,
    );
  const { protocol, host } = form.url;
  const safe = protocol === 'https:' || (protocol === 'http:' && url.protocol === 'http:');
  if (!safe)
    throw new WheelhouseError('REJECTED', `${url.host} wants a file to be sent to ${host} in the clear`);
  return form;
}

/** What only this file meets: the store knows nothing of our credentials, and its URL is none of ours. */
const ofThisFile: ReadonlySet<ErrorCode> = new Set([
  'UNAUTHORIZED',
  'FORBIDDEN',
  'NOT_AN_UPLOAD_URL',
  'REDIRECTED',
  'REJECTED',
]);

function refusalOfStore(answer: UploadAnswer, attempt: Attempt): WheelhouseError | undefined {
  const judged = judgeAnswer(answer, attempt);
  if (judged instanceof WheelhouseError ? !ofThisFile.has(judged.code) : judged.status === 'accepted')
    return judged instanceof WheelhouseError ? judged : undefined;
  // A form lives for minutes; and S3 answers 400 where it waited for bytes. Both go away with a new form.
  const code = /expired|RequestTimeout/i.test(answer.text) ? 'TIMEOUT' : 'REJECTED';
  const reason = reasonIn(answer);
  const because = reason === undefined ? '' : `: ${reason}`;
  const message = `${attempt.filename}: ${attempt.url.host} answered ${answer.status}${because}`;
  return new WheelhouseError(code, message, { status: answer.status });
}
