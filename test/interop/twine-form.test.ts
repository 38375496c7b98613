import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishTo } from '../flows/publications.ts';
import { makeFolder, makeSdist, makeWheel, makeZip, type MadeDistribution } from '../make-distribution.ts';
import { startRecordingServer, type RecordedUpload } from '../servers/recording-server.ts';
import { peer, runSuccessfully } from './commands.ts';

// Proof: what we send of a file is what twine sends of it, field by field; where we differ on purpose is spelt out.

let root: string;
beforeAll(async () => (root = await mkdtemp(join(tmpdir(), 'wheelhouse-twine-'))));
afterAll(() => rm(root, { recursive: true, force: true }));

type Field = readonly [name: string, value: string];

/** The forms that twine and we send of one file. */
async function sendBoth(made: MadeDistribution): Promise<{ twine: RecordedUpload; ours: RecordedUpload }> {
  await using server = await startRecordingServer();
  await using dist = await makeFolder([made]);
  const to = ['--repository-url', server.url, '--username', 'alice', '--password', 'secret'];
  const quiet = ['--non-interactive', '--disable-progress-bar', '--config-file', join(root, 'pypirc')];
  await runSuccessfully(peer('twine'), ['upload', ...to, ...quiet, join(dist.path, made.filename)]);
  const done = await publishTo({ uploadUrl: server.url }, dist.path, {
    preflight: false,
    user: ['alice', 'secret'],
  });
  if (done.error !== undefined) throw done.error;
  const [twine, ours, ...more] = server.uploads;
  expect(more).toEqual([]);
  return { twine: twine!, ours: ours! };
}

const sorted = (fields: readonly Field[]) => [...fields].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)); // stable: values of one name keep their order
const without = (fields: readonly Field[], ...dropped: Field[]) =>
  fields.filter(([name, value]) => !dropped.some(([other, gone]) => other === name && gone === value));

/** A wheel with exactly this METADATA. */
function wheelOf(filename: string, metadata: string): MadeDistribution {
  const made = makeWheel({ project: 'x', version: '1' });
  const info = `${filename.split('-').slice(0, 2).join('-')}.dist-info`;
  const bytes = makeZip([
    { name: `${info}/METADATA`, content: metadata },
    { name: `${info}/WHEEL`, content: 'Wheel-Version: 1.0\n' },
    { name: `${info}/RECORD`, content: '' },
  ]);
  return { ...made, filename, metadata, bytes };
}

const description = '  # Tiny ☃\n\n```\n\tcode\n```\n--boundary\r\nCRLF, then spaces  \n\n\n';
const cases: [what: string, made: MadeDistribution | Promise<MadeDistribution>][] = [
  [
    'a wheel',
    makeWheel({ project: 'Tiny.Project_x', version: '1.0rc1', requiresPython: '>=3.8', description }),
  ],
  ['an sdist', makeSdist({ project: 'tiny-project', version: '1.0', requiresPython: '>=3.8', description })],
  [
    'a wheel with a build tag and many platforms',
    makeWheel({
      project: 'tiny',
      version: '1.0',
      build: '2b',
      tag: 'cp312.cp313-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64',
    }),
  ],
  [
    'metadata 1.0',
    wheelOf(
      'old_proj-1.0-py2.py3-none-any.whl',
      'Metadata-Version: 1.0\nName: old_proj\nVersion: 1.0\nPlatform: any\nPlatform: win\nSummary: hi\nKeywords: a b\nHome-page: https://x\nAuthor: Ä\nAuthor-email: a@b.example\nLicense: BSD\nDescription: one line\n',
    ),
  ],
  [
    'metadata 1.2',
    wheelOf(
      'old_proj-1.0-py3-none-any.whl',
      'Metadata-Version: 1.2\nName: old_proj\nVersion: 1.0\nSupported-Platform: x\nClassifier: A :: B\nClassifier: C\nDownload-URL: https://d\nRequires: q\nProvides: p\nObsoletes: o\nMaintainer: m\nMaintainer-email: m@b.example\nRequires-Dist: a (>1)\nProvides-Dist: p\nObsoletes-Dist: o\nRequires-External: libz\nProject-URL: Home,https://x\nProject-URL: Docs , https://y,z\nRequires-Python: >=3\n',
    ),
  ],
  [
    'metadata 2.1 with the licence files of setuptools',
    wheelOf(
      'mid_proj-1.0-py3-none-any.whl',
      'Metadata-Version: 2.1\nName: mid_proj\nVersion: 1.0\nLicense-File: LICENSE\nKeywords: a,b , c d\nProvides-Extra: Foo\nProvides-Extra: bar_baz\nDescription-Content-Type: text/markdown; charset=UTF-8; variant=GFM\n\nbody\n',
    ),
  ],
  [
    'metadata 2.4',
    wheelOf(
      'new_proj-1.0-py3-none-any.whl',
      "Metadata-Version: 2.4\nName: new_proj\nVersion: 1.0\nLicense-Expression: MIT\nLicense-File: LICENSE\nLicense-File: a/b\nDynamic: Requires-Dist\nDynamic: Summary\nRequires-Dist: x ; extra == 'foo'\n\nünï\n",
    ),
  ],
];

