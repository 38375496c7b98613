import type { EventSink } from '../model/events.ts';
import type { Secret } from '../model/secret.ts';

export interface ContainerOptions {
  /** User name, access key or account. Default: the store's own variables and files. */
  readonly username?: string;
  readonly secret?: Secret;
  readonly region?: string;
  /** Base URL of the store, where it is not the provider's own. */
  readonly endpoint?: string;
  /** Default: true. */
  readonly verifyTls?: boolean;
  /** Default: true, where the store has one. */
  readonly enableCdn?: boolean;
  /** After so much silence a request is given up, and tried again. Default: 60,000. */
  readonly idleTimeoutMs?: number;
  readonly onEvent?: EventSink | undefined;
  readonly signal?: AbortSignal | undefined;
}
