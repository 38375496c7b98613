import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { runBin } from './run-bin.ts';

// Every byte that a failure writes, to stdout, stderr or the journal, is searched for every secret that it knew.

const password = 'h/unter2+p@ss:word=1';
const token = 'pypi-AgEIcHlwaS5vcmcCJDk4-t0ken';
const urlPassword = 'url-s3cret-hunter3';
const indexSecret = 'index-s3cret-hunter4';
const proxyPassword = 'prox+y/s3cret@hunter5';
const jobToken = 'glcbt-64_job-t0ken';
const storeSecret = 'store"s3cret<hunter6>';
const wheel = makeWheel({ project: 'tinyproject', version: '1.0' });
const sdist = await makeSdist({ project: 'tinyproject', version: '1.0' });

/** A secret as it may come to light: itself, as part of a URL, and as the header of basic authentication. */
function formsOf(secret: string, usernames: readonly string[]): string[] {
  const base64 = (text: string) => Buffer.from(text).toString('base64');
  const percent = [encodeURIComponent(secret), encodeURI(secret)];
  return [secret, ...percent, base64(secret), ...usernames.map((name) => base64(`${name}:${secret}`))];
}
const usernames = ['me', 'porter', '__token__', 'gitlab-ci-token', ''];
const forbidden = [password, token, urlPassword, indexSecret, proxyPassword, jobToken, storeSecret].flatMap(
  (secret) => formsOf(secret, usernames),
);

