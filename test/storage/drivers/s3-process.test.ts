import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { compile } from '../../chaos/compile.ts';
import { makeFolder } from '../../make-distribution.ts';

const run = promisify(execFile);
const entry = fileURLToPath(new URL('s3-program.ts', import.meta.url));

it('names the package that a proxy takes, and how to get it, when it is not installed', async () => {
  await using folder = await makeFolder();
  const program = await compile(entry, folder.path);
  const env = { ...process.env, HTTPS_PROXY: 'http://127.0.0.1:9' };
  await expect(run(process.execPath, [program], { env })).rejects.toMatchObject({
    stderr: expect.stringMatching(/needs the package proxy-agent.*npm install proxy-agent/s) as string,
  });
});
