import { statusError, type HttpClient, type HttpResponse } from '../../io/http.ts';
import { WheelhouseError } from '../../model/errors.ts';
import { Secret } from '../../model/secret.ts';
import { readJsonObject } from '../json-answer.ts';
import { mintRefusal } from './mint-refusal.ts';
import { isToken } from './token-command.ts';

/** An API token as a registry mints it. */
interface MintedToken {
  readonly token: Secret;
  /** From when it was asked for, in milliseconds. */
  readonly lifetimeMs: number;
}

/** What a registry offers to trusted publishers below `/_/oidc/`; each call is one attempt. */
export interface OidcExchange {
  /** For whom an identity token has to be; undefined where there is no trusted publishing. */
  audience(signal?: AbortSignal): Promise<string | undefined>;
  /** Trades an identity token, which serves once. Throws `UNAUTHORIZED` with the registry's reasons. */
  mint(identity: Secret, signal?: AbortSignal): Promise<MintedToken>;
  /** Ends a token before its time. */
  burn(token: Secret, signal?: AbortSignal): Promise<void>;
}

/** How long PyPI's tokens live: warehouse/oidc/views.py, mint_token(). */
const usualLifetimeMs = 900_000;
/** These answers are short and come at once: for how long, in milliseconds, one is waited for. */
const longestAnswerMs = 30_000;

/** The exchange of the registry at an upload URL; PyPI has it on every one of its hosts. */
export function openOidcExchange(
  uploadUrl: URL,
  http: HttpClient,
  timeoutMs = longestAnswerMs,
): OidcExchange {
  const { host } = uploadUrl;
  const request = (path: string, signal: AbortSignal | undefined, sent?: Secret) =>
    http.request({
      url: new URL(`/_/oidc/${path}`, uploadUrl),
      headers: { accept: 'application/json', ...(sent === undefined ? {} : jsonType) },
      ...(sent === undefined
        ? {}
        : { method: 'POST', body: JSON.stringify({ token: sent.reveal() }), secrets: [sent] }),
      redirect: 'manual',
      headersTimeoutMs: timeoutMs,
      bodyTimeoutMs: timeoutMs,
      signal,
    });
  return {
    async audience(signal) {
      const what = `asking ${host} for the audience of trusted publishing`;
      const response = await request('audience', signal);
      if (response.status !== 200) {
        await response.discard();
        const error = statusError(response, what);
        if (error.transient) throw error;
        return undefined; // 403 where it is switched off, 404 where nobody has heard of it
      }
      const audience = (await readJsonObject(response, what)).get('audience');
      if (typeof audience !== 'string' || !/^[\x21-\x7e]{1,256}$/.test(audience))
        throw new WheelhouseError('REJECTED', `${what}: its answer names none`);
      return audience;
    },
    async mint(identity, signal) {
      const what = `asking ${host} for a token`;
      const response = await request('mint-token', signal, identity);
      if (response.status === 422) throw await mintRefusal(response, identity);
      if (response.status !== 200) {
        await response.discard();
        throw statusError(response, what);
      }
      const answer = await readJsonObject(response, what);
      const token = answer.get('token');
      if (!isToken(token)) throw new WheelhouseError('REJECTED', `${what}: its answer holds none`);
      return { token: new Secret(token), lifetimeMs: lifetimeIn(answer.get('expires'), response) };
    },
    async burn(token, signal) {
      const response = await request('burn-token', signal, token);
      await response.discard();
      if (response.status < 200 || response.status > 299) throw statusError(response, 'burning the token');
    },
  };
}

const jsonType = { 'content-type': 'application/json' };

/** By the registry's own clock, which its answer shows: ours may be wrong. */
function lifetimeIn(expires: unknown, { headers }: HttpResponse): number {
  const nowMs = Date.parse(headers.get('date') ?? '') || Date.now();
  const lifetimeMs = typeof expires === 'number' ? expires * 1000 - nowMs : usualLifetimeMs;
  return lifetimeMs > 0 && lifetimeMs <= usualLifetimeMs ? lifetimeMs : usualLifetimeMs;
}
