import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mergeSettings, readProjectConfig } from '../../src/config/project-files.ts';
import { readPyproject } from '../../src/config/pyproject.ts';
import { readSetupCfg } from '../../src/config/setup-cfg.ts';
import { WheelhouseError } from '../../src/model/errors.ts';
import { makeFolder } from '../make-distribution.ts';

const refusal = async (attempt: () => unknown): Promise<WheelhouseError> => {
  try {
    await attempt();
  } catch (thrown) {
    if (thrown instanceof WheelhouseError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
};

describe('readSetupCfg', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['nothing', '', {}],
    ['a static name and version', '[metadata]\nname = foo\nversion = 1.0\n', { name: 'foo', version: '1.0' }],
    ['a version that is not normal', '[metadata]\nversion = 1.0-beta\n', { version: '1.0b0' }],
    [
      'a version by attribute',
      '[metadata]\nname = foo\nversion = attr: foo.__version__\n',
      { name: 'foo', dynamicVersion: true },
    ],
    ['a version by file', '[metadata]\nversion = file: VERSION.txt\n', { dynamicVersion: true }],
    ['a template', '[metadata]\nversion = @VERSION@\n', { dynamicVersion: true }],
    ['an empty version', '[metadata]\nname =\nversion =\n', {}],
    [
      'one index',
      '[wheelhouse_uploader]\nartifact_indexes = http://a.example\n',
      { artifactIndexes: ['http://a.example'] },
    ],
    [
      "the original's own example",
      [
        '[aliases]',
        '# A handy alias',
        'pypi-release = fetch_artifacts upload_all',
        '[wheelhouse_uploader]',
        'artifact_indexes=',
        '      # Wheels built by a CI',
        '      http://wheels.example.org/',
        '      # Builds for another system',
        '      http://other.example.org/?C=N;O=D#x',
        '',
      ].join('\n'),
      { artifactIndexes: ['http://wheels.example.org/', 'http://other.example.org/?C=N;O=D#x'] },
    ],
    [
      'a comment after an index',
      '[wheelhouse_uploader]\nartifact_indexes =\n  https://a.example/ # nightly\n\n  ./wheelhouse\t#local\n',
      { artifactIndexes: ['https://a.example/', './wheelhouse'] },
    ],
    [
      'percent signs, once and twice',
      '[wheelhouse_uploader]\nartifact_indexes =\n  https://a.example/%%2Bx/\n  https://a.example/%2By/\n',
      { artifactIndexes: ['https://a.example/%2Bx/', 'https://a.example/%2By/'] },
    ],
    ['a list of comments', '[wheelhouse_uploader]\nartifact_indexes =\n  # none\n', {}],
    ['dashes in the name', '[wheelhouse_uploader]\nartifact-indexes = a\n', { artifactIndexes: ['a'] }],
  ])('reads %s', (_, text, settings) => {
    expect(readSetupCfg(text)).toEqual(settings);
  });
});

