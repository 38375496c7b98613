import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startFaultProxy, type Fault, type FaultProxy } from '../servers/fault-proxy.ts';
import { serveFolder } from '../servers/static-server.ts';
import { findFreePort, startServer } from './background.ts';
import { peer, runBinForSummary, runSuccessfully } from './commands.ts';
import { digestsIn, downloadRealWheels, type RealWheels } from './real-wheels.ts';
import { startDevpi } from './servers/devpi.ts';
import { startNginx } from './servers/nginx.ts';
import { openStore, readPages, stores, storeEnvironment, type RunningStore } from './stores.ts';

// Proof: real wheels, from real servers of every kind, into a folder and into S3, from where pip installs them.

let root: string;
let wheels: RealWheels;
let s3: RunningStore;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'wheelhouse-mirror-'));
  wheels = await downloadRealWheels(join(root, 'wheels'));
  s3 = await stores[0]!.start();
});
afterAll(async () => {
  await s3[Symbol.asyncDispose]();
  await rm(root, { recursive: true, force: true });
});

interface RunningSource extends AsyncDisposable {
  readonly origin: string;
  readonly path: string;
}

/** A release manager's upload, so that the server has made its pages itself. */
const uploadTo = (url: string, login: readonly string[]) =>
  runSuccessfully(peer('twine'), [
    ...['upload', '--non-interactive', '--disable-progress-bar', '--repository-url', url, ...login],
    ...Object.keys(wheels.digests).map((name) => join(wheels.folder, name)),
  ]);

async function startPypiserver(): Promise<RunningSource> {
  const port = String(await findFreePort());
  const args = ['run', '--interface', '127.0.0.1', '--port', port, '--disable-fallback', wheels.folder];
  const server = await startServer(peer('pypi-server'), args, `http://127.0.0.1:${port}/`);
  return { ...server, origin: server.url, path: 'simple/' };
}

async function startFilledDevpi(): Promise<RunningSource> {
  const devpi = await startDevpi();
  const url = new URL(await devpi.addIndex('wheels'));
  await uploadTo(url.href, ['--username', devpi.username, '--password', devpi.password]);
  const dispose = () => devpi[Symbol.asyncDispose]();
  return { origin: url.origin, path: `${url.pathname.slice(1)}+simple/`, [Symbol.asyncDispose]: dispose };
}

/** One folder with all wheels, or a folder for each project. */
async function startListing(layout: 'flat' | 'folders'): Promise<RunningSource> {
  const folder = join(root, `nginx-${layout}`);
  for (const name of Object.keys(wheels.digests)) {
    const project = (name.split('-')[0] ?? '').replaceAll('_', '-');
    const place = layout === 'flat' ? folder : join(folder, project);
    await mkdir(place, { recursive: true });
    await copyFile(join(wheels.folder, name), join(place, name));
  }
  const server = await startNginx(folder);
  return { ...server, origin: server.url, path: '' };
}

const sources: readonly { name: string; start: () => Promise<RunningSource> }[] = [
  { name: 'pypiserver', start: startPypiserver },
  { name: 'devpi', start: startFilledDevpi },
  { name: 'a listing of nginx', start: () => startListing('flat') },
  { name: 'listings of nginx, one for each project', start: () => startListing('folders') },
];

const wheelsAskedFor = (proxy: FaultProxy) =>
  proxy.requests.filter(({ url }) => url.split('#')[0]!.endsWith('.whl'));

/** pip resolves and downloads for another machine, and installs and runs what runs anywhere. */
async function expectInstallable(where: readonly string[]): Promise<void> {
  const target = await mkdtemp(join(root, 'target-'));
  const python = peer('python');
  const install = ['-m', 'pip', 'install', '--quiet', '--no-deps', '--target', target, ...where];
  await runSuccessfully(python, [...install, 'joblib==1.5.1', 'threadpoolctl']);
  const program =
    'import sys; sys.path.insert(0, sys.argv[1]); import joblib, threadpoolctl; print(joblib.__version__, threadpoolctl.__version__)';
  expect((await runSuccessfully(python, ['-c', program, target])).stdout).toBe('1.5.1 3.6.0\n');
  const elsewhere = ['--platform', 'win_amd64', '--python-version', '3.12', '--only-binary', ':all:'];
  await runSuccessfully(python, [...install, ...elsewhere, 'numpy', 'scikit_learn<1.6']);
  expect(await readdir(target)).toEqual(
    expect.arrayContaining(['numpy', 'sklearn', 'scikit_learn-1.5.2.dist-info']),
  );
}

