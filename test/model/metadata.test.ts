import { describe, expect, it } from 'vitest';
import { multipleUseFields, parseMetadata, presentFields, readMetadata } from '../../src/model/metadata.ts';

const wheelMetadata = `Metadata-Version: 2.4
Name: scikit-learn
Version: 1.5.0
Summary: A set of python modules for machine learning and data mining
Author-email: Jörg <j@example.org>
License-Expression: BSD-3-Clause
License-File: COPYING
License-File: licenses/BLAS.txt
Keywords: machine learning,data mining
Platform: any
Classifier: Programming Language :: C
Classifier: Programming Language :: Python
Project-URL: homepage, https://scikit-learn.org
Project-URL: source, https://github.com/scikit-learn/scikit-learn
Requires-Python: >=3.9
Requires-Dist: numpy>=1.19.5
Requires-Dist: pandas>=1.1.5; extra == "examples"
Provides-Extra: examples
Description-Content-Type: text/x-rst
Import-Name: sklearn
Import-Name: sklearn._loss ; private
Dynamic: Summary
X-Built-With: love

.. -*- mode: rst -*-

    Indented: no header

Ends here.
`;

describe('parseMetadata', () => {
  it('reads METADATA of a wheel', () => {
    expect(parseMetadata(wheelMetadata)).toEqual({
      metadata_version: '2.4',
      name: 'scikit-learn',
      version: '1.5.0',
      summary: 'A set of python modules for machine learning and data mining',
      author_email: 'Jörg <j@example.org>',
      license_expression: 'BSD-3-Clause',
      license_file: ['COPYING', 'licenses/BLAS.txt'],
      keywords: 'machine learning,data mining',
      platform: ['any'],
      classifier: ['Programming Language :: C', 'Programming Language :: Python'],
      project_url: [
        'homepage, https://scikit-learn.org',
        'source, https://github.com/scikit-learn/scikit-learn',
      ],
      requires_python: '>=3.9',
      requires_dist: ['numpy>=1.19.5', 'pandas>=1.1.5; extra == "examples"'],
      provides_extra: ['examples'],
      description_content_type: 'text/x-rst',
      import_name: ['sklearn', 'sklearn._loss ; private'],
      dynamic: ['Summary'],
      x_built_with: 'love',
      description: '.. -*- mode: rst -*-\n\n    Indented: no header\n\nEnds here.\n',
    });
  });

  it.each<[string, string, Record<string, unknown>]>([
    ['nothing', '', {}],
    ['only blank lines', '\n\n', { description: '\n' }],
    ['names in any case', 'NAME: a\nrequires-DIST: b\n', { name: 'a', requires_dist: ['b'] }],
    ['no blank after the colon', 'Name:a\nVersion:1\n', { name: 'a', version: '1' }],
    ['blanks around values', 'Name: \t a \t\n', { name: 'a' }],
    ['colons in values', 'Home-page: https://a.example:8080/\n', { home_page: 'https://a.example:8080/' }],
    ['an empty value', 'Name: a\nKeywords:\nPlatform: \n', { name: 'a', keywords: '', platform: [''] }],
    [
      'UNKNOWN as it is',
      'Home-page: UNKNOWN\nPlatform: UNKNOWN\n',
      { home_page: 'UNKNOWN', platform: ['UNKNOWN'] },
    ],
    ['no line end at the end', 'Name: a\nVersion: 1', { name: 'a', version: '1' }],
    ['no body', 'Name: a\n\n', { name: 'a' }],
    ['a body to the byte', 'Name: a\n\n\n b \n\n', { name: 'a', description: '\n b \n\n' }],
    ['a body that looks like headers', 'Name: a\n\nName: b\n', { name: 'a', description: 'Name: b\n' }],
    [
      'CR LF',
      'Name: a\r\nSummary: b\r\n  c\r\n\r\nd\r\n\r\ne\r\n',
      { name: 'a', summary: 'b c', description: 'd\r\n\r\ne\r\n' },
    ],
    ['CR alone', 'Name: a\rVersion: 1\r\rb\r', { name: 'a', version: '1', description: 'b\r' }],
    ['a byte order mark', '\uFEFFName: a\n', { name: 'a' }],
    ['one of a multiple-use field', 'Classifier: a\n', { classifier: ['a'] }],
    ['an unknown field', 'X-Foo-Bar: a\n', { x_foo_bar: 'a' }],
    ['an unknown field given twice', 'X-Foo: a\nX-Foo: b\n', { x_foo: ['a', 'b'] }],
    ['both spellings of an unknown field as one', 'X_Foo: a\nx-foo: b\n', { x_foo: ['a', 'b'] }],
    // folding
    ['a folded line', 'Summary: one\n  two\n\tthree\nName: a\n', { summary: 'one two three', name: 'a' }],
    ['a value that begins on the next line', 'Summary:\n one\n', { summary: 'one' }],
    ['folded keywords', 'Keywords: a,b,\n        c\n', { keywords: 'a,b, c' }],
    [
      'a folded requirement',
      'Requires-Dist: a;\n python_version < "3"\n',
      { requires_dist: ['a; python_version < "3"'] },
    ],
    ['a continuation before any field', '  lost\nName: a\n', { name: 'a' }],
    ['a blank line of blanks as a continuation', 'Summary: a\n   \nName: b\n', { summary: 'a', name: 'b' }],
    [
      'a description folded with 8 spaces (distutils)',
      'Description: Title\n        =====\n        \n            code\n        end\nName: a\n',
      { description: 'Title\n=====\n\n    code\nend', name: 'a' },
    ],
    [
      'a description folded with 7 spaces and a bar (the specification)',
      'Description: Title\n       |=====\n       |\n       |    code\n       || table |\nName: a\n',
      { description: 'Title\n=====\n\n    code\n| table |', name: 'a' },
    ],
    [
      'a table in a description folded with 8 spaces',
      'Description: T\n        | a | b |\n        | 1 | 2 |\n',
      { description: 'T\n| a | b |\n| 1 | 2 |' },
    ],
    [
      'a licence of several lines',
      'License: Copyright\n        \n          (c) me\n        All.\nName: a\n',
      { license: 'Copyright\n\n  (c) me\nAll.', name: 'a' },
    ],
    // what Python's email parser does with what is no header
    [
      'a line without a colon begins the body',
      'Name: a\nhello\nVersion: 1\n',
      { name: 'a', description: 'hello\nVersion: 1\n' },
    ],
    [
      'a name with a blank in it begins the body',
      'Name: a\nnot a field: b\n',
      { name: 'a', description: 'not a field: b\n' },
    ],
    ['a field without a name is passed over', ': a\nName: b\n', { name: 'b' }],
    [
      'a Unicode line separator ends no line',
      'Summary: a\u2028b\u0085c\nName: d\n',
      { summary: 'a\u2028b\u0085c', name: 'd' },
    ],
  ])('reads %s', (_, text, fields) => {
    expect(parseMetadata(text)).toEqual(fields);
  });

  it('reads every multiple-use field as an array', () => {
    const header = (field: string) => field.replaceAll('_', '-');
    const text = multipleUseFields.map((field) => `${header(field)}: 1\n`).join('');
    expect(parseMetadata(text)).toEqual(Object.fromEntries(multipleUseFields.map((field) => [field, ['1']])));
  });

  it.each(['__proto__: polluted\n', '--proto--: polluted\n', 'constructor: polluted\nhasOwnProperty: x\n'])(
    'pollutes no prototype with %j',
    (text) => {
      const fields = parseMetadata(`Name: a\n${text}`);
      expect(Object.getPrototypeOf(fields)).toBe(Object.prototype);
      expect(Object.values(fields)).toContain('polluted');
      expect(Object.getOwnPropertyNames(Object.prototype)).not.toContain('polluted');
    },
  );

  it('reads large documents', () => {
    const many = 'Requires-Dist: a\n'.repeat(100_000);
    expect(parseMetadata(many).requires_dist).toHaveLength(100_000);
    const folded = `Summary: a${`\n${' '.repeat(50)}`.repeat(20_000)}b\n`;
    expect(parseMetadata(folded).summary).toBe('a b');
    const blanks = `Summary: a${' '.repeat(300_000)}b\n`;
    expect(parseMetadata(blanks).summary).toHaveLength(300_002);
    const description = 'x\n'.repeat(1_000_000);
    expect(parseMetadata(`Name: a\n\n${description}`).description).toBe(description);
  });
});

