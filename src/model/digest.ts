/** Hash names that an index may give and that we verify, weakest first. */
export const hashNames = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'blake2b_256'] as const;
export type HashName = (typeof hashNames)[number];

/** Lower-case hex digests by hash name, as an index gives them. Names outside {@link hashNames} are kept too. */
export type Hashes = Readonly<Record<string, string>>;

const hexLengths: Record<HashName, number> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
  blake2b_256: 64,
};

/** Whether `name` is a hash that we can verify. */
export function isHashName(name: string): name is HashName {
  return (hashNames as readonly string[]).includes(name);
}

/** Whether `hex` has the form of a digest of that hash: lower-case hex of its length. */
export function isDigest(name: HashName, hex: string): boolean {
  return hex.length === hexLengths[name] && /^[0-9a-f]+$/.test(hex);
}

/** How two sets of hashes of one file compare; `unknown` when they share no hash name. */
export type HashAgreement = 'same' | 'different' | 'unknown';

export function compareHashes(a: Hashes, b: Hashes): HashAgreement {
  let shared = false;
  for (const [name, hex] of Object.entries(a)) {
    const other = Object.hasOwn(b, name) ? b[name] : undefined;
    if (other === undefined) continue;
    if (other.toLowerCase() !== hex.toLowerCase()) return 'different';
    shared = true;
  }
  return shared ? 'same' : 'unknown';
}
