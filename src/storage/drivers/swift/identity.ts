import { createHttp, statusError, type HttpClient } from '../../../io/http.ts';
import { toWheelhouseError, WheelhouseError } from '../../../model/errors.ts';
import { printableUrl } from '../../../model/secret.ts';
import { throwIfAborted, unlessAborted } from '../../../io/abort.ts';
import type { ExchangeLimits } from './exchange.ts';
import { loginRequest, readSession, type Session } from './keystone.ts';
import type { SwiftSettings } from './settings.ts';

/** A token with less than this left is not begun with: a request must not outlive it. */
const leastLeftMs = 120_000;
const mostAnswerBytes = 4 * 1024 ** 2;

/**
 * Gets tokens, one login at a time however many ask, each within a time limit. It has the shape that pkgcloud wants
 * of an identity too, but never lets pkgcloud see that a token is about to end: pkgcloud would then log in by itself,
 * in the middle of an upload, and store the bytes of that upload wrongly.
 */
export class Identity {
  /** As pkgcloud reads it; only ever replaced, never taken away. */
  token: { readonly id: string; readonly expires: Date } | undefined;
  readonly #settings: SwiftSettings;
  readonly #http: HttpClient;
  #session: Session | undefined;
  #login: Promise<Session> | undefined;
  /** Wrong credentials stay wrong; asking again may lock the account. */
  #refusal: WheelhouseError | undefined;

  constructor(settings: SwiftSettings, limits: ExchangeLimits) {
    this.#settings = settings;
    this.#http = createHttp({
      verifyTls: settings.verifyTls,
      connectTimeoutMs: limits.connectTimeoutMs,
      headersTimeoutMs: limits.idleTimeoutMs,
      bodyTimeoutMs: limits.idleTimeoutMs,
      ...(settings.caFile !== undefined && { caFile: settings.caFile }),
    });
  }

  /** The session of the last login, if there was one. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** A session that is good for a while yet. */
  async ready(signal: AbortSignal | undefined): Promise<Session> {
    const now = this.#session;
    if (now !== undefined && (now.expiresMs ?? Infinity) - Date.now() > leastLeftMs) return now;
    try {
      return await this.#renew(signal);
    } catch (thrown) {
      // A token that still lives is better than none.
      const lives = now !== undefined && (now.expiresMs ?? 0) > Date.now();
      if (lives && thrown instanceof WheelhouseError && thrown.transient) return now;
      throw thrown;
    }
  }

  /** After a store refused the token of `refused`: another session, unless somebody has got one already. */
  async renew(refused: Session, signal: AbortSignal | undefined): Promise<Session> {
    const now = this.#session;
    return now !== undefined && now !== refused ? now : this.#renew(signal);
  }

  /** pkgcloud's call. */
  authorize(done: (error?: unknown) => void): void {
    this.ready(undefined).then(
      () => done(),
      (error: unknown) => done(error),
    );
  }

  /** pkgcloud's call. */
  getServiceEndpointUrl(): string | undefined {
    return this.#session?.storageUrl;
  }

  /** pkgcloud's call: it wants to listen to a log, which there is none of. */
  on(): this {
    return this;
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  async #renew(signal: AbortSignal | undefined): Promise<Session> {
    throwIfAborted(signal);
    if (this.#refusal !== undefined) throw this.#refusal;
    this.#login ??= this.#logIn()
      .then((session) => {
        this.token = { id: session.token.reveal(), expires: new Date(8.64e15) };
        return (this.#session = session);
      })
      .catch((thrown: unknown) => {
        const error = toWheelhouseError(thrown, 'NETWORK', 'cannot log in');
        if (!error.transient) this.#refusal = error;
        throw error;
      })
      .finally(() => (this.#login = undefined));
    // What others wait for goes on; we do not wait longer.
    return unlessAborted(this.#login, signal);
  }

  async #logIn(): Promise<Session> {
    const { url, ...request } = loginRequest(this.#settings.login);
    // Redirects are not followed: the headers of a v1 login are the secret itself.
    const secrets = [this.#settings.login.secret];
    const response = await this.#http.request({ url, ...request, secrets, redirect: 'manual' });
    const what = `cannot log in at ${printableUrl(url)}`;
    if (response.status < 200 || response.status > 299) {
      await response.discard();
      throw loginFailure(statusError(response, what), what);
    }
    const body = await response.text(mostAnswerBytes);
    return readSession({ headers: response.headers, body }, this.#settings);
  }
}

function loginFailure(error: WheelhouseError, what: string): WheelhouseError {
  const { code, status = 0, message, hint, retryAfterMs } = error;
  if (code === 'UNAUTHORIZED' || code === 'FORBIDDEN')
    return new WheelhouseError(code, `${what}: the credentials were refused (${status})`, {
      hint: 'check the user name, the secret and the project (OS_PROJECT_NAME and the domains)',
      status,
    });
  if (code === 'NOT_FOUND' || code === 'REDIRECTED' || status === 405)
    return new WheelhouseError('CONFIG', message, {
      hint: 'check OS_AUTH_URL (or --endpoint), and whether OS_IDENTITY_API_VERSION is 3, 2 or 1',
      status,
    });
  return new WheelhouseError(code, message, {
    status,
    ...(hint !== undefined && { hint }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}
