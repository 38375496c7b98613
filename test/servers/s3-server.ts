import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { listen, readBody, type RunningServer } from './listen.ts';

/** What a bucket holds under one key. */
interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly contentType: string;
  readonly modified: Date;
}

export interface S3ServerOptions {
  readonly username?: string;
  readonly secret?: string;
  readonly region?: string;
  /** By how much its clock is ahead of ours, in milliseconds. */
  readonly clockAheadMs?: number;
  /** `ignored`: answers as if conditions had held. `unquoted`: knows tags without quotes only. Default: `honoured`. */
  readonly conditions?: 'honoured' | 'ignored' | 'refused' | 'unquoted';
  /** Takes a body whatever digest its request was signed with. */
  readonly ignoresDigests?: boolean;
  /** Least size of a part but the last. Default: 5 MiB. */
  readonly leastPartBytes?: number;
  readonly listPageSize?: number;
  /** An answer instead of the server's own; called before it does anything. */
  readonly intercept?: (request: S3Request) => S3Answer | undefined;
  /** Whether the body arrives with one byte changed. */
  readonly damages?: (request: S3Request) => boolean;
  /** Whether the answer is lost after the server did what it was asked. */
  readonly losesAnswer?: (request: S3Request) => boolean;
}

export interface S3Request {
  /** From 1. */
  readonly n: number;
  readonly method: string;
  readonly bucket: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage['headers'];
}

export interface S3Answer {
  readonly status: number;
  readonly body?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface S3FakeServer extends RunningServer {
  readonly requests: readonly S3Request[];
  readonly buckets: ReadonlyMap<string, Map<string, StoredObject>>;
  /** How buckets are shown as websites: the XML that was put, by bucket. */
  readonly websites: Map<string, string>;
  /** Uploads in parts that nobody has completed or aborted. */
  readonly openUploads: () => number;
}

/** An error as S3 words it: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html */
export function s3Error(status: number, code: string, message = `${code}, as S3 says it`): S3Answer {
  return {
    status,
    body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`,
  };
}

/**
 * A small S3 in memory that holds to the rules of https://docs.aws.amazon.com/AmazonS3/latest/API/: signatures of
 * version 4 and their 15 minutes, digests of bodies, conditions, parts, pages of listings.
 */
export async function startS3Server(options: S3ServerOptions = {}): Promise<S3FakeServer> {
  const buckets = new Map<string, Map<string, StoredObject>>();
  const uploads = new Map<string, { key: string; contentType: string; parts: Map<number, Buffer> }>();
  const requests: S3Request[] = [];
  const websites = new Map<string, string>();
  const store: Store = { buckets, websites, uploads, options };
  const server = await listen(async (incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://s3');
    const [, bucket = '', ...rest] = url.pathname.split('/');
    const request: S3Request = {
      n: requests.length + 1,
      method: incoming.method ?? 'GET',
      bucket,
      key: decodeURIComponent(rest.join('/')),
      query: url.searchParams,
      headers: incoming.headers,
    };
    requests.push(request);
    const body = await readBody(incoming);
    if (options.damages?.(request) === true) body[0]! ^= 1;
    const answer =
      options.intercept?.(request) ??
      checkSignature(incoming, url, body, options) ??
      (await act(store, request, body));
    if (options.losesAnswer?.(request) === true) return void response.destroy();
    const headers = {
      'content-type': 'application/xml',
      date: now(options).toUTCString(),
      ...answer.headers,
    };
    response.writeHead(answer.status, headers);
    response.end(request.method === 'HEAD' ? undefined : answer.body);
  });
  return { ...server, requests, buckets, websites, openUploads: () => uploads.size };
}

interface Store {
  readonly buckets: Map<string, Map<string, StoredObject>>;
  /** What was put at `?website`, by bucket. */
  readonly websites: Map<string, string>;
  readonly uploads: Map<string, { key: string; contentType: string; parts: Map<number, Buffer> }>;
  readonly options: S3ServerOptions;
}

function now({ clockAheadMs = 0 }: S3ServerOptions): Date {
  return new Date(Date.now() + clockAheadMs);
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
function checkSignature(
  { headers, method = 'GET' }: IncomingMessage,
  url: URL,
  body: Buffer,
  options: S3ServerOptions,
): S3Answer | undefined {
  const { username = 'me', secret = 'mine', region = 'us-east-1' } = options;
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  const [, keyId = '', day = '', signedRegion = '', signed = '', signature = ''] = match ?? [];
  if (match === null) return s3Error(403, 'AccessDenied');
  if (keyId !== username) return s3Error(403, 'InvalidAccessKeyId');
  if (signedRegion !== region)
    return {
      ...s3Error(
        400,
        'AuthorizationHeaderMalformed',
        `The authorization header is malformed; the region '${signedRegion}' is wrong; expecting '${region}'`,
      ),
      headers: { 'x-amz-bucket-region': region },
    };
  const at = String(headers['x-amz-date']);
  const signedMs = Date.parse(at.replace(/^(....)(..)(..T..)(..)(..Z)$/, '$1-$2-$3:$4:$5'));
  if (Math.abs(signedMs - now(options).getTime()) > 15 * 60_000) return s3Error(403, 'RequestTimeTooSkewed');
  const payload = String(headers['x-amz-content-sha256']);
  const query = [...url.searchParams].map(([name, value]) => `${escape(name)}=${escape(value)}`).sort();
  const names = signed.split(';');
  const lines = names.map((name) => `${name}:${String(headers[name]).trim().replace(/ +/g, ' ')}\n`).join('');
  const canonical = [method, url.pathname, query.join('&'), lines, signed, payload].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', at, `${day}/${region}/s3/aws4_request`, sha256(canonical)].join('\n');
  const key = [day, region, 's3', 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secret}`);
  if (hmac(key, toSign).toString('hex') !== signature) return s3Error(403, 'SignatureDoesNotMatch');
  const isChecked = options.ignoresDigests !== true && payload !== 'UNSIGNED-PAYLOAD';
  if (isChecked && payload !== sha256(body)) return s3Error(400, 'XAmzContentSHA256Mismatch');
  return undefined;
}

function act(store: Store, request: S3Request, body: Buffer): S3Answer | Promise<S3Answer> {
  const { method, bucket, key, query } = request;
  const objects = store.buckets.get(bucket);
  if (key === '' && query.has('website')) return actOnWebsite(store, request, body.toString());
  if (key === '' && method === 'PUT') return createBucket(store, bucket);
  if (objects === undefined) return s3Error(404, 'NoSuchBucket');
  if (key === '' && method === 'HEAD')
    return { status: 200, headers: { 'x-amz-bucket-region': store.options.region ?? 'us-east-1' } };
  if (key === '') return list(objects, query, store.options);
  if (query.has('uploads') || query.has('uploadId')) return actOnUpload(store, objects, request, body);
  const object = objects.get(key);
  switch (method) {
    case 'HEAD':
    case 'GET':
      return object === undefined ? s3Error(404, 'NoSuchKey') : serve(object, request);
    case 'PUT':
      return (
        checkConditions(object, request, store.options) ??
        put(objects, key, body, etagOf(body), String(request.headers['content-type']))
      );
    case 'DELETE':
      objects.delete(key);
      return { status: 204 };
    default:
      return s3Error(405, 'MethodNotAllowed');
  }
}

function createBucket({ buckets }: Store, name: string): S3Answer {
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(name)) return s3Error(400, 'InvalidBucketName');
  if (name === 'taken') return s3Error(409, 'BucketAlreadyExists');
  if (buckets.has(name)) return s3Error(409, 'BucketAlreadyOwnedByYou');
  buckets.set(name, new Map());
  return { status: 200 };
}

