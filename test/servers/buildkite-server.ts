import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import {
  hex,
  indexPage,
  json,
  onlyPart,
  readName,
  storeRefusal,
  type BuildkiteFile,
  type Reply,
} from './buildkite-rules.ts';
import { listen, readBody, type RunningServer } from './listen.ts';
import { parseMultipart, type Part } from './multipart.ts';
import { RateLimits, type Limit } from './rate-limits.ts';

export type RequestKind = 'upload' | 'form' | 'store' | 'list' | 'index';

/** A misbehaviour of the next request of its kind. */
export interface BuildkiteFault {
  readonly of: RequestKind;
  /** The work is done, but the connection closes without a word. */
  readonly lostAnswer?: true;
  /** Answered instead of doing the work. */
  readonly answer?: Reply;
}

export interface BuildkiteServerOptions {
  /** Default: any token will do, but there must be one. */
  readonly token?: string;
  readonly organization?: Limit;
  readonly user?: Limit;
  /** What the index tells of files beside their names; `none`: it answers 404. Default: digests. */
  readonly index?: 'digests' | 'names' | 'none';
  /** Nobody has documented what a duplicate is answered with; so it is any of these. Default: 422, in no clear words. */
  readonly duplicate?: Reply | 'taken';
  /** What becomes of the bytes on their way. */
  readonly tamper?: (content: Buffer) => Buffer;
  /** The spelling in which it keeps a project's name. Default: that of the file name. */
  readonly spell?: (name: string) => string;
  /** How many packages a page of the list has at most, whatever is asked for. Default: 100. */
  readonly mostPerPage?: number;
}

export interface SeenRequest {
  readonly kind: RequestKind;
  readonly status: number;
  readonly search: string;
  readonly authorization?: string;
  readonly parts: readonly Part[];
}

export interface BuildkiteServer extends RunningServer {
  /** Stands for api.buildkite.com and packages.buildkite.com. */
  readonly url: string;
  readonly files: BuildkiteFile[];
  readonly requests: SeenRequest[];
  readonly faults: BuildkiteFault[];
  readonly count: (kind: RequestKind) => number;
}

export const buildkitePlace = { organization: 'my-organization', registry: 'my-python-packages' };
const api = `/v2/packages/organizations/${buildkitePlace.organization}/registries/${buildkitePlace.registry}/packages`;
const simple = `/${buildkitePlace.organization}/${buildkitePlace.registry}/pypi/simple/`;

