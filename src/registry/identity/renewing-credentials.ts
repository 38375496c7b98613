import { throwIfAborted } from '../../io/abort.ts';
import { isAbort } from '../../model/errors.ts';
import type { Credentials } from '../../model/secret.ts';
import type { CredentialsSource } from './credentials-source.ts';

/** Credentials for a time. */
interface Lease {
  readonly credentials: Credentials;
  /** For how long they are good, in milliseconds from when they were asked for. */
  readonly lifetimeMs: number;
}

export interface RenewingOptions {
  /** Gets new ones, and tries again by itself what is worth trying again. */
  readonly issue: (signal: AbortSignal | undefined) => Promise<Lease>;
  /** Ends what was issued before its time, in bounded time; it must not throw. */
  readonly revoke?: ((credentials: Credentials) => Promise<void>) | undefined;
  /** How long before their end they are replaced, in milliseconds; at the earliest when half their life is over. */
  readonly renewBeforeMs: number;
  /** A clock in milliseconds that only goes forward; for tests. */
  readonly now?: (() => number) | undefined;
}

/**
 * A source whose credentials are replaced before they end: once for all who ask meanwhile. While the old ones still
 * hold, a renewal that fails is no failure; the next who asks tries again.
 */
export function renewingCredentials({
  issue,
  revoke,
  renewBeforeMs,
  now = () => performance.now(),
}: RenewingOptions): CredentialsSource {
  const issued: Held[] = [];
  let renewal: Promise<Credentials> | undefined;

  const renew = async (signal: AbortSignal | undefined): Promise<Credentials> => {
    const askedMs = now();
    try {
      const { credentials, lifetimeMs } = await issue(signal);
      const endMs = askedMs + lifetimeMs;
      issued.push({ credentials, endMs, renewMs: endMs - Math.min(renewBeforeMs, lifetimeMs / 2) });
      return credentials;
    } catch (thrown) {
      const held = issued.at(-1);
      if (held === undefined || held.endMs <= now() || isAbort(thrown)) throw thrown;
      return held.credentials;
    } finally {
      renewal = undefined;
    }
  };

  return {
    async current(signal) {
      for (;;) {
        throwIfAborted(signal);
        const held = issued.at(-1);
        if (held !== undefined && held.renewMs > now()) return held.credentials;
        const joined = renewal !== undefined;
        try {
          return await (renewal ??= renew(signal));
        } catch (thrown) {
          // Whoever asked first may have been interrupted; that is no answer for those who were not.
          if (!joined || !isAbort(thrown)) throw thrown;
        }
      }
    },
    async close() {
      await renewal?.catch(() => undefined);
      const alive = issued.splice(0).filter(({ endMs }) => endMs > now());
      if (revoke !== undefined) await Promise.all(alive.map(({ credentials }) => revoke(credentials)));
    },
  };
}

interface Held {
  readonly credentials: Credentials;
  /** By the clock. */
  readonly endMs: number;
  readonly renewMs: number;
}
