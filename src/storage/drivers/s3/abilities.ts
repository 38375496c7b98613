import type { Container } from '../../container.ts';
import type { Conditions } from '../../probe.ts';
import { probeS3, type S3Condition } from './conditions.ts';
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
  readonly #container: Pick<Container, 'write' | 'stat' | 'delete'>;
  readonly #put: PutProbe;
  #slashKeys: Promise<boolean> | undefined;
  #digests: Promise<boolean> | undefined;
  #conditions: Promise<Conditions> | undefined;

  constructor(container: Pick<Container, 'write' | 'stat' | 'delete'>, put: PutProbe) {
    this.#container = container;
    this.#put = put;
  }

  /** Learns everything. Whoever writes asks for conditional writes first, so that is when all has to be known. */
  async learn(signal: AbortSignal | undefined): Promise<Conditions> {
    const asked = [this.conditions(signal), this.learnSlashKeys(signal), this.#learnDigests(signal)] as const;
    return (await Promise.all(asked))[0];
  }

  async learnSlashKeys(signal: AbortSignal | undefined): Promise<void> {
    this.#slashKeys ??= probeSlashKeys(this.#container, signal).catch((thrown: unknown) => {
      this.#slashKeys = undefined;
      throw thrown;
    });
    this.acceptsSlashKeys = await this.#slashKeys;
  }

  conditions(signal: AbortSignal | undefined): Promise<Conditions> {
    const put = (key: string, content: string, condition: S3Condition) =>
      this.#put(key, content, condition, signal);
    const remove = (key: string) => this.#container.delete(key, signal);
    this.#conditions ??= probeS3(put, remove).catch((thrown: unknown) => {
      this.#conditions = undefined;
      throw thrown;
    });
    return this.#conditions;
  }

  async #learnDigests(signal: AbortSignal | undefined): Promise<void> {
    this.#digests ??= probeDigests(this.#container, signal).catch((thrown: unknown) => {
      this.#digests = undefined;
      throw thrown;
    });
    this.checksDigests = await this.#digests;
  }
}
