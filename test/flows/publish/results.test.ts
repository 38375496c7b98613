import { describe, expect, it } from 'vitest';
import { installSteps, releasePage, repairStep } from '../../../src/flows/publish/next-steps.ts';
import { planPublish } from '../../../src/flows/publish/plan.ts';
import { judgeFate } from '../../../src/flows/publish/results.ts';
import type { Fate } from '../../../src/flows/publish/send.ts';
import type { PublishOptions } from '../../../src/flows/publish/options.ts';
import type { Verdict } from '../../../src/flows/publish/verify.ts';
import { imaginary } from '../../registry/artifacts.ts';

const wheel = imaginary('tiny_project-1.0-py3-none-any.whl', '');
const [step] = planPublish([wheel], new Map());

describe('what is told of an artifact', () => {
  const accepted: Fate = { state: 'accepted' };
  const unsure: Fate = { state: 'unsure', reason: 'no answer' };
  const cases: [
    what: string,
    fate: Fate,
    verdict: Verdict | undefined,
    outcome: string,
    reason: RegExp | undefined,
    unverified: boolean,
  ][] = [
    ['accepted and shown', accepted, { presence: 'same' }, 'published', undefined, false],
    [
      'accepted, not shown yet',
      accepted,
      { presence: 'absent' },
      'published',
      /^unverified: accepted, but the index does not show it yet$/,
      true,
    ],
    [
      'accepted, the index fails',
      accepted,
      { presence: 'absent', reason: '503' },
      'published',
      /^unverified: accepted, but the index cannot be read \(503\)$/,
      true,
    ],
    [
      'accepted, listed without a digest',
      accepted,
      { presence: 'unproven' },
      'published',
      /no digest to compare/,
      false,
    ],
    [
      'accepted, there is no index',
      accepted,
      { presence: 'unreadable' },
      'published',
      /no index to verify it with/,
      false,
    ],
    [
      'accepted, other bytes are shown',
      accepted,
      { presence: 'different' },
      'conflict',
      /other bytes than were sent/,
      false,
    ],
    ['accepted, not to be verified', accepted, undefined, 'published', /not verified/, false],
    ['no answer, but shown', unsure, { presence: 'same' }, 'published', undefined, false],
    [
      'no answer, not shown',
      unsure,
      { presence: 'absent' },
      'failed',
      /^no answer; the index does not show it$/,
      false,
    ],
    [
      'no answer, the index fails',
      unsure,
      { presence: 'absent', reason: '503' },
      'failed',
      /^no answer; it may have arrived all the same$/,
      false,
    ],
    [
      'no answer, there is no index',
      unsure,
      { presence: 'unreadable' },
      'failed',
      /^no answer; it may have arrived all the same$/,
      false,
    ],
    [
      'no answer, listed without a digest',
      unsure,
      { presence: 'unproven' },
      'failed',
      /^no answer; the index lists its name, without a digest/,
      false,
    ],
    [
      'no answer, other bytes are shown',
      unsure,
      { presence: 'different' },
      'conflict',
      /other bytes than were sent/,
      false,
    ],
    ['no answer, not to be verified', unsure, undefined, 'failed', /^no answer; it may have arrived/, false],
    [
      'settled',
      { state: 'settled', outcome: 'conflict', reason: 'x' },
      { presence: 'same' },
      'conflict',
      /^x$/,
      false,
    ],
  ];
  it.each(cases)('%s', (_, fate, verdict, outcome, reason, unverified) => {
    const judged = judgeFate(step!, fate, verdict);
    expect(judged.unverified).toBe(unverified);
    expect(judged.result).toMatchObject({ filename: wheel.filename, outcome, sha256: wheel.sha256, size: 1 });
    if (reason === undefined) expect(judged.result.reason).toBeUndefined();
    else expect(judged.result.reason).toMatch(reason);
  });
});

describe('the next steps', () => {
  const other = imaginary('other-2.0.tar.gz', '');
  const mine = {
    url: 'http://localhost:8080/',
    rules: 'any' as const,
    indexUrl: 'http://localhost:8080/simple/',
  };
  const pypi = {
    url: 'https://upload.pypi.org/legacy/',
    rules: 'pypi' as const,
    indexUrl: 'https://pypi.org/simple/',
    flags: [],
  };

  it('install what was published', () => {
    expect(installSteps(mine, [wheel])).toEqual([
      'pip install --index-url http://localhost:8080/simple/ tiny_project==1.0',
    ]);
    expect(installSteps(pypi, [wheel])).toEqual(['pip install tiny_project==1.0']);
    expect(installSteps(mine, [wheel, other])).toEqual([]);
    expect(installSteps({ ...mine, indexUrl: undefined }, [wheel])).toEqual([]);
  });

  const target = undefined as unknown as PublishOptions['target'];
  const repairs: [
    what: string,
    artifacts: (typeof wheel)[],
    options: Omit<PublishOptions, 'target'>,
    flags: readonly string[] | undefined,
    command: string,
  ][] = [
    [
      'one release',
      [wheel],
      {},
      undefined,
      'wheelhouse publish --repository-url http://localhost:8080/ --project tiny_project --version 1.0',
    ],
    ['PyPI itself', [wheel], {}, [], 'wheelhouse publish --project tiny_project --version 1.0'],
    [
      'another folder',
      [wheel],
      { localFolder: "it's dist" },
      [],
      "wheelhouse publish --local-folder 'it'\\''s dist' --project tiny_project --version 1.0",
    ],
    [
      'existing files skipped',
      [wheel],
      { skipExisting: true },
      [],
      'wheelhouse publish --project tiny_project --version 1.0 --skip-existing',
    ],
    [
      'what a preflight would stop',
      [wheel],
      { preflight: false },
      [],
      'wheelhouse publish --project tiny_project --version 1.0 --no-preflight',
    ],
    ['everything', [wheel, other], { allProjects: true }, [], 'wheelhouse publish --all-projects'],
    [
      'every project of a version',
      [wheel, other],
      { allProjects: true, version: '1.0' },
      [],
      'wheelhouse publish --version 1.0 --all-projects',
    ],
  ];
  it.each(repairs)('repair %s', (_, artifacts, options, flags, command) => {
    expect(
      repairStep(flags === undefined ? mine : { ...mine, flags }, artifacts, { ...options, target }),
    ).toBe(command);
  });

  it('show the page of a release, where there is one', () => {
    const releaseUrl = (project: string, version: string) => `https://r/${project}/${version}`;
    expect(releasePage({ ...mine, releaseUrl }, [wheel])).toBe('https://r/tiny_project/1.0');
    expect(releasePage({ ...mine, releaseUrl }, [wheel, other])).toBeUndefined();
    expect(releasePage(mine, [wheel])).toBeUndefined();
  });
});
