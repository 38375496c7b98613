import { createHmac, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from './listen.ts';
import { startPypiServer, type PypiServer, type PypiServerOptions } from './pypi-server.ts';
import { refuse } from './registry-answers.ts';

/** What is answered in place of the next request of a kind, before it is looked at. */
export interface OidcFault {
  readonly at: 'identity' | 'audience' | 'mint-token' | 'burn-token';
  /** 0 closes the connection without a word, -1 leaves it open without one. */
  readonly status: number;
  /** The reason phrase. `TOKEN` stands for the token that was sent. */
  readonly statusText?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The request is carried out, and only its answer is this. */
  readonly carriedOut?: true;
}

export interface OidcServerOptions extends Omit<PypiServerOptions, 'before' | 'user' | 'mode'> {
  /** Default: `pypi`. */
  readonly audience?: string;
  /** Of an API token, in seconds. Default: 900. */
  readonly tokenLifetime?: number;
  /** Whether a minted token's end is told. Default: true. */
  readonly tellExpires?: boolean;
  /** Whether this job is a trusted publisher of the project. Default: true. */
  readonly registered?: boolean;
}

export interface OidcServer extends PypiServer {
  /** What GitHub Actions sets in a job that may have identity tokens. */
  readonly githubJob: Readonly<Record<string, string>>;
  /** An identity token as a CI system would give it to a job. */
  identityFor(audience: string, lifetime?: number): string;
  /** What an identity token says, if it is one of ours. */
  readonly claimsOf: (token: string) => Claims | undefined;
  /** Moves the clock forward, in seconds. */
  pass(seconds: number): void;
  /** The clock, in milliseconds. */
  readonly nowMs: () => number;
  readonly oidcFaults: OidcFault[];
  /** Every request but those of the index, as `METHOD path status`. */
  readonly log: string[];
  /** Every secret that this server has given away. */
  readonly secrets: string[];
  /** The API tokens that still hold. */
  alive(): string[];
}

interface Claims extends Readonly<Record<string, unknown>> {
  readonly aud: string;
  readonly exp: number;
  readonly jti: string;
}

type Answer = readonly [status: number, body?: object];

/** As warehouse/oidc/views.py says no. */
function refusal(code: string, description: string): Answer {
  return [422, { message: 'Token request failed', errors: [{ code, description }] }];
}

/**
 * PyPI with trusted publishing, and the identity provider of GitHub Actions beside it. It holds to
 * warehouse/oidc/views.py, services.py and docs.pypi.org/trusted-publishers/internals: the audience must fit, an identity
 * token serves once and ends, an API token holds for 900 s or until it is burned; and to GitHub's reference of OpenID
 * Connect: an identity token only for whoever shows the job's bearer token.
 */
export async function startOidcServer(options: OidcServerOptions = {}): Promise<OidcServer> {
  const {
    audience = 'pypi',
    tokenLifetime = 900,
    tellExpires = true,
    registered = true,
    ...registry
  } = options;
  const requestToken = `request-${randomUUID()}`;
  const key = randomUUID();
  const used = new Set<string>();
  const tokens = new Map<string, number>();
  const secrets = [requestToken];
  const log: string[] = [];
  const oidcFaults: OidcFault[] = [];
  let nowMs = Date.now();
  const now = () => Math.floor(nowMs / 1000);
  const alive = () => [...tokens].filter(([, end]) => end > now()).map(([token]) => token);

  const sign = (text: string) => createHmac('sha256', key).update(text).digest('base64url');
  const identityFor = (forWhom: string, lifetime = 300): string => {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = {
      iss: 'https://token.actions.githubusercontent.com',
      sub: 'repo:octo/tiny:environment:release',
      repository: 'octo/tiny',
      workflow_ref: 'octo/tiny/.github/workflows/release.yml@refs/tags/v1.0',
      job_workflow_ref: 'octo/tiny/.github/workflows/release.yml@refs/tags/v1.0',
      environment: 'release',
      aud: forWhom,
      iat: now(),
      exp: now() + lifetime,
      jti: randomUUID(),
    };
    const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    const token = `${text}.${sign(text)}`;
    secrets.push(token);
    return token;
  };

  const claimsOf = (token: string): Claims | undefined => {
    const [header = '', payload = '', signature] = token.split('.');
    if (signature !== sign(`${header}.${payload}`)) return undefined;
    return JSON.parse(Buffer.from(payload, 'base64url').toString()) as Claims;
  };

  /** The code and the description of a refusal, or undefined. The codes are those of warehouse/oidc/views.py. */
  const judgeIdentity = (token: string): readonly [code: string, description: string] | undefined => {
    const claims = claimsOf(token);
    if (claims?.aud !== audience || claims.exp <= now())
      return ['invalid-token', 'malformed or invalid token'];
    if (!registered)
      return [
        'invalid-publisher',
        'valid token, but no corresponding publisher (Publisher with matching claims was not found)',
      ];
    if (used.has(claims.jti)) return ['invalid-reuse-token', 'invalid token: already used'];
    used.add(claims.jti);
    return undefined;
  };

  const judge = (
    at: OidcFault['at'],
    { method, headers }: IncomingMessage,
    url: URL,
    body: string,
  ): Answer => {
    if (method !== (at === 'identity' || at === 'audience' ? 'GET' : 'POST')) return [405];
    if (at === 'identity') {
      if (headers.authorization?.toLowerCase() !== `bearer ${requestToken}`) return [401];
      // GitHub's URL has a query of its own, which must be kept.
      if (url.searchParams.get('api-version') !== '2.0') return [400];
      return [200, { value: identityFor(url.searchParams.get('audience') ?? 'octo') }];
    }
    if (at === 'audience') return [200, { audience }];
    const { token } = JSON.parse(body) as { token?: unknown };
    if (typeof token !== 'string' || headers['content-type'] !== 'application/json')
      return refusal('invalid-payload', 'Input should be a valid string');
    if (at === 'burn-token') {
      tokens.delete(token);
      return [202];
    }
    const refused = judgeIdentity(token);
    if (refused !== undefined) return refusal(...refused);
    const minted = `pypi-${randomUUID()}`;
    const expires = now() + tokenLifetime;
    tokens.set(minted, expires);
    secrets.push(minted, Buffer.from(`__token__:${minted}`).toString('base64'));
    return [200, { success: true, token: minted, ...(tellExpires ? { expires } : {}) }];
  };

  const before = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    response.on('close', () => {
      if (!url.pathname.startsWith('/simple/'))
        log.push(`${request.method ?? ''} ${url.pathname} ${response.statusCode}`);
    });
    if (url.pathname === '/legacy/') {
      const held = alive().map((token) => `Basic ${Buffer.from(`__token__:${token}`).toString('base64')}`);
      if (held.includes(request.headers.authorization ?? '')) return false;
      await readBody(request);
      refuse('pypi', request, response, 403, 'Invalid or non-existent authentication information.');
      return true;
    }
    const at = (['identity', 'audience', 'mint-token', 'burn-token'] as const).find(
      (one) => url.pathname === (one === 'identity' ? '/idtoken' : `/_/oidc/${one}`),
    );
    if (at === undefined) return false;
    const body = (await readBody(request)).toString();
    const fault = oidcFaults.find((one) => one.at === at);
    if (fault === undefined) {
      const [status, said] = judge(at, request, url, body);
      const date = new Date(nowMs).toUTCString();
      response.writeHead(status, { 'Content-Type': 'application/json', Date: date });
      response.end(said === undefined ? undefined : JSON.stringify(said));
      return true;
    }
    oidcFaults.splice(oidcFaults.indexOf(fault), 1);
    if (fault.carriedOut === true) judge(at, request, url, body);
    if (fault.status === 0) request.socket.destroy();
    else if (fault.status > 0) {
      const sent = /"token":"([^"]*)"/.exec(body)?.[1] ?? '';
      const said = fault.statusText?.replace('TOKEN', sent);
      response.writeHead(fault.status, said, fault.headers).end(fault.body);
    }
    return true;
  };

  const server = await startPypiServer({ ...registry, mode: 'pypi', before });
  return {
    ...server,
    githubJob: {
      CI: 'true',
      GITHUB_ACTIONS: 'true',
      ACTIONS_ID_TOKEN_REQUEST_URL: `${server.origin}/idtoken?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken,
    },
    identityFor,
    claimsOf,
    pass: (seconds) => {
      nowMs += seconds * 1000;
    },
    nowMs: () => nowMs,
    oidcFaults,
    log,
    secrets,
    alive,
  };
}
