import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder, makeWheel } from '../make-distribution.ts';
import { peer, runBinForSummary, runCommand } from './commands.ts';
import { startVersityGw, type VersityGw } from './servers/versitygw.ts';
import { s3Store, storeEnvironment, stores, type RunningStore } from './stores.ts';

// Proof: pip and uv install from a store's own HTTP endpoint, with the lines that upload prints, `+` included.

const wheel = makeWheel({ project: 'my.project', version: '1.0+local.1', requiresPython: '>=3.8' });

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'wheelhouse-stores-install-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** Uploads the wheel, and gives the lines that install it. */
async function uploadTo(store: RunningStore, container: string): Promise<readonly string[]> {
  await using dist = await makeFolder([wheel]);
  const run = await runBinForSummary(['upload', container, '--local-folder', dist.path], {
    env: storeEnvironment(store),
  });
  expect(run.summary, run.stderr).toMatchObject({ ok: true, artifacts: [{ sha256: wheel.sha256 }] });
  return run.summary.nextSteps ?? [];
}

/** Runs a line as a shell does, into a folder of its own, and expects that version there. */
async function install(line: string): Promise<void> {
  const target = await mkdtemp(join(scratch, 'target-'));
  const PATH = [dirname(peer('pip')), '/usr/bin', '/bin'].join(delimiter);
  // Nothing is asked of PyPI, which would have the last word on what is not there.
  const alone = line.includes('--find-links') ? '--no-index' : '';
  const python = line.startsWith('uv ') ? `--python ${peer('python')}` : '';
  const { status, stderr } = await runCommand(
    '/bin/sh',
    ['-c', `${line} ${alone} --target ${target} ${python}`],
    {
      env: { PATH },
    },
  );
  expect(status, `${line}\n${stderr}`).toBe(0);
  const program = 'import importlib.metadata as m; print(m.version("my.project"))';
  const shown = await runCommand(peer('python'), ['-c', program], { env: { PYTHONPATH: target } });
  expect(shown.stdout.trim()).toBe('1.0+local.1');
}

describe.each(stores)('$name', ({ start }) => {
  let store: RunningStore;
  beforeAll(async () => {
    store = await start();
  });
  afterAll(() => store[Symbol.asyncDispose]());

  it('is installed from as it is, by the lines that upload prints', async () => {
    const container = store.freshContainer();
    await uploadTo(store, container);
    await store.publish(container);
    // What is there already is not sent again; whether the public may see it is known by now.
    const lines = await uploadTo(store, container);
    expect(lines.filter((line) => line.startsWith('pip ')).length).toBeGreaterThan(0);
    expect(lines.filter((line) => line.startsWith('uv ')).length).toBeGreaterThan(0);
    for (const line of lines) await install(line);
  });
});

describe('the website of a bucket', () => {
  let server: VersityGw;
  beforeAll(async () => {
    server = await startVersityGw();
  });
  afterAll(() => server[Symbol.asyncDispose]());

  it('is an index, though no key ends in a slash', async () => {
    // It shows the bucket at the host of its name; this one is found without a name server.
    const store = s3Store(server);
    await uploadTo(store, 's3://localhost/wheels');
    await store.publish('s3://localhost/wheels');
    const root = `http://localhost:${server.websitePort}/wheels`;
    for (const place of [`--index-url ${root}/simple/`, `--find-links ${root}/`]) {
      await install(`pip install ${place} my.project`);
      await install(`uv pip install ${place} my.project`);
    }
  });
});