/** Fields by the version of the metadata that brought them. https://packaging.python.org/specifications/core-metadata/ */
const broughtBy: readonly (readonly [metadataVersion: string, headers: readonly string[]])[] = [
  ['1.0', ['Summary: hi', 'Keywords: a b', 'Home-page: https://x', 'Author: Ä', 'Platform: any']],
  ['1.1', ['Classifier: A :: B', 'Download-URL: https://d', 'Supported-Platform: x']],
  ['1.2', ['Requires-Dist: a (>1)', 'Requires-External: libz', 'Project-URL: Docs , https://y,z']],
  ['2.1', ['Provides-Extra: foo', 'Description-Content-Type: text/x-rst']],
  ['2.2', ['Dynamic: Keywords']],
  ['2.3', ['Provides-Extra: bar-baz']],
  ['2.4', ['License-Expression: MIT', 'License-File: LICENSE']],
];

describe('the form of an upload', () => {
  describe.each(broughtBy.map(([metadataVersion], i) => ({ metadataVersion, i })))(
    'of metadata $metadataVersion',
    ({ metadataVersion, i }) => {
      const headers = broughtBy.slice(0, i + 1).flatMap(([, lines]) => lines);
      const release = { project: 'proj', version: '1.0', metadataVersion, headers };
      it.each([
        ['a wheel', () => makeWheel(release)],
        ['an sdist', () => makeSdist(release)],
      ])('is that of twine: %s', async (_, make) => {
        const { twine, ours } = await sendBoth(await make());
        expect(ours.fields).toContainEqual(['metadata_version', metadataVersion]);
        expect(sorted(ours.fields)).toEqual(sorted(twine.fields));
      });
    },
  );

  it.each(cases)('is that of twine: %s', async (_, made) => {
    const { twine, ours } = await sendBoth(await made);
    expect(sorted(ours.fields)).toEqual(sorted(twine.fields));
    expect(ours.parts.at(-1)).toEqual(twine.parts.at(-1));
    expect(ours.headers.authorization).toBe(twine.headers.authorization);
  });

  it('lacks what says nothing', async () => {
    const metadata =
      'Metadata-Version: 2.1\nName: p\nVersion: 1.0\nHome-page: UNKNOWN\nPlatform: UNKNOWN\nLicense: \nKeywords: \n';
    const { twine, ours } = await sendBoth(wheelOf('p-1.0-py3-none-any.whl', metadata));
    const nothing: Field[] = [
      ['home_page', 'UNKNOWN'],
      ['platform', 'UNKNOWN'],
      ['license', ''],
      ['keywords', ''],
    ];
    expect(twine.fields).toEqual(expect.arrayContaining(nothing));
    expect(sorted(ours.fields)).toEqual(sorted(without(twine.fields, ...nothing)));
  });

  it('has descriptions and licences unfolded', async () => {
    const metadata =
      'Metadata-Version: 1.1\nName: p\nVersion: 1.0\nLicense: BSD\n        more\nDescription: one\n        two\n          three\n';
    const { twine, ours } = await sendBoth(wheelOf('p-1.0-py3-none-any.whl', metadata));
    const folded: Field[] = [
      ['license', 'BSD\n        more'],
      ['description', 'one\n        two\n          three'],
    ];
    const unfolded: Field[] = [
      ['license', 'BSD\nmore'],
      ['description', 'one\ntwo\n  three'],
    ];
    expect(sorted(ours.fields)).toEqual(sorted([...without(twine.fields, ...folded), ...unfolded]));
  });

  it('has the import names of metadata 2.5, which twine 7 leaves out', async () => {
    const metadata =
      'Metadata-Version: 2.5\nName: p\nVersion: 1.0\nImport-Name: a\nImport-Name: b.c ; private\nImport-Namespace: ns\n';
    const { twine, ours } = await sendBoth(wheelOf('p-1.0-py3-none-any.whl', metadata));
    const names: Field[] = [
      ['import_name', 'a'],
      ['import_name', 'b.c ; private'],
      ['import_namespace', 'ns'],
    ];
    expect(sorted(without(ours.fields, ...names))).toEqual(sorted(without(twine.fields, ...names)));
    expect(ours.fields).toEqual(expect.arrayContaining(names));
  });
});
