import { describe, expect, it } from 'vitest';
import { parsePage } from '../../src/listing/parse.ts';

const url = 'https://bucket.s3.example/';
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

function bucket(content: string, namespace = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'): string {
  return `${declaration}<ListBucketResult${namespace}><Name>bucket</Name><Prefix/>${content}</ListBucketResult>`;
}

function contents(key: string, size = 1): string {
  return `<Contents><Key>${key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>&quot;00&quot;</ETag><Size>${size}</Size><Owner><ID>1</ID></Owner></Contents>`;
}

function parse(body: string, pageUrl = url) {
  return parsePage(body, { url: pageUrl, contentType: 'application/xml' });
}

describe('a bucket', () => {
  it('lists keys with their sizes', () => {
    const page = parse(
      bucket(
        `<IsTruncated>false</IsTruncated>${contents('demo-1.0.tar.gz', 123)}${contents('a/b/c-1.zip', 0)}`,
      ),
    );
    expect(page).toEqual({
      links: [
        { url: `${url}demo-1.0.tar.gz`, filename: 'demo-1.0.tar.gz', hashes: {}, size: 123 },
        { url: `${url}a/b/c-1.zip`, filename: 'c-1.zip', hashes: {}, size: 0 },
      ],
      folders: [],
    });
  });

  it.each([
    ['demo-1.0+x.zip', 'demo-1.0%2Bx.zip', 'demo-1.0+x.zip'],
    ['demo-1.0&#43;x.zip', 'demo-1.0%2Bx.zip', 'demo-1.0+x.zip'],
    ['a b/c &amp; d.zip', 'a%20b/c%20%26%20d.zip', 'c & d.zip'],
    ['a#b/d-1.zip', 'a%23b/d-1.zip', 'd-1.zip'],
    ['a//d-1.zip', 'a//d-1.zip', 'd-1.zip'],
    ['50%/d-1.zip', '50%25/d-1.zip', 'd-1.zip'],
    ['é/d-1.zip', '%C3%A9/d-1.zip', 'd-1.zip'],
  ])('key %s', (key, path, filename) => {
    expect(parse(bucket(contents(key))).links).toMatchObject([{ url: url + path, filename }]);
  });

  it.each([
    '',
    'folder/',
    '../d-1.zip',
    'a/../d-1.zip',
    './d-1.zip',
    'd%2F..%2Fe-1.zip',
    'a\\d-1.zip',
    '.hidden',
  ])('key %j names no file', (key) => {
    expect(parse(bucket(contents(key) + contents('e-1.zip'))).links.map((link) => link.filename)).toEqual([
      'e-1.zip',
    ]);
  });

  it.each([
    ['https://bucket.s3.example', 'https://bucket.s3.example/d-1.zip'],
    ['https://bucket.s3.example/?list-type=2&prefix=x%2F', 'https://bucket.s3.example/d-1.zip'],
    ['https://s3.example/bucket', 'https://s3.example/bucket/d-1.zip'],
    ['https://s3.example/bucket/?prefix=x', 'https://s3.example/bucket/d-1.zip'],
  ])('at %s', (pageUrl, expected) => {
    expect(parse(bucket(contents('d-1.zip')), pageUrl).links[0]!.url).toBe(expected);
  });

  it('with encoding-type=url, in which a blank is +', () => {
    const body = bucket(
      `<EncodingType>url</EncodingType>${contents('a+b/demo-1.0%2Bx.zip')}<CommonPrefixes><Prefix>c+d/</Prefix></CommonPrefixes>`,
    );
    expect(parse(body)).toMatchObject({
      links: [{ url: `${url}a%20b/demo-1.0%2Bx.zip`, filename: 'demo-1.0+x.zip' }],
      folders: [`${url}c%20d/`],
    });
  });

  it('with common prefixes', () => {
    expect(parse(bucket('<CommonPrefixes><Prefix>simple/numpy/</Prefix></CommonPrefixes>')).folders).toEqual([
      `${url}simple/numpy/`,
    ]);
  });

  it.each([
    ['no name space', bucket(contents('d-1.zip'), '')],
    [
      "Google's name space",
      bucket(
        `${contents('d-1.zip')}<IsTruncated>false</IsTruncated>`,
        " xmlns='http://doc.s3.amazonaws.com/2006-03-01'",
      ),
    ],
    [
      'a prefix',
      '<s:ListBucketResult xmlns:s="x"><s:Contents><s:Key>d-1.zip</s:Key></s:Contents></s:ListBucketResult>',
    ],
  ])('%s', (_, body) => {
    expect(parse(body).links).toMatchObject([{ filename: 'd-1.zip' }]);
  });
});

