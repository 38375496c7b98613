import type { EventSink } from '../model/events.ts';
import type { Secret } from '../model/secret.ts';

export const defaultIdleTimeoutMs = 60_000;

export interface ContainerOptions {
  /** User name, access key or account. Default: the store's own variables and files. */
  readonly username?: string | undefined;
  readonly secret?: Secret | undefined;
  readonly region?: string | undefined;
  /** Base URL of the store, where it is not the provider's own. */
  readonly endpoint?: string | undefined;
  /** Default: true. */
  readonly verifyTls?: boolean | undefined;
  /** Default: true, where the store has one. */
  readonly enableCdn?: boolean | undefined;
  /**
   * After so much silence a request is given up, and tried again; looking for credentials is given up for good.
   * Default: 60,000.
   */
  readonly idleTimeoutMs?: number | undefined;
  readonly onEvent?: EventSink | undefined;
  readonly signal?: AbortSignal | undefined;
}
