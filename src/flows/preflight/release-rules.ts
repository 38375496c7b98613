import type { Distribution } from '../../model/artifact.ts';
import { normalizeName } from '../../model/name.ts';
import { versionKey } from '../../model/version.ts';
import { findMissing, type Expected } from './expectation.ts';
import { headerOf, many } from './metadata-field.ts';
import { some, type Candidate, type Problem } from './rule.ts';

/**
 * Fields that PyPI keeps once for a release, from the file that comes first: where files differ, what the others say
 * is lost. Requires-Dist may differ; installers read it from each file (PEP 658).
 */
const releaseFields = [
  'summary',
  'description',
  'description_content_type',
  'keywords',
  'home_page',
  'download_url',
  'author',
  'author_email',
  'maintainer',
  'maintainer_email',
  'license',
  'license_expression',
  'classifier',
  'project_url',
  // The worst of them: the release's value is what the index then says of every file.
  'requires_python',
] as const;

/**
 * Problems between the files of one run: more than one project or version, one file under two spellings, a second sdist,
 * metadata that differs.
 */
export function findReleaseProblems(candidates: readonly Candidate[], allProjects: boolean): Problem[] {
  const releases = groupBy(candidates, releaseOf);
  const problems = [
    ...spelledTwice(candidates),
    ...[...releases.values()].flatMap((files) => [...secondSdists(files), ...differences(files)]),
  ];
  return allProjects ? problems : [...mixed(candidates), ...problems];
}

/** What each release lacks of what it is expected to have. */
export function findMissingFiles(
  artifacts: readonly Pick<Candidate, 'distribution'>[],
  expected: readonly Expected[],
): Problem[] {
  return [...groupBy(artifacts, releaseOf)].flatMap(([release, files]) =>
    findMissing(
      expected,
      files.map(({ distribution }) => distribution),
    ).map((pattern): Problem => {
      const what = pattern === 'sdist' ? 'there is no sdist' : `there is no wheel for ${pattern}`;
      return {
        filename: release,
        rule: 'expected',
        message: `${what}, which is expected`,
        severity: 'error',
        registry: 'any',
      };
    }),
  );
}

function mixed(candidates: readonly Candidate[]): Problem[] {
  const projects = groupBy(candidates, ({ distribution }) => normalizeName(distribution.project));
  if (projects.size > 1)
    return [
      problem(
        firstOf([...projects.values()][1]),
        'one-project',
        'any',
        `the files are of ${projects.size} projects: ${some([...projects.keys()])}; choose one, or --all-projects`,
      ),
    ];
  const versions = groupBy(candidates, ({ distribution }) => distribution.version);
  if (versions.size <= 1) return [];
  return [
    problem(
      firstOf([...versions.values()][1]),
      'one-version',
      'any',
      `the files are of ${versions.size} versions: ${some([...versions.keys()])}; choose one, or --all-projects`,
    ),
  ];
}

/** A registry would take both, and nobody could tell which of them an installer takes. */
function spelledTwice(candidates: readonly Candidate[]): Problem[] {
  return [...groupBy(candidates, identityOf).values()].flatMap(([first, ...others]) =>
    others.map((other) =>
      problem(
        other,
        'one-spelling',
        'any',
        `it is ${first?.filename ?? ''} under another spelling: publish one of them`,
      ),
    ),
  );
}

function secondSdists(files: readonly Candidate[]): Problem[] {
  const [first, ...others] = files.filter(({ distribution }) => distribution.kind === 'sdist');
  return others.map((other) =>
    problem(
      other,
      'one-sdist',
      'pypi',
      `PyPI takes one sdist of a release, and ${first?.filename ?? ''} is one too`,
    ),
  );
}

function differences(files: readonly Candidate[]): Problem[] {
  const readable = files.filter(({ distribution }) => distribution.kind !== 'wininst');
  const [first, ...others] = readable;
  if (first === undefined) return [];
  return others.flatMap((other) => {
    const fields = releaseFields.filter((field) => valueOf(first, field) !== valueOf(other, field));
    if (fields.length === 0) return [];
    const names = fields.map(headerOf).join(', ');
    const message = `${names} differ from ${first.filename}: PyPI shows those of the file that comes first`;
    return [problem(other, 'same-metadata', 'pypi', message, 'warning')];
  });
}

function valueOf({ metadata }: Candidate, field: string): string {
  return many(metadata, field)
    .map((text) => text.replaceAll('\r\n', '\n').trim())
    .sort()
    .join('\0');
}

function releaseOf({ distribution }: Pick<Candidate, 'distribution'>): string {
  return `${normalizeName(distribution.project)} ${distribution.version}`;
}

/** The same for names that mean the same: of a project, of a version (PEP 440: 1.0 is 1.0.0), of tags in any order. */
function identityOf({ filename, distribution }: Candidate): string {
  const { project, version } = distribution;
  return [normalizeName(project), versionKey(version), ...formOf(filename, distribution)].join(' ');
}

function formOf(filename: string, distribution: Distribution): readonly string[] {
  const tags = (given: readonly string[]) =>
    given
      .map((tag) => tag.toLowerCase())
      .sort()
      .join('.');
  switch (distribution.kind) {
    case 'sdist':
      return [filename.endsWith('.zip') ? 'zip' : 'tar'];
    case 'wininst':
      return ['exe', tags(distribution.pythonTags), tags(distribution.platformTags)];
    case 'wheel': {
      const { build = '', pythonTags, abiTags, platformTags } = distribution;
      return [build, tags(pythonTags), tags(abiTags), tags(platformTags)];
    }
  }
}

function problem(
  candidate: Candidate | undefined,
  rule: string,
  registry: Problem['registry'],
  message: string,
  severity: Problem['severity'] = 'error',
): Problem {
  return { filename: candidate?.filename ?? '', rule, message, severity, registry };
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return groups;
}

function firstOf<T>(items: readonly T[] | undefined): T | undefined {
  return items?.[0];
}
