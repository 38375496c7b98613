import { randomUUID } from 'node:crypto';
import { basename } from 'node:path';
import { hashNames, type Hashes, type HashName } from '../model/digest.ts';
import { toWheelhouseError, WheelhouseError } from '../model/errors.ts';
import type { HttpClient } from './http.ts';
import { BatchWriter } from './batch-writer.ts';
import { openLink, type DownloadLink, type OpenedBytes } from './open-link.ts';
import { PartFile } from './part-file.ts';
import { contentTag } from './part-name.ts';
import { checkAnnounced, checkArrived, checkComplete, type KnownSize } from './size-limits.ts';

export interface DownloadOptions {
  readonly path: string;
  readonly hashes: Hashes;
  readonly sizeBytes?: number | undefined;
  readonly http: HttpClient;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((doneBytes: number, totalBytes: number | undefined) => void) | undefined;
  /** The part files of the folder. */
  readonly parts: readonly string[];
}

export interface DownloadedFile {
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Whether it began in an earlier run. */
  readonly resumed: boolean;
}

/** One file on its way into its part file, over as many attempts and links as it takes. End it. */
export class Download {
  /** How far any attempt has come: a server that breaks off and begins anew each time makes no progress. */
  furthestBytes = 0;
  readonly #options: DownloadOptions;
  readonly #filename: string;
  /** The hashes given that we can compute, weakest first. */
  readonly #given: readonly HashName[];
  #part: PartFile | undefined;
  /** Where the part is from: the link, and its version there. */
  #origin: { link: DownloadLink; validator: string | undefined } | undefined;
  #resumed = false;
  /** Whether the part is from several answers: then a wrong hash may be the seam's fault. */
  #glued = false;

  constructor(options: DownloadOptions) {
    this.#options = options;
    this.#filename = basename(options.path);
    this.#given = hashNames.filter((name) => Object.hasOwn(options.hashes, name));
  }

  /**
   * Brings the part to its end and verifies it. Throws `HASH_MISMATCH`, `TRUNCATED`, `TOO_LARGE`, `FILE_SYSTEM` or
   * what the link says; what has come so far is kept for the next attempt.
   */
  async attempt(link: DownloadLink): Promise<DownloadedFile> {
    const proof = this.#given.at(-1);
    if (proof !== undefined)
      this.#part ??= await this.#openPart(`${proof}=${this.#options.hashes[proof] ?? ''}`);
    if (!this.#complete) {
      const bytes = await this.#open(link, proof !== undefined);
      try {
        await this.#receive(bytes, await this.#partFor(bytes));
      } finally {
        bytes.body.destroy();
      }
    }
    return this.#verify(link);
  }

  /** Puts the verified file in its place. */
  async commit(): Promise<void> {
    await this.#part?.commit();
    this.#part = undefined;
  }

  /** Lets go of the part: another run may go on with it, if anything proves what it is a part of. */
  async end(): Promise<void> {
    const part = this.#part;
    this.#part = undefined;
    const provable = this.#given.length > 0 || this.#origin?.validator !== undefined;
    await (provable ? part?.release() : part?.discard())?.catch(() => undefined);
  }

