import { describe, expect, it } from 'vitest';
import { WheelhouseError } from '../../src/model/errors.ts';
import type { Attempt } from '../../src/registry/answer-hints.ts';
import { judgeAnswer, type UploadAnswer } from '../../src/registry/answers.ts';

const json = 'application/json';
const html = 'text/html; charset=UTF-8';
const pypi = 'https://upload.pypi.org/legacy/';
const gitlab = 'https://gitlab.example.com/api/v4/projects/7/packages/pypi';
const nexus = 'https://nexus.example.com/repository/pypi-hosted/';
const token = { username: '__token__', pypiToken: true };

function judge(url: string, answer: Partial<UploadAnswer>, attempt: Partial<Attempt> = token) {
  const whole = { status: 200, statusText: '', contentType: '', text: '', ...answer };
  return judgeAnswer(whole, { url: new URL(url), filename: 'tiny-1.0-py3-none-any.whl', ...attempt });
}

const pyramid = (detail: string) =>
  JSON.stringify({
    message: `The server could not comply with the request since it is either malformed or otherwise incorrect.\n\n\n${detail}\n\n`,
    code: `400 ${detail}`,
    title: 'Bad Request',
  });

describe('an upload that was taken', () => {
  it.each([200, 201, 202, 204])('is any 2xx: %i', (status) => {
    expect(judge(nexus, { status })).toEqual({ status: 'accepted' });
  });
});

describe('an upload that used a limit up', () => {
  it.each([
    [{ status: 200 }, { status: 'accepted', pauseMs: 42_000 }],
    [{ status: 409 }, { status: 'already-there', message: 'status 409', pauseMs: 42_000 }],
  ])('says for how long to pause: %o', (answer, expected) => {
    expect(judge(nexus, { ...answer, pauseMs: 42_000 })).toEqual(expected);
  });
});

describe('what is wrong with a form', () => {
  it.each([
    ['{"filename":["is invalid"]}', 'filename is invalid'],
    [
      '{"version":["can\'t be blank","is invalid"],"base":["Too late"]}',
      "version can't be blank, version is invalid, Too late",
    ],
    ['{"errors":["is invalid"],"filename":["no"]}', 'is invalid'],
    ['{"id":7,"tags":[1,2]}', 'Unprocessable Entity'],
    ['<?xml version="1.0"?><Error><Code>X</Code><Message>Not that</Message></Error>', 'Not that'],
  ])('is said in one line: %s', (text, said) => {
    const answer = judge(nexus, { status: 422, statusText: 'Unprocessable Entity', text });
    expect(answer).toMatchObject({ message: expect.stringMatching(`answered 422: ${said}$`) as string });
  });
});

describe('the advice of a registry', () => {
  it('goes before what its URL would suggest', () => {
    const advice = { FORBIDDEN: 'ask Anna' };
    expect(judge(pypi, { status: 403 }, { ...token, advice })).toMatchObject({ hint: 'ask Anna' });
    expect(judge(pypi, { status: 401 }, { ...token, advice })).not.toMatchObject({ hint: 'ask Anna' });
  });
});

