import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RegistryMode, StoredFile } from './upload-rules.ts';

// How each registry says what it has to say. The words are those of the sources that publish-protocols names.

const normalize = (name: string) => name.replace(/[-_.]+/g, '-').toLowerCase();

/** Why a registry does not let these credentials in; undefined when it does. */
export function checkUser(
  mode: RegistryMode,
  user: readonly [username: string, password: string] | undefined,
  { headers }: IncomingMessage,
): { readonly status: number; readonly message: string } | undefined {
  if (user === undefined) return undefined;
  const expected = `Basic ${Buffer.from(user.join(':')).toString('base64')}`;
  if (headers.authorization === expected) return undefined;
  switch (mode) {
    case 'pypi': // warehouse/accounts/security_policy.py
      return { status: 403, message: 'Invalid or non-existent authentication information.' };
    case 'gitlab':
      return { status: 401, message: 'Unauthorized' };
    case 'nexus': // Shiro's basic authentication: the same for none and for wrong ones
      return { status: 401, message: '' };
    case 'artifactory':
      return {
        status: 401,
        message: headers.authorization === undefined ? 'Authentication is required' : 'Bad credentials',
      };
    case 'pypiserver': // _app.py, class auth: without credentials 401, with wrong ones 403
      return { status: headers.authorization === undefined ? 401 : 403, message: '' };
  }
}

/** Registries whose index is as private as they are; that of the others is for everybody. */
export const privateIndexes: ReadonlySet<RegistryMode> = new Set(['gitlab', 'nexus', 'artifactory']);

/** The status of a refusal: every registry answers 400, but some tell a taken name apart. */
export function refusalStatus(mode: RegistryMode, taken: true | undefined): number {
  if (taken !== true) return 400;
  return mode === 'pypiserver' ? 409 : mode === 'artifactory' ? 403 : 400;
}

export function refuse(
  mode: RegistryMode,
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  message: string,
): void {
  switch (mode) {
    case 'pypi': {
      // pyramid.httpexceptions: the explanation first, then the detail; in the reason phrase for those who ask no JSON.
      const json = (request.headers.accept ?? '').includes('application/json');
      const title = status === 403 ? 'Forbidden' : 'Bad Request';
      const explanation =
        status === 403
          ? 'Access was denied to this resource.'
          : 'The server could not comply with the request since it is either malformed or otherwise incorrect.';
      response.writeHead(status, message.slice(0, 200), {
        'Content-Type': json ? 'application/json' : 'text/plain; charset=utf-8',
      });
      const said = `${explanation}\n\n\n${message}\n\n`;
      response.end(json ? JSON.stringify({ message: said, code: `${status} ${message}`, title }) : said);
      return;
    }
    case 'gitlab': {
      const prefix = status === 401 ? '401 ' : '400 Bad request - ';
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ message: `${prefix}${message}` }));
      return;
    }
    case 'nexus': // its error page, as twine issue 693 shows it: what is wrong is deep in the text
      response.writeHead(status, {
        'Content-Type': 'text/html',
        ...(status === 401 ? { 'WWW-Authenticate': 'BASIC realm="Sonatype Nexus Repository Manager"' } : {}),
      });
      response.end(
        status === 401
          ? ''
          : `<!doctype html>\n<html lang="en">\n<head>\n  <title>${status} - Nexus Repository Manager</title>\n</head>\n<body>\n<div class="nexus-body">\n  <div class="content-header"><span class="title">Error ${status}</span></div>\n  <div class="content-body">\n    <div class="content-section">\n      ${message}\n    </div>\n  </div>\n</div>\n</body>\n</html>`,
      );
      return;
    case 'artifactory':
      response.writeHead(status, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ errors: [{ status, message }] }, null, 2));
      return;
    case 'pypiserver': // bottle's error page
      response.writeHead(status, { 'Content-Type': 'text/html; charset=UTF-8' });
      response.end(
        `<!DOCTYPE HTML>\n<html><head><title>Error: ${status}</title></head><body><h1>Error: ${status}</h1><pre>${message.replace(/'/g, '&#039;')}</pre></body></html>`,
      );
  }
}

export interface IndexAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A page of the simple index; the empty project is the root. */
export function simplePage(
  mode: RegistryMode,
  project: string,
  files: readonly StoredFile[],
  format: 'json' | 'html' | 'html-without-digests',
): IndexAnswer {
  const found = files.filter((file) => normalize(file.project) === project);
  if (project !== '' && found.length === 0) {
    // GitLab forwards what it does not have to PyPI.
    if (mode !== 'gitlab') return { status: 404, headers: {}, body: '' };
    return { status: 302, headers: { Location: `https://pypi.org/simple/${project}/` }, body: '' };
  }
  const names = [...new Set(files.map((file) => normalize(file.project)))];
  if (format === 'json') {
    const meta = { 'api-version': '1.1' };
    const page =
      project === ''
        ? { meta, projects: names.map((name) => ({ name })) }
        : { meta, name: project, files: found.map(fileJson) };
    const headers = { 'Content-Type': 'application/vnd.pypi.simple.v1+json' };
    return { status: 200, headers, body: JSON.stringify(page) };
  }
  const digest = ({ sha256 }: StoredFile) => (format === 'html' ? `#sha256=${sha256}` : '');
  const lines =
    project === ''
      ? names.map((name) => `<a href="${name}/">${name}</a>`)
      : found.map(
          (file) =>
            `<a href="/files/${encodeURIComponent(file.filename)}${digest(file)}">${file.filename}</a>`,
        );
  return {
    status: 200,
    headers: { 'Content-Type': 'text/html; charset=utf-8' },
    body: `<!DOCTYPE html><html><body>\n${lines.join('<br>\n')}\n</body></html>\n`,
  };
}

function fileJson({ filename, sha256, blake2b256, content }: StoredFile) {
  return {
    filename,
    url: `/files/${encodeURIComponent(filename)}`,
    hashes: { sha256, blake2b_256: blake2b256 },
    size: content.length,
  };
}
