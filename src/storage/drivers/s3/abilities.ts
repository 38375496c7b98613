import type { Container } from '../../container.ts';
import { once, probeConditions, type Conditions, type Probe } from '../../probe.ts';
import { spellCondition, type S3Condition } from './conditions.ts';
import { probeDigests } from './digests.ts';
import { probeSlashKeys } from './slash-keys.ts';

/** Writes a small object under a condition; retries, gives the ETag, and throws `WheelhouseError`. */
export type PutProbe = (
  key: string,
  content: string,
  condition: S3Condition,
  signal: AbortSignal | undefined,
) => Promise<string>;

/** What a store can do beyond the protocol's beginnings, found out by trying; each thing is tried once. */
export class Abilities {
  /** Stores on top of file systems take a key that ends in a slash for a folder. */
  acceptsSlashKeys = true;
  checksDigests = false;
  /** How conditions are honoured. */
  readonly conditions: Probe<Conditions>;
  readonly #slashKeys: Probe<boolean>;
  readonly #digests: Probe<boolean>;

  constructor(container: Pick<Container, 'write' | 'stat' | 'delete'>, put: PutProbe) {
    this.#slashKeys = once((signal) => probeSlashKeys(container, signal));
    this.#digests = once((signal) => probeDigests(container, signal));
    this.conditions = once((signal) =>
      probeConditions({
        put: (key, content, condition) => put(key, content, spellCondition(condition, 'as-given'), signal),
        remove: (key) => container.delete(key, signal),
      }),
    );
  }

  /** Learns everything. Whoever writes asks for conditional writes first, so that is when all has to be known. */
  async learn(signal: AbortSignal | undefined): Promise<Conditions> {
    const asked = [this.conditions(signal), this.learnSlashKeys(signal), this.#learnDigests(signal)] as const;
    await Promise.allSettled(asked); // no probe is left running behind the failure of another
    return (await Promise.all(asked))[0];
  }

  async learnSlashKeys(signal: AbortSignal | undefined): Promise<void> {
    this.acceptsSlashKeys = await this.#slashKeys(signal);
  }

  async #learnDigests(signal: AbortSignal | undefined): Promise<void> {
    this.checksDigests = await this.#digests(signal);
  }
}