describe('a claim that the file is there', () => {
  const already = "File already exists ('tiny-1.0-py3-none-any.whl', with blake2_256 hash 'ab').";
  const cases: [registry: string, url: string, answer: Partial<UploadAnswer>, message: string][] = [
    ['PyPI, asked for JSON', pypi, { status: 400, contentType: json, text: pyramid(already) }, already],
    [
      'PyPI, in the reason phrase',
      pypi,
      {
        status: 400,
        statusText: already,
        contentType: html,
        text: '<html><head><title>400 Bad Request</title></head></html>',
      },
      already,
    ],
    [
      'GitLab',
      gitlab,
      {
        status: 400,
        contentType: json,
        text: '{"message":"400 Bad request - Validation failed: File name has already been taken"}',
      },
      'Bad request - Validation failed: File name has already been taken',
    ],
    [
      'GitLab, nested',
      gitlab,
      { status: 400, contentType: json, text: '{"message":{"file_name":["has already been taken"]}}' },
      'has already been taken',
    ],
    [
      'pypiserver',
      'http://localhost:8080/',
      {
        status: 409,
        statusText: 'Conflict',
        contentType: html,
        text: '<html><head><title>Error: 409 Conflict</title></head><body><h1>Error: 409 Conflict</h1><pre>Package &#039;tiny&#039; already exists!\n  You may start server with `--overwrite` option.</pre></body></html>',
      },
      "Package 'tiny' already exists!",
    ],
    [
      'devpi',
      'https://devpi.example.com/alice/dev/',
      { status: 409, statusText: 'tiny-1.0-py3-none-any.whl already exists in non-volatile index' },
      'tiny-1.0-py3-none-any.whl already exists in non-volatile index',
    ],
    [
      'Nexus',
      nexus,
      { status: 400, statusText: 'Repository does not allow updating assets: pypi-hosted' },
      'Repository does not allow updating assets: pypi-hosted',
    ],
    [
      'a server that calls all its answers HTML',
      nexus,
      { status: 400, contentType: html, text: 'tiny-1.0.tar.gz already exists\n' },
      'tiny-1.0.tar.gz already exists',
    ],
    [
      'Flask',
      nexus,
      {
        status: 409,
        contentType: html,
        text: '<!doctype html>\n<html lang=en>\n<title>409 Conflict</title>\n<h1>Conflict</h1>\n<p>tiny 1.0 is taken</p>\n',
      },
      'tiny 1.0 is taken',
    ],
    [
      'Nexus, later',
      nexus,
      {
        status: 400,
        contentType: html,
        text: '<html><title>400 - Nexus</title><body>tiny cannot be updated</body></html>',
      },
      '- Nexus',
    ],
    [
      'Artifactory',
      'https://example.jfrog.io/artifactory/api/pypi/local',
      {
        status: 403,
        contentType: json,
        text: '{"errors":[{"status":403,"message":"Not enough permissions to overwrite artifact \'a\' (user needs DELETE permission)."}]}',
      },
      "Not enough permissions to overwrite artifact 'a' (user needs DELETE permission).",
    ],
    [
      'Artifactory, later',
      'https://example.jfrog.io/artifactory/api/pypi/local',
      {
        status: 403,
        contentType: json,
        text: '{"errors":[{"status":403,"message":"Not enough permissions to delete/overwrite all artifacts under \'a\' (user needs DELETE permission)."}]}',
      },
      "Not enough permissions to delete/overwrite all artifacts under 'a' (user needs DELETE permission).",
    ],
    [
      'Azure Artifacts',
      'https://pkgs.dev.azure.com/o/_packaging/f/pypi/upload/',
      {
        status: 409,
        contentType: json,
        text: '{"$id":"1","message":"The feed already contains file tiny.","typeKey":"PackageAlreadyExistsException"}',
      },
      'The feed already contains file tiny.',
    ],
    [
      'Gitea',
      'https://gitea.example.com/api/packages/o/pypi',
      { status: 409, text: 'package file already exists\n' },
      'package file already exists',
    ],
    [
      'Buildkite Packages (legacy)',
      'https://buildkitepackages.com/api/v1/repos/o/r/packages.json',
      { status: 422, contentType: json, text: '{"filename":["has already been taken"]}' },
      'filename has already been taken',
    ],
    ['anyone, with 409', 'https://example.com/', { status: 409 }, 'status 409'],
  ];
  it.each(cases)('is told by %s', (_, url, answer, message) => {
    expect(judge(url, answer)).toEqual({ status: 'already-there', message });
  });

  it.each([
    [
      'deleted names',
      'This filename was previously used by a file that has since been deleted. Use a different version.',
    ],
    ['a second sdist', 'Only one sdist may be uploaded per release.'],
  ])('is not: %s', (_, statusText) => {
    expect(judge(pypi, { status: 400, statusText })).toMatchObject({ code: 'REJECTED', status: 400 });
  });
});