/** One registry of Buildkite Package Registries with its API, its store and its index, over real HTTP. */
export async function startBuildkiteServer(options: BuildkiteServerOptions = {}): Promise<BuildkiteServer> {
  const files: BuildkiteFile[] = [];
  const requests: SeenRequest[] = [];
  const faults: BuildkiteFault[] = [];
  const stored = new Map<string, Buffer>();
  const forms = new Map<string, Readonly<Record<string, string>>>();
  const limits = new RateLimits(options);
  let origin = '';

  const kindOf = ({ method }: IncomingMessage, { pathname }: URL): RequestKind | undefined => {
    if (method === 'POST' && pathname === api) return 'upload';
    if (method === 'POST' && pathname === `${api}/upload`) return 'form';
    if (method === 'POST' && pathname === '/store') return 'store';
    if (method === 'GET' && pathname === api) return 'list';
    return method === 'GET' && pathname.startsWith(simple) ? 'index' : undefined;
  };

  /** Docs, REST API, "Authentication"; the index takes the token as a password (docs, the page on Python). */
  const isKnown = (kind: RequestKind, authorization = '') => {
    if (kind === 'store') return true;
    const [scheme, value = ''] = authorization.split(' ');
    const sent =
      kind === 'index' && scheme === 'Basic'
        ? /^buildkite:(.+)$/.exec(Buffer.from(value, 'base64').toString())?.[1]
        : scheme === 'Bearer'
          ? value
          : undefined;
    return sent !== undefined && sent !== '' && sent === (options.token ?? sent);
  };

  const addFile = (filename: string, sent: Buffer): Reply => {
    const content = options.tamper?.(sent) ?? sent;
    const read = readName(filename);
    if (read === undefined) return json(422, { message: `${filename} is no Python package` });
    if (files.some((file) => file.filename === filename)) {
      const { duplicate = json(422, { message: 'Validation failed' }) } = options;
      return duplicate === 'taken' ? json(422, { message: 'Filename has already been taken' }) : duplicate;
    }
    const file: BuildkiteFile = {
      id: randomUUID(),
      filename,
      name: options.spell?.(read.name) ?? read.name,
      version: read.version,
      createdAt: new Date().toISOString(),
      content,
      sha256: hex('sha256', content),
    };
    files.unshift(file); // "newest first"
    return json(200, packageJson(file, origin));
  };

  const answers: Record<RequestKind, (request: IncomingMessage, url: URL, parts: readonly Part[]) => Reply> =
    {
      upload: (_, __, parts) => {
        const part = onlyPart(parts, ['file', 'package_url']);
        if (typeof part === 'string') return json(422, { message: part });
        if (part.name === 'file')
          return part.filename === undefined || part.filename === ''
            ? json(422, { message: 'file is no file' })
            : addFile(part.filename, part.content);
        const at = part.content.toString();
        const content = stored.get(at);
        return content === undefined
          ? json(422, { message: 'package_url is not where a package was uploaded to' })
          : addFile(decodeURIComponent(at.slice(at.lastIndexOf('/') + 1)), content);
      },
      form: () => {
        const folder = `${buildkitePlace.organization}/${randomUUID()}`;
        const data = {
          key: `${folder}/\${filename}`,
          acl: 'private',
          policy: Buffer.from(folder).toString('base64'),
          'x-amz-credential': 'AKIAS000000000000000/20261127/us-east-1/s3/aws4_request',
          'x-amz-algorithm': 'AWS4-HMAC-SHA256',
          'x-amz-date': '20261127T031838Z',
          'x-amz-signature': hex('sha256', Buffer.from(folder)),
        };
        forms.set(data.key, data);
        const form = { file_input: 'file', method: 'POST', url: `${origin}/store`, data };
        return json(200, { uri: `s3://store/${folder}`, form });
      },
      store: ({ headers }, _, parts) => {
        const key = parts.find(({ name }) => name === 'key')?.content.toString() ?? '';
        const refusal = storeRefusal(headers, parts, forms.get(key) ?? {});
        const file = parts.at(-1);
        if (refusal !== undefined || file === undefined) return refusal ?? { status: 400 };
        stored.set(`${origin}/store/${key.replace('${filename}', file.filename ?? '')}`, file.content);
        return { status: 204 };
      },
      list: (_, url) => listPage(files, url, origin, options.mostPerPage ?? 100),
      index: (_, { pathname }) =>
        options.index === 'none'
          ? { status: 404 }
          : indexPage(files, pathname.slice(simple.length).replace(/\/$/, ''), options.index !== 'names'),
    };

  const server = await listen(async (request, response) => {
    const url = new URL(request.url ?? '/', origin);
    const body = await readBody(request);
    const kind = kindOf(request, url);
    if (kind === undefined) return void response.writeHead(404).end('{"message":"Not Found"}');
    const { authorization } = request.headers;
    const counted = kind === 'store' || kind === 'index' ? { headers: {} } : limits.count();
    const type = request.headers['content-type'];
    const parts = type === undefined ? [] : parseMultipart(body, type);
    const at = faults.findIndex(({ of }) => of === kind);
    const [fault] = at === -1 ? [] : faults.splice(at, 1);
    const reply =
      counted.refusal ??
      fault?.answer ??
      (isKnown(kind, authorization)
        ? answers[kind](request, url, parts)
        : json(401, { message: 'Authentication required. Please supply a valid API Access Token' }));
    const told = authorization === undefined ? {} : { authorization };
    requests.push({ kind, status: reply.status, search: url.search, parts, ...told });
    if (fault?.lostAnswer === true) request.socket.destroy();
    else response.writeHead(reply.status, { ...counted.headers, ...reply.headers }).end(reply.body);
  });
  origin = server.origin;
  const count = (kind: RequestKind) => requests.filter((request) => request.kind === kind).length;
  return { ...server, url: `${server.origin}/`, files, requests, faults, count };
}

/** Docs, REST API, "Publish a package" and "List all packages": no answer has the name of the file. */
function packageJson({ id, name, version, createdAt, content, sha256 }: BuildkiteFile, origin: string) {
  const web = `https://buildkite.com/organizations/${buildkitePlace.organization}/packages/registries/${buildkitePlace.registry}`;
  const digests = { sha256, sha512: hex('sha512', content) };
  const url = `${origin}${api}/${id}`;
  return { id, url, web_url: `${web}/packages/${id}`, name, created_at: createdAt, version, digests };
}

/** Docs, REST API, "Pagination"; `after` and `links.next` as go-buildkite's `ListPackages` reads them. */
function listPage(files: readonly BuildkiteFile[], url: URL, origin: string, mostPerPage: number): Reply {
  const query = url.searchParams;
  const name = query.get('name');
  const named = name === null ? files : files.filter((file) => file.name === name);
  const after = query.get('after');
  const start = after === null ? 0 : named.findIndex(({ id }) => id === after) + 1;
  const size = Math.min(Number(query.get('per_page') ?? 30), mostPerPage);
  const page = named.slice(start, start + size);
  const links: Record<string, string> = { self: `${origin}${api}${url.search}` };
  const last = page.at(-1);
  if (last !== undefined && start + size < named.length) {
    query.set('after', last.id);
    links['next'] = `${origin}${api}?${query.toString()}`;
  }
  return json(200, { items: page.map((file) => packageJson(file, origin)), links });
}
