import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFolder } from '../servers/static-server.ts';
import type { StaticServer } from '../servers/static-server.ts';
import { outcomesOf, peer, runBinForSummary, runSuccessfully } from './commands.ts';
import { buildDistributions, readFolder, sourceProjects } from './real-distributions.ts';

// Proof: real installers take real distributions, made by real back-ends, from every page that upload writes.

let scratch: string;
let container: string;
let server: StaticServer;
let devWheel: string;
let devWheelVersion: string;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'wheelhouse-install-'));
  container = join(scratch, 'wheelhouse');
  const dist = join(scratch, 'dist');
  for (const project of Object.values(sourceProjects)) await buildDistributions(project, scratch, dist);
  const { summary, stderr } = await runBinForSummary(['upload', container, '--local-folder', dist]);
  expect(summary, stderr).toMatchObject({ ok: true, exitCode: 0, counts: { uploaded: 10 } });
  devWheel = Object.keys(outcomesOf(summary)).find((name) => /^proof_dev-.*\.whl$/.test(name)) ?? '';
  devWheelVersion = devWheel.split('-')[1] ?? '';
  server = await serveFolder(container);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

/** Each page, as the arguments that point pip and uv at it. */
const sources: readonly { source: string; args: () => string[] }[] = [
  { source: 'the flat page over HTTP', args: () => ['--no-index', '--find-links', server.url] },
  { source: 'simple/ over HTTP', args: () => ['--index-url', `${server.url}simple/`] },
  {
    source: 'simple/v1+json/ over HTTP',
    args: () => ['--index-url', `${server.url}simple/v1+json/`],
  },
  {
    source: 'the flat page as a file',
    args: () => ['--no-index', '--find-links', pathToFileURL(join(container, 'index.html')).href],
  },
  { source: 'the folder itself', args: () => ['--no-index', '--find-links', container] },
  {
    source: 'simple/ as a folder',
    args: () => ['--index-url', pathToFileURL(join(container, 'simple')).href],
  },
];

/** Spelled as people do, so that normalization is proved too. */
const requirements = ['proof.setup-tools', 'PROOF_FLIT', 'proof-hatch', 'proof-native', 'proof-dev'];

const kinds = [
  { kind: 'wheels', args: ['--only-binary', ':all:'] },
  { kind: 'sdists', args: ['--no-binary', ':all:', '--no-build-isolation'] },
] as const;

const isWheel = (filename: string) => filename.endsWith('.whl');

/** What Python itself finds in a folder that an installer filled: value and version of each project. */
async function installedIn(folder: string): Promise<Record<string, string>> {
  const program = [
    'import importlib, importlib.metadata, json, sys',
    'sys.path.insert(0, sys.argv[1])',
    'pairs = json.loads(sys.argv[2])',
    'told = lambda m, n: importlib.import_module(m).VALUE + " " + importlib.metadata.version(n)',
    'print(json.dumps({n: told(m, n) for m, n in pairs}))',
  ].join('\n');
  const pairs = Object.values(sourceProjects).map(({ module, name }) => [module, name]);
  const { stdout } = await runSuccessfully(peer('python'), ['-c', program, folder, JSON.stringify(pairs)]);
  return JSON.parse(stdout) as Record<string, string>;
}

function expectedInstallation(devVersion: string): Record<string, string> {
  return {
    'Proof.Setup_Tools': 'setuptools 1.2.0',
    'proof-flit': 'flit 2.0.post1',
    proof_hatch: 'hatchling 3.0rc1',
    'proof-native': 'native 0.1',
    'proof-dev': `dev ${devVersion}`,
  };
}

it('keeps the local part of the dev wheel, whose metadata agree with its name', () => {
  // With or without the time of the upload in front of it.
  expect(devWheel).toMatch(/^proof_dev-0\.3\.dev0\+(\d{14}\.)?g1234567-py3-none-any\.whl$/);
});

describe.each(sources)('from $source', ({ args: sourceArgs }) => {
  it.each(kinds)('pip download takes the $kind', async ({ kind, args }) => {
    const folder = await mkdtemp(join(scratch, 'download-'));
    const download = ['-m', 'pip', 'download', '--pre', '--no-deps', '--dest', folder];
    await runSuccessfully(peer('python'), [...download, ...args, ...sourceArgs(), ...requirements]);
    const stored = await readFolder(container);
    const downloaded = await readFolder(folder);
    const names = [...downloaded.keys()];
    expect(names).toHaveLength(requirements.length);
    expect(names.filter(isWheel)).toHaveLength(kind === 'wheels' ? requirements.length : 0);
    for (const [name, bytes] of downloaded) expect(bytes.equals(stored.get(name)!), name).toBe(true);
  });

  it.each(kinds)('pip install takes the $kind', async ({ kind, args }) => {
    const target = await mkdtemp(join(scratch, 'pip-'));
    const install = ['-m', 'pip', 'install', '--pre', '--no-deps', '--target', target];
    await runSuccessfully(peer('python'), [...install, ...args, ...sourceArgs(), ...requirements]);
    const devVersion = kind === 'wheels' ? devWheelVersion : sourceProjects.dev.version;
    expect(await installedIn(target)).toEqual(expectedInstallation(devVersion));
  });

  it.each(kinds)('uv pip install takes the $kind', async ({ kind, args }) => {
    const target = await mkdtemp(join(scratch, 'uv-'));
    const install = ['pip', 'install', '--prerelease', 'allow', '--no-deps', '--target', target];
    const python = ['--python', peer('python')];
    await runSuccessfully(peer('uv'), [...install, ...python, ...args, ...sourceArgs(), ...requirements]);
    const devVersion = kind === 'wheels' ? devWheelVersion : sourceProjects.dev.version;
    expect(await installedIn(target)).toEqual(expectedInstallation(devVersion));
  });
});

describe('installers that care', () => {
  it('pip installs into a fresh virtual environment from simple/, pinned to the dev version', async () => {
    const environment = join(scratch, 'environment');
    await runSuccessfully(peer('python'), ['-m', 'venv', environment]);
    const python = join(environment, 'bin', 'python');
    const index = ['--index-url', `${server.url}simple/`];
    await runSuccessfully(python, ['-m', 'pip', 'install', ...index, `proof-dev==${devWheelVersion}`]);
    const { stdout } = await runSuccessfully(python, ['-m', 'pip', 'freeze']);
    expect(stdout.trim()).toBe(`proof-dev==${devWheelVersion}`);
  });

  it.each(['pip', 'uv'])('%s resolves from the metadata sidecar (PEP 658)', async (installer) => {
    await using fresh = await serveFolder(container);
    const target = join(scratch, `resolved-${installer}`);
    await mkdir(target);
    const from = ['--target', target, '--index-url', `${fresh.url}simple/`, 'proof.setup-tools'];
    const [program, args] =
      installer === 'pip'
        ? [peer('python'), ['-m', 'pip', 'install', '--dry-run', ...from]]
        : [peer('uv'), ['pip', 'install', '--dry-run', '--python', peer('python'), ...from]];
    await runSuccessfully(program, args);
    const wheel = '/proof_setup_tools-1.2.0-py3-none-any.whl';
    const served = fresh.requests.map(({ method, path, status }) => `${method} ${path} ${status}`);
    expect(served).toContain(`GET ${wheel}.metadata 200`);
    if (installer === 'uv') expect(served.filter((line) => line.includes(`${wheel} `))).toEqual([]);
  });
});
