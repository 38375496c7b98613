import { describe, expect, it } from 'vitest';
import { compareRecord, parseRecord, renderRecord } from '../../src/io/wheel-record.ts';

const row = (path: string, hash = '', size = '') => ({ path, hash, size });

describe('parseRecord', () => {
  it.each([
    [
      'plain rows',
      'a.py,sha256=x,1\nb.py,sha256=y,2\n',
      [row('a.py', 'sha256=x', '1'), row('b.py', 'sha256=y', '2')],
    ],
    ['rows without hash and size', 'd/RECORD,,\n', [row('d/RECORD')]],
    ['Windows line ends', 'a,h,1\r\nb,h,2\r\n', [row('a', 'h', '1'), row('b', 'h', '2')]],
    ['no line end at the end', 'a,h,1\nb,h,2', [row('a', 'h', '1'), row('b', 'h', '2')]],
    ['a comma in a path', '"a,b.py",h,1\n', [row('a,b.py', 'h', '1')]],
    ['a quote in a path', '"a""b.py",h,1\n', [row('a"b.py', 'h', '1')]],
    ['a line end in a path', '"a\nb",h,1\nc,h,2\n', [row('a\nb', 'h', '1'), row('c', 'h', '2')]],
    ['empty lines', '\na,h,1\n\n\n', [row('a', 'h', '1')]],
    ['a path alone', 'a\n', [row('a')]],
    ['nothing', '', []],
    ['a quote that is never closed', '"a,h,1\nb,h,2\n', [row('b', 'h', '2')]],
    ['something behind a quoted field', '"a"x,h,1\nb,h,2\n', [row('a'), row('b', 'h', '2')]],
  ])('reads %s', (_what, text, rows) => {
    expect(parseRecord(text)).toEqual(rows);
  });

  it('reads back what renderRecord wrote', () => {
    const rows = [row('a.py', 'sha256=x', '1'), row('a,"b"\n.py', 'sha256=y', '2'), row('d/RECORD')];
    expect(parseRecord(renderRecord(rows))).toEqual(rows);
    expect(parseRecord(renderRecord(rows, '\r\n'))).toEqual(rows);
  });

  it('is quick on a row that never ends', () => {
    expect(parseRecord(','.repeat(1_000_000))).toEqual([]);
    expect(parseRecord('"'.repeat(1_000_001)).length).toBeLessThan(2);
  });
});

describe('compareRecord', () => {
  const files = ['a.py', 'd/RECORD', 'd/RECORD.jws', 'd/RECORD.p7s'];

  it.each([
    ['agree', [row('a.py'), row('d/RECORD')], [], []],
    ['agree in Windows paths', [row('a.py'), row('d\\RECORD')], [], []],
    ['lack a row', [row('d/RECORD')], ['a.py'], []],
    ['lack a file', [row('a.py'), row('d/RECORD'), row('b.py')], [], ['b.py']],
    ['name a folder', [row('a.py'), row('d/RECORD'), row('d/')], [], []],
  ])('RECORD and files that %s', (_what, rows, unrecorded, unfound) => {
    expect(compareRecord(rows, files, 'd')).toEqual({ unrecorded, unfound });
  });
});
