import { describe, expect, it } from 'vitest';
import { uploadFields } from '../../src/registry/upload-form.ts';
import { imaginary } from './artifacts.ts';

const wheel = 'tiny_project-1.0-py3-none-any.whl';
const head = (version = '2.1') => `Metadata-Version: ${version}\nName: tiny_project\nVersion: 1.0\n`;

interface Details {
  readonly filename?: string;
  readonly version?: string;
  readonly rules?: 'any' | 'gitlab';
}

function fieldsOf(lines: string, { filename = wheel, version = '2.1', rules = 'any' }: Details = {}) {
  return uploadFields(imaginary(filename, head(version) + lines), rules);
}
const valuesOf = (fields: ReturnType<typeof fieldsOf>, name: string) =>
  fields.filter(([field]) => field === name).map(([, value]) => value);

describe('the control fields', () => {
  it('are those of twine 7, without md5_digest', () => {
    expect(fieldsOf('').filter(([name]) => !['name', 'version', 'metadata_version'].includes(name))).toEqual([
      [':action', 'file_upload'],
      ['protocol_version', '1'],
      ['filetype', 'bdist_wheel'],
      ['pyversion', 'py3'],
      ['sha256_digest', '2'.repeat(64)],
      ['blake2_256_digest', '3'.repeat(64)],
    ]);
  });

  it('hold the attestations of PEP 740 as one JSON array', () => {
    const attestations = ['{"version":1}', '{"version":1,"x":"é"}'];
    const fields = uploadFields(imaginary(wheel, head(), { attestations }), 'pypi');
    expect(valuesOf(fields, 'attestations')).toEqual(['[{"version":1},{"version":1,"x":"é"}]']);
    expect(valuesOf(fieldsOf(''), 'attestations')).toEqual([]);
  });

  it.each([
    ['tiny_project-1.0-py2.py3-none-any.whl', 'bdist_wheel', 'py2.py3'],
    ['tiny_project-1.0-1-cp312-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl', 'bdist_wheel', 'cp312'],
    ['tiny_project-1.0.tar.gz', 'sdist', 'source'],
    ['tiny_project-1.0.zip', 'sdist', 'source'],
    ['tiny_project-1.0.win32-py2.7.exe', 'bdist_wininst', '2.7'],
    ['tiny_project-1.0.win-amd64.exe', 'bdist_wininst', 'any'],
  ])('follow from the file name: %s', (filename, filetype, pyversion) => {
    const fields = fieldsOf('', { filename });
    expect(valuesOf(fields, 'filetype')).toEqual([filetype]);
    expect(valuesOf(fields, 'pyversion')).toEqual([pyversion]);
  });
});

describe('the metadata fields', () => {
  const cases: [what: string, lines: string, name: string, values: string[], version?: string][] = [
    ['plural names', 'Classifier: A :: B\nClassifier: C\n', 'classifiers', ['A :: B', 'C']],
    [
      'project URLs',
      'Project-URL: Home,https://x\nProject-URL: Docs , https://y,z\n',
      'project_urls',
      ['Home, https://x', 'Docs, https://y,z'],
    ],
    ['a project URL without a label', 'Project-URL: https://x\n', 'project_urls', ['https://x, ']],
    ['keywords in one field', 'Keywords: a b,c , d\n', 'keywords', ['a b, c, d']],
    ['singular platforms', 'Platform: any\nPlatform: UNKNOWN\nPlatform: win\n', 'platform', ['any', 'win']],
    ['supported platforms', 'Supported-Platform: x\n', 'supported_platform', ['x']],
    [
      'dependencies',
      "Requires-Dist: x ; extra == 'Foo'\nRequires-Dist: y\n",
      'requires_dist',
      ["x ; extra == 'Foo'", 'y'],
    ],
    [
      'extras as written',
      'Provides-Extra: Foo\nProvides-Extra: bar_baz\n',
      'provides_extra',
      ['Foo', 'bar_baz'],
    ],
    ['fields of old', 'Requires: q\n', 'requires', ['q']],
    ['dynamic fields', 'Dynamic: Requires-Dist\n', 'dynamic', ['Requires-Dist'], '2.2'],
    [
      'licence files',
      'License-File: LICENSE\nLicense-File: a/b\n',
      'license_file',
      ['LICENSE', 'a/b'],
      '2.4',
    ],
    ['licence files before 2.4', 'License-File: LICENSE\n', 'license_file', [], '2.3'],
    [
      'licence files from a later major version',
      'License-File: LICENSE\n',
      'license_file',
      ['LICENSE'],
      '3.0',
    ],
    ['a licence expression', 'License-Expression: MIT\n', 'license_expression', ['MIT'], '2.4'],
    [
      'import names',
      'Import-Name: a\nImport-Name: b.c ; private\n',
      'import_name',
      ['a', 'b.c ; private'],
      '2.5',
    ],
    ['import namespaces', 'Import-Namespace: ns\n', 'import_namespace', ['ns'], '2.5'],
    ['no UNKNOWN', 'Home-page: UNKNOWN\n', 'home_page', []],
    ['nothing empty', 'License:\n', 'license', []],
    ['no unknown fields', 'X-Secret: y\n', 'x_secret', []],
    ['UTF-8', 'Summary: ünï — ☃\n', 'summary', ['ünï — ☃']],
    [
      'a description, byte by byte',
      '\n  # lead\r\nx\n\ty é\n\n\n',
      'description',
      ['  # lead\r\nx\n\ty é\n\n\n'],
    ],
    ['a folded description, unfolded', 'Description: one\n        two\n', 'description', ['one\ntwo'], '1.2'],
  ];
  it.each(cases)('%s', (_, lines, name, values, version = '2.1') => {
    expect(valuesOf(fieldsOf(lines, { version }), name)).toEqual(values);
  });

  it('have the safe name that PyPI shows, not the normalized one', () => {
    const artifact = imaginary(wheel, 'Metadata-Version: 2.1\nName: Tiny._project__x\nVersion: 1.0\n');
    expect(valuesOf(uploadFields(artifact, 'any'), 'name')).toEqual(['Tiny.-project-x']);
  });

  it('take name and version from the file name where the metadata has none', () => {
    const fields = uploadFields(imaginary(wheel, ''), 'any');
    expect(valuesOf(fields, 'name')).toEqual(['tiny-project']);
    expect(valuesOf(fields, 'version')).toEqual(['1.0']);
  });

  it('give GitLab a requires_python even when there is none', () => {
    expect(valuesOf(fieldsOf('', { rules: 'gitlab' }), 'requires_python')).toEqual(['']);
    expect(valuesOf(fieldsOf('Requires-Python: >=3\n', { rules: 'gitlab' }), 'requires_python')).toEqual([
      '>=3',
    ]);
    expect(valuesOf(fieldsOf(''), 'requires_python')).toEqual([]);
  });
});
