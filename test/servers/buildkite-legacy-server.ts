import { hex, indexPage, json, onlyPart, readName, type Reply } from './buildkite-rules.ts';
import { listen, readBody, type RunningServer } from './listen.ts';
import { parseMultipart } from './multipart.ts';

export interface BuildkiteLegacyServerOptions {
  /** What curl takes after `-u`. Default: any, but there must be some. */
  readonly credentials?: string;
  /** Whether the index gives digests. Default: true. */
  readonly digests?: boolean;
}

export interface LegacyFile {
  readonly filename: string;
  readonly name: string;
  readonly sha256: string;
}

export interface BuildkiteLegacyServer extends RunningServer {
  /** Stands for buildkitepackages.com. */
  readonly url: string;
  readonly files: LegacyFile[];
  readonly requests: {
    readonly kind: 'upload' | 'index';
    readonly status: number;
    readonly authorization?: string;
  }[];
  /** What the next upload is answered with instead, or `lost-answer`. */
  readonly faults: (Reply | 'lost-answer')[];
  readonly count: (kind: 'upload' | 'index') => number;
}

export const legacyPlace = { organization: 'my-organization', registry: 'my-python-packages' };
const api = `/api/v1/repos/${legacyPlace.organization}/${legacyPlace.registry}/packages.json`;
const simple = `/${legacyPlace.organization}/${legacyPlace.registry}/pypi/simple/`;

/** One repository of Buildkite Packages: its upload API and its index, over real HTTP. */
export async function startBuildkiteLegacyServer(
  options: BuildkiteLegacyServerOptions = {},
): Promise<BuildkiteLegacyServer> {
  const files: LegacyFile[] = [];
  const requests: { kind: 'upload' | 'index'; status: number; authorization?: string }[] = [];
  const faults: (Reply | 'lost-answer')[] = [];

  /** Basic auth: `-u "python-package-repository-credentials"` of the documentation's curl line. */
  const isKnown = (authorization = '') => {
    const [scheme, value = ''] = authorization.split(' ');
    const sent = Buffer.from(value, 'base64').toString();
    return scheme === 'Basic' && sent.includes(':') && sent === (options.credentials ?? sent);
  };

  const takeUpload = (body: Buffer, type = ''): Reply => {
    const part = onlyPart(parseMultipart(body, type), ['package[package_file]']);
    if (typeof part === 'string') return json(422, { package_file: [part] });
    const { filename = '', content } = part;
    const read = readName(filename);
    // A field and what is wrong with it: Rails' errors, as the first API (packagecloud's) answers.
    if (read === undefined) return json(422, { package_file: ['is not a valid Python package'] });
    if (files.some((file) => file.filename === filename))
      return json(422, { filename: ['has already been taken'] });
    files.push({ filename, name: read.name, sha256: hex('sha256', content) });
    return json(201, { filename, name: read.name, version: read.version });
  };

  const server = await listen(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const body = await readBody(request);
    const isUpload = request.method === 'POST' && pathname === api;
    const isIndex = request.method === 'GET' && pathname.startsWith(simple);
    if (!isUpload && !isIndex) return void response.writeHead(404).end('{"error":"not_found"}');
    const { authorization } = request.headers;
    const fault = isUpload ? faults.shift() : undefined;
    let reply: Reply;
    if (fault !== undefined && fault !== 'lost-answer') reply = fault;
    else if (!isKnown(authorization)) reply = json(401, { error: 'unauthorized' });
    else if (isUpload) reply = takeUpload(body, request.headers['content-type']);
    else
      reply = indexPage(files, pathname.slice(simple.length).replace(/\/$/, ''), options.digests !== false);
    const told = authorization === undefined ? {} : { authorization };
    requests.push({ kind: isUpload ? 'upload' : 'index', status: reply.status, ...told });
    if (fault === 'lost-answer') request.socket.destroy();
    else response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  const count = (kind: 'upload' | 'index') => requests.filter((request) => request.kind === kind).length;
  return { ...server, url: `${server.origin}/`, files, requests, faults, count };
}