describe('a refusal', () => {
  const cases: [
    what: string,
    url: string,
    answer: Partial<UploadAnswer>,
    code: string,
    message: string,
    hint: RegExp | undefined,
  ][] = [
    [
      'a reason in JSON',
      pypi,
      { status: 400, contentType: json, text: pyramid("'foo' is not a valid classifier.") },
      'REJECTED',
      "tiny-1.0-py3-none-any.whl: upload.pypi.org answered 400: 'foo' is not a valid classifier.",
      undefined,
    ],
    [
      'a deleted name',
      pypi,
      { status: 400, statusText: 'This filename was previously used by a file that has since been deleted.' },
      'REJECTED',
      'tiny-1.0-py3-none-any.whl: upload.pypi.org answered 400: This filename was previously used by a file that has since been deleted.',
      /never free again/,
    ],
    [
      'no reason at all',
      nexus,
      { status: 400 },
      'REJECTED',
      'tiny-1.0-py3-none-any.whl: nexus.example.com answered 400',
      undefined,
    ],
    [
      'a web server that shows files',
      nexus,
      { status: 501, statusText: 'Not Implemented' },
      'NOT_AN_UPLOAD_URL',
      expect.stringMatching(/answered 501: it does not accept uploads \(Not Implemented\)$/) as string,
      /check the upload URL/,
    ],
    [
      '413',
      nexus,
      { status: 413, text: '<html><head><title>413 Request Entity Too Large</title></head></html>' },
      'TOO_LARGE',
      'tiny-1.0-py3-none-any.whl: nexus.example.com answered 413: Request Entity Too Large',
      /limit of the registry, or of the proxy/,
    ],
    [
      "PyPI's own limit",
      pypi,
      { status: 400, statusText: "File too large. Limit for project 'tiny' is 100 MB." },
      'TOO_LARGE',
      "tiny-1.0-py3-none-any.whl: upload.pypi.org answered 400: File too large. Limit for project 'tiny' is 100 MB.",
      /100 MiB/,
    ],
    [
      '408',
      nexus,
      { status: 408 },
      'TIMEOUT',
      'tiny-1.0-py3-none-any.whl: nexus.example.com answered 408',
      undefined,
    ],
    [
      '429',
      pypi,
      { status: 429, statusText: 'Too Many Requests', retryAfterMs: 7000 },
      'RATE_LIMITED',
      'tiny-1.0-py3-none-any.whl: upload.pypi.org answered 429: Too Many Requests',
      /max-workers/,
    ],
    [
      '503',
      pypi,
      { status: 503, text: '<title>Backend fetch failed</title>' },
      'SERVER_ERROR',
      'tiny-1.0-py3-none-any.whl: upload.pypi.org answered 503: Backend fetch failed',
      undefined,
    ],
    [
      '522',
      pypi,
      { status: 522 },
      'SERVER_ERROR',
      'tiny-1.0-py3-none-any.whl: upload.pypi.org answered 522',
      undefined,
    ],
    [
      '404 of GitLab',
      gitlab,
      { status: 404, contentType: json, text: '{"message":"404 Project Not Found"}' },
      'NOT_AN_UPLOAD_URL',
      `${gitlab} answered 404: it does not accept uploads (Project Not Found)`,
      /may not see it/,
    ],
    [
      '405 of a simple index',
      'https://example.com/pypi/simple/',
      { status: 405 },
      'NOT_AN_UPLOAD_URL',
      'https://example.com/pypi/simple/ answered 405: it does not accept uploads',
      /looks like a simple index: the upload URL of PyPI ends in \/legacy\//,
    ],
    [
      '405 of pypi.org',
      'https://pypi.org/simple/',
      { status: 405 },
      'NOT_AN_UPLOAD_URL',
      'https://pypi.org/simple/ answered 405: it does not accept uploads',
      /https:\/\/upload\.pypi\.org\/legacy\//,
    ],
    [
      "410 of TestPyPI's address of former days",
      'https://testpypi.python.org/pypi',
      { status: 410 },
      'NOT_AN_UPLOAD_URL',
      'https://testpypi.python.org/pypi answered 410: it does not accept uploads',
      /https:\/\/test\.pypi\.org\/legacy\//,
    ],
    [
      '404 of TestPyPI',
      'https://test.pypi.org/',
      { status: 404 },
      'NOT_AN_UPLOAD_URL',
      'https://test.pypi.org/ answered 404: it does not accept uploads',
      /https:\/\/test\.pypi\.org\/legacy\//,
    ],
    [
      'a redirect',
      'http://example.com/legacy/',
      { status: 301, location: 'https://user:pw@example.com/legacy/?key=1' },
      'REDIRECTED',
      'http://example.com/legacy/ redirects uploads to https://example.com/legacy/?key=***',
      /use https:\/\/example\.com\/legacy\//,
    ],
    [
      'a login page',
      nexus,
      { status: 302, location: '/users/sign_in' },
      'REDIRECTED',
      `${nexus} redirects uploads to https://nexus.example.com/users/sign_in`,
      /login page/,
    ],
    [
      'a redirect to nowhere',
      nexus,
      { status: 302 },
      'REDIRECTED',
      `${nexus} redirects uploads to nowhere`,
      undefined,
    ],
  ];
  it.each(cases)('with %s', (_, url, answer, code, message, hint) => {
    const error = judge(url, answer);
    expect(error).toBeInstanceOf(WheelhouseError);
    expect(error).toMatchObject({ code, message, status: answer.status });
    const said = (error as WheelhouseError).hint;
    if (hint === undefined) expect(said).toBeUndefined();
    else expect(said).toMatch(hint);
    expect((error as WheelhouseError).retryAfterMs).toBe(answer.retryAfterMs);
  });

  it.each([
    ['REJECTED', 400, false],
    ['UNAUTHORIZED', 401, false],
    ['SERVER_ERROR', 500, true],
    ['REJECTED', 505, false],
    ['REJECTED', 507, false],
    ['SERVER_ERROR', 520, true],
    ['TIMEOUT', 425, true],
    ['RATE_LIMITED', 429, true],
  ])('is %s for %i; worth another attempt: %s', (code, status, transient) => {
    expect(judge(nexus, { status })).toMatchObject({ code, transient });
  });
});

