import { describe, expect, it } from 'vitest';
import { askedWaitMs, usedUpLimitMs, networkError, statusError } from '../../src/io/http-errors.ts';
import { answeredRange, rangeHeaders, validatorOf } from '../../src/io/http-range.ts';
import { followRedirect, type Hop } from '../../src/io/http-redirect.ts';
import type { ErrorCode } from '../../src/model/errors.ts';
import { Secret } from '../../src/model/secret.ts';

function headersOf(headers: Record<string, string>) {
  return { get: (name: string) => headers[name.toLowerCase()] };
}

const answer = (status: number, headers: Record<string, string> = {}, statusText = '') => ({
  status,
  statusText,
  headers: headersOf(headers),
});

describe('statusError', () => {
  it.each<[number, ErrorCode, boolean]>([
    [301, 'REDIRECTED', false],
    [304, 'REDIRECTED', false],
    [400, 'REJECTED', false],
    [401, 'UNAUTHORIZED', false],
    [403, 'FORBIDDEN', false],
    [404, 'NOT_FOUND', false],
    [408, 'TIMEOUT', true],
    [409, 'REJECTED', false],
    [410, 'NOT_FOUND', false],
    [412, 'PRECONDITION_FAILED', false],
    [413, 'REJECTED', false],
    [425, 'TIMEOUT', true],
    [429, 'RATE_LIMITED', true],
    [500, 'SERVER_ERROR', true],
    [503, 'SERVER_ERROR', true],
    [524, 'SERVER_ERROR', true],
  ])('%i is %s', (status, code, transient) => {
    const error = statusError(answer(status), 'cannot do it');
    expect(error).toMatchObject({ code, transient, status });
    expect(error.message).toMatch(new RegExp(`^cannot do it: the server answered ${status}\\b`));
  });

  it.each([
    ['', 'the server answered 404 Not Found'],
    ['No Such Wheel', 'the server answered 404 No Such Wheel'],
    ['one\r\ntwo\x1b[31m', 'the server answered 404 one two [31m'],
    ['x'.repeat(1000), `the server answered 404 ${'x'.repeat(300)}`],
  ])('quotes the reason phrase %j in one line', (statusText, expected) => {
    expect(statusError(answer(404, {}, statusText), 'a').message).toBe(`a: ${expected}`);
  });

  it('knows a status that has no name', () => {
    expect(statusError(answer(599), 'a').message).toBe('a: the server answered 599');
  });

  it('doubts the scheme after a bare 400 to plain HTTP', () => {
    const hintAt = (url: string, status: number) =>
      statusError({ ...answer(status), url: new URL(url) }, 'a').hint;
    expect(hintAt('http://a.example', 400)).toContain('https://');
    expect(hintAt('https://a.example', 400)).toBeUndefined();
    expect(hintAt('http://a.example', 422)).toBeUndefined();
  });

  it('says how long to wait', () => {
    expect(statusError(answer(503, { 'retry-after': '7' }), 'a').retryAfterMs).toBe(7000);
    expect(statusError(answer(503), 'a').retryAfterMs).toBeUndefined();
  });
});

const bothLimits = { 'ratelimit-reset': '42', 'ratelimit-user-reset': '9' };

describe('usedUpLimitMs', () => {
  it.each([
    [{}, undefined],
    [bothLimits, undefined],
    [{ ...bothLimits, 'ratelimit-remaining': '80', 'ratelimit-user-remaining': '35' }, undefined],
    [{ ...bothLimits, 'ratelimit-remaining': '80', 'ratelimit-user-remaining': '0' }, 9000],
    [{ ...bothLimits, 'ratelimit-remaining': ' 0', 'ratelimit-user-remaining': '35' }, 42_000],
    [{ 'ratelimit-remaining': '0' }, undefined],
  ])('%o: %o', (headers, expected) => {
    expect(usedUpLimitMs(headersOf(headers))).toBe(expected);
  });
});

describe('askedWaitMs', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  it.each([
    [{ 'retry-after': '0' }, 503, 0],
    [{ 'retry-after': ' 12 ' }, 429, 12_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:30 GMT' }, 503, 30_000],
    [{ 'retry-after': 'Wed, 31 Dec 2025 00:00:00 GMT' }, 503, 0],
    [{ 'retry-after': 'soon' }, 503, undefined],
    [{ 'retry-after': '-3' }, 503, 0], // a date, of sorts, long ago
    [{ 'ratelimit-reset': '42' }, 429, 42_000],
    [{ 'ratelimit-reset': '42' }, 503, undefined],
    [{ 'retry-after': '1', 'ratelimit-reset': '42' }, 429, 1000],
    [{ 'ratelimit-reset': '1767225642' }, 429, undefined], // a date in seconds, as GitLab gives it
    [{ 'ratelimit-user-reset': '9' }, 429, 9000],
    [{ 'ratelimit-reset': '42', 'ratelimit-user-reset': '9' }, 429, 42_000],
    [{ ...bothLimits, 'ratelimit-remaining': '80', 'ratelimit-user-remaining': '0' }, 429, 9000],
    [{ ...bothLimits, 'ratelimit-remaining': '0', 'ratelimit-user-remaining': '3' }, 429, 42_000],
    [{ ...bothLimits, 'ratelimit-remaining': '0', 'ratelimit-user-remaining': '0' }, 429, 42_000],
    [{ ...bothLimits, 'ratelimit-remaining': '0', 'ratelimit-user-remaining': '0' }, 200, undefined],
    [{}, 429, undefined],
  ])('%o of a %i: %o', (headers, status, expected) => {
    expect(askedWaitMs(headersOf(headers), status, now)).toBe(expected);
  });
});

