import { describe, expect, it } from 'vitest';
import { parsePythonTag, runsOnPython } from '../../src/listing/python.ts';
import { indexedFile } from './indexed-file.ts';

describe('parsePythonTag', () => {
  it.each([
    ['cp310', { implementation: 'cp', major: 3, minor: 10, freeThreaded: false }],
    ['cp31', { implementation: 'cp', major: 3, minor: 1, freeThreaded: false }],
    ['cp27', { implementation: 'cp', major: 2, minor: 7, freeThreaded: false }],
    ['cp313t', { implementation: 'cp', major: 3, minor: 13, freeThreaded: true }],
    ['pp310', { implementation: 'pp', major: 3, minor: 10, freeThreaded: false }],
    ['py3', { implementation: 'py', major: 3, freeThreaded: false }],
    ['graalpy311', { implementation: 'graalpy', major: 3, minor: 11, freeThreaded: false }],
    ['3.12', { implementation: 'cp', major: 3, minor: 12, freeThreaded: false }],
    ['312', { implementation: 'cp', major: 3, minor: 12, freeThreaded: false }],
    ['CP312', { implementation: 'cp', major: 3, minor: 12, freeThreaded: false }],
    ['any', undefined],
    ['', undefined],
  ])('%s', (tag, expected) => expect(parsePythonTag(tag)).toEqual(expected));
});

describe('runsOnPython', () => {
  it.each([
    ['cp312', 'cp312-cp312-win32', true],
    ['3.12', 'cp312-cp312-win32', true],
    ['cp312', 'cp311-cp311-win32', false],
    ['cp312', 'cp313-cp313-win32', false],
    ['cp310', 'cp31-cp31m-win32', false],
    ['cp31', 'cp310-cp310-win32', false],
    ['cp312', 'cp310.cp311.cp312-none-win32', true],
    ['cp312', 'cp39-abi3-win32', true],
    ['cp312', 'cp312-abi3-win32', true],
    ['cp312', 'cp313-abi3-win32', false],
    ['cp312', 'cp39-none-win32', false],
    ['cp312', 'py3-none-any', true],
    ['cp312', 'py2.py3-none-any', true],
    ['cp312', 'py2-none-any', false],
    ['cp312', 'py38-none-any', true],
    ['cp312', 'py313-none-any', false],
    ['cp312', 'pp312-pypy312_pp73-win32', false],
    ['cp313', 'cp313-cp313t-win32', false],
    ['cp313', 'cp313-cp313.cp313t-win32', true],
    ['cp27', 'py2-none-any', true],
    ['cp27', 'py3-none-any', false],
    ['pp310', 'pp310-pypy310_pp73-win32', true],
    ['pp310', 'cp310-cp310-win32', false],
    ['pp310', 'py3-none-any', true],
    ['pp310', 'cp39-abi3-win32', false],
    ['cp313t', 'cp313-cp313t-win32', true],
    ['cp313t', 'cp313-cp313-win32', false],
    ['cp313t', 'cp39-abi3-win32', false],
    ['cp315t', 'cp315-abi3.abi3t-win32', true],
    ['cp313t', 'py3-none-any', true],
    ['weird', 'py3-none-any', false],
    ['weird', 'weird-none-any', true],
  ])('%s and %s: %s', (python, tags, expected) => {
    expect(runsOnPython(indexedFile(`demo-1.0-${tags}.whl`).distribution, python)).toBe(expected);
  });

  it.each([
    ['demo-1.0.tar.gz', true],
    ['demo-1.0.win32.exe', true],
    ['demo-1.0.win32-py2.7.exe', true],
    ['demo-1.0.win32-py2.6.exe', false],
  ])('cp27 and %s: %s', (filename, expected) => {
    expect(runsOnPython(indexedFile(filename).distribution, 'cp27')).toBe(expected);
  });
});
