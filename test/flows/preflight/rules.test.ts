import { describe, expect, it } from 'vitest';
import { findProblems, rules } from '../../../src/flows/preflight/rules.ts';
import { makeCandidate, type CandidateChanges } from './candidates.ts';

type Case = readonly [rule: string, what: string, changes: CandidateChanges, message: RegExp];

const sdist = 'foo_bar-1.0.tar.gz';
const dist = 'foo_bar-1.0.dist-info';
const header = (...headers: string[]): CandidateChanges => ({ headers });
const wheelFor = (platform: string): CandidateChanges => ({
  filename: `foo_bar-1.0-cp312-cp312-${platform}.whl`,
});

const refused: readonly Case[] = [
  [
    'local-version',
    'a local version',
    { filename: 'foo_bar-1.0+cu12-py3-none-any.whl' },
    /1\.0\+cu12 has a local part/,
  ],
  [
    'gitlab-version',
    'a version with blanks',
    header('Version: 1.0 beta'),
    /1\.0 beta is none that GitLab takes/,
  ],
  [
    'sdist-name',
    'an sdist with a dash',
    { filename: 'foo-bar-1.0.tar.gz' },
    /must be named foo_bar-1\.0\.tar\.gz$/,
  ],
  [
    'sdist-name',
    'an sdist with capitals',
    { filename: 'Foo_Bar-1.0.tar.gz' },
    /must be named foo_bar-1\.0\.tar\.gz$/,
  ],
  [
    'sdist-name',
    'an sdist that is a zip',
    { filename: 'foo_bar-1.0.zip' },
    /must be named foo_bar-1\.0\.tar\.gz$/,
  ],
  [
    'sdist-name',
    'a version that is not normal',
    { filename: 'foo_bar-1.0.RC1.tar.gz' },
    /must be named foo_bar-1\.0rc1\.tar\.gz$/,
  ],
  [
    'wheel-name',
    'a wheel with capitals',
    { filename: 'Foo_Bar-1.0-py3-none-any.whl' },
    /must start with foo_bar-$/,
  ],
  [
    'wheel-name',
    'a wheel with a dot',
    { filename: 'foo.bar-1.0-py3-none-any.whl' },
    /must start with foo_bar-$/,
  ],
  ['platform-tag', 'Linux without a policy', wheelFor('linux_x86_64'), /linux_x86_64; make it a manylinux/],
  ['platform-tag', 'one of several tags', wheelFor('manylinux1_x86_64.linux_x86_64'), /linux_x86_64/],
  [
    'platform-tag',
    'a macOS minor version',
    wheelFor('macosx_11_3_arm64'),
    /macosx_11_3_arm64; from macOS 11/,
  ],
  ['platform-tag', 'FreeBSD', wheelFor('freebsd_13_amd64'), /the platform freebsd_13_amd64$/],
  [
    'installer',
    'a Windows installer',
    { filename: 'foo_bar-1.0.win32-py2.7.exe' },
    /no longer takes Windows installers/,
  ],
  [
    'file-size',
    'more than 100 MiB',
    { sizeBytes: 100 * 1024 * 1024 + 1 },
    /104857601 bytes are more than the 100 MiB/,
  ],
  [
    'dist-info-name',
    'a dist-info that is spelled otherwise',
    { facts: { metadataFolder: 'Foo_Bar-1.0.dist-info' } },
    /Foo_Bar-1\.0\.dist-info must be named foo_bar-1\.0\.dist-info/,
  ],
  [
    'compression-method',
    'LZMA',
    { facts: { foreignCompression: ['a.py', 'b.py'] } },
    /neither stored nor deflated: a\.py, b\.py$/,
  ],
  [
    'compression-method',
    'many of them',
    { facts: { foreignCompression: ['a', 'b', 'c', 'd', 'e'] } },
    /: a, b, c and 2 more$/,
  ],
  [
    'compression-ratio',
    'a bomb',
    { sizeBytes: 2_000_000, facts: { unpackedBytes: 120_000_000 } },
    /unpacks to 60 times its size/,
  ],
  ['duplicate-entries', 'a name twice', { facts: { duplicates: ['a.py'] } }, /more than once: a\.py$/],
  ['data-descriptors', 'a streamed zip', { facts: { dataDescriptors: ['a.py'] } }, /written as a stream/],
  ['zip-comment', 'a comment', { facts: { commented: true } }, /has a comment$/],
  [
    'refused-entries',
    'a link that leads out',
    { filename: sdist, facts: { refusedEntries: ['foo_bar-1.0/etc'] } },
    /will not unpack .*: foo_bar-1\.0\/etc$/,
  ],
  ['leading-bytes', 'a self-extracting zip', { facts: { prefixed: true } }, /before the first entry/],
  [
    'license-files',
    'a wheel without its licence',
    header('License-File: LICENSE'),
    /License-File names foo_bar-1\.0\.dist-info\/licenses\/LICENSE, which is not/,
  ],
  [
    'license-files',
    'an sdist without its licence',
    { filename: sdist, headers: ['License-File: LICENSE'] },
    /names foo_bar-1\.0\/LICENSE, which is not/,
  ],
  [
    'license-files',
    'the licence at the wrong place',
    { headers: ['License-File: LICENSE'], files: [`${dist}/LICENSE`] },
    /licenses\/LICENSE/,
  ],
  [
    'record',
    'files that are not recorded',
    { facts: { unrecorded: ['a.py'] } },
    /RECORD does not list a\.py$/,
  ],
  ['record', 'rows without a file', { facts: { unfound: ['a.py'] } }, /RECORD lists missing a\.py$/],
  [
    'utf-8',
    'Latin-1',
    {
      metadataBytes: Buffer.from(
        'Metadata-Version: 1.1\nName: foo-bar\nVersion: 1.0\nAuthor: Ren\xe9\n',
        'latin1',
      ),
    },
    /not UTF-8/,
  ],
  [
    'metadata-version',
    'a version that never was',
    header('Metadata-Version: 2.0'),
    /Metadata-Version 2\.0 is none that PyPI takes/,
  ],
  ['metadata-version', 'a version to come', header('Metadata-Version: 3.0'), /Metadata-Version 3\.0/],
  [
    'metadata-version',
    'no version',
    { metadataBytes: Buffer.from('Name: foo-bar\nVersion: 1.0\n') },
    /Metadata-Version is missing/,
  ],
  [
    'field-version',
    'License-Expression before 2.4',
    header('Metadata-Version: 2.3', 'License-Expression: MIT'),
    /License-Expression needs Metadata-Version 2\.4/,
  ],
  [
    'field-version',
    'Import-Name before 2.5',
    header('Import-Name: foo'),
    /Import-Name needs Metadata-Version 2\.5/,
  ],
  [
    'field-version',
    'Requires-Dist in 1.1',
    header('Metadata-Version: 1.1', 'Requires-Dist: x'),
    /Requires-Dist needs Metadata-Version 1\.2/,
  ],
  [
    'field-version',
    'Project-URL in 1.1',
    header('Metadata-Version: 1.1', 'Project-URL: a, https://a.org'),
    /Project-URL needs Metadata-Version 1\.2/,
  ],
  [
    'byte-order-mark',
    'metadata of a Windows editor',
    { metadataBytes: Buffer.from('\uFEFFMetadata-Version: 2.1\nName: foo-bar\nVersion: 1.0\n') },
    /^METADATA begins with a byte order mark/,
  ],
  [
    'ambiguous-field',
    'two summaries',
    header('Summary: a', 'Summary: b'),
    /Summary is given more than once$/,
  ],
  [
    'ambiguous-field',
    'a description in header and body',
    { headers: ['Description: a'], description: 'b' },
    /Description is given more than once$/,
  ],
  ['project-name', 'a name that ends in a dot', header('Name: foo-bar.'), /foo-bar\. is no project name/],
  ['summary', 'a long summary', header(`Summary: ${'x'.repeat(513)}`), /has 513 characters; PyPI takes 512/],
  [
    'description-content-type',
    'HTML',
    header('Description-Content-Type: text/html'),
    /text\/html must be text\/markdown/,
  ],
  [
    'description-content-type',
    'another charset',
    header('Description-Content-Type: text/markdown; charset=latin-1'),
    /must be UTF-8, not latin-1/,
  ],
  [
    'description-content-type',
    'another variant',
    header('Description-Content-Type: text/markdown; variant=Pandoc'),
    /must be GFM or CommonMark, not Pandoc/,
  ],
  [
    'private',
    'a private project',
    header('Classifier: Private :: Do Not Upload'),
    /Private :: Do Not Upload says/,
  ],
  ['requirements', 'a direct URL', header('Requires-Dist: a @ https://example.org/a.whl'), /is a direct URL/],
  [
    'requirements',
    'a direct URL with extras',
    header('Requires-Dist: a[b,c]@git+https://example.org/a'),
    /is a direct URL/,
  ],
  [
    'requirements',
    'a version that is none',
    header('Requires-Dist: a >= banana'),
    /a >= banana: banana is no version/,
  ],
  ['requirements', 'no requirement', header('Requires-Dist: >=1.0'), /is no requirement/],
  [
    'requirements',
    'a bad Provides-Dist',
    header('Provides-Dist: a @ https://example.org/a'),
    /^Provides-Dist: .* direct URL/,
  ],
  [
    'requires-python',
    'no specifier',
    header('Requires-Python: 3.9'),
    /Requires-Python: 3\.9 is no version clause/,
  ],
  ['requires-python', 'a wildcard with >=', header('Requires-Python: >=3.9.*'), /wildcard/],
  ['requires-python', 'one number after ~=', header('Requires-Python: ~=3'), /at least two numbers/],
  [
    'license-twice',
    'both licence fields',
    header('License: MIT', 'License-Expression: MIT'),
    /keep License-Expression/,
  ],
  [
    'license-expression',
    'a name where an identifier belongs',
    header('License-Expression: MIT License'),
    /^License-Expression: MIT License: “License” cannot stand after “MIT”; write it as in MIT OR Apache-2\.0$/,
  ],
  [
    'license-file-path',
    'a path that climbs',
    { headers: ['License-File: ../LICENSE'], files: [`${dist}/licenses/../LICENSE`] },
    /must be a plain relative path/,
  ],
  [
    'license-file-path',
    'a Windows path',
    { headers: ['License-File: a\\LICENSE'], files: [`${dist}/licenses/a\\LICENSE`] },
    /must be a plain relative path/,
  ],
  [
    'project-urls',
    'a long label',
    header(`Project-URL: ${'l'.repeat(33)}, https://example.org`),
    /has 33 characters; PyPI takes 32/,
  ],
  ['project-urls', 'no label', header('Project-URL: , https://example.org'), /has no label/],
  ['project-urls', 'no URL', header('Project-URL: Docs'), /Docs has no URL/],
  [
    'project-urls',
    'a label given twice',
    header('Project-URL: Docs, https://a.org', 'Project-URL: Docs , https://b.org'),
    /the label Docs is given more than once/,
  ],
  [
    'project-urls',
    'no web URL',
    header('Project-URL: Docs, ftp://example.org'),
    /ftp:\/\/example\.org is no http/,
  ],
  [
    'project-urls',
    'a home page that is none',
    header('Home-page: example.org'),
    /Home-Page: example\.org is no http/,
  ],
  [
    'email',
    'no address',
    header('Author-email: Ann Author'),
    /Author-Email: Ann Author is no e-mail address/,
  ],
  [
    'email',
    'an address without a domain',
    header('Maintainer-email: Ann <ann@localhost>'),
    /Maintainer-Email/,
  ],
  ['dynamic', 'a dynamic version', header('Dynamic: Version'), /Dynamic: Version must be static/],
  ['dynamic', 'a field that is none', header('Dynamic: Dependencies'), /Dependencies is no field of core/],
  ['dynamic', 'a field as Python spells it', header('Dynamic: requires_dist'), /requires_dist is no field/],
  [
    'import-names',
    'the name of a distribution',
    header('Metadata-Version: 2.5', 'Import-Name: foo-bar'),
    /^Import-Name: foo-bar: “foo-bar” is no identifier/,
  ],
  [
    'import-names',
    'a namespace with a keyword',
    header('Metadata-Version: 2.5', 'Import-Namespace: foo.in'),
    /^Import-Namespace: foo\.in: in is a keyword/,
  ],
  ['extras', 'an extra with a blank', header('Provides-Extra: my extra'), /my extra is no name/],
];