describe('readPyproject', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['nothing', '', {}],
    ['[project]', '[project]\nname = "foo"\nversion = "1.0rc1"\n', { name: 'foo', version: '1.0rc1' }],
    [
      'a dynamic version',
      '[project]\nname = "foo"\ndynamic = ["readme", "version"]\n',
      { name: 'foo', dynamicVersion: true },
    ],
    ['a name alone', '[project]\nname = "foo"\ndynamic = ["readme"]\n', { name: 'foo' }],
    ['[tool.poetry]', '[tool.poetry]\nname = "foo"\nversion = "1.2"\n', { name: 'foo', version: '1.2' }],
    [
      '[project] before [tool.poetry]',
      '[project]\nname = "a"\nversion = "1"\n[tool.poetry]\nname = "b"\nversion = "2"\n',
      { name: 'a', version: '1' },
    ],
    [
      'Poetry 2: dynamic, and in its table',
      '[project]\nname = "a"\ndynamic = ["version"]\n[tool.poetry]\nversion = "2"\n',
      { name: 'a', version: '2' },
    ],
    [
      "Poetry's plug-in: a placeholder",
      '[tool.poetry]\nname = "a"\nversion = "0.0.0"\n[tool.poetry-dynamic-versioning]\nenable = true\n',
      { name: 'a', dynamicVersion: true },
    ],
    [
      "Poetry's plug-in beside a version that [project] states",
      '[project]\nname = "a"\nversion = "1.2"\n[tool.poetry-dynamic-versioning]\nenable = true\n',
      { name: 'a', version: '1.2' },
    ],
    ['a version of blanks', '[project]\nname = "a"\nversion = " "\n', { name: 'a' }],
    [
      'no version yet',
      '[project]\nname = "a"\nversion = "{{ version }}"\n',
      { name: 'a', dynamicVersion: true },
    ],
    [
      '[tool.wheelhouse-uploader]',
      '[tool.wheelhouse-uploader]\nartifact-indexes = ["https://a.example/", "s3://b", " "]\ncontainer = "./w"\nrepository = "testpypi"\nexpect = ["win_amd64", "macosx"]\nkeep-dev = 3\n',
      {
        artifactIndexes: ['https://a.example/', 's3://b'],
        container: './w',
        repository: 'testpypi',
        expect: ['win_amd64', 'macosx'],
        keepDev: 3,
      },
    ],
    [
      'one string for a list',
      '[tool.wheelhouse-uploader]\nartifact-indexes = "a"\nexpect = "tags.txt"\n',
      { artifactIndexes: ['a'], expect: ['tags.txt'] },
    ],
    [
      'empty settings as missing',
      '[tool.wheelhouse-uploader]\nartifact-indexes = []\ncontainer = ""\nexpect = ""\n',
      {},
    ],
    ['a byte order mark, CR LF', '\uFEFF[project]\r\nname = "foo"\r\n', { name: 'foo' }],
    [
      "large integers and dates of others' tables",
      '[tool.x]\na = 99999999999999999999\nb = 1979-05-27\n',
      {},
    ],
    ['__proto__', '[__proto__]\nname = "x"\n[tool.__proto__.poetry]\nname = "y"\n', {}],
    ['tables that are none', 'project = 1\ntool = "x"\n', {}],
  ])('reads %s', async (_, text, settings) => {
    expect(await readPyproject(text)).toEqual(settings);
  });

  it.each([
    ['[project]\nname = 5\n', '"name" must be a string'],
    ['[project]\nversion = 1.0\n', '"version" must be a string'],
    ['[tool.wheelhouse-uploader]\ncontainer = ["a"]\n', '"container" must be a string'],
    [
      '[tool.wheelhouse-uploader]\nartifact-indexes = [1]\n',
      '"artifact-indexes" must be a string or a list of strings',
    ],
    ['[tool.wheelhouse-uploader]\nkeep-dev = "3"\n', '"keep-dev" must be a whole number, 1 or more'],
    ['[tool.wheelhouse-uploader]\nkeep-dev = 0\n', '"keep-dev" must be a whole number, 1 or more'],
    ['[tool.wheelhouse-uploader]\nkeep-dev = 1.5\n', '"keep-dev" must be a whole number, 1 or more'],
    [
      '[tool.wheelhouse-uploader]\nartifact_indexes = []\n',
      'there is no setting "artifact_indexes" in [tool.wheelhouse-uploader]',
    ],
    ['[project]\nname = hunter2\n', 'line 2: '],
    ['[project\n', 'line 1: '],
    ['a = 1\nb = 2\na = "hunter2"\n', 'line 3: '],
  ])('refuses %j', async (text, message) => {
    const error = await refusal(() => readPyproject(text));
    expect(error.code).toBe('CONFIG');
    expect(error.message).toContain(message);
    expect(error.message).not.toMatch(/hunter2|\n/);
    expect(error.cause).toBeUndefined();
  });
});