function actOnWebsite({ buckets, websites }: Store, { method, bucket }: S3Request, body: string): S3Answer {
  if (!buckets.has(bucket)) return s3Error(404, 'NoSuchBucket');
  const website = websites.get(bucket);
  if (method === 'GET')
    // https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList
    return website === undefined
      ? s3Error(
          404,
          'NoSuchWebsiteConfiguration',
          'The specified bucket does not have a website configuration',
        )
      : { status: 200, body: website };
  if (method !== 'PUT') return s3Error(405, 'MethodNotAllowed');
  const [, suffix] = /<IndexDocument><Suffix>([^<]*)</.exec(body) ?? [];
  // What a website needs: https://docs.aws.amazon.com/AmazonS3/latest/API/API_WebsiteConfiguration.html
  if (suffix === undefined && !body.includes('<RedirectAllRequestsTo>')) return s3Error(400, 'MalformedXML');
  // "must not be empty and must not include a slash": https://docs.aws.amazon.com/AmazonS3/latest/API/API_IndexDocument.html
  if (suffix === '' || suffix?.includes('/') === true)
    return s3Error(400, 'InvalidArgument', 'The IndexDocument Suffix is not well formed');
  websites.set(bucket, body);
  return { status: 200 };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html */
function checkConditions(
  object: StoredObject | undefined,
  { headers }: S3Request,
  { conditions = 'honoured' }: S3ServerOptions,
): S3Answer | undefined {
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = headers;
  if (conditions === 'ignored' || (ifMatch === undefined && ifNoneMatch === undefined)) return undefined;
  if (conditions === 'refused') return s3Error(501, 'NotImplemented');
  if (ifNoneMatch === '*' && object !== undefined) return s3Error(412, 'PreconditionFailed');
  if (ifMatch === undefined) return undefined;
  if (object === undefined) return s3Error(404, 'NoSuchKey');
  const etag = conditions === 'unquoted' ? object.etag.replace(/"/g, '') : object.etag;
  return ifMatch === etag ? undefined : s3Error(412, 'PreconditionFailed');
}

function put(
  objects: Map<string, StoredObject>,
  key: string,
  bytes: Buffer,
  etag: string,
  contentType: string,
): S3Answer {
  objects.set(key, { bytes, etag, contentType, modified: new Date() });
  return { status: 200, headers: { etag } };
}

function serve({ bytes, etag, contentType, modified }: StoredObject, { headers }: S3Request): S3Answer {
  const common = { etag, 'content-type': contentType, 'last-modified': modified.toUTCString() };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
  if (from === undefined)
    return { status: 200, body: bytes, headers: { ...common, 'content-length': String(bytes.length) } };
  if (Number(from) >= bytes.length) return s3Error(416, 'InvalidRange');
  const part = bytes.subarray(Number(from), to === '' ? undefined : Number(to) + 1);
  const range = `bytes ${from}-${Number(from) + part.length - 1}/${bytes.length}`;
  return {
    status: 206,
    body: part,
    headers: { ...common, 'content-range': range, 'content-length': String(part.length) },
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html: by the bytes of the keys, page by page. */
function list(
  objects: Map<string, StoredObject>,
  query: URLSearchParams,
  { listPageSize = 1000 }: S3ServerOptions,
): S3Answer {
  const prefix = query.get('prefix') ?? '';
  const after = Buffer.from(query.get('continuation-token') ?? '', 'base64').toString();
  const keys = [...objects.keys()]
    .filter((key) => key.startsWith(prefix))
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const rest = after === '' ? keys : keys.slice(keys.indexOf(after) + 1);
  const page = rest.slice(0, Math.min(listPageSize, Number(query.get('max-keys') ?? listPageSize)));
  const isTruncated = page.length < rest.length;
  const next = isTruncated
    ? `<NextContinuationToken>${Buffer.from(page.at(-1) ?? '').toString('base64')}</NextContinuationToken>`
    : '';
  const contents = page.map((key) => {
    const { bytes, etag, modified } = objects.get(key)!;
    return `<Contents><Key>${escapeXml(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>${escapeXml(etag)}</ETag><Size>${bytes.length}</Size></Contents>`;
  });
  return {
    status: 200,
    body: `<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>${next}<KeyCount>${page.length}</KeyCount><IsTruncated>${isTruncated}</IsTruncated>${contents.join('')}</ListBucketResult>`,
  };
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html */
function actOnUpload(
  { uploads, options }: Store,
  objects: Map<string, StoredObject>,
  request: S3Request,
  body: Buffer,
): S3Answer {
  const { method, key, query, headers } = request;
  const { leastPartBytes = 5 * 1024 ** 2 } = options;
  if (query.has('uploads')) {
    const id = `upload-${request.n}`;
    uploads.set(id, { key, contentType: String(headers['content-type']), parts: new Map() });
    const xml = `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`;
    return { status: 200, body: xml };
  }
  const id = query.get('uploadId') ?? '';
  const upload = uploads.get(id);
  if (upload === undefined) return s3Error(404, 'NoSuchUpload');
  if (method === 'PUT') {
    upload.parts.set(Number(query.get('partNumber')), body);
    return { status: 200, headers: { etag: etagOf(body) } };
  }
  if (method === 'DELETE') {
    uploads.delete(id);
    return { status: 204 };
  }
  const refused = checkConditions(objects.get(key), request, options);
  if (refused !== undefined) return refused;
  const named = [...body.toString().matchAll(/<Part>.*?<\/Part>/gs)].map(([part]) => ({
    number: Number(/<PartNumber>(\d+)</.exec(part)?.[1]),
    etag: (/<ETag>(.*?)<\/ETag>/s.exec(part)?.[1] ?? '').replaceAll('&quot;', '"'),
  }));
  const parts = named.map(({ number }) => upload.parts.get(number));
  for (const [i, { etag }] of named.entries()) {
    const part = parts[i];
    if (part === undefined || etagOf(part) !== etag) return s3Error(400, 'InvalidPart');
    if (i < named.length - 1 && part.length < leastPartBytes) return s3Error(400, 'EntityTooSmall');
  }
  uploads.delete(id);
  const whole = parts.flatMap((part) => (part === undefined ? [] : [part]));
  const digests = whole.map((part) => createHash('md5').update(part).digest());
  const etag = `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${whole.length}"`;
  put(objects, key, Buffer.concat(whole), etag, upload.contentType);
  const xml = `<CompleteMultipartUploadResult><ETag>${escapeXml(etag)}</ETag></CompleteMultipartUploadResult>`;
  return { status: 200, body: xml };
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}

function sha256(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

function hmac(key: Buffer | string, content: string): Buffer {
  return createHmac('sha256', key).update(content).digest();
}

function escape(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
