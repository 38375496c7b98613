import { execFile } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { makeFolder, makeSdist, makeWheel } from '../make-distribution.ts';
import { gitlabLines } from '../servers/gitlab-lines.ts';
import { startPypiServer } from '../servers/pypi-server.ts';

const bin = fileURLToPath(new URL('../../bin/wheelhouse-uploader.js', import.meta.url));
const release = [
  makeWheel({ project: 'mypypipackage', version: '0.0.1', requiresPython: '>=3.6' }),
  await makeSdist({ project: 'mypypipackage', version: '0.0.1', requiresPython: '>=3.6' }),
];

describe("what GitLab's documentation has twine do, `publish` does in its stead", () => {
  it.each(gitlabLines('').map(({ name }) => name))('with %s', async (name) => {
    await using home = await makeFolder();
    await mkdir(join(home.path, 'dist'));
    for (const { filename, bytes } of release) await writeFile(join(home.path, 'dist', filename), bytes);
    await writeFile(join(home.path, 'wheelhouse'), `#!/bin/sh\nexec "${process.execPath}" "${bin}" "$@"\n`);
    await chmod(join(home.path, 'wheelhouse'), 0o755);
    const [user] = gitlabLines('').flatMap((one) => (one.name === name ? [one.user] : []));
    await using gitlab = await startPypiServer({ mode: 'gitlab', user: user! });
    const { line, pypirc, environment } = gitlabLines(gitlab.origin).find((one) => one.name === name)!;
    if (pypirc !== undefined) await writeFile(join(home.path, '.pypirc'), pypirc);
    const ours = line.replace(/python3? -m twine upload/, 'wheelhouse publish').replace(/ dist\/\*$/, '');
    const PATH = `${home.path}:${process.env['PATH'] ?? ''}`;
    const env = { PATH, HOME: home.path, NO_PROXY: '127.0.0.1', ...environment };
    const { stdout, stderr } = await promisify(execFile)('sh', ['-ec', ours], { cwd: home.path, env });
    expect(stdout + stderr).not.toContain(user![1]);
    expect(new Map([...gitlab.files].map(([filename, { sha256 }]) => [filename, sha256]))).toEqual(
      new Map(release.map(({ filename, sha256 }) => [filename, sha256])),
    );
    // What it does not have, GitLab asks of PyPI: nobody may follow it there with a token.
    expect(gitlab.requests.every(({ status }) => status < 400)).toBe(true);
  });
});
