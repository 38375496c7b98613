import type { Credentials } from '../../model/secret.ts';

/** Who sends what is sent next. A release may take longer than a token lives, so it is asked before every request. */
export interface CredentialsSource {
  /** Undefined: nobody in particular. May have to get a token first; throws `WheelhouseError` where it gets none. */
  current(signal?: AbortSignal): Promise<Credentials | undefined>;
  /** Gives back what must not outlive the run. In bounded time, and never throws: what fails is told as a warning. */
  close(): Promise<void>;
}

/** Credentials that hold for as long as they are needed, as a source; a source is returned as it is. */
export function toCredentialsSource(given: Credentials | CredentialsSource | undefined): CredentialsSource {
  if (given !== undefined && 'current' in given) return given;
  return { current: () => Promise.resolve(given), close: () => Promise.resolve() };
}
