import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { openMemory } from '../../src/storage/drivers/memory.ts';
import { bytesSource } from '../../src/storage/source.ts';
import { parseMark, renderMark } from '../../src/wheelhouse/mark.ts';
import {
  emptyMetadataFile,
  renderMetadataFile,
  type KnownArtifact,
  type MetadataFile,
} from '../../src/wheelhouse/metadata-file.ts';
import { readMetadata } from '../../src/wheelhouse/read-metadata.ts';
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

/** What is read of a container whose `metadata.json` is this, whole or in pieces. */
async function parse(text: string): Promise<MetadataFile | undefined> {
  const container = openMemory();
  await container.create();
  await container.write('metadata.json', bytesSource(Buffer.from(text)), { contentType: 'application/json' });
  const { file } = await readMetadata(container);
  const whole = container.read.bind(container);
  vi.spyOn(container, 'read').mockImplementation(async (...args) => {
    const opened = await whole(...args);
    return (
      opened && {
        ...opened,
        body: Readable.from(inPieces(opened.body, 7 + Math.floor(opened.sizeBytes / 10_000))),
      }
    );
  });
  const again = await readMetadata(container);
  expect(entries(again.file)).toEqual(entries(file));
  expect(again.file?.foreign).toEqual(file?.foreign);
  return file;
}

async function* inPieces(body: AsyncIterable<Buffer>, length: number): AsyncGenerator<Buffer> {
  for await (const chunk of body)
    for (let start = 0; start < chunk.length; start += length) yield chunk.subarray(start, start + length);
}

const entries = (file: MetadataFile | undefined) =>
  file && [...file.artifacts.keys()].map((name) => [name, file.artifacts.get(name)]);

describe('metadata.json', () => {
  it('is read as the Python tool writes it', async () => {
    const file = await parse(`{"${wheel}": {"sha256": "${sha256}", "size": 12}}`);
    expect(entries(file)).toEqual([[wheel, { sha256, sizeBytes: 12, body: {} }]]);
  });

  it('is written so that the Python tool reads it, one line for each file', async () => {
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
    expect(entries(await parse(text))).toEqual([[wheel, known]]);
    expect((await parse(text))?.foreign).toEqual(file.foreign);
  });

  it('is an empty object when there is nothing', () => {
    expect([...renderMetadataFile({ artifacts: new Map(), foreign: new Map() })]).toEqual(['{}\n']);
  });

  it.each([
    ['empty', ''],
    ['half written', `{"${wheel}": {"sha256": "${sha256}", "si`],
    ['an array', '[]'],
    ['a page', '<html></html>'],
  ])('is not taken for empty when it is %s', async (_, text) => {
    expect(await parse(text)).toBeUndefined();
  });

  it.each([
    ['no digest', { size: 12 }],
    ['a digest of the wrong form', { sha256: 'ABC', size: 12 }],
    ['no size', { sha256 }],
    ['a negative size', { sha256, size: -1 }],
    ['a size in words', { sha256, size: '12' }],
    ['no object', 'text'],
    ['null', null],
  ])('passes over an entry with %s', async (_, entry) => {
    expect((await parse(JSON.stringify({ [wheel]: entry })))?.artifacts.has(wheel)).toBe(false);
  });

  it('carries foreign keys along, hostile ones too', async () => {
    const text = '{"__proto__": {"polluted": true}, "constructor": 1, "a.txt": null}';
    const file = await parse(text);
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
  ])('is no JSON with %s, line by line or not', async (_, damage) => {
    const file = {
      artifacts: new Map([[wheel, { sha256, sizeBytes: 12, body: {} }]]),
      foreign: new Map<string, unknown>([['notes.txt', { a: [1] }]]),
    };
    const text = [...renderMetadataFile(file)].join('');
    expect((await parse(text))?.foreign).toEqual(file.foreign);
    expect(entries(await parse(text))).toEqual([...file.artifacts]);
    const damaged = damage(text);
    expect(damaged).not.toBe(text);
    expect(() => JSON.parse(damaged) as unknown).toThrow();
    expect(await parse(damaged)).toBeUndefined();
  });

  it.each([
    ['names with quotes, colons and ends of lines', ['a": 1', 'b\\', 'c\n}\n', 'd,\n"e": 1']],
    ['one entry', ['only']],
  ])('carries along %s', async (_, names) => {
    const foreign = new Map<string, unknown>(names.map((name) => [name, { [name]: [name, '},\n'] }]));
    const text = [...renderMetadataFile({ artifacts: new Map(), foreign })].join('');
    expect(entries(await parse(text))).toEqual([]);
    expect((await parse(text))?.foreign).toEqual(foreign);
  });

  it.each([
    ['indented', (value: object) => JSON.stringify(value, null, 2)],
    [
      'indented in our frame',
      (value: object) => `${JSON.stringify(value, null, 0).replace('{', '{\n').slice(0, -1)}\n}\n`,
    ],
    ['with a line for each value', (value: object) => `${JSON.stringify(value, null, 1)}\n`],
  ])('is read when another tool has written it %s', async (_, write) => {
    const text = write({ [wheel]: { sha256, size: 12 }, 'a.txt': { b: 1, c: 2 } });
    expect(entries(await parse(text))).toEqual([[wheel, { sha256, sizeBytes: 12, body: {} }]]);
    expect((await parse(text))?.foreign).toEqual(new Map([['a.txt', { b: 1, c: 2 }]]));
  });

  it('says the same of many artifacts as of few', async () => {
    const yank = { tag: '"7"', reason: 'bad\nline' };
    const body = { uploaded: '2026-11-21T10:00:00Z', requiresPython: '>=3.9', metadataSha256: sha256 };
    const known = Array.from({ length: 15_000 }, (_, i): [string, KnownArtifact] => [
      `pkg-1.${i}.tar.gz`,
      { sha256, sizeBytes: i, body: i % 3 === 0 ? {} : body, ...(i % 5 === 0 ? { yank } : {}) },
    ]);
    const text = [...renderMetadataFile({ artifacts: new Map(known), foreign: new Map() })].join('');
    const read = await parse(text);
    for (const [filename, artifact] of known) expect(read?.artifacts.get(filename)).toEqual(artifact);
    expect([...renderMetadataFile(read ?? emptyMetadataFile)].join('')).toBe(text);
  });

  it('says of a name that comes twice what comes last', async () => {
    const entry = (size: number) => `"${wheel}": {"sha256":"${sha256}","size":${size}}`;
    expect((await parse(`{\n${entry(1)},\n${entry(2)}\n}\n`))?.artifacts.get(wheel)?.sizeBytes).toBe(2);
  });

  it('is read when a line is longer than any of ours', async () => {
    const text = `{\n"a.txt": "${'x'.repeat(1_200_000)}",\n"b.txt": 1\n}\n`;
    expect([...((await parse(text))?.foreign.keys() ?? [])]).toEqual(['a.txt', 'b.txt']);
  });

  it('reads a file with a byte order mark', async () => {
    expect(await parse('\uFEFF{}')).toBeDefined();
  });
});
