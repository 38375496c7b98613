import type { SelectedLink } from '../listing/select.ts';
import { compareHashes, hashNames, type HashName, type Hashes } from '../model/digest.ts';

/** A link, and the index that it is from, as printed. */
export interface IndexedLink {
  readonly index: string;
  readonly link: SelectedLink;
}

/** One file of the release, with everything that the indexes say of it together. */
export interface Candidate {
  readonly filename: string;
  /** Fallbacks for each other: whatever comes from one of them is held to all of the hashes. */
  readonly links: readonly IndexedLink[];
  readonly hashes: Hashes;
  readonly sizeBytes?: number;
  /** Why it must not be written. */
  readonly conflict?: string;
  /** Other indexes that list it, which nothing proves to mean the same bytes. */
  readonly unproven?: readonly string[];
}

/** The hashes that a file can be held to, weakest first. */
export function verifiable(hashes: Hashes): HashName[] {
  return hashNames.filter((name) => Object.hasOwn(hashes, name));
}

/**
 * Merges what several indexes list, in the order of the indexes; sorted by file name.
 * - The same name with different hashes or sizes is a conflict.
 * - Links that agree are fallbacks for each other. So is one without a hash, or with one of another kind, as soon as
 *   any index gives a hash: the bytes are held to all of them, wherever they come from.
 * - Where no index gives a hash, only the first one is believed: nothing could tell its file from another's.
 * - Names that differ only in case are one file to many systems: a conflict, unless their hashes agree.
 */
export function mergeLinks(links: readonly IndexedLink[]): Candidate[] {
  const groups = new Map<string, IndexedLink[]>();
  for (const indexed of links) {
    const key = indexed.link.filename.normalize('NFC').toLowerCase();
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [indexed]);
    else group.push(indexed);
  }
  return [...groups.values()]
    .flatMap(mergeGroup)
    .sort((a, b) => (a.filename < b.filename ? -1 : a.filename > b.filename ? 1 : 0));
}

function mergeGroup(group: readonly IndexedLink[]): Candidate[] {
  const conflict = findConflict(group);
  if (conflict === undefined) return [mergeAgreeing(group)];
  const names = new Set(group.map(({ link }) => link.filename));
  return [...names].map((filename) => ({ filename, links: group, hashes: {}, conflict }));
}

function findConflict(group: readonly IndexedLink[]): string | undefined {
  for (const [i, a] of group.entries()) {
    for (const b of group.slice(i + 1)) {
      const agreement = compareHashes(a.link.hashes, b.link.hashes);
      const where = a.index === b.index ? `${a.index} lists it twice` : `${a.index} and ${b.index} list it`;
      if (agreement === 'different')
        return `${where} with different hashes: ${shown(a.link.hashes)} and ${shown(b.link.hashes)}`;
      if (a.link.size !== undefined && b.link.size !== undefined && a.link.size !== b.link.size)
        return `${where} with different sizes: ${a.link.size} and ${b.link.size} bytes`;
      if (a.link.filename !== b.link.filename && agreement !== 'same')
        return `${a.link.filename} and ${b.link.filename} differ only in case: on many systems they are one file`;
    }
  }
  return undefined;
}

function mergeAgreeing(group: readonly IndexedLink[]): Candidate {
  const hashes: Record<string, string> = {};
  for (const { link } of group) Object.assign(hashes, link.hashes);
  const [first] = group;
  const believed =
    verifiable(hashes).length > 0 ? group : group.filter(({ index }) => index === first?.index);
  const unproven = new Set(group.filter((one) => !believed.includes(one)).map(({ index }) => index));
  const size = believed.find(({ link }) => link.size !== undefined)?.link.size;
  const urls = new Map(believed.map((one) => [one.link.url, one]));
  return {
    filename: first?.link.filename ?? '',
    links: [...urls.values()],
    hashes,
    ...(size === undefined ? {} : { sizeBytes: size }),
    ...(unproven.size === 0 ? {} : { unproven: [...unproven] }),
  };
}

function shown(hashes: Hashes): string {
  const name = verifiable(hashes).at(-1) ?? Object.keys(hashes)[0] ?? '';
  return `${name} ${(hashes[name] ?? '').slice(0, 12)}…`;
}