describe('networkError', () => {
  const progress = {
    url: new URL('https://user:s3cret@host.example:8443/path?key=s3cret'),
    answered: false,
    receivedBytes: 0,
    headersTimeoutMs: 60_000,
  };
  const coded = (code: string, message = `${code}: it went wrong\nwith details`) =>
    Object.assign(new Error(message), { code });
  /** As Node writes it while a request is sent. */
  const openSsl = (reason: string) =>
    coded('EPROTO', `write EPROTO 80:error:0A00010B:SSL routines:ssl3_get_record:${reason}:../s.c:350:\n`);

  it.each<[unknown, ErrorCode, boolean, RegExp]>([
    [coded('ENOTFOUND'), 'NETWORK', true, /no such host/],
    [coded('EAI_AGAIN'), 'NETWORK', true, /cannot be looked up now/],
    [coded('ECONNREFUSED'), 'NETWORK', true, /refuses the connection/],
    [new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]), 'NETWORK', true, /refuses/],
    [coded('ECONNRESET'), 'NETWORK', true, /closed the connection/],
    [coded('UND_ERR_CONNECT_TIMEOUT'), 'TIMEOUT', true, /no connection/],
    [coded('UND_ERR_HEADERS_TIMEOUT'), 'TIMEOUT', true, /within 60 s/],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'), 'NETWORK', false, /self-signed/],
    [coded('CERT_HAS_EXPIRED', 'certificate has expired'), 'NETWORK', false, /expired/],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID', 'Host: h. is not in the cert'), 'NETWORK', false, /trusted/],
    [coded('UND_ERR_ABORTED', 'Proxy response (407) !== 200 when HTTP Tunneling'), 'NETWORK', false, /proxy/],
    [coded('HPE_INVALID_CONSTANT', 'Expected HTTP/'), 'NETWORK', true, /Expected HTTP/],
    [openSsl('wrong version number'), 'NETWORK', false, /does not speak TLS$/],
    [openSsl('packet length too long'), 'NETWORK', false, /does not speak TLS$/],
    [openSsl('sslv3 alert handshake failure'), 'NETWORK', false, /: sslv3 alert handshake failure$/],
    [openSsl('tlsv1 alert protocol version'), 'NETWORK', false, /protocol version$/],
    [openSsl('tlsv13 alert certificate required'), 'NETWORK', false, /certificate required$/],
    [openSsl('tlsv1 alert internal error'), 'NETWORK', true, /: tlsv1 alert internal error$/],
    [openSsl('decryption failed or bad record mac'), 'NETWORK', true, /bad record mac$/],
    [coded('UND_ERR_HEADERS_OVERFLOW'), 'TOO_LARGE', false, /more headers/],
    [coded('UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'), 'TRUNCATED', true, /another length/],
    ['a word', 'NETWORK', true, /a word/],
  ])('%s is %s', (thrown, code, transient, message) => {
    const error = networkError(thrown, progress);
    expect(error).toMatchObject({ code, transient });
    expect(error.message).toMatch(message);
    expect(error.message).toContain('host.example:8443');
    expect(`${error.message} ${error.hint ?? ''}`).not.toMatch(/s3cret|\n/);
  });

  it('knows how far an answer came', () => {
    const half = { ...progress, answered: true, receivedBytes: 5, announcedBytes: 10 };
    expect(networkError(coded('ECONNRESET'), half)).toMatchObject({
      code: 'TRUNCATED',
      message: 'the answer of host.example:8443 broke off after 5 of 10 bytes',
    });
  });
});