const accepted: readonly (readonly [what: string, changes: CandidateChanges])[] = [
  ['a plain wheel', {}],
  ['a plain sdist', { filename: sdist }],
  ['a wheel with a build tag', { filename: 'foo_bar-1.0-1abc-py3-none-any.whl' }],
  ['a name with capitals and dots in the metadata', header('Name: Foo.Bar')],
  ['an sdist of 1.0.0', { filename: 'foo_bar-1.0.0.tar.gz' }],
  ['an sdist of a dev version of a post release', { filename: 'foo_bar-1.0.post1.dev3.tar.gz' }],
  ['exactly 100 MiB', { sizeBytes: 100 * 1024 * 1024 }],
  ['a high ratio in a small file', { sizeBytes: 1000, facts: { unpackedBytes: 60_000_000 } }],
  ['64 MiB and a ratio of 50', { sizeBytes: 2 * 1024 ** 2, facts: { unpackedBytes: 100 * 1024 ** 2 } }],
  ['duplicates in a tar file', { filename: sdist, facts: { duplicates: ['foo_bar-1.0/a'] } }],
  ['its licence', { headers: ['License-File: LICENSES/MIT'], files: [`${dist}/licenses/LICENSES/MIT`] }],
  [
    'its licence in an sdist',
    { filename: sdist, headers: ['License-File: LICENSE'], files: ['foo_bar-1.0/LICENSE'] },
  ],
  ['License-File of an older setuptools', header('Metadata-Version: 2.1', 'License-File: LICENSE')],
  ['metadata 1.0', header('Metadata-Version: 1.0', 'Summary: x', 'License: UNKNOWN')],
  [
    'UNKNOWN fields',
    header('Home-page: UNKNOWN', 'Author-email: UNKNOWN', 'License: UNKNOWN', 'License-Expression: MIT'),
  ],
  ['empty fields', header('Requires-Python: ', 'Download-URL: ')],
  ['a summary of 512 characters beyond the BMP', header(`Summary: ${'😀'.repeat(512)}`)],
  ['Markdown', header('Description-Content-Type: text/markdown; charset=UTF-8; variant=GFM')],
  ['reST in capitals', header('Description-Content-Type: text/x-RST')],
  [
    'requirements of every form',
    header(
      'Requires-Dist: a',
      'Requires-Dist: b (>=1.0,<2)',
      'Requires-Dist: c[x,y]~=1.4.2; python_version < "3"',
      'Requires-Dist: d==1.*,!=1.3.*',
      'Requires-Dist: e===anything',
      'Requires-Dist: f ; extra == "g @ h"',
      'Requires-Dist: i==1.0+local',
    ),
  ],
  ['Requires-Python with blanks and a last comma', header('Requires-Python: >= 3.9, < 4,')],
  ['a label of 32 characters', header(`Project-URL: ${'l'.repeat(32)}, https://example.org/?a=b,c`)],
  ['addresses with names', header('Author-email: "Author, Ann" <ann@example.org>, bob@example.org')],
  ['several plain addresses', header('Author-email: ann@example.org, bob@example.org')],
  [
    'labels that differ in case',
    header('Project-URL: Docs, https://a.org', 'Project-URL: docs, https://a.org'),
  ],
  ['dynamic fields', header('Dynamic: License-File', 'Dynamic: requires-dist')],
];

