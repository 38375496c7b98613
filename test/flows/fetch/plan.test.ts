import { describe, expect, it } from 'vitest';
import { mergeLinks, type Candidate, type IndexedLink } from '../../../src/flows/fetch/candidates.ts';
import { foresee, nothingFound, planFetch, type LocalFile } from '../../../src/flows/fetch/plan.ts';
import type { Hashes } from '../../../src/model/digest.ts';
import { parseDistributionFilename } from '../../../src/model/filename.ts';

const one = '1'.repeat(64);
const two = '2'.repeat(64);
const md5 = '3'.repeat(32);
const wheel = 'numpy-1.0-py3-none-any.whl';

/** A link of an index to a wheel. */
function link(
  index: string,
  hashes: Hashes = {},
  more: { filename?: string; size?: number } = {},
): IndexedLink {
  const { filename = wheel, size } = more;
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(parsed.reason);
  return {
    index,
    link: {
      url: `https://${index}/${filename}`,
      filename,
      hashes,
      distribution: parsed.value,
      ...(size === undefined ? {} : { size }),
    },
  };
}

/** What is merged from these links: the names of the indexes, and the rest. */
function merge(...links: readonly IndexedLink[]) {
  return mergeLinks(links).map(({ links: found, ...rest }) => ({
    ...rest,
    indexes: found.map(({ index }) => index),
  }));
}

