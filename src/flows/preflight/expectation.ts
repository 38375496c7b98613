import { parsePlatformTag } from '../../listing/platform.ts';
import type { Distribution, Wheel } from '../../model/artifact.ts';
import { WheelhouseError } from '../../model/errors.ts';

/** Something that a release must have: an sdist, or a wheel with these tags. */
export interface Expected {
  /** As written, braces and compressed tags expanded. */
  readonly pattern: string;
  isMetBy(distribution: Distribution): boolean;
}

/** More than any project builds; a list of braces multiplies quickly. */
const mostPatterns = 10_000;

/**
 * Reads which files a release must have. Patterns are separated by commas and blanks, `#` begins a comment: `sdist`,
 * or the tags of a wheel, `python-platform` or `python-abi-platform`, or a single one of them. `*` stands for anything,
 * `{a,b}` and `{10..13}` for each of several; `a.b` means both, as in the name of a wheel. Throws `USAGE`.
 */
export function parseExpectation(text: string): Expected[] {
  const patterns = new Set<string>();
  for (const written of splitPatterns(text.toLowerCase().replace(/#.*$/gm, ''))) {
    for (const pattern of expandBraces(written).flatMap(expandTags)) patterns.add(pattern);
    if (patterns.size > mostPatterns) throw tooMany();
  }
  return [...patterns].map((pattern) => ({ pattern, isMetBy: compile(pattern) }));
}

/** What a release lacks, in the order in which it is expected. A wheel with several tags is one for each of them. */
export function findMissing(expected: readonly Expected[], distributions: readonly Distribution[]): string[] {
  return expected
    .filter((one) => !distributions.some((distribution) => one.isMetBy(distribution)))
    .map(({ pattern }) => pattern);
}

/** At commas and blanks, but not within braces. */
function splitPatterns(text: string): string[] {
  const patterns: string[] = [];
  let pattern = '';
  let depth = 0;
  for (const character of text) {
    if (character === '{') depth++;
    if (character === '}') depth--;
    if (depth < 0) break;
    if (/[\s,]/.test(character) && depth === 0) {
      patterns.push(pattern);
      pattern = '';
    } else if (!/\s/.test(character)) pattern += character;
  }
  if (depth !== 0) throw usage(pattern, 'its braces are not in pairs');
  return [...patterns, pattern].filter((one) => one !== '');
}

/** From the inside out: `{a,b}`, `{10..13}`, and both together: `{8,10..13}`. */
function expandBraces(written: string): string[] {
  const done: string[] = [];
  const open = [written];
  for (let pattern = open.pop(); pattern !== undefined; pattern = open.pop()) {
    const [whole, inside = ''] = /\{([^{}]*)\}/.exec(pattern) ?? [];
    if (whole === undefined) done.push(pattern);
    else
      for (const choice of inside.split(',').flatMap(expandRange).reverse())
        open.push(pattern.replace(whole, choice));
    if (open.length + done.length > mostPatterns) throw tooMany();
  }
  return done;
}

function expandRange(choice: string): string[] {
  const [, first, last] = /^(\d{1,6})\.\.(\d{1,6})$/.exec(choice) ?? [];
  if (first === undefined || last === undefined) {
    if (choice.includes('..')) throw usage(choice, 'a range is of two numbers, such as {10..13}');
    return [choice];
  }
  const [from, to] = [Number(first), Number(last)];
  const count = Math.abs(to - from) + 1;
  if (count > mostPatterns) throw tooMany();
  return Array.from({ length: count }, (_, i) => String(from < to ? from + i : from - i));
}

/** Compressed tag sets (PEP 425): every combination is meant. */
function expandTags(pattern: string): string[] {
  const parts = pattern.split('-');
  if (parts.length > 3) throw usage(pattern, 'a wheel has three tags: python-abi-platform');
  if (!parts.every((part) => /^[a-z0-9_*]+(?:\.[a-z0-9_*]+)*$/.test(part)))
    throw usage(pattern, 'tags are of letters, digits and _; * stands for anything');
  const sets = parts.map((part) => part.split('.'));
  if (sets.reduce((count, { length }) => count * length, 1) > mostPatterns) throw tooMany();
  return sets
    .reduce((left, tags) => left.flatMap((one) => tags.map((tag) => `${one}-${tag}`)), [''])
    .map((combination) => combination.slice(1));
}

function compile(pattern: string): Expected['isMetBy'] {
  if (pattern === 'sdist') return ({ kind }) => kind === 'sdist';
  const parts = pattern.split('-').map((part) => new RegExp(`^${part.replaceAll('*', '\\w*')}$`, 'i'));
  const [python, ...others] = parts;
  const platform = others.pop();
  const [abi] = others;
  const has = (tags: readonly string[], wanted: RegExp | undefined) =>
    wanted === undefined || tags.some((tag) => wanted.test(tag));
  return (distribution) => {
    if (distribution.kind !== 'wheel') return false;
    const { pythonTags, abiTags } = distribution;
    const platformTags = platformsOf(distribution);
    if (platform === undefined) return has([...pythonTags, ...abiTags, ...platformTags], python);
    return has(pythonTags, python) && has(abiTags, abi) && has(platformTags, platform);
  };
}

/** Each platform under both of its names: manylinux2014 is manylinux_2_17 (PEP 600). */
function platformsOf({ platformTags }: Wheel): string[] {
  return platformTags.flatMap((tag) => {
    const { system, major, minor, architecture } = parsePlatformTag(tag.toLowerCase());
    if (system !== 'manylinux') return [tag];
    const legacy = legacyNames.get(`${major}_${minor}`);
    const names = [`manylinux_${major}_${minor}_${architecture}`];
    return legacy === undefined ? names : [...names, `${legacy}_${architecture}`];
  });
}

const legacyNames: ReadonlyMap<string, string> = new Map([
  ['2_5', 'manylinux1'],
  ['2_12', 'manylinux2010'],
  ['2_17', 'manylinux2014'],
]);

function usage(pattern: string, why: string): WheelhouseError {
  return new WheelhouseError('USAGE', `“${pattern}” says nothing that can be expected: ${why}`, {
    hint: 'such as: sdist, cp3{10..13}-manylinux_*_x86_64, cp312-abi3-win_amd64',
  });
}

function tooMany(): WheelhouseError {
  return new WheelhouseError('USAGE', `more than ${mostPatterns} files are expected`, {
    hint: 'look at the braces: each multiplies the others',
  });
}