describe('the rules refuse', () => {
  it.each(refused)('%s: %s', (rule, _what, changes, message) => {
    const found = findProblems([makeCandidate(changes)], { rules: 'all' }).filter((p) => p.rule === rule);
    expect(found.map((problem) => problem.message)).toEqual([expect.stringMatching(message)]);
    expect(found[0]?.message).not.toContain('\n');
  });

  it('something, each of them', () => {
    expect(new Set(refused.map(([rule]) => rule))).toEqual(new Set(rules.map(({ name }) => name)));
  });

  it('a summary of several lines', () => {
    const candidate = makeCandidate();
    const metadata = { ...candidate.metadata, summary: 'one\ntwo' };
    const problems = findProblems([{ ...candidate, metadata }], { rules: 'pypi' });
    expect(problems.map(({ rule }) => rule)).toEqual(['summary']);
  });
});

describe('the rules accept', () => {
  it.each(accepted)('%s', (_what, changes) => {
    expect(findProblems([makeCandidate(changes)], { rules: 'all' })).toEqual([]);
  });

  it.each([
    'any',
    'win32',
    'win_amd64',
    'win_arm64',
    'manylinux1_i686',
    'manylinux2010_x86_64',
    'manylinux2014_s390x',
    'manylinux_2_28_x86_64',
    'manylinux_2_17_x86_64.manylinux2014_x86_64',
    'manylinux_2_31_riscv64',
    'musllinux_1_2_aarch64',
    'macosx_10_9_x86_64',
    'macosx_10_13_universal2',
    'macosx_11_0_arm64',
    'macosx_14_0_arm64',
    'macosx_26_0_arm64',
    'ios_13_0_arm64_iphoneos',
    'ios_13_0_arm64_iphonesimulator',
    'android_21_arm64_v8a',
    'pyemscripten_2025_0_wasm32',
    'linux_armv7l',
  ])('the platform %s', (platform) => {
    expect(findProblems([makeCandidate(wheelFor(platform))], { rules: 'pypi' })).toEqual([]);
  });

  it.each([
    '1.0',
    'v1.0',
    '1!2.0',
    '1.0a1',
    '1.0.alpha.1',
    '1.0-1',
    '1.0.post2',
    '1.0rev3',
    '1.0.dev4',
    '1.0rc1.post2.dev3+ubuntu.1',
  ])('version %s for GitLab', (version) => {
    const problems = findProblems([makeCandidate(header(`Version: ${version}`))], { rules: 'gitlab' });
    expect(problems).toEqual([]);
  });
});

