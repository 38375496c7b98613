import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWheel } from '../make-distribution.ts';
import { serveFolder, type StaticServer } from '../servers/static-server.ts';
import { peer, runBinForSummary, runSuccessfully } from './commands.ts';

// Proof: real installers pass over what was yanked unless it is pinned (PEP 592), and take it again afterwards.

let scratch: string;
let container: string;
let server: StaticServer;
const [older, newer] = ['1.0', '1.1'].map((version) => makeWheel({ project: 'proof-yank', version })) as [
  ReturnType<typeof makeWheel>,
  ReturnType<typeof makeWheel>,
];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'wheelhouse-yank-'));
  container = join(scratch, 'wheelhouse');
  await mkdir(join(scratch, 'dist'));
  for (const { filename, bytes } of [older, newer]) await writeFile(join(scratch, 'dist', filename), bytes);
  await runBinForSummary(['upload', container, '--local-folder', join(scratch, 'dist')]);
  server = await serveFolder(container);
});

afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await rm(scratch, { recursive: true, force: true });
});

/** What an installer takes, and everything it says. */
async function install(
  installer: string,
  pages: string,
  requirement: string,
): Promise<{ version: string | undefined; said: string }> {
  const target = await mkdtemp(join(scratch, 'target-'));
  const from = [
    ...['--no-deps', '--target', target],
    ...(pages === 'flat'
      ? ['--no-index', '--find-links', server.url]
      : ['--index-url', `${server.url}${pages}`]),
    requirement,
  ];
  const { stdout, stderr } =
    installer === 'pip'
      ? await runSuccessfully(peer('python'), ['-m', 'pip', 'install', ...from])
      : await runSuccessfully(peer('uv'), ['pip', 'install', '--python', peer('python'), ...from]);
  const said = `${stdout}\n${stderr}`;
  const [, version] =
    /proof[-_]yank(?:-|==)(\d\.\d)\b/.exec(said.split(/Successfully installed|Installed/).at(-1) ?? '') ?? [];
  return { version, said };
}

const yank = (...args: string[]) => runBinForSummary(['yank', container, newer.filename, ...args]);

describe.each([
  ['pip', 'simple/'],
  ['pip', 'simple/v1+json/'],
  ['pip', 'flat'],
  ['uv', 'simple/'],
  ['uv', 'simple/v1+json/'],
])('%s from %s', (installer, pages) => {
  it('passes over a yanked version, takes it when pinned, and again when it is unyanked', async () => {
    expect((await install(installer, pages, 'proof-yank')).version).toBe('1.1');
    expect((await yank('--reason', 'breaks imports')).summary).toMatchObject({
      ok: true,
      counts: { yanked: 1 },
    });
    expect((await install(installer, pages, 'proof-yank')).version).toBe('1.0');
    const pinned = await install(installer, pages, 'proof-yank==1.1');
    expect(pinned.version).toBe('1.1');
    expect(pinned.said).toContain('breaks imports');
    const { summary } = await runBinForSummary(['unyank', container, newer.filename]);
    expect(summary).toMatchObject({ ok: true, counts: { unyanked: 1 } });
    expect((await install(installer, pages, 'proof-yank')).version).toBe('1.1');
  });
});
