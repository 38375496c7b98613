import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import type { Source } from '../../src/storage/container.ts';
import { bytesSource, fileSource, readSmall, readSource } from '../../src/storage/source.ts';
import { makeScratchFolder } from './scratch-folder.ts';

const collect = async (chunks: AsyncIterable<Buffer>) => {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString();
};
const textOf = async (stream: Readable) => collect(stream as AsyncIterable<Buffer>);

describe.each(['bytesSource', 'fileSource'])('%s', (kind) => {
  const withSource = async (text: string, act: (source: Source) => Promise<void>) => {
    if (kind === 'bytesSource') return act(bytesSource(text));
    const scratch = await makeScratchFolder();
    try {
      const path = join(scratch.path, 'file');
      await writeFile(path, text);
      await act(fileSource(path, Buffer.byteLength(text)));
    } finally {
      await scratch.remove();
    }
  };

  it('opens as often as it is asked to, whole or in part', () =>
    withSource('0123456789', async (source) => {
      expect(source.sizeBytes).toBe(10);
      for (let i = 0; i < 3; i++) expect(await textOf(source.open())).toBe('0123456789');
      expect(await textOf(source.open(2, 5))).toBe('234');
      expect(await textOf(source.open(8))).toBe('89');
      expect(await textOf(source.open(5, 5))).toBe('');
      expect(await collect(readSource(source, 'it'))).toBe('0123456789');
      expect(readSmall(source, 'it')?.toString()).toBe('0123456789');
    }));

  it('may be empty', () =>
    withSource('', async (source) => {
      expect(source.sizeBytes).toBe(0);
      expect(await textOf(source.open())).toBe('');
      expect(await collect(readSource(source, 'it'))).toBe('');
      expect(readSmall(source, 'it')?.length).toBe(0);
    }));
});

describe('readSmall', () => {
  it('leaves to a stream what is large, or comes in no other way', () => {
    expect(readSmall(bytesSource('x'.repeat(1024 * 1024)), 'it')).toBeDefined();
    expect(readSmall(bytesSource('x'.repeat(1024 * 1024 + 1)), 'it')).toBeUndefined();
    expect(readSmall({ sizeBytes: 1, open: () => Readable.from(['x']) }, 'it')).toBeUndefined();
  });

  it.each([
    ['fewer bytes', '0123', /a\.whl has 5 bytes, but 4 came/],
    ['more bytes', '012345', /a\.whl has 5 bytes, but more came/],
  ])('refuses %s than were announced', (_what, text, message) => {
    const source = { ...bytesSource(text), sizeBytes: 5 };
    expect(() => readSmall(source, 'a.whl')).toThrow(message);
  });

  it('tells of a file that is gone, and of an interruption', () => {
    const source = fileSource('/nowhere/a.whl', 5);
    expect(() => readSmall(source, 'a.whl')).toThrow(/cannot read the bytes of a\.whl/);
    expect(() => readSmall(source, 'a.whl', AbortSignal.abort())).toThrow(/interrupted/);
  });
});

describe('readSource', () => {
  it('counts bytes, not characters, of streams of strings', async () => {
    const source = { sizeBytes: 4, open: () => Readable.from(['é', 'é']) };
    expect(await collect(readSource(source, 'it'))).toBe('éé');
  });

  it.each([
    ['a file that is shorter than it was', 20, /a\.whl has 20 bytes, but 10 came/],
    ['a file that is longer than it was', 5, /a\.whl has 5 bytes, but more came/],
  ])('refuses %s', async (_what, sizeBytes, message) => {
    const source = { sizeBytes, open: () => Readable.from([Buffer.from('01234'), Buffer.from('56789')]) };
    const failure = collect(readSource(source, 'a.whl'));
    await expect(failure).rejects.toThrow(message);
    await expect(failure).rejects.toMatchObject({
      code: 'TRUNCATED',
      hint: expect.stringMatching(/changed/) as string,
    });
  });

  it('never hands on a byte beyond the announced size', async () => {
    const seen: string[] = [];
    const source = { sizeBytes: 3, open: () => Readable.from([Buffer.from('ab'), Buffer.from('cd')]) };
    await expect(
      (async () => {
        for await (const chunk of readSource(source, 'it')) seen.push(chunk.toString());
      })(),
    ).rejects.toThrow();
    expect(seen).toEqual(['ab']);
  });

  it('says which file cannot be read, and why', async () => {
    const source = fileSource(join('no', 'such', 'file'), 3);
    await expect(collect(readSource(source, 'a.whl'))).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      message: expect.stringMatching(/^cannot read the bytes of a\.whl: ENOENT/) as string,
    });
  });

  it('closes the stream when its reader stops early', async () => {
    const stream = Readable.from([Buffer.from('a'), Buffer.from('b')]);
    for await (const chunk of readSource({ sizeBytes: 2, open: () => stream }, 'it')) {
      expect(chunk.toString()).toBe('a');
      break;
    }
    expect(stream.destroyed).toBe(true);
  });

  it('ends a stalled source with the reason of the abort', async () => {
    const reason = new WheelhouseError('TIMEOUT', 'too slow');
    const controller = new AbortController();
    const stalled = new Readable({ read: () => controller.abort(reason) });
    await expect(
      collect(readSource({ sizeBytes: 2, open: () => stalled }, 'it', controller.signal)),
    ).rejects.toBe(reason);
    expect(stalled.destroyed).toBe(true);
  });
});
