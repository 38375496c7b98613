import { describe, expect, it } from 'vitest';
import { mergeLinks } from '../../../src/flows/fetch/candidates.ts';
import { foresee, isChange, planMirror, type PlanMirrorOptions } from '../../../src/flows/mirror/plan.ts';
import type { IndexedFile, Link } from '../../../src/model/artifact.ts';
import { parseDistributionFilename } from '../../../src/model/filename.ts';
import { indexedFile } from '../../listing/indexed-file.ts';

const release = 'one-1.0-py3-none-any.whl';
const nightly = 'one-1.1.dev0-py3-none-any.whl';
const sha = 'a'.repeat(64);
const otherSha = 'b'.repeat(64);
const now = new Date('2026-11-27T03:00:00Z');

function linkTo(filename: string, details: Partial<Link>, index = 'https://a.test/') {
  const parsed = parseDistributionFilename(filename);
  if (!parsed.ok) throw new Error(parsed.reason);
  return {
    index,
    link: { url: `${index}${filename}`, filename, hashes: {}, distribution: parsed.value, ...details },
  };
}

function planOne(
  links: readonly ReturnType<typeof linkTo>[],
  there: Partial<IndexedFile> | undefined,
  options: Partial<PlanMirrorOptions> = {},
) {
  const filename = links[0]?.link.filename ?? '';
  const stored = new Map(there === undefined ? [] : [[filename, indexedFile(filename, there)]]);
  const [step] = planMirror(mergeLinks(links), stored, { now, ...options });
  if (step === undefined) throw new Error('no step');
  return step;
}