describe('followRedirect', () => {
  const hop = (url: string, more: Partial<Hop> = {}): Hop => ({
    url: new URL(url),
    method: 'GET',
    headers: { accept: '*/*', 'x-token': 'secret' },
    confidential: false,
    ...more,
  });
  const private_: Partial<Hop> = {
    credentials: { kind: 'bearer', token: new Secret('x') },
    confidential: true,
  };
  const to = (location: string) => ({ status: 302, location });

  it('from https to http is refused to a request with credentials, also if it no longer has them', () => {
    for (const more of [private_, { confidential: true }])
      expect(() =>
        followRedirect(hop('https://a.example/x', more), to('http://a.example/x'), 'follow'),
      ).toThrow('from https to http');
    expect(followRedirect(hop('https://a.example/x'), to('http://a.example/x'), 'follow')?.url.href).toBe(
      'http://a.example/x',
    );
  });

  it.each([
    ['http://a.example/x', 'https://a.example/x'],
    ['https://a.example/x', 'https://a.example:444/x'],
    ['https://a.example/x', 'https://b.a.example/x'],
    ['https://a.example/x', '//b.example/x'],
  ])('from %s to %s drops credentials and private headers', (from, location) => {
    const next = followRedirect(hop(from, private_), to(location), 'follow');
    expect(next).toMatchObject({ headers: { accept: '*/*' }, confidential: true });
    expect(next?.credentials).toBeUndefined();
    expect(next?.headers).not.toHaveProperty('x-token');
  });

  it.each([
    ['https://a.example/x', 'https://a.example:443/y'],
    ['https://a.example/x', '/y'],
    ['https://a.example/x/', '../y'],
    ['https://a.example/x', 'https://A.EXAMPLE/y'],
  ])('from %s to %s keeps them', (from, location) => {
    const next = followRedirect(hop(from, private_), to(location), 'follow');
    expect(next?.url.pathname).toBe('/y');
    expect(next).toMatchObject({ credentials: private_.credentials, headers: { 'x-token': 'secret' } });
  });
});

describe('validatorOf', () => {
  const date = 'Thu, 01 Jan 2026 00:10:00 GMT';

  it.each<[Record<string, string>, string | undefined]>([
    [{ etag: '"abc"' }, '"abc"'],
    [{ etag: '"abc"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', date }, '"abc"'],
    [{ etag: 'W/"abc"' }, undefined],
    [{ etag: 'abc' }, undefined],
    [{ etag: '"a"b"' }, undefined],
    [{ 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', date }, 'Thu, 01 Jan 2026 00:00:00 GMT'],
    [
      { etag: 'W/"abc"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT', date },
      'Thu, 01 Jan 2026 00:00:00 GMT',
    ],
    [{ 'last-modified': 'Thu, 01 Jan 2026 00:09:59 GMT', date }, undefined], // it may change again
    [{ 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' }, undefined],
    [{ 'last-modified': 'yesterday', date }, undefined],
    [{}, undefined],
  ])('%o: %s', (headers, expected) => {
    expect(validatorOf(headersOf(headers))).toBe(expected);
  });
});

describe('answeredRange', () => {
  it.each<[string, number, Record<string, string>, number, unknown]>([
    ['the whole', 200, { 'content-length': '10' }, 0, { startBytes: 0, totalBytes: 10 }],
    [
      'the whole, though a part was wanted',
      200,
      { 'content-length': '10' },
      4,
      { startBytes: 0, totalBytes: 10 },
    ],
    ['of unknown length', 200, {}, 0, { startBytes: 0 }],
    ['the part', 206, { 'content-range': 'bytes 4-9/10' }, 4, { startBytes: 4, totalBytes: 10 }],
    ['of who knows how much', 206, { 'content-range': 'bytes 4-9/*' }, 4, { startBytes: 4 }],
    ['another part', 206, { 'content-range': 'bytes 5-9/10' }, 4, undefined],
    ['an earlier part', 206, { 'content-range': 'bytes 0-9/10' }, 4, undefined],
    ['backwards', 206, { 'content-range': 'bytes 4-2/10' }, 4, undefined],
    ['other units', 206, { 'content-range': 'lines 4-9/10' }, 4, undefined],
    ['several parts', 206, { 'content-type': 'multipart/byteranges' }, 4, undefined],
    ['a part that nobody wanted', 206, { 'content-range': 'bytes 0-4/10' }, 0, undefined],
    ['of another version', 206, { 'content-range': 'bytes 4-9/10', etag: '"new"' }, 4, undefined],
    [
      'of that version',
      206,
      { 'content-range': 'bytes 4-9/10', etag: '"old"' },
      4,
      { startBytes: 4, totalBytes: 10 },
    ],
  ])('%s', (_, status, headers, startBytes, expected) => {
    expect(answeredRange({ status, headers: headersOf(headers) }, startBytes, '"old"')).toEqual(expected);
  });
});

describe('rangeHeaders', () => {
  it.each([
    [0, '"v"', {}],
    [5, '"v"', { range: 'bytes=5-', 'if-range': '"v"' }],
    [5, undefined, { range: 'bytes=5-' }],
  ])('from %i of %s', (startBytes, validator, expected) => {
    expect(rangeHeaders(startBytes, validator)).toEqual(expected);
  });
});
