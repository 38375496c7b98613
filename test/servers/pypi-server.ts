import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { listen, readBody, type RunningServer } from './listen.ts';
import { parseMultipart } from './multipart.ts';
import { checkUser, privateIndexes, refusalStatus, refuse, simplePage } from './registry-answers.ts';
import { judgeUpload, type RegistryMode, type StoredFile } from './upload-rules.ts';

/** A misbehaviour, as often as `times` says; of uploads only of `filename`, if that is given. */
export interface Fault {
  readonly kind:
    | 'lost-answer' // stores the file, then closes the connection without a word
    | 'reset' // closes the connection after the first bytes of the body, nothing stored
    | 'status' // answers `status` once the body is read, nothing stored
    | 'early-status' // answers `status` before the body is read, then closes
    | 'stale-index' // serves an index that shows no file
    | 'index-status'; // answers `status` instead of the index
  times: number;
  readonly filename?: string;
  readonly status?: number;
  readonly statusText?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface SeenRequest {
  readonly kind: 'upload' | 'index' | 'other';
  readonly path: string;
  readonly status: number;
  readonly filename?: string;
  readonly authorization?: string;
}

export interface PypiServerOptions {
  readonly mode?: RegistryMode;
  /** User name and password that uploads need. Default: none needed. */
  readonly user?: readonly [username: string, password: string];
  /** Called first with every request; true when it has answered it. */
  readonly before?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** Why a file is refused that is otherwise welcome. */
  readonly alsoJudge?: (file: StoredFile) => string | undefined;
  /** Before every answer, in milliseconds. */
  readonly latencyMs?: number;
  /** Default `both`: by the Accept header, as PyPI. */
  readonly index?: 'both' | 'html' | 'html-without-digests' | 'none';
  /** Called when an upload has come in, before it is judged. */
  readonly onUpload?: (filename: string) => Promise<void> | void;
}

export interface PypiServer extends RunningServer {
  readonly uploadUrl: string;
  readonly indexUrl: string;
  /** By file name; a test may fill it beforehand. */
  readonly files: Map<string, StoredFile>;
  readonly requests: SeenRequest[];
  readonly faults: Fault[];
  /** The most uploads that were on their way at once. */
  readonly mostAtOnce: () => number;
}

/** A registry over real HTTP that holds its uploads to the rules of what it plays, and breaks when told. */
export async function startPypiServer(options: PypiServerOptions = {}): Promise<PypiServer> {
  const { mode = 'pypi', latencyMs = 0 } = options;
  const { upload, index } = paths[mode];
  const files = new Map<string, StoredFile>();
  const requests: SeenRequest[] = [];
  const faults: Fault[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;

  const takeFault = (kinds: readonly Fault['kind'][], filename?: string): Fault | undefined => {
    const fault = faults.find(
      (one) => kinds.includes(one.kind) && one.times > 0 && (one.filename ?? filename) === filename,
    );
    if (fault !== undefined) fault.times--;
    return fault;
  };

  const answerUpload = async (
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<string | undefined> => {
    const early = takeFault(['early-status', 'reset']);
    if (early !== undefined) {
      if (early.kind === 'early-status') answerFault(response, early);
      // Whatever is unread when a socket closes makes the kernel reset it.
      request.socket.destroySoon();
      return undefined;
    }
    const refusal = checkUser(mode, options.user, request);
    const body = await readBody(request);
    if (latencyMs > 0) await delay(latencyMs);
    if (refusal !== undefined) {
      refuse(mode, request, response, refusal.status, refusal.message);
      return undefined;
    }
    const parts = parseMultipart(body, request.headers['content-type'] ?? '');
    const filename = parts.find(({ name }) => name === 'content')?.filename;
    await options.onUpload?.(filename ?? '');
    const fault = takeFault(['status', 'lost-answer'], filename);
    if (fault?.kind === 'status') {
      answerFault(response, fault);
      return filename;
    }
    const judged = await judgeUpload(mode, parts, files);
    const objection = 'store' in judged ? options.alsoJudge?.(judged.store) : undefined;
    const ruling = objection === undefined ? judged : { refuse: objection };
    if ('store' in ruling) files.set(ruling.store.filename, ruling.store);
    if (fault?.kind === 'lost-answer') request.socket.destroy();
    else if ('refuse' in ruling)
      refuse(mode, request, response, refusalStatus(mode, ruling.taken), ruling.refuse);
    else
      response
        .writeHead(mode === 'gitlab' ? 201 : 200)
        .end(mode === 'gitlab' ? '{"message":"201 Created"}' : '');
    return filename;
  };

  const answerIndex = async (request: IncomingMessage, response: ServerResponse, project: string) => {
    if (latencyMs > 0) await delay(latencyMs);
    const fault = takeFault(['index-status', 'stale-index']);
    if (fault?.kind === 'index-status') {
      answerFault(response, fault);
      return;
    }
    const refusal = privateIndexes.has(mode) ? checkUser(mode, options.user, request) : undefined;
    if (refusal !== undefined) {
      refuse(mode, request, response, refusal.status, refusal.message);
      return;
    }
    const { index: wanted = htmlOnly.has(mode) ? 'html' : 'both' } = options;
    if (wanted === 'none') {
      response.writeHead(404).end();
      return;
    }
    const json = wanted === 'both' && (request.headers.accept ?? '').includes('simple.v1+json');
    const format = json ? 'json' : wanted === 'html-without-digests' ? wanted : 'html';
    const visible = fault === undefined ? [...files.values()] : [];
    const page = simplePage(mode, project, visible, format);
    response.writeHead(page.status, page.headers).end(page.body);
  };

  const server = await listen(async (request, response) => {
    if ((await options.before?.(request, response)) === true) return;
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    // GitLab, API documentation, "Namespaced paths": the path of a project stands for its number if / is %2F.
    const path = decodeURIComponent(pathname.replace('/projects/group%2Fproject/', '/projects/7/'));
    const { authorization } = request.headers;
    const seen = (kind: SeenRequest['kind'], filename?: string) =>
      requests.push({
        kind,
        path,
        status: response.statusCode,
        ...(filename === undefined ? {} : { filename }),
        ...(authorization === undefined ? {} : { authorization }),
      });
    if (request.method === 'POST' && path === upload) {
      mostAtOnce = Math.max(mostAtOnce, ++atOnce);
      try {
        seen('upload', await answerUpload(request, response));
      } finally {
        atOnce--;
      }
      return;
    }
    if (request.method === 'GET' && path.startsWith(index)) {
      await answerIndex(request, response, path.slice(index.length).replace(/\/$/, ''));
      seen('index');
      return;
    }
    const file = request.method === 'GET' ? files.get(path.replace(/^\/files\//, '')) : undefined;
    const refusal = privateIndexes.has(mode) ? checkUser(mode, options.user, request) : undefined;
    if (file !== undefined && refusal === undefined) response.writeHead(200).end(file.content);
    else response.writeHead(request.method === 'POST' ? 405 : 404).end();
    seen('other');
  });
  return {
    ...server,
    uploadUrl: server.origin + upload,
    indexUrl: server.origin + index,
    files,
    requests,
    faults,
    mostAtOnce: () => mostAtOnce,
  };
}

const paths: Record<RegistryMode, { upload: string; index: string }> = {
  pypi: { upload: '/legacy/', index: '/simple/' },
  gitlab: { upload: '/api/v4/projects/7/packages/pypi', index: '/api/v4/projects/7/packages/pypi/simple/' },
  pypiserver: { upload: '/', index: '/simple/' },
  nexus: { upload: '/repository/pypi-hosted/', index: '/repository/pypi-hosted/simple/' },
  artifactory: {
    upload: '/artifactory/api/pypi/pypi-local',
    index: '/artifactory/api/pypi/pypi-local/simple/',
  },
};

/** Registries that have no JSON (PEP 691) for anybody. */
const htmlOnly: ReadonlySet<RegistryMode> = new Set(['gitlab', 'nexus', 'artifactory']);

function answerFault(
  response: ServerResponse,
  { status = 500, statusText, headers = {}, body = '' }: Fault,
): void {
  if (statusText === undefined) response.writeHead(status, headers);
  else response.writeHead(status, statusText, headers);
  response.end(body);
}
