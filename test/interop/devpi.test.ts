import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel, type MadeDistribution } from '../make-distribution.ts';
import { outcomesOf, peer, runBin, runBinForSummary, runSuccessfully } from './commands.ts';
import { digestsOn } from './kills.ts';
import { startDevpi, type DevpiServer } from './servers/devpi.ts';

// Proof: a real devpi-server takes what we publish, keeps what it has, and serves it to pip.

const project = 'proof-publish';
const wheel = makeWheel({ project, version: '1.0', requiresPython: '>=3.8' });
const linuxWheel = makeWheel({ project, version: '1.0', tag: 'cp311-cp311-manylinux_2_17_x86_64' });
let sdist: MadeDistribution;
let root: string;
let devpi: DevpiServer;
let url: string;
let publish: string[];
let environment: { env: Record<string, string> };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wheelhouse-devpi-test-'));
  sdist = await makeSdist({ project, version: '1.0', requiresPython: '>=3.8' });
  devpi = await startDevpi();
  url = await devpi.addIndex('dev');
  publish = ['publish', '--repository-url', url, '--username', devpi.username];
  environment = { env: { TWINE_PASSWORD: devpi.password } };
});
afterAll(async () => {
  await devpi[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

const digestsOf = (distributions: readonly MadeDistribution[]) =>
  Object.fromEntries(distributions.map(({ filename, sha256 }) => [filename, sha256]));

describe('devpi', () => {
  it('takes a release, which pip installs', async () => {
    await using dist = await makeFolder([wheel, linuxWheel, sdist]);
    const done = await runBinForSummary([...publish, '--local-folder', dist.path], environment);
    expect(done.summary, done.stderr).toMatchObject({ ok: true, exitCode: 0, counts: { published: 3 } });
    const index = `${url}+simple/`;
    expect(await digestsOn(index, project)).toEqual(digestsOf([wheel, linuxWheel, sdist]));
    expect(done.summary.nextSteps?.join('\n')).toContain(index);
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
    await using dist = await makeFolder([wheel, linuxWheel, sdist]);
    const again = await runBinForSummary([...publish, '--local-folder', dist.path], environment);
    expect(again.status, again.stderr).toBe(0);
    expect(again.summary.counts).toEqual({ 'already-there': 3 });
    expect(again.stdout).not.toContain('"action":"send"');
  });

  it('keeps its bytes when ours differ under one name: nothing is sent at all', async () => {
    const changed = makeWheel({ project, version: '1.0', module: 'version = "changed"\n' });
    const added = makeWheel({ project, version: '1.0', tag: 'cp312-cp312-manylinux_2_17_x86_64' });
    await using dist = await makeFolder([changed, added, linuxWheel, sdist]);
    const { summary, status } = await runBinForSummary(
      [...publish, '--local-folder', dist.path],
      environment,
    );
    expect(status).toBe(1);
    expect(outcomesOf(summary)[changed.filename]).toBe('conflict');
    expect(outcomesOf(summary)[added.filename]).not.toBe('published');
    expect(await digestsOn(`${url}+simple/`, project)).toEqual(digestsOf([wheel, linuxWheel, sdist]));
  });

  it('says no to a wrong password: one line, and nothing of it', async () => {
    const wrong = 'hunter2-is-a-secret';
    const elsewhere = await devpi.addIndex('locked');
    await using dist = await makeFolder([wheel]);
    const args = ['publish', '--repository-url', elsewhere, '--local-folder', dist.path];
    const refused = await runBin([...args, '--username', devpi.username, '--password', wrong]);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toMatch(/40[13]|credentials/);
    expect(refused.stderr.split('\n').filter((line) => /^error\b/i.test(line))).toHaveLength(1);
    expect(refused.stdout + refused.stderr).not.toContain(wrong);
    expect(await digestsOn(`${elsewhere}+simple/`, project)).toEqual({});
  });
});