/** A registry that repeats all that it was told in all that it says. */
async function startParrot(
  answer: (request: IncomingMessage, response: ServerResponse, said: string) => void,
) {
  const server = createServer((request, response) => {
    request.resume();
    request.on('error', () => undefined);
    const { 'proxy-authorization': forProxy = '', authorization = forProxy } = request.headers;
    const login = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString();
    const said = `${authorization} ${login} ${login.slice(login.indexOf(':') + 1)} ${encodeURIComponent(login)}`;
    request.on('end', () => answer(request, response, said.replace(/[^\x20-\x7e]/g, '?')));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

type Parrot = Awaited<ReturnType<typeof startParrot>>;

/** Answers uploads with a status and says everything in every way; its index knows nothing. */
const refusing = (status: number) =>
  startParrot((request, response, said) => {
    if (request.method === 'GET') {
      response.writeHead(404).end();
      return;
    }
    const location = `http://me:${encodeURIComponent(password)}@elsewhere.example/${encodeURIComponent(said)}/?token=${encodeURIComponent(said)}`;
    response.writeHead(status, said, {
      'content-type': 'application/json',
      'retry-after': '0',
      ...(status < 400 ? { location } : {}),
    });
    response.end(JSON.stringify({ message: `refused: ${said}`, error: said }));
  });

/** Its index says everything, with a status. */
const unreadable = (status: number) =>
  startParrot((_, response, said) => response.writeHead(status, said, { 'retry-after': '0' }).end(said));

const withPassword = ['--username', 'me', '--password', password];

interface Scene {
  readonly what: string;
  readonly server?: () => Promise<Parrot>;
  readonly args: (origin: string) => readonly string[];
  readonly env?: Record<string, string>;
  readonly files?: Record<string, string>;
}

const lifted = (origin: string) => origin.replace('://', `://me:${encodeURIComponent(urlPassword)}@`);

const scenes: Scene[] = [
  ...[301, 400, 401, 403, 404, 409, 413, 429, 500].map((status): Scene => ({
    what: `uploads answered ${status}`,
    server: () => refusing(status),
    args: (origin) => ['publish', '--repository-url', `${origin}/upload/`, ...withPassword],
  })),
  ...[301, 401, 500].map((status): Scene => ({
    what: `an index that answers ${status}`,
    server: () => unreadable(status),
    args: (origin) => ['publish', '--repository-url', `${origin}/upload/`, ...withPassword],
  })),
  {
    what: 'a token by the environment',
    server: () => refusing(403),
    args: (origin) => ['publish', '--repository-url', `${origin}/upload/`],
    env: { TWINE_USERNAME: '__token__', TWINE_PASSWORD: token },
  },
  {
    what: 'annotations of GitHub Actions',
    server: () => refusing(400),
    args: (origin) => ['publish', '--repository-url', `${origin}/upload/`, ...withPassword],
    env: { GITHUB_ACTIONS: 'true' },
  },
  {
    what: 'a token by flag',
    server: () => refusing(400),
    args: (origin) => ['publish', '--repository-url', `${origin}/upload/`, '--token', token],
  },
  {
    what: 'user info in URLs',
    server: () => refusing(401),
    args: (origin) => [
      'publish',
      '--repository-url',
      `${lifted(origin)}/up/`,
      '--check-url',
      `${lifted(origin)}/i/`,
    ],
  },
  {
    what: 'a token as user name in a URL',
    args: () => ['publish', '--repository-url', `http://${urlPassword}@127.0.0.1:9/up/`],
  },
  {
    what: 'user info in a URL of .pypirc',
    server: () => refusing(400),
    args: () => ['publish', '--repository', 'mine'],
    files: { '.pypirc': `[distutils]\nindex-servers = mine\n[mine]\nrepository = ORIGIN/up/\n` },
  },
  {
    what: 'a job token that GitLab refuses',
    server: () => refusing(401),
    args: (origin) => ['publish', '--gitlab', `${origin}/group/project`],
    env: { CI_JOB_TOKEN: jobToken, CI_API_V4_URL: 'ORIGIN/api/v4' },
  },
  {
    what: 'a registry that is not there',
    args: () => ['publish', '--repository-url', 'http://127.0.0.1:9/up/', ...withPassword],
  },
  {
    what: 'a host that has no name',
    args: () => ['publish', '--repository-url', `https://me:${urlPassword}@registry.invalid/up/`],
  },
  {
    what: 'a URL that is none',
    args: () => ['publish', '--repository-url', `https//me:${urlPassword}@registry.example/`],
  },
  {
    what: 'an index that is no URL',
    args: () => ['fetch', 'tinyproject', `http://me:${urlPassword}@[index/`],
  },
  ...[['fetch', 'tinyproject'], ['upload'], ['inspect'], ['config', '--repository-url']].map(
    (command): Scene => ({
      what: `a URL without its colon for ${command[0]}`,
      args: () => [...command, `http//me:${urlPassword}@registry.example/`],
    }),
  ),
  {
    what: 'a store that repeats what the environment has for it',
    server: () =>
      startParrot(({ headers }, response) => {
        const said = String(headers['x-auth-key']);
        response.writeHead(400, said).end(`<p>${said}</p>`);
      }),
    args: () => ['upload', 'swift://container'],
    env: { ST_AUTH: 'ORIGIN/auth/v1.0', ST_USER: 'me', ST_KEY: storeSecret },
  },
  {
    what: 'a proxy with a password',
    server: () => refusing(400),
    args: () => ['publish', '--repository-url', 'http://registry.example/upload/'],
    env: { HTTP_PROXY: `http://porter:${encodeURIComponent(proxyPassword)}@PROXY`, NO_PROXY: '' },
  },
  {
    what: 'a port that is none',
    args: () => ['publish', '--repository-url', `https://me:${urlPassword}@registry.example:port/`],
  },
  {
    what: 'a check URL that is none',
    args: () => [
      'publish',
      '--repository-url',
      'http://127.0.0.1:9/',
      '--check-url',
      `ftp://me:${urlPassword}@x/`,
    ],
  },
  {
    what: 'a GitLab project with user info',
    args: () => ['publish', '--gitlab', `me:${urlPassword}@gitlab.example/group/project`],
  },
  {
    what: 'flags that exclude each other',
    args: () => ['publish', '--token', token, '--password', password],
  },
  { what: 'an argument too many', args: () => ['publish', ...withPassword, token] },
  { what: 'a flag that there is not', args: () => ['publish', ...withPassword, `--tokn=${token}`] },
  {
    what: 'a broken .pypirc',
    args: () => ['publish', '--repository', 'mine'],
    files: { '.pypirc': `[mine]\nrepository = https://x.example/\n${password}\npassword ${token}\n` },
  },
  {
    what: 'a broken .netrc',
    args: () => ['publish', '--repository-url', 'http://127.0.0.1:9/'],
    files: { '.netrc': `machine 127.0.0.1 login me password ${token} ${password}\n` },
  },
  {
    what: 'indexes that refuse',
    server: () => unreadable(401),
    args: (origin) => [
      ...['release', 'tinyproject', `${lifted(origin)}/index/`, `${origin}/other/`],
      ...['--index-username', 'me', '--secret', indexSecret],
      ...['--repository-url', `${origin}/upload/`, ...withPassword],
    ],
  },
  {
    what: 'a release that fails',
    server: () => unreadable(500),
    args: (origin) => [
      ...['release', 'tinyproject', `${lifted(origin)}/index/`],
      ...['--repository-url', `${lifted(origin)}/upload/`],
    ],
  },
];

describe('no output tells a secret', () => {
  it.each(scenes.map((scene) => [scene.what, scene] as const))(
    '%s',
    async (_, { server, args, env = {}, files = {} }) => {
      await using folder = await makeFolder();
      await using parrot = await server?.();
      const origin = parrot?.origin ?? '';
      const fill = (text: string) =>
        text
          .replace('repository = ORIGIN', `repository = ${lifted(origin)}`)
          .replace('ORIGIN', origin)
          .replace('PROXY', origin.replace('http://', ''));
      await mkdir(join(folder.path, 'dist'));
      for (const { filename, bytes } of [wheel, sdist])
        await writeFile(join(folder.path, 'dist', filename), bytes);
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder.path, name), fill(text));
      const environment = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, fill(value)]));
      const options = { cwd: folder.path, env: { HOME: folder.path, ...environment } };
      const given = args(origin);
      const runs = await Promise.all([
        runBin([...given, '--verbose'], options),
        runBin([...given, '--verbose', '--json'], options),
      ]);
      const journal = await readFile(join(folder.path, 'dist', '.wheelhouse-publish.jsonl'), 'utf8').catch(
        () => '',
      );
      const said = [...runs.flatMap(({ stdout, stderr }) => [stdout, stderr]), journal].join('\n');
      expect(runs.map(({ code }) => code)).not.toContain(0);
      expect(said).not.toBe('');
      for (const form of forbidden) expect(said).not.toContain(form);
    },
  );
});
