import { execFile } from 'node:child_process';
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compile } from '../../chaos/compile.ts';
import { startSwiftServer } from '../../servers/swift-server.ts';
import { makeScratchFolder } from '../scratch-folder.ts';
import { openrc } from './swift-places.ts';

// Proof: in a process of its own the driver lets nothing be heard that is not ours, and ends when it is done.

const run = promisify(execFile);
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const entry = fileURLToPath(new URL('swift-program.ts', import.meta.url));

let scratch: Awaited<ReturnType<typeof makeScratchFolder>>;
beforeAll(async () => {
  scratch = await makeScratchFolder();
});
afterAll(() => scratch.remove());

it('says nothing of what is deprecated in pkgcloud', async () => {
  await using server = await startSwiftServer();
  const folder = join(scratch.path, 'whole');
  const program = await compile(entry, folder);
  await symlink(modules, join(folder, 'node_modules'), 'junction');
  // Node 20 keeps to itself what later ones print.
  const { stdout, stderr } = await run(process.execPath, ['--pending-deprecation', program], {
    env: { ...process.env, ...openrc(server) },
  });
  expect(stderr).toBe('');
  expect(stdout).toBe('["a.whl"]');
});

it('names pkgcloud, and how to get it, when it is not installed', async () => {
  await using server = await startSwiftServer();
  const folder = join(scratch.path, 'bare');
  const program = await compile(entry, folder);
  await mkdir(join(folder, 'node_modules'));
  await symlink(join(modules, 'undici'), join(folder, 'node_modules', 'undici'), 'junction');
  const running = run(process.execPath, [program], { env: { ...process.env, ...openrc(server) } });
  await expect(running).rejects.toMatchObject({
    stderr: expect.stringMatching(
      /OpenStack Swift needs the package pkgcloud.*MISSING_DRIVER.*npm install pkgcloud/s,
    ) as string,
  });
});