describe('mergeSettings', () => {
  it('takes each setting from the first file that has it, and says from which', () => {
    expect(
      mergeSettings([
        { filename: 'pyproject.toml', settings: { name: 'a', repository: 'testpypi' } },
        { filename: 'setup.cfg', settings: { name: 'b', version: '1.0', artifactIndexes: ['x'] } },
      ]),
    ).toEqual({
      name: 'a',
      repository: 'testpypi',
      version: '1.0',
      artifactIndexes: ['x'],
      origins: {
        name: 'pyproject.toml',
        repository: 'pyproject.toml',
        version: 'setup.cfg',
        artifactIndexes: 'setup.cfg',
      },
    });
  });

  it('takes a stated version over a dynamic one, whichever comes first', () => {
    const dynamic = { filename: 'pyproject.toml', settings: { dynamicVersion: true } };
    const stated = { filename: 'PKG-INFO', settings: { version: '1.0' } };
    const expected = { version: '1.0', origins: { version: 'PKG-INFO' } };
    expect(mergeSettings([dynamic, stated])).toEqual(expected);
    expect(mergeSettings([stated, dynamic])).toEqual(expected);
    expect(mergeSettings([dynamic])).toEqual({
      dynamicVersion: true,
      origins: { dynamicVersion: 'pyproject.toml' },
    });
  });
});

describe('readProjectConfig', () => {
  const read = async (files: Record<string, string>) => {
    await using folder = await makeFolder(
      Object.entries(files).map(([filename, bytes]) => ({ filename, bytes })),
    );
    return await readProjectConfig(folder.path);
  };

  it('reads an empty folder', async () => {
    expect(await read({})).toEqual({ origins: {} });
  });

  it('reads a folder that is not there', async () => {
    await using folder = await makeFolder([{ filename: 'file', bytes: '' }]);
    expect(await readProjectConfig(join(folder.path, 'missing'))).toEqual({ origins: {} });
    expect(await readProjectConfig(join(folder.path, 'file'))).toEqual({ origins: {} });
  });

  it('reads an unpacked sdist, whose PKG-INFO has the version that the build made', async () => {
    expect(
      await read({
        'pyproject.toml': '[project]\nname = "Foo.Bar"\ndynamic = ["version"]\n',
        'PKG-INFO': 'Metadata-Version: 2.1\nName: Foo.Bar\nVersion: 1.2.3\nSummary: UNKNOWN\n\nbody\n',
      }),
    ).toEqual({
      name: 'Foo.Bar',
      version: '1.2.3',
      origins: { name: 'pyproject.toml', version: 'PKG-INFO' },
    });
  });

  it('reads an old project: setup.cfg with its indexes, PKG-INFO for the name', async () => {
    expect(
      await read({
        'setup.cfg': '[wheelhouse_uploader]\nartifact_indexes =\n  https://a.example/\n',
        'PKG-INFO': 'Name: foo\nVersion: UNKNOWN\n',
      }),
    ).toEqual({
      name: 'foo',
      artifactIndexes: ['https://a.example/'],
      origins: { name: 'PKG-INFO', artifactIndexes: 'setup.cfg' },
    });
  });

  it.each([
    ['pyproject.toml', '[tool]\nhunter2\n', /^pyproject\.toml: line 2: /],
    ['setup.cfg', '[metadata]\nname = a\n\nhunter2\n', /^setup\.cfg: line 4: /],
    ['setup.cfg', 'hunter2\n', /^setup\.cfg: line 1: /],
  ])(
    'says in which line of %s the fault is, and nothing of what is there',
    async (filename, text, message) => {
      const error = await refusal(() => read({ [filename]: text }));
      expect(error).toMatchObject({ code: 'CONFIG', exitCode: 2 });
      expect(error.message).toMatch(message);
      expect(`${error.message}${String(error.cause)}`).not.toContain('hunter2');
    },
  );

  it('says which file cannot be read', async () => {
    await using folder = await makeFolder();
    await mkdir(join(folder.path, 'setup.cfg'));
    const error = await refusal(() => readProjectConfig(folder.path));
    expect(error.code).toBe('CONFIG');
    expect(error.message).toMatch(/^setup\.cfg cannot be read: /);
  });
});
