import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { startPypiServer } from '../servers/pypi-server.ts';
import { runBin, type RunResult } from './run-bin.ts';

const secret = 'pypi-AgEIcHlwaS5vcmcCJDk4-hunter2';
const wheel = makeWheel({ project: 'tinyproject', version: '1.0' });
const sdist = await makeSdist({ project: 'tinyproject', version: '1.0' });

/** A server that answers every upload the same way; its index knows nothing. */
async function startRegistry(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  let uploads = 0;
  const authorizations: string[] = [];
  const server = createServer((request, response) => {
    request.resume();
    request.on('error', () => undefined);
    if (request.method === 'GET') {
      response.writeHead(404).end();
      return;
    }
    uploads += 1;
    authorizations.push(request.headers.authorization ?? '');
    request.on('end', () => answer(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/upload/`,
    authorizations,
    count: () => uploads,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

async function release() {
  const folder = await makeFolder();
  await mkdir(join(folder.path, 'dist'));
  for (const { filename, bytes } of [wheel, sdist])
    await writeFile(join(folder.path, 'dist', filename), bytes);
  return folder;
}

const everything = (run: RunResult) => run.stdout + run.stderr;
const forms = [secret, encodeURIComponent(secret), Buffer.from(`__token__:${secret}`).toString('base64')];

describe('publish', () => {
  it.each<[number, string, string, number, RegExp]>([
    [401, 'Unauthorized', 'who are you', 1, /401|credential|password|token/i],
    [403, 'Forbidden', `Invalid or non-existent authentication information: ${secret}`, 1, /403|Invalid/],
    [404, 'Not Found', 'no such page', 1, /upload URL|404/i],
    [405, 'Method Not Allowed', '', 1, /does not accept uploads|upload URL/i],
    [400, 'Bad Request', 'The description failed to render', 1, /description failed to render/],
    [413, 'Payload Too Large', '', 1, /too large|413/i],
    [301, 'Moved Permanently', '', 1, /redirect/i],
  ])(
    'answered %i says so in words, exits 1 and tells no secret',
    async (status, phrase, body, code, said) => {
      await using folder = await release();
      await using registry = await startRegistry((_, response) => {
        response
          .writeHead(status, phrase, status === 301 ? { location: 'https://elsewhere.example.org/' } : {})
          .end(body);
      });
      const run = await runBin(
        ['publish', '--repository-url', registry.url, '--token', secret, '--verbose', '--no-verify'],
        { cwd: folder.path },
      );
      expect(run.code).toBe(code);
      expect(everything(run)).toMatch(said);
      for (const form of forms) expect(everything(run)).not.toContain(form);
      expect(registry.authorizations[0]).toBe(
        `Basic ${Buffer.from(`__token__:${secret}`).toString('base64')}`,
      );
    },
  );

  it('stops at once where the credentials are wrong', async () => {
    await using folder = await release();
    await using registry = await startRegistry((_, response) => response.writeHead(403).end());
    const run = await runBin(
      [
        'publish',
        '--repository-url',
        registry.url,
        '--username',
        'me',
        '--password',
        secret,
        '--max-workers',
        '1',
        '--json',
      ],
      { cwd: folder.path },
    );
    expect(run.code).toBe(1);
    expect(registry.count()).toBe(1);
    expect(run.summary()).toMatchObject({ command: 'publish', ok: false, exitCode: 1 });
  });

  it('sends nothing in a dry run, and shows the plan of the real one', async () => {
    await using folder = await release();
    await using registry = await startRegistry((_, response) => response.writeHead(200).end());
    const args = [
      'publish',
      '--repository-url',
      registry.url,
      '--username',
      'me',
      '--password',
      secret,
      '--no-verify',
    ];
    const dry = await runBin([...args, '--dry-run'], { cwd: folder.path });
    expect(dry.code).toBe(0);
    expect(registry.count()).toBe(0);
    const real = await runBin(args, { cwd: folder.path });
    expect(real.code).toBe(0);
    expect(registry.count()).toBe(2);
    const rows = (run: RunResult) => run.stdout.split('\n').filter((line) => line.startsWith('  send'));
    expect(rows(dry)).toHaveLength(2);
    expect(rows(dry)).toEqual(rows(real));
  });

  it.each<[string, string[], Record<string, string>]>([
    ['variables', [], { TWINE_USERNAME: 'me\n', TWINE_PASSWORD: `${secret}\r\n` }],
    ['flags', ['--username', 'me', '--password', `${secret}\n`], {}],
  ])('takes the line break off a pasted secret: %s', async (_, flags, env) => {
    await using folder = await release();
    await using server = await startPypiServer({ user: ['me', secret] });
    const args = ['publish', '--repository-url', server.uploadUrl, '--verbose', ...flags];
    const run = await runBin(args, { cwd: folder.path, env });
    expect(run.code, run.stderr).toBe(0);
    expect(server.files.size).toBe(2);
    for (const form of forms) expect(everything(run)).not.toContain(form);
  });

  it('reads .pypirc, and the environment before it', async () => {
    await using folder = await release();
    await using registry = await startRegistry((_, response) => response.writeHead(200).end());
    const pypirc = `[distutils]\nindex-servers = mine\n\n[mine]\nrepository: ${registry.url}\nusername = anna\npassword = ${secret}\n`;
    await writeFile(join(folder.path, '.pypirc'), pypirc);
    const args = ['upload-all', '--repository', 'mine', '--no-verify'];
    const fromFile = await runBin(args, { cwd: folder.path, env: { HOME: folder.path } });
    expect(fromFile.code).toBe(0);
    const fromEnvironment = await runBin(args, {
      cwd: folder.path,
      env: { HOME: folder.path, TWINE_USERNAME: 'berta' },
    });
    expect(fromEnvironment.code).toBe(0);
    const names = registry.authorizations.map(
      (value) => Buffer.from(value.slice(6), 'base64').toString().split(':')[0],
    );
    expect([...new Set(names)]).toEqual(['anna', 'berta']);
  });

  it('takes the version from the environment where no flag says it', async () => {
    await using folder = await release();
    const newer = makeWheel({ project: 'tinyproject', version: '1.1' });
    await writeFile(join(folder.path, 'dist', newer.filename), newer.bytes);
    await using registry = await startRegistry((_, response) => response.writeHead(200).end());
    const args = ['publish', '--repository-url', registry.url, '--json', '--dry-run'];
    const plan = async (...more: string[]) =>
      await runBin([...args, ...more], { cwd: folder.path, env: { WHEELHOUSE_UPLOADER_VERSION: '1.1' } });
    expect((await plan()).summary()).toMatchObject({ artifacts: [{ filename: newer.filename }] });
    expect((await plan('--version', '1.0')).summary()).toMatchObject({
      artifacts: [{ filename: wheel.filename }, { filename: sdist.filename }],
    });
  });

  it('goes to a GitLab project with the token of its own job', async () => {
    await using folder = await release();
    await using gitlab = await startPypiServer({ mode: 'gitlab', user: ['gitlab-ci-token', secret] });
    const args = ['publish', '--gitlab', `${gitlab.origin}/7`, '--verbose'];
    const env = { CI: 'true', CI_JOB_TOKEN: secret, CI_API_V4_URL: `${gitlab.origin}/api/v4` };
    const run = await runBin(args, { cwd: folder.path, env });
    expect(run.stderr).toContain('from job token; user name: gitlab-ci-token');
    expect(run.code).toBe(0);
    expect([...gitlab.files.keys()].sort()).toEqual([wheel.filename, sdist.filename].sort());
    gitlab.files.clear();
    const elsewhere = { ...env, CI_API_V4_URL: 'https://gitlab.example/api/v4' };
    const refused = await runBin(args, { cwd: folder.path, env: elsewhere });
    expect(refused.code).toBe(1);
    expect(gitlab.files.size).toBe(0);
    for (const form of forms) expect(everything(run) + everything(refused)).not.toContain(form);
  });

  it.each<[string, string[], Record<string, string>, number, RegExp]>([
    ['no token for PyPI', ['publish'], {}, 2, /no password or token/],
    ['an empty token', ['publish', '--token', ''], {}, 2, /no password or token/],
    ['no such section', ['publish', '--repository', 'nowhere'], {}, 2, /nowhere/],
    [
      'an upload URL that is none',
      ['publish', '--repository-url', 'ftp://x/', '--token', 'x'],
      {},
      2,
      /ftp|http/i,
    ],
    ['nothing in dist', ['publish', '--local-folder', 'empty', '--token', 'x'], {}, 1, /empty/],
  ])('refuses before anything is sent: %s', async (_, args, env, code, said) => {
    await using folder = await release();
    await mkdir(join(folder.path, 'empty'));
    const run = await runBin(args, { cwd: folder.path, env: { HOME: folder.path, ...env } });
    expect(everything(run)).toMatch(said);
    expect(everything(run)).toMatch(/hint:/);
    expect(run.code).toBe(code);
  });

  it('reports the problems of all files together, and sends nothing', async () => {
    await using folder = await release();
    await writeFile(
      join(folder.path, 'dist', 'tinyproject-1.0-cp312-cp312-win32.whl'),
      '<html>not found</html>',
    );
    await writeFile(join(folder.path, 'dist', 'tinyproject-1.0-cp313-cp313-win32.whl'), 'PK nothing');
    await using registry = await startRegistry((_, response) => response.writeHead(200).end());
    const run = await runBin(['publish', '--repository-url', registry.url, '--token', secret], {
      cwd: folder.path,
    });
    expect(run.code).toBe(1);
    expect(registry.count()).toBe(0);
    expect(run.stderr).toContain('cp312');
    expect(run.stderr).toContain('cp313');
    expect(run.stderr).not.toContain('failed ');
  });

  it.each([
    ['a wheel that is none', [], /^is a text file, not a wheel/],
    [
      'a wheel that is missing',
      ['--expect', 'cp313-win32'],
      /^not sent: tinyproject 1\.0: there is no wheel/,
    ],
  ])('tells in the summary why no artifact was sent: %s', async (_, more, reason) => {
    await using folder = await release();
    const broken = 'tinyproject-1.0-cp312-cp312-win32.whl';
    if (more.length === 0) await writeFile(join(folder.path, 'dist', broken), 'PK nothing');
    const args = ['publish', '--repository-url', 'http://127.0.0.1:9/', '--token', secret, '--json'];
    const run = await runBin([...args, ...more], { cwd: folder.path });
    const summary = run.summary();
    const artifacts = summary['artifacts'] as { filename: string; outcome: string; reason: string }[];
    const names = [wheel.filename, sdist.filename, ...(more.length === 0 ? [broken] : [])];
    expect(artifacts.map(({ filename }) => filename)).toEqual(names.sort());
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: { failed: names.length } });
    const last = artifacts.find(({ filename }) => filename === (more.length === 0 ? broken : wheel.filename));
    expect(last?.reason).toMatch(reason);
    for (const one of artifacts) if (one !== last) expect(one.reason).toMatch(/^not sent: /);
  });

  it('names in the command that completes a release who publishes, and by which file', async () => {
    await using folder = await release();
    await using registry = await startRegistry((_, response) => response.writeHead(400).end());
    const pypirc = `[distutils]\nindex-servers = mine\n\n[mine]\nrepository: ${registry.url}\n`;
    await writeFile(join(folder.path, 'registries'), pypirc);
    const asked = [
      '--repository',
      'mine',
      '--config-file',
      'registries',
      '--username',
      'me',
      '--no-ssl-check',
    ];
    const args = ['publish', ...asked, '--password', secret, '--no-preflight'];
    const run = await runBin(args, { cwd: folder.path });
    expect(run.code).toBe(1);
    const release1 = '--project tinyproject --version 1.0 --no-preflight';
    expect(run.stdout).toContain(`  wheelhouse publish ${asked.join(' ')} ${release1}\n`);
  });

  it('names all that is missing beside the other problems, from a file, a flag or the project', async () => {
    await using folder = await release();
    await writeFile(join(folder.path, 'wheels.txt'), '# the matrix\ncp3{12..13}-manylinux_*_x86_64\nsdist\n');
    await writeFile(join(folder.path, 'dist', 'tinyproject-1.0-cp312-cp312-win32.whl'), 'PK nothing');
    await using registry = await startRegistry((_, response) => response.writeHead(200).end());
    const args = ['publish', '--repository-url', registry.url, '--token', secret];
    const byFile = await runBin([...args, '--expect', 'wheels.txt'], { cwd: folder.path });
    expect(byFile.code).toBe(1);
    expect(byFile.stderr).toContain('nothing was sent: 3 problems');
    expect(byFile.stderr).toContain('tinyproject 1.0: there is no wheel for cp312-manylinux_*_x86_64');
    expect(byFile.stderr).toContain('tinyproject 1.0: there is no wheel for cp313-manylinux_*_x86_64');
    expect(byFile.stderr).toContain('tinyproject-1.0-cp312-cp312-win32.whl: ');
    const settings = '[tool.wheelhouse-uploader]\nexpect = ["py3-none-any", "cp312-win_arm64"]\n';
    await writeFile(join(folder.path, 'pyproject.toml'), settings);
    const byProject = await runBin([...args, '--dry-run'], { cwd: folder.path });
    expect(byProject.code).toBe(1);
    expect(byProject.stderr).toContain('there is no wheel for cp312-win_arm64');
    expect(registry.count()).toBe(0);
    const byFlag = [...args, '--expect', 'cp312-win32,sdist', '--no-preflight'];
    const notice = await runBin([...byFlag, '--expect', 'cp312-win_arm64'], { cwd: folder.path });
    expect(notice.code).toBe(1); // unreadable files are never sent
    expect(notice.stderr).toContain('warning: tinyproject 1.0: there is no wheel for cp312-win_arm64');
  });

  it.each([
    ['nowhere.txt', /there is no file nowhere\.txt/],
    ['cp3{12', /braces/],
  ])('refuses --expect %s before anything is sent', async (expected, said) => {
    await using folder = await release();
    const args = ['publish', '--repository-url', 'http://127.0.0.1:9/', '--expect', expected];
    const run = await runBin([...args, '--token', 'x'], { cwd: folder.path });
    expect(run.stderr).toMatch(said);
    expect(run.stderr).toMatch(/hint:/);
    expect(run.code).toBe(2);
  });

  it("goes where the project's own file says, if nothing else does", async () => {
    await using folder = await release();
    await using registry = await startRegistry((_, response) => response.writeHead(200).end());
    const settings = `[tool.wheelhouse-uploader]\nrepository = "${registry.url}"\n`;
    await writeFile(join(folder.path, 'pyproject.toml'), settings);
    const run = await runBin(['publish', '--token', secret, '--no-verify'], { cwd: folder.path });
    expect(run.code).toBe(0);
    expect(registry.count()).toBe(2);
  });
});
