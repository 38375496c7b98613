import { describe, expect, it } from 'vitest';
import { parseMark, renderMark } from '../../src/wheelhouse/mark.ts';
import {
  parseMetadataFile,
  readMetadataFile,
  renderMetadataFile,
  type KnownArtifact,
} from '../../src/wheelhouse/metadata-file.ts';
import { parseRecord, renderRecord, type RecordBody } from '../../src/wheelhouse/record.ts';

const wheel = 'pkg-1.0-py3-none-any.whl';
const sha256 = 'b'.repeat(64);

describe('a record', () => {
  it.each<[RecordBody]>([
    [{}],
    [{ uploaded: '2026-11-21T10:00:00.123Z' }],
    [{ uploaded: '2026-11-21T10:00:00Z', requiresPython: '>=3.9,<4', metadataSha256: sha256 }],
  ])('reads back what was written: %j', (body) => {
    expect(parseRecord(renderRecord(body))).toEqual(body);
  });

  it.each([
    ['not JSON', ''],
    ['half written', '{"uploaded": "2026-11-2'],
    ['an array', '[1]'],
    ['null', 'null'],
    ['fields of the wrong form', '{"uploaded": 5, "requires-python": [], "metadata-sha256": "xyz"}'],
    ['a time in another zone', '{"uploaded": "2026-11-21T10:00:00+02:00"}'],
    ['a time that is none', '{"uploaded": "2026-13-41T10:00:00Z"}'],
    ['unknown fields', '{"future": true}'],
  ])('says nothing when it is %s', (_, text) => {
    expect(parseRecord(text)).toEqual({});
  });
});

describe('a mark', () => {
  it('keeps its reason and date', () => {
    const mark = { reason: 'broken on "win32"', date: '2026-11-21T10:00:00Z' };
    expect(parseMark(renderMark(mark))).toEqual(mark);
    expect(parseMark('garbage')).toEqual({ reason: '' });
  });
});

