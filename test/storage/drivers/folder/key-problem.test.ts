import { describe, expect, it } from 'vitest';
import { keyProblem } from '../../../../src/storage/drivers/folder/key-problem.ts';

describe('keyProblem', () => {
  it.each([
    'numpy-1.0-cp312-cp312-linux_x86_64.whl',
    'simple/numpy/index.html',
    '.wheelhouse/v1/a.whl/0a1b-12',
    '.wheelhouse/tmpx',
    'x/.wheelhouse/tmp/y',
    '...',
    '..a/b..',
    'a b+c%20#?&.whl',
    'grüße-🎡',
    'console-1.0.whl',
    'com10',
    'simple/null/index.html',
    'auxiliary.whl',
    'aux-1.0.tar.gz',
    'x'.repeat(255),
  ])('has none with %s', (key) => expect(keyProblem(key, 'linux')).toBeUndefined());

  it.each([
    ['', 'is empty'],
    ['/etc/passwd', 'has an empty segment'],
    ['a//b', 'has an empty segment'],
    ['a/', 'has an empty segment'],
    ['..', 'has a segment ..'],
    ['../a', 'has a segment ..'],
    ['a/../../b', 'has a segment ..'],
    ['./a', 'has a segment .'],
    ['a/.', 'has a segment .'],
    ['a\\b', 'has a backslash'],
    ['..\\a', 'has a backslash'],
    ['a\0b', 'has a NUL character'],
    ['x'.repeat(256), 'has a segment of more than 255 bytes'],
    ['é'.repeat(128), 'has a segment of more than 255 bytes'],
    ['lone \ud800', 'is not valid Unicode'],
    ['.wheelhouse/tmp', "lies in .wheelhouse/tmp/, which is the writers' own"],
    ['.wheelhouse/tmp/x.part', "lies in .wheelhouse/tmp/, which is the writers' own"],
    ['.Wheelhouse/TMP/x.part', "lies in .wheelhouse/tmp/, which is the writers' own"],
  ])('%j %s', (key, problem) => {
    expect(keyProblem(key, 'linux')).toBe(problem);
    expect(keyProblem(key, 'win32')).toBe(problem);
  });

  it.each(['a:b', 'C:', 'what?.whl', 'a*', 'a"b', '<a>', 'a|b', 'tab\t', 'dot.', 'space ', 'a./b'])(
    '%j is refused on Windows, and there only',
    (key) => {
      expect(keyProblem(key, 'win32')).toBe('has a character that Windows refuses');
      expect(keyProblem(key, 'linux')).toBeUndefined();
    },
  );

  it.each(['con', 'simple/NUL/index.html', 'aux.tar.gz', 'COM1', 'lpt9.whl', 'com¹', 'prn .txt', 'CONIN$'])(
    '%j is a device on Windows, and a name elsewhere: a project may be called aux',
    (key) => {
      expect(keyProblem(key, 'win32')).toBe('has the name of a Windows device');
      expect(keyProblem(key, 'linux')).toBeUndefined();
    },
  );
});
