import { parse } from '@renovatebot/pep440';

/** The normal form of a version (PEP 440), or undefined where it is none. Trailing zeros stay: `1.0` is not `1`. */
export function normalizeVersion(version: string): string | undefined {
  return readVersion(version)?.normalized;
}

/** Orders two versions as PEP 440 does: -1, 0 or 1. An invalid version comes before every valid one. */
export function compareVersions(a: string, b: string): number {
  const keyA = versionKey(a);
  const keyB = versionKey(b);
  if (keyA === keyB) return 0;
  return keyA < keyB ? -1 : 1;
}

/** Whether a version has a `.dev` segment. A local part alone makes no dev version. */
export function isDevVersion(version: string): boolean {
  return readVersion(version)?.dev === true;
}

/** Whether a version is a pre-release or a dev version, also of a post-release: installers pass it over unless told. */
export function isPreRelease(version: string): boolean {
  const read = readVersion(version);
  return read !== undefined && (read.pre || read.dev);
}

/** Whether a version is valid and has no local part (`+x`); PyPI takes no other. */
export function isPublicVersion(version: string): boolean {
  return readVersion(version)?.local === false;
}

/** A string that orders under `<` as its version does. Invalid versions share the least, the empty string. */
export function versionKey(version: string): string {
  return readVersion(version)?.key ?? '';
}

interface ReadVersion {
  readonly normalized: string;
  readonly key: string;
  readonly pre: boolean;
  readonly dev: boolean;
  readonly local: boolean;
}

/** Four times what a file name can hold. Python refuses numbers of more than 4,300 digits for the same reason. */
const maxLength = 1024;

/** One version is asked for several times a file. Emptied when full, so that memory stays flat. */
const known = new Map<string, ReadVersion | undefined>();
const maxKnown = 5000;

function readVersion(version: string): ReadVersion | undefined {
  if (version.length > maxLength) return undefined;
  const before = known.get(version);
  if (before !== undefined || known.has(version)) return before;
  if (known.size >= maxKnown) known.clear();
  const parts = splitVersion(version.trim());
  const read = parts && {
    normalized: formatVersion(parts),
    key: keyOf(parts),
    pre: parts.pre !== undefined,
    dev: parts.dev !== undefined,
    local: parts.local.length > 0,
  };
  known.set(version, read);
  return read;
}

/** Numbers are strings of digits without leading zeros: they may be larger than 2^53 (a date with a time is near it). */
interface VersionParts {
  readonly epoch: string;
  readonly release: readonly string[];
  readonly pre: readonly [letter: string, number: string] | undefined;
  readonly post: string | undefined;
  readonly dev: string | undefined;
  readonly local: readonly string[];
}

/** As the library gives it; its own declaration leaves out the nulls. */
type LibrarySegment = readonly (string | number)[] | null;

/** What most versions are: numbers in their normal form, and nothing that needs the library. */
const plainRelease = /^(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*$/;

function splitVersion(version: string): VersionParts | undefined {
  if (plainRelease.test(version))
    return {
      epoch: '0',
      release: version.split('.'),
      pre: undefined,
      post: undefined,
      dev: undefined,
      local: [],
    };
  if (!/^[!-~]+$/.test(version)) return undefined; // or the Kelvin sign would be a `k` when lower-cased
  const [publicPart = '', localPart, more] = version.toLowerCase().split('+');
  if (more !== undefined) return undefined;
  // The library reads numbers as doubles, in which 2^53 and 2^53 + 1 are one. So it gets each number's place
  // instead of the number. Place 0 is a number that was left out, which means 0 (PEP 440).
  const numbers = ['0'];
  const places = publicPart.replace(/[0-9]+/g, (digits) => String(numbers.push(trimZeros(digits)) - 1));
  const parsed = parse(places);
  if (parsed === null) return undefined;
  const numberAt = (place: number | string | undefined) => numbers[Number(place)] ?? '0';
  const [pre, post, dev]: LibrarySegment[] = [parsed.pre, parsed.post, parsed.dev];
  const local = splitLocal(localPart);
  return (
    local && {
      epoch: numberAt(parsed.epoch),
      release: parsed.release.map(numberAt),
      pre: pre ? [String(pre[0]), numberAt(pre[1])] : undefined,
      post: post ? numberAt(post[1]) : undefined,
      dev: dev ? numberAt(dev[1]) : undefined,
      local,
    }
  );
}

/** Not the library's either: it takes `1e5`, a usual start of a commit's hash, for 100000. */
function splitLocal(local: string | undefined): string[] | undefined {
  if (local === undefined) return [];
  if (!/^[a-z0-9]+(?:[-_.][a-z0-9]+)*$/.test(local)) return undefined;
  return local.split(/[-_.]/).map((part) => (isNumber(part) ? trimZeros(part) : part));
}

function formatVersion({ epoch, release, pre, post, dev, local }: VersionParts): string {
  let text = epoch === '0' ? '' : `${epoch}!`;
  text += release.join('.');
  if (pre) text += pre.join('');
  if (post !== undefined) text += `.post${post}`;
  if (dev !== undefined) text += `.dev${dev}`;
  if (local.length > 0) text += `+${local.join('.')}`;
  return text;
}

/** What stands in a key for a segment, least first; all below every letter and digit. `end` closes a run of parts. */
const [end, before, alpha, beta, candidate, after] = [
  '\x01',
  '\x02',
  '\x03',
  '\x04',
  '\x05',
  '\x06',
] as const;
const preRanks: Readonly<Record<string, string>> = { a: alpha, b: beta, rc: candidate };

/** PEP 440's order as one string, so that comparing costs one `<`. */
function keyOf({ epoch, release, pre, post, dev, local }: VersionParts): string {
  const significant = release.slice(0, release.findLastIndex((number) => number !== '0') + 1);
  let key = numberKey(epoch) + significant.map(numberKey).join('') + end;
  // 1.0.dev1 < 1.0a1 < 1.0 < 1.0.post1: without a pre-release, only a bare dev version comes before those with one.
  if (pre) key += (preRanks[pre[0]] ?? after) + numberKey(pre[1]);
  else key += post === undefined && dev !== undefined ? before : after;
  key += post === undefined ? before : after + numberKey(post);
  key += dev === undefined ? after : before + numberKey(dev);
  // In local parts numbers come after letters, and the longer after the shorter.
  for (const part of local) key += isNumber(part) ? after + numberKey(part) : before + part + end;
  return key;
}

/** The count of digits, then the digits: longer numbers come after shorter ones. */
function numberKey(digits: string): string {
  return String.fromCharCode(0x100 + digits.length) + digits;
}

function isNumber(text: string): boolean {
  return /^[0-9]+$/.test(text);
}

function trimZeros(digits: string): string {
  return digits.replace(/^0+(?=[0-9])/, '');
}