describe('metadata.json', () => {
  it('is read as the Python tool writes it', () => {
    const file = parseMetadataFile(`{"${wheel}": {"sha256": "${sha256}", "size": 12}}`);
    expect(file?.artifacts).toEqual(new Map([[wheel, { sha256, sizeBytes: 12, body: {} }]]));
  });

  it('is written so that the Python tool reads it, one line for each file', () => {
    const body = { uploaded: '2026-11-21T10:00:00Z', requiresPython: '>=3.9', metadataSha256: sha256 };
    const known: KnownArtifact = { sha256, sizeBytes: 12, body, yank: { tag: '"7"', reason: 'bad' } };
    const file = { artifacts: new Map([[wheel, known]]), foreign: new Map([['notes.txt', { a: [1] }]]) };
    const text = [...renderMetadataFile(file)].join('');
    expect(JSON.parse(text)).toEqual({
      'notes.txt': { a: [1] },
      [wheel]: {
        sha256,
        size: 12,
        uploaded: '2026-11-21T10:00:00Z',
        'requires-python': '>=3.9',
        'metadata-sha256': sha256,
        yanked: 'bad',
        'yanked-tag': '"7"',
      },
    });
    expect(text.split('\n')).toHaveLength(5);
    expect(parseMetadataFile(text)).toEqual(file);
  });

  it('is an empty object when there is nothing', () => {
    expect([...renderMetadataFile({ artifacts: new Map(), foreign: new Map() })]).toEqual(['{}\n']);
  });

  it.each([
    ['empty', ''],
    ['half written', `{"${wheel}": {"sha256": "${sha256}", "si`],
    ['an array', '[]'],
    ['a page', '<html></html>'],
  ])('is not taken for empty when it is %s', (_, text) => {
    expect(parseMetadataFile(text)).toBeUndefined();
  });

  it.each([
    ['no digest', { size: 12 }],
    ['a digest of the wrong form', { sha256: 'ABC', size: 12 }],
    ['no size', { sha256 }],
    ['a negative size', { sha256, size: -1 }],
    ['a size in words', { sha256, size: '12' }],
    ['no object', 'text'],
    ['null', null],
  ])('passes over an entry with %s', (_, entry) => {
    expect(parseMetadataFile(JSON.stringify({ [wheel]: entry }))?.artifacts.size).toBe(0);
  });

  it('carries foreign keys along, hostile ones too', () => {
    const text = '{"__proto__": {"polluted": true}, "constructor": 1, "a.txt": null}';
    const file = parseMetadataFile(text);
    expect([...(file?.foreign.keys() ?? [])]).toEqual(['__proto__', 'constructor', 'a.txt']);
    const again = [...renderMetadataFile(file ?? { artifacts: new Map(), foreign: new Map() })].join('');
    expect(again).toContain('"__proto__": {"polluted":true}');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['a comma too many', (text: string) => text.replace('}\n}\n', '},\n}\n')],
    ['a comma too few', (text: string) => text.replace('},\n', '}\n')],
    ['an entry cut short', (text: string) => text.replace('}\n}\n', '\n}\n')],
    ['something after its end', (text: string) => `${text}{\n}\n`],
    ['a name that is no string', (text: string) => text.replace('"notes.txt"', '5"')],
  ])('is no JSON with %s, line by line or not', (_, damage) => {
    const file = {
      artifacts: new Map([[wheel, { sha256, sizeBytes: 12, body: {} }]]),
      foreign: new Map<string, unknown>([['notes.txt', { a: [1] }]]),
    };
    const text = [...renderMetadataFile(file)].join('');
    expect(parseMetadataFile(text)).toEqual(file);
    const damaged = damage(text);
    expect(damaged).not.toBe(text);
    expect(() => JSON.parse(damaged) as unknown).toThrow();
    expect(parseMetadataFile(damaged)).toBeUndefined();
  });

  it.each([
    ['names with quotes, colons and ends of lines', ['a": 1', 'b\\', 'c\n}\n', 'd,\n"e": 1']],
    ['one entry', ['only']],
  ])('carries along %s', (_, names) => {
    const foreign = new Map<string, unknown>(names.map((name) => [name, { [name]: [name, '},\n'] }]));
    const text = [...renderMetadataFile({ artifacts: new Map(), foreign })].join('');
    expect(parseMetadataFile(text)).toEqual({ artifacts: new Map(), foreign });
  });

  it.each([
    ['indented', (value: object) => JSON.stringify(value, null, 2)],
    [
      'indented in our frame',
      (value: object) => `${JSON.stringify(value, null, 0).replace('{', '{\n').slice(0, -1)}\n}\n`,
    ],
    ['with a line for each value', (value: object) => `${JSON.stringify(value, null, 1)}\n`],
  ])('is read when another tool has written it %s', (_, write) => {
    const text = write({ [wheel]: { sha256, size: 12 }, 'a.txt': { b: 1, c: 2 } });
    expect(parseMetadataFile(text)).toEqual({
      artifacts: new Map([[wheel, { sha256, sizeBytes: 12, body: {} }]]),
      foreign: new Map([['a.txt', { b: 1, c: 2 }]]),
    });
  });

  it('reads a file with a byte order mark', () => {
    expect(parseMetadataFile('\uFEFF{}')).toBeDefined();
  });

  it('is parsed once, however often its bytes are asked for what they say', () => {
    const [bytes, broken] = [
      Buffer.from(`{"${wheel}": {"sha256": "${sha256}", "size": 1}}`),
      Buffer.from('['),
    ];
    expect(readMetadataFile(bytes)?.artifacts.get(wheel)).toEqual({ sha256, sizeBytes: 1, body: {} });
    expect(readMetadataFile(bytes)).toBe(readMetadataFile(bytes));
    for (let time = 0; time < 2; time++) expect(readMetadataFile(broken)).toBeUndefined();
  });
});
