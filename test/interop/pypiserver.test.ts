import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeSdist, makeWheel, sha256Of } from '../make-distribution.ts';
import type { MadeDistribution } from '../make-distribution.ts';
import { findFreePort, startServer } from './background.ts';
import type { Background } from './background.ts';
import { outcomesOf, peer, runBin, runBinForSummary, runSuccessfully } from './commands.ts';
import { readFolder } from './real-distributions.ts';

// Proof: a real pypiserver, open or behind basic auth, takes what we publish and serves it to pip.

const project = 'proof-publish';
const password = 'correct-horse-battery';
const wrongPassword = 'hunter2-is-a-secret';
const wheel = makeWheel({ project, version: '1.0', requiresPython: '>=3.8' });
const linuxWheel = makeWheel({ project, version: '1.0', tag: 'cp311-cp311-manylinux_2_17_x86_64' });
let sdist: MadeDistribution;
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wheelhouse-pypiserver-'));
  sdist = await makeSdist({ project, version: '1.0', requiresPython: '>=3.8' });
  const program = [
    'import sys',
    'from passlib.apache import HtpasswdFile',
    'users = HtpasswdFile(sys.argv[1], new=True, default_scheme="sha512_crypt")',
    'users.set_password("alice", sys.argv[2])',
    'users.save()',
  ].join('\n');
  await runSuccessfully(peer('python'), ['-c', program, join(root, 'htpasswd'), password]);
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function fill(folder: string, distributions: readonly MadeDistribution[]): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  for (const { filename, bytes } of distributions) await writeFile(join(folder, filename), bytes);
  return folder;
}

async function digestsIn(folder: string): Promise<Record<string, string>> {
  return Object.fromEntries([...(await readFolder(folder))].map(([name, bytes]) => [name, sha256Of(bytes)]));
}

const digestsOf = (distributions: readonly MadeDistribution[]) =>
  Object.fromEntries(distributions.map(({ filename, sha256 }) => [filename, sha256]));

async function startPypiserver(packages: string, access: readonly string[]): Promise<Background> {
  const port = String(await findFreePort());
  const args = ['run', '--interface', '127.0.0.1', '--port', port, '--disable-fallback', ...access, packages];
  return startServer(peer('pypi-server'), args, `http://127.0.0.1:${port}/`);
}

const servers = [
  { label: 'open to all', access: () => ['-P', '.', '-a', '.'], indexAuth: '' },
  {
    label: 'behind basic auth for uploads',
    access: () => ['-P', join(root, 'htpasswd'), '-a', 'update'],
    indexAuth: '',
  },
  {
    label: 'behind basic auth for everything',
    access: () => ['-P', join(root, 'htpasswd'), '-a', 'update,list,download'],
    indexAuth: `alice:${password}@`,
  },
];

describe.each(servers)('a pypiserver $label', ({ access, indexAuth }) => {
  let packages: string;
  let dist: string;
  let server: Background;
  let publish: string[];

  beforeAll(async () => {
    packages = await mkdtemp(join(root, 'packages-'));
    server = await startPypiserver(packages, access());
  });
  afterAll(() => server[Symbol.asyncDispose]());
  beforeEach(async () => {
    dist = await fill(join(root, 'dist'), [wheel, linuxWheel, sdist]);
    publish = ['publish', '--repository-url', server.url, '--username', 'alice', '--local-folder', dist];
  });

  const secret = { env: { TWINE_PASSWORD: password } };
  const all = () => [wheel, linuxWheel, sdist].map(({ filename }) => filename);

  it('takes a release, which pip installs', async () => {
    const { summary, stderr } = await runBinForSummary([...publish, '--password', password]);
    expect(summary, stderr).toMatchObject({ ok: true, exitCode: 0, counts: { published: 3 } });
    expect(await digestsIn(packages)).toEqual(digestsOf([wheel, linuxWheel, sdist]));

    const index = new URL(server.url.replace('://', `://${indexAuth}`) + 'simple/').href;
    for (const format of ['--only-binary', '--no-binary']) {
      const target = await mkdtemp(join(root, 'target-'));
      const install = ['-m', 'pip', 'install', '--no-deps', '--target', target, '--index-url', index];
      const how = [format, ':all:', '--no-build-isolation', project];
      await runSuccessfully(peer('python'), [...install, ...how]);
      const program = `import sys; sys.path.insert(0, sys.argv[1]); import proof_publish as p; print(p.version)`;
      expect((await runSuccessfully(peer('python'), ['-c', program, target])).stdout).toBe('1.0\n');
    }
  });

  it('is told nothing twice: a second run finds everything there', async () => {
    const { summary, stderr, status } = await runBinForSummary(publish, secret);
    expect(status, stderr).toBe(0);
    expect(outcomesOf(summary)).toEqual(Object.fromEntries(all().map((name) => [name, 'already-there'])));
  });

  it('keeps its bytes when ours differ under one name: nothing is sent at all', async () => {
    const changed = makeWheel({ project, version: '1.0', module: 'version = "changed"\n' });
    const added = makeWheel({ project, version: '1.0', tag: 'cp312-cp312-manylinux_2_17_x86_64' });
    await fill(dist, [changed, added, linuxWheel, sdist]);
    const { summary, status } = await runBinForSummary(publish, secret);
    expect(status).toBe(1);
    expect(outcomesOf(summary)[changed.filename]).toBe('conflict');
    expect(outcomesOf(summary)[added.filename]).not.toBe('published');
    expect(await digestsIn(packages)).toEqual(digestsOf([wheel, linuxWheel, sdist]));
  });
});

describe('a wrong password', () => {
  it.each(['update', 'update,list,download'])('ends at once with one line (auth for %s)', async (actions) => {
    const packages = await mkdtemp(join(root, 'packages-'));
    await using server = await startPypiserver(packages, ['-P', join(root, 'htpasswd'), '-a', actions]);
    const dist = await fill(join(root, 'dist'), [wheel, linuxWheel, sdist]);
    const finished = await runBin([
      ...['publish', '--repository-url', server.url, '--local-folder', dist],
      ...['--username', 'alice', '--password', wrongPassword],
    ]);
    expect(finished.status).toBe(1);
    expect(await digestsIn(packages)).toEqual({});
    expect(finished.stdout + finished.stderr).not.toContain(wrongPassword);
    expect(finished.stdout + finished.stderr).not.toMatch(/^\s+at .*:\d+/m);
    expect(finished.stderr.split('\n').filter((line) => /^error\b/i.test(line))).toHaveLength(1);
    expect(finished.stderr).toMatch(/401|403|credentials|password/i);
  });
});