describe('readMetadata', () => {
  it.each<[string, string, Record<string, unknown>, Record<string, readonly string[]>]>([
    ['a version given twice', 'Name: a\nVersion: 1\nVersion: 2\n', { name: 'a' }, { version: ['1', '2'] }],
    ['even where both are the same', 'Name: a\nNAME: a\n', {}, { name: ['a', 'a'] }],
    ['two descriptions', 'Name: a\nDescription: b\n\nc\n', { name: 'a' }, { description: ['b', 'c\n'] }],
    ['not fields of multiple use', 'Platform: a\nPlatform: a\n', { platform: ['a', 'a'] }, {}],
    ['not unknown fields', 'X-A: 1\nX-A: 2\n', { x_a: ['1', '2'] }, {}],
  ])('leaves out as ambiguous %s', (_, text, fields, ambiguous) => {
    expect(readMetadata(text)).toEqual({ fields, ambiguous });
  });
});

describe('presentFields', () => {
  it('leaves out what says nothing', () => {
    const metadata = parseMetadata(
      'Name: a\nHome-page: UNKNOWN\nSummary:\nPlatform: UNKNOWN\nPlatform: linux\nClassifier: \nLicense: unknown\nX-A: UNKNOWN\n\nUNKNOWN\n\n',
    );
    expect(presentFields(metadata)).toEqual({ name: 'a', platform: ['linux'], license: 'unknown' });
  });

  it('leaves its argument as it is', () => {
    const metadata = parseMetadata('Name: UNKNOWN\nPlatform: UNKNOWN\n');
    expect(presentFields(metadata)).toEqual({});
    expect(metadata).toEqual({ name: 'UNKNOWN', platform: ['UNKNOWN'] });
  });
});
