import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { encodeMultipart, type FilePart } from '../../src/registry/multipart.ts';
import { parseMultipart, textFields } from '../servers/multipart.ts';

function filePart(bytes: Buffer, details: Partial<FilePart> = {}): FilePart {
  return {
    name: 'content',
    filename: 'tiny-1.0-py3-none-any.whl',
    sizeBytes: bytes.length,
    open: () =>
      Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false }) as AsyncIterable<Buffer>,
    ...details,
  };
}

describe('a form', () => {
  const texts = [
    ['line feeds', 'a\nb\n\n'],
    ['CRLF', 'a\r\nb\r\n'],
    ['both, and a lone CR', 'a\r\nb\nc\rd'],
    ['leading and trailing spaces', '  a\t \n  '],
    ['what is no ASCII', 'ünï — ☃ 🎡 \u2028'],
    ['something like a boundary', '\r\n--wheelhouse-\r\n--'],
    ['nothing', ''],
  ] as const;
  it.each(texts)('carries %s byte by byte', async (_, value) => {
    const body = encodeMultipart([['description', value]], filePart(Buffer.from('PK')));
    const bytes = await buffer(body.open());
    expect(bytes.length).toBe(body.sizeBytes);
    expect(textFields(parseMultipart(bytes, body.contentType))).toEqual([['description', value]]);
  });

  it('keeps the order and the multiplicity of its fields; the file comes last', async () => {
    const fields = [
      [':action', 'file_upload'],
      ['classifiers', 'A'],
      ['classifiers', 'B'],
      ['classifiers', 'A'],
    ] as const;
    const content = Buffer.from([0, 255, 13, 10, 45, 45]);
    const body = encodeMultipart(fields, filePart(content));
    const parts = parseMultipart(await buffer(body.open()), body.contentType);
    expect(textFields(parts)).toEqual(fields);
    expect(parts.at(-1)).toEqual({
      name: 'content',
      filename: 'tiny-1.0-py3-none-any.whl',
      contentType: 'application/octet-stream',
      content,
    });
  });

  it.each([[[]], [[['package_url', 'https://s3.example.com/a+b']]]] as const)(
    'may have no file: %o',
    async (fields) => {
      const body = encodeMultipart(fields, undefined);
      const bytes = await buffer(body.open());
      expect(bytes.length).toBe(body.sizeBytes);
      if (fields.length > 0) expect(textFields(parseMultipart(bytes, body.contentType))).toEqual(fields);
    },
  );

  it('can be sent again', async () => {
    const body = encodeMultipart([], filePart(Buffer.from('PK')));
    expect(await buffer(body.open())).toEqual(await buffer(body.open()));
  });

  it('has a boundary that no value holds', async () => {
    const offered = ['aa', 'bb', 'cc'];
    const fields = [
      ['summary', 'wheelhouse-aa'],
      ['description', '--wheelhouse-bb'],
    ] as const;
    const body = encodeMultipart(fields, filePart(Buffer.from('PK')), () => offered.shift() ?? '');
    expect(body.contentType).toBe('multipart/form-data; boundary=wheelhouse-cc');
    expect(textFields(parseMultipart(await buffer(body.open()), body.contentType))).toEqual(fields);
  });

  it('lets no name end its header', async () => {
    const filename = 'a"\r\nContent-Type: text/html\r\n\r\n.whl';
    const body = encodeMultipart([['x"\r\ny', '1']], filePart(Buffer.from('PK'), { filename }));
    const parts = parseMultipart(await buffer(body.open()), body.contentType);
    expect(parts.map(({ name }) => name)).toEqual(['x%22%0D%0Ay', 'content']);
    expect(parts[1]?.filename).toBe('a%22%0D%0AContent-Type: text/html%0D%0A%0D%0A.whl');
  });

  it('tells how much of the file has gone, not of the form', async () => {
    const told: number[] = [];
    const chunks = [Buffer.alloc(10), Buffer.alloc(5)];
    const open = () => Readable.from(chunks) as AsyncIterable<Buffer>;
    const body = encodeMultipart([['a', 'b']], filePart(Buffer.alloc(15), { open }));
    await buffer(body.open((doneBytes) => told.push(doneBytes)));
    expect(told).toEqual([10, 15]);
  });

  it.each([
    ['shorter', 3],
    ['longer', 1],
  ])('fails for good when the file has become %s', async (_, sizeBytes) => {
    const body = encodeMultipart([], filePart(Buffer.from('PK'), { sizeBytes }));
    await expect(buffer(body.open())).rejects.toMatchObject({
      code: 'FILE_SYSTEM',
      transient: false,
      message: 'tiny-1.0-py3-none-any.whl changed while it was sent',
    });
  });

  it('reads no further ahead than a few chunks, however large the file is', async () => {
    let read = 0;
    const chunk = Buffer.alloc(64 * 1024);
    async function* endless(): AsyncGenerator<Buffer> {
      for (; read < 100_000; read++) yield await Promise.resolve(chunk);
    }
    const body = encodeMultipart(
      [],
      filePart(Buffer.alloc(0), { open: endless, sizeBytes: 100_000 * chunk.length }),
    );
    let taken = 0;
    for await (const part of body.open() as AsyncIterable<Buffer>) {
      expect(part.length).toBeGreaterThan(0);
      await new Promise((resolve) => setImmediate(resolve));
      if (++taken === 50) break;
    }
    expect(read - taken).toBeLessThan(8);
  });
});