describe('a bucket in several pages', () => {
  const truncated = '<IsTruncated>true</IsTruncated>';
  it.each([
    [
      'version 2',
      `${truncated}<NextContinuationToken>1/+a==&amp;</NextContinuationToken>`,
      { 'list-type': '2', 'continuation-token': '1/+a==&' },
    ],
    ['version 1 with a marker', `${truncated}<NextMarker>b+c.zip</NextMarker>`, { marker: 'b+c.zip' }],
    ['version 1 without one: the last key', truncated, { marker: 'd-1.zip' }],
    [
      'a marker in url encoding',
      `${truncated}<EncodingType>url</EncodingType><NextMarker>b%2Bc+d.zip</NextMarker>`,
      { marker: 'b+c d.zip' },
    ],
  ])('%s', (_, content, expected) => {
    const { next } = parse(bucket(content + contents('d-1.zip')), `${url}?prefix=x&marker=old#top`);
    const { searchParams, hash, pathname } = new URL(next!);
    expect(Object.fromEntries(searchParams)).toEqual({ prefix: 'x', marker: 'old', ...expected });
    expect([hash, pathname]).toEqual(['', '/']);
    expect(next).not.toMatch(/\+/); // or a server would read a blank
  });

  it('has no next page after the last', () => {
    expect(parse(bucket('<IsTruncated>false</IsTruncated><NextMarker>x</NextMarker>')).next).toBeUndefined();
  });

  it('is refused when it goes on, but does not say where', () => {
    expect(() => parse(bucket(truncated))).toThrow(expect.objectContaining({ code: 'INVALID_LISTING' }));
  });
});

describe('an Azure container', () => {
  const body = `${declaration}<EnumerationResults ServiceEndpoint="https://a.blob.example/" ContainerName="wheels"><Blobs>
<Blob><Name>a/demo-1.0+x.zip</Name><Properties><Content-Length>42</Content-Length><Content-Type>x</Content-Type></Properties></Blob>
<BlobPrefix><Name>sub/</Name></BlobPrefix></Blobs><NextMarker>MARK</NextMarker></EnumerationResults>`;

  it('lists blobs below the container, and goes on at the marker', () => {
    expect(parse(body, 'https://a.blob.example/wheels?restype=container&comp=list')).toEqual({
      links: [
        {
          url: 'https://a.blob.example/wheels/a/demo-1.0%2Bx.zip',
          filename: 'demo-1.0+x.zip',
          hashes: {},
          size: 42,
        },
      ],
      folders: ['https://a.blob.example/wheels/sub/'],
      next: 'https://a.blob.example/wheels?restype=container&comp=list&marker=MARK',
    });
  });

  it('ends without a marker', () => {
    const last = body.replace('<NextMarker>MARK</NextMarker>', '<NextMarker />');
    expect(parse(last, 'https://a.blob.example/wheels?comp=list').next).toBeUndefined();
  });
});

describe('XML that is not whole', () => {
  const whole = bucket(contents('d-1.zip') + contents('e-1.zip'));

  it('is refused wherever it was cut off', () => {
    for (let length = whole.indexOf('<Name>'); length < whole.length; length += 1) {
      expect(() => parse(whole.slice(0, length)), whole.slice(0, length)).toThrow(
        expect.objectContaining({ code: 'INVALID_LISTING' }),
      );
    }
    expect(parse(whole).links).toHaveLength(2);
  });

  it.each([
    ['too deep', bucket('<a>'.repeat(1_000_000))],
    ['too long', bucket('<a/>'.repeat(2_100_000))],
  ])('and what is %s too', (_, body) => {
    expect(() => parse(body)).toThrow(expect.objectContaining({ code: 'INVALID_LISTING' }));
  });
});