describe('findProblems', () => {
  const bad = makeCandidate({
    filename: 'Foo_Bar-1.0+x-cp312-cp312-linux_x86_64.whl',
    headers: ['Classifier: Private :: x', 'Requires-Python: 3'],
    facts: { unrecorded: ['a.py'] },
  });
  const names = (ruleSet: 'any' | 'pypi' | 'gitlab' | 'all') =>
    findProblems([bad], { rules: ruleSet }).map(({ rule }) => rule);

  it('tells all problems of a file together', () => {
    expect(names('pypi')).toEqual([
      'local-version',
      'wheel-name',
      'platform-tag',
      'record',
      'private',
      'requires-python',
    ]);
  });

  it('holds only the rules of the registry, and those of every index', () => {
    expect(names('any')).toEqual(['record']);
    expect(names('gitlab')).toEqual(['record']);
    expect(names('all')).toEqual(names('pypi'));
  });

  it('says file, rule, severity and whose rule it is', () => {
    expect(findProblems([bad], { rules: 'any' })).toEqual([
      {
        filename: bad.filename,
        rule: 'record',
        message: 'RECORD does not list a.py',
        severity: 'warning',
        registry: 'any',
      },
    ]);
    expect(findProblems([bad], { rules: 'pypi' })[0]).toMatchObject({ severity: 'error', registry: 'pypi' });
  });
});