describe('mergeLinks', () => {
  it.each<[string, IndexedLink[], object]>([
    ['one link', [link('a', { sha256: one })], { indexes: ['a'], hashes: { sha256: one } }],
    [
      'links that agree',
      [link('a', { sha256: one }), link('b', { sha256: one })],
      { indexes: ['a', 'b'], hashes: { sha256: one } },
    ],
    [
      'digests that are spelled differently',
      [link('a', { sha256: 'abcdef' }), link('b', { sha256: 'ABCDEF' })],
      { indexes: ['a', 'b'] },
    ],
    [
      'one without a hash, and holds it to the other’s',
      [link('a'), link('b', { sha256: one })],
      { indexes: ['a', 'b'], hashes: { sha256: one } },
    ],
    [
      'hashes of several kinds, and holds all to all',
      [link('a', { md5 }), link('b', { sha256: one })],
      { indexes: ['a', 'b'], hashes: { md5, sha256: one } },
    ],
    [
      'links without any hash, of which it believes the first',
      [link('a'), link('b'), link('a', {}, { size: 5 })],
      { indexes: ['a'], hashes: {}, unproven: ['b'] },
    ],
    [
      'links with hashes that nobody can compute, likewise',
      [link('a', { whirlpool: 'x' }), link('b', { whirlpool: 'x' })],
      { indexes: ['a'], unproven: ['b'] },
    ],
    ['a size that one gives', [link('a'), link('a', {}, { size: 5 })], { sizeBytes: 5 }],
    [
      'a link that is there twice',
      [link('a', { sha256: one }), link('a', { sha256: one })],
      { indexes: ['a'], hashes: { sha256: one } },
    ],
    [
      'names that differ in case, if their hashes agree',
      [link('a', { sha256: one }), link('b', { sha256: one }, { filename: 'NumPy-1.0-py3-none-any.whl' })],
      { filename: wheel, indexes: ['a', 'b'] },
    ],
  ])('joins %s', (_, links, expected) => {
    const merged = merge(...links);
    expect(merged).toHaveLength(1);
    expect(merged[0]).toMatchObject(expected);
    expect(merged[0]).not.toHaveProperty('conflict');
  });

  it.each<[string, IndexedLink[], RegExp]>([
    [
      'two indexes',
      [link('a', { sha256: one }), link('b', { sha256: two })],
      /^a and b list it with different hashes: sha256 111111111111… and 222222222222… \(name only the index that is right, or /,
    ],
    [
      'one index',
      [link('a', { sha256: one }), link('a', { sha256: two })],
      /^a lists it twice with different/,
    ],
    [
      'one hash, though another agrees',
      [link('a', { sha256: one, md5 }), link('b', { sha256: two, md5 })],
      /different hashes/,
    ],
    [
      'a third index that disagrees with the first only',
      [link('a', { sha256: one }), link('b', { md5 }), link('c', { sha256: two })],
      /^a and c list it/,
    ],
    ['sizes', [link('a', {}, { size: 5 }), link('b', {}, { size: 6 })], /different sizes: 5 and 6 bytes \(/],
    [
      'hashes that nobody can compute',
      [link('a', { whirlpool: 'x' }), link('b', { whirlpool: 'y' })],
      /different hashes/,
    ],
  ])('finds the conflict of %s', (_, links, expected) => {
    const merged = merge(...links);
    expect(merged).toHaveLength(1);
    expect(merged[0]?.conflict).toMatch(expected);
  });

  it('finds a conflict of names that many systems cannot tell apart', () => {
    const upper = 'NumPy-1.0-py3-none-any.whl';
    const merged = merge(link('a', { sha256: one }), link('b', { sha256: two }, { filename: upper }));
    expect(merged.map(({ filename }) => filename)).toEqual([upper, wheel]);
    for (const { conflict } of merged) expect(conflict).toBeDefined();
    expect(merge(link('a'), link('b', {}, { filename: upper }))[0]?.conflict).toMatch(/differ only in case/);
  });

  it('knows characters that are written in two ways', () => {
    const composed = 'numpy-1.0-py3-none-any.whl'.replace('u', 'ü'.normalize('NFC'));
    const decomposed = composed.normalize('NFD');
    expect(composed).not.toBe(decomposed);
    const merged = merge(link('a', {}, { filename: composed }), link('b', {}, { filename: decomposed }));
    expect(merged.map(({ conflict }) => conflict !== undefined)).toEqual([true, true]);
  });

  it('sorts by name, whatever the order of the indexes', () => {
    const names = ['numpy-2.0.tar.gz', wheel, 'numpy-1.0.tar.gz'];
    const merged = merge(...names.map((filename, n) => link(`index${n}`, {}, { filename })));
    expect(merged.map(({ filename }) => filename)).toEqual([...names].sort());
  });

  it('tries no more links than make sense, but one of each index', () => {
    const many = (index: string) =>
      Array.from({ length: 50_000 }, (_, n) => {
        const found = link(index, { sha256: one });
        return { index, link: { ...found.link, url: `${found.link.url}?${n}` } };
      });
    const [merged] = merge(...many('a'), ...many('b'));
    expect(merged?.indexes).toHaveLength(10);
    expect(merged?.indexes.slice(0, 2)).toEqual(['a', 'b']);
    expect(
      merge(...Array.from({ length: 12 }, (_, n) => link(`i${n}`, { sha256: one })))[0]?.indexes,
    ).toHaveLength(12);
  });

  it('is not slow for many links of many files', () => {
    const links = Array.from({ length: 50_000 }, (_, n) =>
      link(n % 2 === 0 ? 'a' : 'b', { sha256: one }, { filename: `numpy-1.${n >> 1}-py3-none-any.whl` }),
    );
    expect(mergeLinks(links)).toHaveLength(25_000);
  });
});

describe('planFetch', () => {
  const candidate = (hashes: Hashes, more: Partial<Candidate> = {}): Candidate => ({
    filename: wheel,
    links: [link('a')],
    hashes,
    ...more,
  });
  const local = (hashes: Hashes, sizeBytes = 5): LocalFile => ({ kind: 'file', hashes, sizeBytes });

  it.each<[string, Candidate, LocalFile | undefined, object]>([
    [
      'nothing there',
      candidate({ sha256: one }),
      undefined,
      { action: 'download', reason: 'from a', size: null },
    ],
    ['a size', candidate({}, { sizeBytes: 7 }), undefined, { action: 'download', size: 7 }],
    ['mirrors', candidate({}, { links: [link('a'), link('b')] }), undefined, { reason: 'from a, or b' }],
    [
      'many mirrors',
      candidate({}, { links: [link('a'), link('b'), link('c')] }),
      undefined,
      { reason: 'from a, or 2 others' },
    ],
    [
      'the right file',
      candidate({ sha256: one }),
      local({ sha256: one }),
      { action: 'keep', sha256: one, size: 5 },
    ],
    [
      'the right file by a weaker hash',
      candidate({ md5 }),
      local({ md5, sha256: one }),
      { action: 'keep', sha256: one },
    ],
    [
      'other bytes',
      candidate({ sha256: one }),
      local({ sha256: two }),
      { action: 'download', reason: 'from a; the local file has other bytes' },
    ],
    [
      'bytes that fit one hash of two',
      candidate({ sha256: one, md5 }),
      local({ sha256: one, md5: '0'.repeat(32) }),
      { action: 'download' },
    ],
    ['another size', candidate({ sha256: one }), local({}), { action: 'download' }],
    [
      'a file that no hash proves, though its size fits',
      candidate({}, { sizeBytes: 5 }),
      local({}, 5),
      { action: 'download', reason: 'from a; no hash tells whether the local file is right' },
    ],
    [
      'a link',
      candidate({ sha256: one }),
      { kind: 'other', what: 'a symbolic link' },
      { action: 'refuse', outcome: 'failed', reason: 'there is a symbolic link of that name' },
    ],
    [
      'a conflict',
      candidate({}, { conflict: 'a and b differ' }),
      undefined,
      { action: 'refuse', outcome: 'conflict', reason: 'a and b differ' },
    ],
    [
      'a conflict and a local file',
      candidate({ sha256: one }, { conflict: 'a and b differ' }),
      local({ sha256: one }),
      { action: 'refuse', outcome: 'conflict' },
    ],
  ])('with %s', (_, given, there, expected) => {
    const steps = planFetch([given], new Map(there === undefined ? [] : [[wheel, there]]));
    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({ filename: wheel, ...expected });
  });

  it.each<[Hashes, string]>([
    [{ sha256: one }, 'download'],
    [{ sha512: one }, 'download'],
    [{ blake2b_256: one }, 'download'],
    [{ md5, sha256: one }, 'download'],
    [{ md5 }, 'refuse'], // as pip: it can be forged
    [{ sha1: one }, 'refuse'],
    [{ whirlpool: one }, 'refuse'],
    [{}, 'refuse'],
  ])('when hashes are required, with %o: %s', (hashes, action) => {
    const [step] = planFetch([candidate(hashes)], new Map(), { requireHashes: true });
    expect(step?.action).toBe(action);
  });

  it('foresees what a dry run shows', () => {
    const steps = planFetch(
      [
        candidate({ sha256: one }),
        candidate({ sha256: two }, { filename: 'kept.whl' }),
        candidate({}, { filename: 'torn.whl', conflict: 'they differ' }),
      ],
      new Map([['kept.whl', local({ sha256: two })]]),
    );
    expect(steps.map(foresee)).toEqual([
      { filename: wheel, outcome: 'downloaded', sha256: one, size: null, reason: 'from a' },
      { filename: 'kept.whl', outcome: 'kept', sha256: two, size: 5 },
      { filename: 'torn.whl', outcome: 'conflict', sha256: null, size: null, reason: 'they differ' },
    ]);
  });
});

describe('nothingFound', () => {
  const many = Array.from({ length: 40 }, (_, n) => `1.${n}`);

  it.each([
    [{ project: 'x' }, ['https://i/'], [], 'there is no file of x in https://i/', /check the name/],
    [
      { project: 'x', version: '3' },
      ['i', 'j'],
      [],
      'there is no file of x in any of the 2 indexes',
      /check/,
    ],
    [
      { project: 'x', version: '3' },
      ['i'],
      ['1.0', '2.0', '1.0', '2.0rc1'],
      'there is no x 3 in i',
      /^versions that are there: 2\.0, 2\.0rc1, 1\.0$/,
    ],
    [{ project: 'x' }, ['i'], ['1.0'], 'the filters leave no file of x in i', /1\.0$/],
    [{ project: 'x', version: '1' }, ['i'], ['1.0.0'], 'the filters leave no file of x in i', /1\.0\.0$/],
    [
      { project: 'x', version: '9' },
      ['i'],
      many,
      'there is no x 9 in i',
      /^.*: 1\.39, .* and 10 older ones$/,
    ],
  ])('%o', (wanted, indexes, versions, message, hint) => {
    const error = nothingFound(wanted, indexes, versions);
    expect(error).toMatchObject({ code: 'NOT_FOUND', exitCode: 1, message });
    expect(error.hint).toMatch(hint);
  });
});