  /** Whether an earlier run ended between the last byte and the renaming. */
  get #complete(): boolean {
    const { sizeBytes } = this.#options;
    return sizeBytes !== undefined && sizeBytes > 0 && this.#part?.sizeBytes === sizeBytes;
  }

  async #openPart(proof: string): Promise<PartFile> {
    const { path, parts, signal } = this.#options;
    const part = await PartFile.open({
      target: path,
      tag: contentTag(path, proof),
      hashNames: [...this.#given, 'sha256'],
      parts,
      signal,
    });
    this.#resumed = this.#glued = part.sizeBytes > 0;
    return part;
  }

  /** Opens the link at the end of the part where its version or a hash will prove that they belong together. */
  async #open(link: DownloadLink, hashed: boolean): Promise<OpenedBytes> {
    const { sizeBytes = Infinity, http, signal } = this.#options;
    const doneBytes = this.#part?.sizeBytes ?? 0;
    const validator = this.#origin?.link === link ? this.#origin.validator : undefined;
    const startBytes = doneBytes < sizeBytes && (hashed || validator !== undefined) ? doneBytes : 0;
    const bytes = await openLink(link, { startBytes, validator, signal }, http);
    return hashed ? this.#remember(link, bytes) : this.#identify(link, bytes);
  }

  /** Without a hash, only the server's version tag tells which part belongs to the file that it begins to send. */
  async #identify(link: DownloadLink, bytes: OpenedBytes): Promise<OpenedBytes> {
    this.#remember(link, bytes);
    if (bytes.startBytes > 0) return bytes;
    const { path, http, signal } = this.#options;
    const { validator } = bytes;
    const proof = validator === undefined ? randomUUID() : `${link.url}\0${validator}`;
    if (this.#part?.tag === contentTag(path, proof)) return bytes;
    await this.#part?.discard();
    this.#part = undefined;
    this.#part = await this.#openPart(proof);
    if (this.#part.sizeBytes === 0) return bytes;
    bytes.body.destroy();
    const rest = await openLink(link, { startBytes: this.#part.sizeBytes, validator, signal }, http);
    return this.#identify(link, rest);
  }

  #remember(link: DownloadLink, bytes: OpenedBytes): OpenedBytes {
    const known = this.#origin?.link === link && bytes.startBytes > 0 ? this.#origin.validator : undefined;
    this.#origin = { link, validator: bytes.validator ?? known };
    return bytes;
  }

  /** The part, at the length from which the bytes go on. */
  async #partFor({ startBytes }: OpenedBytes): Promise<PartFile> {
    const part = this.#part;
    if (part === undefined) throw new Error('there is no file for the bytes');
    if (part.sizeBytes !== startBytes) await this.#restart(part);
    this.#glued ||= part.sizeBytes > 0;
    return part;
  }

  async #restart(part: PartFile): Promise<void> {
    await part.empty();
    this.#resumed = this.#glued = false;
  }

  /** Hashes and writes a batch while the next one arrives; what came before a fault is written too. */
  async #receive({ body, totalBytes }: OpenedBytes, part: PartFile): Promise<void> {
    const { sizeBytes, onProgress } = this.#options;
    const known: KnownSize = { filename: this.#filename, sizeBytes, totalBytes };
    checkAnnounced(known);
    let arrivedBytes = part.sizeBytes;
    const announcedBytes = sizeBytes ?? totalBytes;
    const batches = new BatchWriter(
      async (batch) => {
        await part.append(batch);
        this.furthestBytes = Math.max(this.furthestBytes, part.sizeBytes);
        onProgress?.(part.sizeBytes, announcedBytes);
      },
      announcedBytes === undefined ? undefined : announcedBytes - arrivedBytes,
    );
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        arrivedBytes += chunk.length;
        checkArrived(arrivedBytes, known);
        const full = batches.add(chunk);
        if (full !== undefined) await full;
      }
    } catch (thrown) {
      throw toWheelhouseError(thrown, 'FILE_SYSTEM', `cannot read ${this.#filename}`);
    } finally {
      await batches.end();
    }
    checkComplete(arrivedBytes, known);
  }

  async #verify(link: DownloadLink): Promise<DownloadedFile> {
    const part = this.#part;
    if (part === undefined) throw new Error('there is nothing to verify');
    const digests = part.digest();
    const { hashes } = this.#options;
    const wrong = this.#given.find((name) => hashes[name]?.toLowerCase() !== digests[name]);
    if (wrong === undefined)
      return { sha256: digests['sha256'] ?? '', sizeBytes: part.sizeBytes, resumed: this.#resumed };
    const glued = this.#glued;
    await this.#restart(part);
    if (glued) return this.attempt(link);
    throw new WheelhouseError(
      'HASH_MISMATCH',
      `${this.#filename} is not the file that the index names: its ${wrong} is ${digests[wrong] ?? ''}, not ${hashes[wrong] ?? ''}`,
      { hint: 'it was changed or damaged on its way; tell those who run the index' },
    );
  }
}
