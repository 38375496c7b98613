import { withDeadline } from '../../io/deadline.ts';
import type { HttpClient } from '../../io/http.ts';
import { retry, type RetryOptions } from '../../io/retry.ts';
import { reasonOf, WheelhouseError } from '../../model/errors.ts';
import type { EventSink } from '../../model/events.ts';
import type { Credentials, Secret } from '../../model/secret.ts';
import { isPypi } from '../known-registries.ts';
import type { CredentialsSource } from './credentials-source.ts';
import { tokenUsername } from './environment.ts';
import type { IdentityProvider } from './identity-token.ts';
import { openOidcExchange, type OidcExchange } from './oidc-exchange.ts';
import { renewingCredentials } from './renewing-credentials.ts';

export interface TrustedPublishingOptions {
  readonly uploadUrl: URL;
  readonly provider: IdentityProvider;
  readonly http: HttpClient;
  /** Told every secret as soon as it is known, before it is sent anywhere. */
  readonly onSecret: (secret: Secret, kind: 'identity' | 'token') => void;
  readonly onEvent?: EventSink | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly retries?: Pick<RetryOptions, 'attempts' | 'baseDelayMs'>;
  /** For one answer of the registry, in milliseconds. Default: 30 000. */
  readonly timeoutMs?: number;
  /** For tests: see {@link renewingCredentials}. */
  readonly now?: () => number;
}

/** A token is replaced while it still lives this long: even a large upload has begun by then. */
const renewBeforeMs = 300_000;
/** The end of a run waits no longer than this for its tokens to be burned. */
const burnTimeoutMs = 10_000;

/**
 * Whether a registry is asked for trusted publishing at all: PyPI, TestPyPI, and copies of them on this machine. Any
 * other could ask for an identity token that is meant for somebody else, and be this job there.
 */
export function mayTrustPublishers(uploadUrl: URL): boolean {
  return isPypi(uploadUrl) || /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(uploadUrl.hostname);
}

/**
 * Short-lived API tokens in exchange for the identity of a CI job (trusted publishing), renewed in time and burned at
 * the end. Undefined where the registry has no such thing. Throws whatever the first request of a token meets.
 */
export async function openTrustedPublishing(
  options: TrustedPublishingOptions,
): Promise<CredentialsSource | undefined> {
  const { uploadUrl, provider, signal, onEvent, retries } = options;
  if (provider.problem !== undefined) throw provider.problem;
  const exchange = openOidcExchange(uploadUrl, options.http, options.timeoutMs);
  const audience = await retry(() => exchange.audience(signal), {
    ...retries,
    ...told(options),
    what: `asking ${uploadUrl.host} for trusted publishing`,
    signal,
  });
  if (audience === undefined) return undefined;
  let issued = false;
  const source = renewingCredentials({
    issue: async (during) => {
      if (issued && !provider.renewable) throw usedUp(options);
      const lease = await issue(exchange, audience, options, during);
      issued = true;
      return lease;
    },
    revoke: (credentials) => burn(exchange, credentials, options),
    renewBeforeMs,
    now: options.now,
  });
  await source.current(signal);
  onEvent?.({
    event: 'detail',
    message: `publishing to ${uploadUrl.host} as a trusted publisher, with an identity of ${provider.name}`,
  });
  return source;
}

/** One identity token for each attempt: the one before may have been used up although its answer was lost. */
async function issue(
  exchange: OidcExchange,
  audience: string,
  options: TrustedPublishingOptions,
  signal: AbortSignal | undefined,
): Promise<{ credentials: Credentials; lifetimeMs: number }> {
  const { provider, onSecret, uploadUrl, retries } = options;
  const attempt = async () => {
    const identity = await provider.request(audience, signal);
    onSecret(identity, 'identity');
    const minted = await exchange.mint(identity, signal);
    onSecret(minted.token, 'token');
    return minted;
  };
  const { token, lifetimeMs } = await retry(attempt, {
    ...retries,
    ...told(options),
    what: `asking ${uploadUrl.host} for a token`,
    signal,
  });
  return { credentials: { kind: 'basic', username: tokenUsername, password: token }, lifetimeMs };
}

function usedUp({ provider, uploadUrl }: TrustedPublishingOptions): WheelhouseError {
  return new WheelhouseError(
    'UNAUTHORIZED',
    `the token of ${uploadUrl.host} has ended, and ${provider.name} gives a job only one identity to get another`,
    { hint: 'run the job again: it sends only what is missing' },
  );
}

async function burn(
  exchange: OidcExchange,
  credentials: Credentials,
  options: TrustedPublishingOptions,
): Promise<void> {
  if (credentials.kind !== 'basic') return;
  const { uploadUrl, onEvent, retries } = options;
  // Not the signal of the run: after an interruption a token is burned all the same.
  const timeoutMs = Math.min(burnTimeoutMs, options.timeoutMs ?? burnTimeoutMs);
  const limits = { what: `burning the token of ${uploadUrl.host}`, timeoutMs };
  try {
    await withDeadline(limits, (signal) =>
      retry(() => exchange.burn(credentials.password, signal), { ...retries, what: limits.what, signal }),
    );
  } catch (thrown) {
    onEvent?.({
      event: 'warning',
      message: `the token of ${uploadUrl.host} could not be burned: ${reasonOf(thrown)}`,
      hint: 'it ends by itself within 15 minutes',
    });
  }
}

function told({ onEvent }: TrustedPublishingOptions): Pick<RetryOptions, 'onRetry'> {
  return { onRetry: (one) => onEvent?.({ event: 'retry', ...one }) };
}