describe('planMirror', () => {
  it.each<
    [
      string,
      string,
      Partial<Link>,
      Partial<IndexedFile> | undefined,
      Partial<PlanMirrorOptions>,
      string,
      RegExp,
    ]
  >([
    ['new', release, { hashes: { sha256: sha } }, undefined, {}, 'send', /from https:\/\/a\.test/],
    ['new, without a hash', release, {}, undefined, {}, 'send', /from/],
    ['the same digest', release, { hashes: { sha256: sha } }, { sha256: sha }, {}, 'keep', /same bytes/],
    [
      'the digest in capitals',
      release,
      { hashes: { sha256: sha.toUpperCase() } },
      { sha256: sha },
      {},
      'keep',
      /same/,
    ],
    [
      'another digest',
      release,
      { hashes: { sha256: otherSha } },
      { sha256: sha },
      {},
      'refuse',
      /other bytes .*--on-conflict/,
    ],
    [
      'another digest of a dev build',
      nightly,
      { hashes: { sha256: otherSha } },
      { sha256: sha },
      {},
      'overwrite',
      /other/,
    ],
    [
      'the same, by flag',
      release,
      { hashes: { sha256: otherSha } },
      { sha256: sha },
      { onConflict: 'overwrite' },
      'overwrite',
      /other/,
    ],
    [
      'another digest, passed over by flag',
      release,
      { hashes: { sha256: otherSha } },
      { sha256: sha },
      { onConflict: 'skip' },
      'keep',
      /stay/,
    ],
    [
      'another digest of a dev build, refused by flag',
      nightly,
      { hashes: { sha256: otherSha } },
      { sha256: sha },
      { onConflict: 'error' },
      'refuse',
      /other/,
    ],
    ['no hash to compare', release, {}, { sha256: sha }, {}, 'keep', /the name is there/],
    [
      'no SHA-256 to compare',
      release,
      { hashes: { md5: 'c'.repeat(32) } },
      { sha256: sha },
      {},
      'keep',
      /the name/,
    ],
    ['no hash, the same size', release, { size: 1234 }, { sha256: sha }, {}, 'keep', /the name/],
    ['no hash, another size', release, { size: 99 }, { sha256: sha }, {}, 'refuse', /other bytes/],
    ['no digest here', release, { hashes: { sha256: sha } }, {}, {}, 'send', /no digest/],
    [
      'no hash that proves it, where one is required',
      release,
      { hashes: { md5: 'c'.repeat(32) } },
      undefined,
      { requireHashes: true },
      'refuse',
      /no index gives a hash/,
    ],
    [
      'a hash that proves it, where one is required',
      release,
      { hashes: { sha512: 'd'.repeat(128) } },
      undefined,
      { requireHashes: true },
      'send',
      /from/,
    ],
  ])('%s', (_, filename, details, there, options, action, reason) => {
    const step = planOne([linkTo(filename, details)], there, options);
    expect(step).toMatchObject({ filename, action, met: there !== undefined });
    expect(step.reason).toMatch(reason);
    expect(foresee(step).outcome).toBe(
      { send: 'copied', overwrite: 'copied', keep: 'unchanged', refuse: 'failed' }[step.action],
    );
    expect(isChange(step)).toBe(action !== 'keep');
  });

  it('refuses what two indexes fill with different bytes', () => {
    const step = planOne(
      [
        linkTo(release, { hashes: { sha256: sha } }),
        linkTo(release, { hashes: { sha256: otherSha } }, 'https://b.test/'),
      ],
      undefined,
    );
    expect(step.action).toBe('refuse');
    expect(step.reason).toContain('different hashes');
  });

  it.each<[string, Link['yanked'], IndexedFile['yanked'], boolean, string | null | undefined]>([
    ['neither here nor there', undefined, undefined, false, undefined],
    ['there, with a reason', 'breaks', undefined, false, 'breaks'],
    ['there, without one', true, undefined, false, ''],
    ['there, in several lines', ' breaks\r\n\u001b[31mall ', undefined, false, 'breaks [31mall'],
    ['here as well', 'breaks', 'ours', false, undefined],
    ['only here', undefined, 'ours', false, undefined],
    ['carried over', 'breaks', 'breaks', true, undefined],
    ['carried over, without a reason', true, true, true, undefined],
    ['carried over, with another reason by now', 'breaks', 'slow', true, 'breaks'],
    ['carried over, and taken back there', undefined, 'breaks', true, null],
  ])('a yank %s', (_, yanked, here, mirrored, yank) => {
    const details = { hashes: { sha256: sha }, ...(yanked === undefined ? {} : { yanked }) };
    const step = planOne(
      [linkTo(release, details)],
      { sha256: sha, ...(here === undefined ? {} : { yanked: here }) },
      { mirroredYanks: new Set(mirrored ? [release] : []) },
    );
    expect(step.action).toBe('keep');
    expect(step.yank).toBe(yank);
    expect(isChange(step)).toBe(yank !== undefined);
  });

  it('marks no yank on bytes that it refuses', () => {
    const step = planOne([linkTo(release, { hashes: { sha256: otherSha }, yanked: true })], { sha256: sha });
    expect(step.yank).toBeUndefined();
  });

  it.each<[string, (string | undefined)[], string | undefined]>([
    ['as the source gives it', ['2026-01-02T03:04:05.678901Z'], '2026-01-02T03:04:05.678Z'],
    ['in UTC', ['2026-01-02T03:04:05+02:00'], '2026-01-02T01:04:05.000Z'],
    ['of the first index that has one', [undefined, '2026-01-02T03:04:05Z'], '2026-01-02T03:04:05.000Z'],
    ['not if it is still to come', ['2027-01-01T00:00:00Z'], undefined],
    ['not if it is none', ['yesterday'], undefined],
    ['not if there is none', [undefined], undefined],
  ])('keeps the date of the upload %s', (_, dates, expected) => {
    const links = dates.map((uploadTime, i) =>
      linkTo(
        release,
        { hashes: { sha256: sha }, ...(uploadTime === undefined ? {} : { uploadTime }) },
        `https://${i}.test/`,
      ),
    );
    expect(planOne(links, undefined).uploaded).toBe(expected);
  });

  it('expects of a copy the digest that the index gives', () => {
    const step = planOne([linkTo(release, { hashes: { sha256: sha }, size: 7 })], undefined);
    expect(foresee(step)).toMatchObject({ outcome: 'copied', sha256: sha, size: 7 });
  });
});