describe('refused credentials', () => {
  const cases: [what: string, url: string, status: number, attempt: Partial<Attempt>, hint: RegExp][] = [
    ['none given', pypi, 403, {}, /no credentials were given/],
    ['a password at PyPI', pypi, 403, { username: 'alice', pypiToken: false }, /user name is __token__/],
    ['a token that is none', pypi, 403, { username: '__token__', pypiToken: false }, /begin with pypi-/],
    [
      'a token of the other PyPI',
      'https://test.pypi.org/legacy/',
      403,
      token,
      /one of test\.pypi\.org and may upload to this project/,
    ],
    ['GitLab', gitlab, 401, { username: '__token__' }, /write_package_registry/],
    ['others', nexus, 401, { username: 'alice' }, /check the user name/],
  ];
  it.each(cases)('come with a hint: %s', (_, url, status, attempt, hint) => {
    const error = judge(
      url,
      { status, statusText: 'Invalid or non-existent authentication information.' },
      attempt,
    );
    expect(error).toMatchObject({
      code: status === 401 ? 'UNAUTHORIZED' : 'FORBIDDEN',
      message: `${new URL(url).host} refused the credentials (${status}): Invalid or non-existent authentication information.`,
    });
    expect((error as WheelhouseError).hint).toMatch(hint);
  });
});

describe('the words of a registry', () => {
  const cases: [what: string, answer: Partial<UploadAnswer>, reason: string][] = [
    ['are one line', { text: 'first\nsecond' }, ': first'],
    ['have no control characters', { text: 'a\u001b[31mb\u0007c' }, ': a [31mb c'],
    ['are cut', { text: 'x'.repeat(1000) }, `: ${'x'.repeat(299)}…`],
    ['may be JSON that says it is not', { text: '{"error":"E","error_description":"D"}' }, ': E'],
    ['may be broken JSON', { contentType: json, text: '{"error": "E' }, ': {"error": "E'],
    ['may be a list', { contentType: json, text: '["a","b"]' }, ': a'],
    ['may nest too deep', { contentType: json, text: '[[[[[[["a"]]]]]]]' }, ''],
    [
      'may be generic',
      { statusText: 'Bad Request', text: '<title>400 Bad Request</title>' },
      ': Bad Request',
    ],
    [
      'prefer what is not generic',
      { statusText: 'name is reserved', text: '{"message":"400 Bad Request"}' },
      ': name is reserved',
    ],
    ['may be missing', { text: '   ' }, ''],
  ];
  it.each(cases)('%s', (_, answer, reason) => {
    const error = judge(nexus, { status: 400, ...answer });
    expect((error as WheelhouseError).message).toBe(
      `tiny-1.0-py3-none-any.whl: nexus.example.com answered 400${reason}`,
    );
  });
});
