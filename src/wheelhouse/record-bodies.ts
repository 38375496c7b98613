import { PackedLists, packDigest, unpackDigest, type Packing } from './packed.ts';
import type { RecordBody } from './record.ts';
import type { RecordName } from './stored-artifact.ts';

/** What tells the records of one name apart. */
type Content = Pick<RecordName, 'sha256' | 'sizeBytes'>;

/** A record's body with what its name says. */
interface RecordContent extends Content {
  readonly body: RecordBody;
}

/** The bodies of records by file name and by what their names say. */
export class RecordBodies {
  readonly #records = new PackedLists(packing);
  readonly #others: RecordBodies | undefined;

  /** `others`: what is known besides. */
  constructor(others?: RecordBodies) {
    this.#others = others;
  }

  get(filename: string, { sha256, sizeBytes }: Content): RecordBody | undefined {
    const records = this.#records.get(filename);
    const found = records?.find((one) => one.sha256 === sha256 && one.sizeBytes === sizeBytes);
    return found === undefined ? this.#others?.get(filename, { sha256, sizeBytes }) : found.body;
  }

  has(filename: string, content: Content): boolean {
    return this.get(filename, content) !== undefined;
  }

  /** One that is known already stays as it is. */
  add(filename: string, { sha256, sizeBytes }: Content, body: RecordBody): void {
    this.#records.add(filename, { sha256, sizeBytes, body });
  }
}

const packing: Packing<RecordContent> = {
  pack: (record) => JSON.stringify(packContent(record)),
  unpack: (packed) => unpackContent(JSON.parse(packed) as PackedContent),
};

/** What {@link packContent} makes of a record; null: not said. */
export type PackedContent = readonly [
  digest: string,
  sizeBytes: number,
  uploaded: string | null,
  requiresPython: string | null,
  metadataDigest: string | null,
];

export function packContent({ sha256, sizeBytes, body }: RecordContent): PackedContent {
  const { uploaded, requiresPython, metadataSha256 } = body;
  const metadataDigest = metadataSha256 === undefined ? null : packDigest(metadataSha256);
  return [packDigest(sha256), sizeBytes, uploaded ?? null, requiresPython ?? null, metadataDigest];
}

export function unpackContent([
  digest,
  sizeBytes,
  uploaded,
  requiresPython,
  metadataDigest,
]: PackedContent): RecordContent {
  const body = {
    ...(uploaded !== null && { uploaded }),
    ...(requiresPython !== null && { requiresPython }),
    ...(metadataDigest !== null && { metadataSha256: unpackDigest(metadataDigest) }),
  };
  return { sha256: unpackDigest(digest), sizeBytes, body };
}