describe.each(sources)('a mirror of $name', ({ name, start }) => {
  let source: RunningSource;
  let proxy: FaultProxy;
  let fault: ((request: { url: string }) => Fault | undefined) | undefined;
  let index: string;
  beforeAll(async () => {
    source = await start();
    proxy = await startFaultProxy(source.origin, (request) => fault?.(request));
    index = `${proxy.origin}/${source.path}`;
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await source[Symbol.asyncDispose]();
  });

  const mirror = (to: string, args: readonly string[] = [], env: Record<string, string> = {}) =>
    runBinForSummary(['mirror', index, '--to', to, ...args], {
      env: { XDG_CACHE_HOME: join(root, 'cache', name), ...env },
    });

  it('in a folder: whole, installable, and the second run downloads nothing', async () => {
    const to = join(root, `folder-${name}`);
    const first = await mirror(to);
    expect(first.summary, first.stderr).toMatchObject({ ok: true, exitCode: 0, counts: { copied: 10 } });
    expect(await digestsIn(to)).toEqual(wheels.digests);
    {
      await using server = await serveFolder(to);
      await expectInstallable(['--index-url', `${server.url}simple/`]);
      await expectInstallable(['--no-index', '--find-links', server.url]);
    }
    const before = wheelsAskedFor(proxy).length;
    const pages = proxy.requests.length - before;
    const again = await mirror(to);
    expect(again.summary, again.stderr).toMatchObject({ ok: true, counts: { unchanged: 10 } });
    expect(wheelsAskedFor(proxy)).toHaveLength(before);
    expect(proxy.requests.length - before - pages).toBeLessThanOrEqual(5); // the root and four projects
  });

  it('in S3: whole, installable, and the second run downloads nothing', async () => {
    const to = s3.freshContainer();
    const env = storeEnvironment(s3);
    const first = await mirror(to, ['--max-workers', '8'], env);
    expect(first.summary, first.stderr).toMatchObject({ ok: true, exitCode: 0, counts: { copied: 10 } });
    const container = await openStore(s3, to);
    const { flat, simple } = await readPages(container, ['numpy', 'scikit-learn', 'joblib', 'threadpoolctl']);
    await container.close();
    expect(Object.fromEntries([...flat].filter(([key]) => key.endsWith('.whl')))).toEqual(wheels.digests);
    expect(simple.size).toBe(10);
    await s3.publish(to);
    await expectInstallable(['--no-index', '--find-links', `${to.replace('s3:/', s3.origin)}/index.html`]);
    const before = wheelsAskedFor(proxy).length;
    const again = await mirror(to, [], env);
    expect(again.summary, again.stderr).toMatchObject({ ok: true, counts: { unchanged: 10 } });
    expect(wheelsAskedFor(proxy)).toHaveLength(before);
  });

  it('takes the projects and versions that are asked for', async () => {
    const to = join(root, `some-${name}`);
    const chosen = ['--project', 'Scikit_Learn', '--project', 'joblib', '--latest', '1'];
    const { summary, stderr } = await mirror(to, chosen);
    expect(summary, stderr).toMatchObject({ ok: true, counts: { copied: 2 } });
    expect(Object.keys(await digestsIn(to)).map((file) => file.split('-cp')[0])).toEqual([
      'joblib-1.5.1-py3-none-any.whl',
      'scikit_learn-1.6.1',
    ]);
  });

  const empty = '<!DOCTYPE html><html><body></body></html>';
  const isPage = ({ url }: { url: string }) => !url.endsWith('.whl');
  it.each<[string, Fault]>([
    ['500', { kind: 'status', status: 500 }],
    ['404', { kind: 'status', status: 404 }],
    ['an empty page', { kind: 'status', status: 200, body: empty, headers: { 'content-type': 'text/html' } }],
    ['half a page', { kind: 'cut-answer' }],
    ['a page that is reset', { kind: 'reset-answer' }],
  ])('removes nothing when the source answers with %s', async (_, answer) => {
    const to = join(root, `folder-${name}`);
    fault = (request) => (isPage(request) ? answer : undefined);
    // Without the pages of earlier runs: a server that says that nothing has changed has no page to cut off.
    const { summary, status } = await mirror(to, ['--delete'], { XDG_CACHE_HOME: join(root, 'no-cache') });
    fault = undefined;
    expect(status).toBe(1);
    expect(summary).toMatchObject({ ok: false });
    expect(summary.counts).not.toHaveProperty('removed');
    expect(await digestsIn(to)).toEqual(wheels.digests);
    const repaired = await mirror(to, ['--delete']);
    expect(repaired.summary, repaired.stderr).toMatchObject({ ok: true, counts: { unchanged: 10 } });
  });

  it('finds out when a file is cut off as if that were all, whether by its digest or by its own form', async () => {
    const to = join(root, `cut-${name}`);
    fault = ({ url }) =>
      url.includes('threadpoolctl-3.6.0') && !isPage({ url }) ? { kind: 'cut-answer' } : undefined;
    const { summary } = await mirror(to, ['--project', 'threadpoolctl']);
    fault = undefined;
    expect(summary).toMatchObject({ ok: false, exitCode: 1, counts: { copied: 1, failed: 1 } });
    expect(Object.keys(await digestsIn(to))).toEqual(['threadpoolctl-3.5.0-py3-none-any.whl']);
  });
});
