import type { SelectedLink } from '../../listing/select.ts';
import { compareText } from '../../model/compare-text.ts';
import { compareHashes, hashNames, type HashName, type Hashes } from '../../model/digest.ts';

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

/** How many links are tried for one file. */
const mostLinks = 10;

/** The hashes that a file can be held to, weakest first. */
export function verifiable(hashes: Hashes): HashName[] {
  return hashNames.filter((name) => Object.hasOwn(hashes, name));
}

/** What pip accepts as a hash that is required: the older ones can be forged. */
const strong: ReadonlySet<HashName> = new Set(['sha256', 'sha384', 'sha512', 'blake2b_256']);

/** Whether a hash is among them that proves the file. */
export function hasProof(hashes: Hashes): boolean {
  return verifiable(hashes).some((name) => strong.has(name));
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
  return [...groups.values()].flatMap(mergeGroup).sort((a, b) => compareText(a.filename, b.filename));
}

/** What must be said of files that one index is believed for although others list them: a line for each. */
export function unprovenFiles(candidates: readonly Candidate[]): string[] {
  return candidates.flatMap(({ filename, unproven }) =>
    unproven === undefined
      ? []
      : [
          `${filename} is taken without ${unproven.join(', ')}: no index gives a hash, so nothing tells whether theirs is the same`,
        ],
  );
}

function mergeGroup(group: readonly IndexedLink[]): Candidate[] {
  const found = findConflict(group);
  if (found === undefined) return [mergeAgreeing(group)];
  const conflict = `${found} (name only the index that is right, or leave the file out with --exclude)`;
  const names = new Set(group.map(({ link }) => link.filename));
  return [...names].map((filename) => ({ filename, links: group, hashes: {}, conflict }));
}

/** In one pass: a hostile page may list one name a hundred thousand times. */
function findConflict(group: readonly IndexedLink[]): string | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  const firstWith = new Map<string, { hex: string; from: IndexedLink }>();
  let sized: IndexedLink | undefined;
  for (const one of group) {
    const { hashes, size, filename } = one.link;
    for (const [name, given] of Object.entries(hashes)) {
      const hex = given.toLowerCase();
      const earlier = firstWith.get(name);
      if (earlier === undefined) firstWith.set(name, { hex, from: one });
      else if (earlier.hex !== hex)
        return `${both(earlier.from, one)} with different hashes: ${name} ${short(earlier.hex)} and ${short(hex)}`;
    }
    if (size !== undefined) sized ??= one;
    if (size !== undefined && sized?.link.size !== size)
      return `${both(sized ?? one, one)} with different sizes: ${sized?.link.size ?? 0} and ${size} bytes`;
    if (filename !== first.link.filename && compareHashes(first.link.hashes, hashes) !== 'same')
      return `${first.link.filename} and ${filename} differ only in case: on many systems they are one file`;
  }
  return undefined;
}

function both(a: IndexedLink, b: IndexedLink): string {
  return a.index === b.index ? `${a.index} lists it twice` : `${a.index} and ${b.index} list it`;
}

function short(hex: string): string {
  return `${hex.slice(0, 12)}…`;
}

function mergeAgreeing(group: readonly IndexedLink[]): Candidate {
  const hashes: Record<string, string> = {};
  for (const { link } of group) Object.assign(hashes, link.hashes);
  const [first] = group;
  const proven = verifiable(hashes).length > 0;
  const believed = proven ? group : group.filter(({ index }) => index === first?.index);
  const unproven = new Set(proven ? [] : group.map(({ index }) => index));
  unproven.delete(first?.index ?? '');
  const size = believed.find(({ link }) => link.size !== undefined)?.link.size;
  return {
    filename: first?.link.filename ?? '',
    links: fallbacks(believed),
    hashes,
    ...(size === undefined ? {} : { sizeBytes: size }),
    ...(unproven.size === 0 ? {} : { unproven: [...unproven] }),
  };
}

/** One link of each index, then others: not so many that trying them all would take days. */
function fallbacks(links: readonly IndexedLink[]): IndexedLink[] {
  const byUrl = new Map(links.map((one) => [one.link.url, one]));
  const byIndex = new Map([...byUrl.values()].reverse().map((one) => [one.index, one]));
  const best = links.filter((one) => byIndex.get(one.index) === one);
  return [...new Set([...best, ...byUrl.values()])].slice(0, Math.max(mostLinks, best.length));
}
